"""From when on a credential was in the wrong hands, by its own calls: a feed's first sign comes late."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.inquiry.trail import Gap

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
    wider = ask(replace(bounds, since=begun, sign=bounds.since, home=found.habits.home()))
    if wider.calls >= found.calls:
        return wider
    return replace(found, gaps=(*found.gaps, _CUT))  # it is the same trail: fewer calls mean that time ran out


_CUT = Gap(
    "what was made and read before the first sign",
    "there was no time left",
    "ask for it with `leak-responder timeline`",
)


def _begun(found: Inquiry) -> datetime | None:
    if not found.habits.is_known():
        return found.first
    return next((one.call.at for one in found.habits.foreign()), None)
