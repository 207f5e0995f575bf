"""Whether anything was looked at at all: where every look was refused, nothing found means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Looks:
    """Of one reader, from any of its threads: whether AWS answered a look, and the first error of one that failed."""

    is_answered: bool = False
    error: Exception | None = None

    def answer(self) -> None:
        """Note that a look was answered."""
        self.is_answered = True

    def refuse(self, error: Exception) -> None:
        """Note that a look failed, and keep the first error."""
        self.error = self.error or error

    def unread(self) -> Exception | None:
        """Return the error for which nothing was read; None where something was."""
        return None if self.is_answered else self.error


FORMS = "see that it is whole, may be read, and has a form that `leak-responder timeline --help` names"


def nothing_in(where: str, faults: Mapping[str, str], skipped: str, more: int = 0) -> OSError:
    """Return the error of files of which none could be read: the first fault of each by its name, what was skipped.

    `more` files have a fault, too, and are not named.
    """
    if not faults:
        why = f"{where} holds no log of CloudTrail{f' ({skipped})' if skipped else ''}"
    else:
        name, reason = next(iter(faults.items()))
        others = len(faults) - 1 + more
        why = f"{name}: {reason}{f', and {others:,} more could not be read either' if others else ''}"
    return OSError(0, f"{why}. {FORMS.capitalize()}")
