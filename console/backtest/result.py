"""The result as one document for programs; what people are shown is made of the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chalicelib.model import Decision, Mode
from console.backtest.counting import DECISIONS, Counts, Person, Row, Tally, Verdicts
from console.backtest.sifting import PATTERNS

Json = dict[str, Any]

_NAMED = 1000
"""Files that could not be read whole, by name; more are counted."""


@dataclass
class Read:
    """All files together. `faults` are the first files that could not be read whole, `faulty` is their number.

    `skipped` are the kinds of files in folders that are no logs by their names.
    """

    files: int = 0
    faulty: int = 0
    faults: list[tuple[str, Tally]] = field(default_factory=list)
    total: Tally = field(default_factory=Tally)
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, tally: Tally) -> None:
        """One file more."""
        self.files += 1
        self.total.add(tally)
        if tally.faults:
            self.faulty += 1
            if len(self.faults) < _NAMED:
                self.faults.append((file, tally))


def result(read: Read, counts: Counts, verdicts: Verdicts, mode: Mode) -> Json:
    """Everything that is known about the run."""
    return {
        "mode": mode,
        "files": {
            "read": read.files,
            "faulty": read.faulty,
            "faults": [{"file": file, "reason": one.fault, "places": one.faults} for file, one in read.faults],
            "skipped": dict(read.skipped.most_common()),
        },
        "events": {"read": counts.events, "copies": counts.copies, "odd": read.total.odd},
        "signals": _counts(verdicts.decisions) | {"elsewhere": verdicts.elsewhere},
        "incidents": {"act": verdicts.incidents(Decision.ACT), "ask": verdicts.incidents(Decision.ASK)},
        "principals": [person(one) for one in sorted(verdicts.people.values(), key=_rank)],
        "rules": [{"rule": sign, **_row(row)} for sign, row in sorted(verdicts.rules.items())],
        "days": _days(counts, verdicts),
        "patterns": [_pattern(name, counts) for name in PATTERNS],
    }


def _counts(decisions: Counter[Decision]) -> Json:
    return {decision: decisions[decision] for decision in DECISIONS}


def _row(row: Row) -> Json:
    return _counts(row.decisions) | {"incidents": row.opened}


def decision_of(one: Person) -> Decision:
    """The most that would have been done."""
    return one.incident.decision if one.incident else Decision.TELL


def _rank(one: Person) -> tuple[int, str, str]:
    return DECISIONS.index(decision_of(one)), one.first.at.isoformat(), _key(one)


def _key(one: Person) -> str:
    return f"{one.first.principal} {one.first.account} {one.first.subject}"


def person(one: Person) -> Json:
    """Whom it is about, and what would have been done."""
    principal, incident = one.first.principal, one.incident
    return {
        "decision": decision_of(one),
        "kind": principal.kind if principal else None,
        "name": principal.name if principal else None,
        "account": one.first.account,
        "subject": {"kind": one.first.subject.kind, "id": one.first.subject.id},
        "first": one.first.at.isoformat(),
        "last": one.last.isoformat(),
        "opened": incident.opened.isoformat() if incident else None,
        "reason": incident.reason if incident else None,
        "actions": list(incident.actions) if incident else [],
        "signals": _counts(one.decisions),
        "rules": dict(sorted(one.signs.items())),
    }


def _days(counts: Counts, verdicts: Verdicts) -> list[Json]:
    """Each day with an event or a signal. What bears no date that we can read is counted under null."""
    days = sorted({*counts.days, *verdicts.days})
    return [{"day": day or None, "events": counts.days[day], **_row(verdicts.days.get(day, Row()))} for day in days]


def _pattern(name: str, counts: Counts) -> Json:
    count = counts.deliveries[name]
    per_million = round(1e6 * count / counts.events, 1) if counts.events else None
    return {"source": name, "deliveries": count, "per_million": per_million}
