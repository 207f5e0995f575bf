"""The one port of an inquiry: where calls come from, and what could not be seen there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.inquiry.call import Call


@dataclass(frozen=True)
class Gap:
    """What was not seen, why, and what would show it."""

    what: str
    why: str
    instead: str = ""


class Trail(Protocol):
    """A reader of CloudTrail."""

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """Every call that bears one of these marks, in any order, and each only once however often this is asked.

        The sequence grows while the calls are taken, and is asked for again until it does not. What was in it before
        is not looked for again. Raises nothing: what cannot be read is a gap.
        """

    def gaps(self) -> tuple[Gap, ...]:
        """What it could not see, known once the calls are taken."""

    def seen(self) -> str:
        """What was read, in one line."""

    def unread(self) -> Exception | None:
        """Return the error for which nothing at all could be read, known once the calls are taken; else None."""
