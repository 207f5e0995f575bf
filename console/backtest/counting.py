"""What is counted: of each file while it is read, and of all signals once they are judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model import Decision, Sign, Signal

DECISIONS = tuple(Decision)


@dataclass
class Tally:
    """What was read. `odd` are values that are no event or cannot be read as one, `faults` places that are no JSON."""

    events: int = 0
    odd: int = 0
    faults: int = 0
    fault: str = ""
    days: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)

    def note(self, fault: str) -> None:
        """Count a fault, and keep the first."""
        self.fault = self.fault or fault
        self.faults += 1

    def add(self, other: Tally) -> None:
        """What was counted elsewhere. Faults belong to a file and stay with it."""
        self.events += other.events
        self.odd += other.odd
        self.days.update(other.days)
        self.deliveries.update(other.deliveries)


@dataclass
class Person:
    """A principal, or a credential whose owner no event names, about which somebody would have heard."""

    first: Signal
    last: datetime
    decisions: Counter[Decision] = field(default_factory=Counter)
    signs: Counter[Sign] = field(default_factory=Counter)
    incident: Incident | None = None


@dataclass
class Incident:
    """The one incident of a principal, from its first signal that is acted on or asked about. It stays open."""

    decision: Decision
    opened: datetime
    reason: str
    actions: tuple[str, ...]
    asked: set[tuple[Sign, str]] = field(default_factory=set)

    def is_about(self, signal: Signal) -> bool:
        """Whether nothing but the same finding has been asked about: a question does not answer itself."""
        return self.decision is not Decision.ACT and self.asked == {(signal.sign, signal.what)}


@dataclass
class Row:
    """A rule or a day: its signals by their decision, and the incidents that they opened."""

    decisions: Counter[Decision] = field(default_factory=Counter)
    opened: int = 0


@dataclass
class Verdicts:
    """All signals, judged in order. `elsewhere` happened in other Regions; `counted` is what the breaker remembers."""

    decisions: Counter[Decision] = field(default_factory=Counter)
    rules: dict[Sign, Row] = field(default_factory=dict)
    days: dict[str, Row] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    elsewhere: int = 0
    counted: Counter[str] = field(default_factory=Counter)

    def incidents(self, decision: Decision) -> int:
        """How many principals were contained, or asked about and not contained."""
        return sum(one.incident is not None and one.incident.decision is decision for one in self.people.values())
