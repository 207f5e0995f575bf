"""What a later signal about the same principal adds to its incident: to what is known, and to the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import playbook, steps
from chalicelib.entries import Closed, Joined, Result
from chalicelib.incident import WAYS_OF_A_USER
from chalicelib.model import GIVING, Decision, Plan, Sign, SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.entries import Body
    from chalicelib.incident import Incident
    from chalicelib.model import Facts, Judgement, Principal, Signal, Step
    from chalicelib.ports import Ports
    from chalicelib.settings import Settings


def is_repeat(incident: Incident, signal: Signal) -> bool:
    """Whether there is nothing to add and nothing left over from a run that was cut off."""
    told = any(number == 1 for number, _ in incident.told)
    left = incident.acting and incident.unfinished()
    return is_known(incident, signal) and incident.planned and told and not left


def is_known(incident: Incident, signal: Signal) -> bool:
    """Whether the incident holds all that the signal says."""
    return any(_says_the_same(signal, known) for known in incident.signals)


def _says_the_same(signal: Signal, known: Signal) -> bool:
    """Nothing that an incident would remember differs: it is the same call, or a finding that says nothing newer.

    CloudTrail has whole seconds, in which one caller makes many calls.
    """
    same = (signal.subject, signal.sign, signal.what) == (known.subject, known.sign, known.what)
    if not same or not set(signal.also) <= set(known.also):
        return False
    if signal.is_call:
        return (signal.native_id, signal.at) == (known.native_id, known.at)
    return signal.at <= known.at and signal.since >= known.since


def is_over(incident: Incident, signal: Signal, facts: Facts) -> bool:
    """Whether the principal is gone, and the signal is about whoever has the name now: a feed that gives no unique id
    may be late, so what leaked must be theirs.
    """
    if not incident.precedes(facts.unique_id) or playbook.is_stranger(signal, facts):
        return False
    if signal.subject.kind is SubjectKind.ACCESS_KEY and signal.subject.id:
        return any(key.id == signal.subject.id for key in facts.keys or ())
    since = incident.renamed_at  # until then the name was that of this incident's principal
    return signal.sign is Sign.REPORTED or bool(
        signal.principal and (signal.principal.unique_id or (since and signal.at > since))
    )


def make_way(incident: Incident, who: Principal, ports: Ports) -> None:
    """Let a new incident be opened for whoever has the name now: close this one, unless its user has another name."""
    if incident.principal.name == who.name:
        end(incident, ports)
        return
    ports.ledger.give_back(incident)
    ports.queue_incident(incident.lock, 0)


def end(incident: Incident, ports: Ports) -> None:
    """Close what is over."""
    who, now = incident.principal, ports.now()
    closed = Closed(Result.FOLLOWED, f"{who.kind} {who.name} was deleted, and made anew for somebody else")
    ports.ledger.hand_on(ports.ledger.append(incident, now, closed, rest=now), now, None)


def join(incident: Incident, signal: Signal, judgement: Judgement, facts: Facts, ports: Ports) -> Incident:
    """Fold in a signal that is not known, with what it adds to the plan, in one write: nobody would plan the rest of a
    half.

    Its own judgement decides: what is only to be asked about adds nothing that would be done unasked, because the
    incident happens to act.
    """
    first = None if incident.planned else first_plan(incident, facts, ports)
    cut_off = cut_off_anew(incident, signal, judgement, ports)
    blows = playbook.whole(incident.in_its_name(judgement.strike), facts)
    wanted = added(first.steps if first else incident.steps, incident, signal, blows, cut_off, ports.settings)
    decided = judgement.decision is Decision.ACT or not incident.acting or _is_own(incident, signal)
    extra = wanted if decided else ()
    stranger = bool(facts.renamed) or playbook.is_stranger(signal, facts)
    adds = () if stranger else tuple(step.key for step in extra if not step.later)
    apart = _is_told_apart(incident, signal, wanted, cut_off)
    joined = Joined(signal, judgement, cut_off, adds, told_apart=apart, asked=not incident.acting)
    bodies: list[Body] = [*(steps.lines(first, facts, ports) if first else ()), joined]
    left = (*playbook.errands(signal), *playbook.unordered(signal, incident.principal))
    if (extra or left) and not stranger:
        bodies.extend(steps.lines(Plan(extra, left), facts, ports))
    return ports.ledger.append(incident, ports.now(), *bodies)


def _is_own(incident: Incident, signal: Signal) -> bool:
    """Say whether the contained principal did it: what it switched off is mended without asking who meant it well."""
    return signal.actor is not None and incident.is_about(signal.actor)


def _is_told_apart(incident: Incident, signal: Signal, wanted: tuple[Step, ...], cut_off: datetime | None) -> bool:
    """Say whether people get a message about it: it comes after the first one, and something is done or asked, or
    whoever was asked has not heard of it.
    """
    first_is_told = any(number == 1 for number, _ in incident.told)
    given = incident.acting and signal.sign in GIVING and signal.subject.id not in incident.ended
    unheard = not incident.acting and not any(_tells_the_same(signal, known) for known in incident.signals)
    return first_is_told and cut_off is None and (given or unheard or any(not step.later for step in wanted))


def _tells_the_same(signal: Signal, known: Signal) -> bool:
    """Say whether people who heard of the one learn nothing by the other: a finding comes again, a call does not."""
    same = (signal.source, signal.sign, signal.what) == (known.source, known.sign, known.what)
    if not signal.is_call:
        return same and signal.subject == known.subject
    if playbook.told_once_a_day(signal):
        return same and signal.at.date() == known.at.date()
    return same and (signal.native_id, signal.at) == (known.native_id, known.at)


def cut_off_anew(incident: Incident, signal: Signal, judgement: Judgement, ports: Ports) -> datetime | None:
    """A new cut-off, where the signal ends the waiting for an approval or is about what the old one spared."""
    fresh = not incident.acting or playbook.begins_again(signal, incident)
    return fresh_cut_off(ports) if judgement.decision is Decision.ACT and fresh else None


def added(
    present: tuple[Step, ...],
    incident: Incident,
    signal: Signal,
    blows: tuple[Step, ...],
    cut_off: datetime | None,
    settings: Settings,
) -> tuple[Step, ...]:
    """Later signals only ever add: one deny on a whole user is enough, whichever way it was put on."""
    denied = any(step.action in WAYS_OF_A_USER for step in present)
    options = playbook.asked_for(signal, incident.principal, settings)
    wanted = (*(() if denied else blows), *playbook.leaked_step(signal, incident.principal), *options)
    known = {step.key for step in present}
    added = (playbook.bound(step, incident.id, cut_off or incident.cut_off) for step in wanted)
    return tuple(_named_apart(step, incident) for step in added if step.key not in known)


def _named_apart(step: Step, incident: Incident) -> Step:
    """A deny with a newer cut-off stands beside the older one, whose text is what its verification reads."""
    taken = {one.arguments.get("policy_name") for one in incident.steps if one.key in incident.outcomes}
    name = step.arguments.get("policy_name")
    if name is None or name not in taken:
        return step
    return replace(step, arguments={**step.arguments, "policy_name": f"{name}-{incident.last}"})


def first_plan(incident: Incident, facts: Facts, ports: Ports) -> Plan:
    """What follows from the signal that opened the incident and from the facts, bound to the incident."""
    plan = playbook.decide(incident.signals[0], incident.judgement, facts, ports.settings)
    return replace(plan, steps=tuple(playbook.bound(step, incident.id, incident.cut_off) for step in plan.steps))


def fresh_cut_off(ports: Ports) -> datetime:
    """What is issued until then is revoked: a little ahead, because IAM takes seconds to apply a deny."""
    return ports.now() + timedelta(seconds=ports.settings.cut_off_ahead)
