"""Whether anything was looked at at all: where every look was refused, nothing found means nothing."""

from __future__ import annotations

from dataclasses import dataclass


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
