"""From when on a credential was in the wrong hands, by its own calls: a feed's first sign comes late."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.inquiry.family import Bounds
    from chalicelib.inquiry.inquire import Inquiry


def from_its_begin(ask: Callable[[Bounds], Inquiry], bounds: Bounds) -> Inquiry:
    """Ask from the first sign on, and again where a stranger was there before: what was made and read then counts too.

    Where the owner's habits are not known nobody can tell the two apart, and all of it counts.
    """
    found = ask(bounds)
    begun = _begun(found)
    if bounds.since is None or begun is None or begun >= bounds.since:
        return found
    return ask(replace(bounds, since=begun, sign=bounds.since, home=found.habits.home()))


def _begun(found: Inquiry) -> datetime | None:
    if not found.habits.is_known():
        return found.first
    return next((one.call.at for one in found.habits.foreign()), None)
