"""What the owner of a contained user holds, as a person has to know it before the owner may work again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.model.principal import NOUNS, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSWORD = "password"  # noqa: S105 - what a person types for the console password, which has no id
"""Names the console password where others have an id."""


@dataclass(frozen=True)
class Holding:
    """One active credential of a user. `made` is when it was made, set, or made active again.

    `by` says who did that, or why it is not known. `is_young` means that it happened since the leak began, or may have,
    and before the owner was let work.
    """

    kind: SubjectKind
    id: str
    made: datetime
    by: str
    is_young: bool


def describe_holdings(holdings: Iterable[Holding]) -> str:
    """Return each credential with when it was made and by whom, for people."""
    return "; ".join(map(_describe, holdings))


def _describe(holding: Holding) -> str:
    named = NOUNS[holding.kind] if holding.id == PASSWORD else f"{NOUNS[holding.kind]} {holding.id}"
    return f"{named}, made at {holding.made.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC by {holding.by}"
