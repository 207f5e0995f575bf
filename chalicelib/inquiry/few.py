"""Counts of what may be without number: the first few by name, the rest as a sum. No intruder can fill the memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

_LONGEST = 300


@dataclass
class Few:
    """`more` counts what came after `most` different ones were known."""

    most: int = 8
    named: Counter[str] = field(default_factory=Counter)
    more: int = 0

    def add(self, one: str) -> None:
        """Count it, if there is anything."""
        if not one:
            return
        short = one[:_LONGEST]
        if short in self.named or len(self.named) < self.most:
            self.named[short] += 1
        else:
            self.more += 1

    def join(self, other: Few) -> None:
        """What was counted elsewhere."""
        for name, count in other.named.items():
            if name in self.named or len(self.named) < self.most:
                self.named[name] += count
            else:
                self.more += count
        self.more += other.more

    def listed(self) -> list[str]:
        """The most frequent first."""
        return [name for name, _ in sorted(self.named.items(), key=lambda one: (-one[1], one[0]))]
