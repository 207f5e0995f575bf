"""What is counted: of each file while it is read, and of all signals once they are judged."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model import Decision, Sign, Signal

DECISIONS = tuple(Decision)


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _by_name() -> dict[str, bytearray]:
    return defaultdict(bytearray)


@dataclass
class Seen:
    """The identities of events, one after the other: by their day, and by each source whose pattern lets them through.

    The day of what bears no date that we can read is "".
    """

    days: dict[str, bytearray] = field(default_factory=_by_name)
    deliveries: dict[str, bytearray] = field(default_factory=_by_name)

    def add(self, identity: bytes, day: str, through: Iterable[str] = ()) -> None:
        """One event more."""
        if day not in self.days and not _DATE.fullmatch(day):
            day = ""
        self.days[day] += identity
        for source in through:
            self.deliveries[source] += identity

    def join(self, other: Seen) -> None:
        """Those that another one noted."""
        for mine, theirs in ((self.days, other.days), (self.deliveries, other.deliveries)):
            for name, held in theirs.items():
                mine[name] += held


@dataclass(frozen=True)
class Counts:
    """How many different events there were: of each day, and let through by each pattern. `copies` came again."""

    days: Counter[str]
    deliveries: Counter[str]
    copies: int

    @property
    def events(self) -> int:
        """All of them, each once."""
        return self.days.total()


@dataclass
class Tally:
    """What was read of a file. `events` counts copies too.

    `odd` are values that are no event or cannot be read as one, `faults` places that are no JSON; `why` and `fault` are
    the reasons of the first of each.
    """

    events: int = 0
    odd: int = 0
    why: str = ""
    faults: int = 0
    fault: str = ""
    seen: Seen = field(default_factory=Seen)

    def note(self, fault: str) -> None:
        """Count a fault, and keep the first."""
        self.fault = self.fault or fault
        self.faults += 1

    def add(self, other: Tally) -> None:
        """What was counted elsewhere. Faults belong to a file and stay with it."""
        self.events += other.events
        self.odd += other.odd


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


@dataclass
class Row:
    """A rule or a day: its signals by their decision, and the incidents that they opened."""

    decisions: Counter[Decision] = field(default_factory=Counter)
    opened: int = 0


@dataclass
class Verdicts:
    """All signals, judged in order. `elsewhere` happened in other Regions; `counted` is what the breaker remembers.

    `habits` are the days on which a machine's role did what is worth a question otherwise, known `since` the
    first signal.
    """

    decisions: Counter[Decision] = field(default_factory=Counter)
    rules: dict[Sign, Row] = field(default_factory=dict)
    days: dict[str, Row] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    elsewhere: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    habits: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    since: datetime | None = None

    def incidents(self, decision: Decision) -> int:
        """How many principals were contained, or asked about and not contained."""
        return sum(one.incident is not None and one.incident.decision is decision for one in self.people.values())
