"""The signals of a run, decided one after the other, each knowing what is open by then."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib import playbook
from chalicelib.ledger import breaker, habits, rows
from chalicelib.model import Context, Decision, Principal, Signal
from chalicelib.settings import HOME_REGION, Settings
from console.backtest.counting import Incident, Person, Row, Verdicts
from console.explain import Reading, weighed

_OPENING = frozenset({Decision.ACT, Decision.ASK})


def judged(signals: Iterable[Signal], settings: Settings) -> Verdicts:
    """All of them, in the order of their time. Memory grows with those whom they are about, and not with them."""
    verdicts = Verdicts()
    for signal in signals:
        verdicts.since = verdicts.since or signal.at
        reading = weighed(signal, settings, _context(signal, verdicts))
        opened = _count(reading, verdicts)
        if opened and reading.judgement.counted:
            verdicts.counted[_span(rows.counter_key(signal.at))] += 1
    return verdicts


def _context(signal: Signal, verdicts: Verdicts) -> Context | None:
    """As the ledger would answer it; like the responder, it is not asked where the sign is enough by itself."""
    if playbook.stands_alone(signal):
        return None
    owner, actor = _incident(signal.principal, verdicts.people), _incident(signal.actor, verdicts.people)
    return Context(
        owner_is_contained=owner is not None and owner.decision is Decision.ACT,
        actor_is_contained=actor is not None and actor.decision is Decision.ACT,
        contained_lately=sum(verdicts.counted[_span(key)] for key in breaker.keys(signal.at)),
        is_new_to_machine=_is_new(signal, verdicts),
    )


def _is_new(signal: Signal, verdicts: Verdicts) -> bool:
    """Say whether the logs show no earlier day on which the role did so, and begin 30 days before."""
    if not habits.concerns(signal) or verdicts.since is None:
        return False
    days = verdicts.habits.setdefault(habits.habit_of(signal), set())
    is_new = habits.is_new_among(days, verdicts.since, signal.at)
    if not signal.failed:
        days.add(signal.at.date().isoformat())
    return is_new


def _span(key: rows.Item) -> str:
    return str(key["pk"]["S"])


def _incident(principal: Principal | None, people: dict[str, Person]) -> Incident | None:
    person = people.get(principal.lock) if principal else None
    return person.incident if person else None


def who(signal: Signal) -> str:
    """Whom an incident would be opened on; the credential itself where only IAM knows whose it is."""
    one = signal.subject
    return signal.principal.lock if signal.principal else f"{signal.account}/{one.kind}/{one.id or one.session or ''}"


def _count(reading: Reading, verdicts: Verdicts) -> bool:
    """Count a signal, and say whether it opened an incident."""
    signal, decision = reading.signal, reading.judgement.decision
    counted = (
        verdicts.rules.setdefault(signal.sign, Row()),
        verdicts.days.setdefault(signal.at.date().isoformat(), Row()),
    )
    for counter in (verdicts.decisions, *(row.decisions for row in counted)):
        counter[decision] += 1
    if decision is Decision.IGNORE:
        return False
    verdicts.elsewhere += signal.source != "health" and signal.region not in {"", HOME_REGION}
    person = verdicts.people.setdefault(who(signal), Person(signal, signal.at))
    person.last = signal.at
    person.decisions[decision] += 1
    person.signs[signal.sign] += 1
    opened = decision in _OPENING and _opens(reading, person)
    if opened:
        for row in counted:
            row.opened += 1
    return opened


def _opens(reading: Reading, person: Person) -> bool:
    """Open the person's incident, or let the signal join it. A question that is followed by an act is an act."""
    signal, judgement = reading.signal, reading.judgement
    held = person.incident
    if held is None or (held.decision is Decision.ASK and judgement.decision is Decision.ACT):
        actions = tuple(step.action for step in reading.plan.steps)
        person.incident = Incident(judgement.decision, signal.at, judgement.reason, actions)
    return held is None
