"""The one loop that changes other people's credentials: claim, strike, plan, act, tell, hand on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding, playbook
from chalicelib.actions import BY_NAME
from chalicelib.incident import Did, Incident, Joined, Opened, Planned
from chalicelib.ledger import Busy, Claimed, Folded, Paused
from chalicelib.model import (
    Context,
    Decision,
    Facts,
    Outcome,
    Plan,
    Principal,
    PrincipalKind,
    Status,
    SubjectKind,
    Withheld,
)
from chalicelib.tell import tell_incident, tell_notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.model import Image, Judgement, Signal, Step
    from chalicelib.ports import Ports


class UnfinishedError(Exception):
    """Something retryable is left: raised at the very end, so that Lambda or the queue tries again."""


@dataclass(frozen=True)
class Answer:
    """What came of one signal: the word that is counted, and the incident if there is one."""

    what: str
    reason: str
    incident: Incident | None = None


def respond(signal: Signal, ports: Ports) -> Answer:
    """Answer one signal. UnfinishedError when a later attempt may finish what this one could not."""
    signal = _owned(signal, ports)
    context = Context() if playbook.is_confirmed(signal) else ports.ledger.context(signal)
    judgement = playbook.strike(signal, ports.settings, context)
    if signal.principal is None and not judgement.withheld:
        judgement = replace(judgement, decision=Decision.TELL, withheld=(_ownerless(signal),))
    match judgement.decision:
        case Decision.IGNORE:
            return Answer("ignored", judgement.reason)
        case Decision.TELL:
            return _told(signal, judgement, ports)
        case Decision.ASK | Decision.ACT:
            return _contain(signal, judgement, ports)


def _owned(signal: Signal, ports: Ports) -> Signal:
    """A bare key id is given its owner: the one round trip that such a signal costs more."""
    key = signal.subject.id
    if signal.principal or signal.sample or not key or signal.account != ports.settings.account:
        return signal
    if signal.subject.kind is not SubjectKind.ACCESS_KEY:
        return signal
    name = fact_finding.owner_of(ports.aws.iam(), key)
    owner = Principal(PrincipalKind.USER, signal.account, name) if name else None
    return replace(signal, principal=owner)


def _ownerless(signal: Signal) -> Withheld:
    return Withheld(
        "contain",
        f"IAM does not know whose {signal.subject.id or 'this credential'} is",
        "if the key was deleted there is nothing left to stop; otherwise look in the account that it belongs to: "
        "aws sts get-access-key-info",
    )


def _told(signal: Signal, judgement: Judgement, ports: Ports) -> Answer:
    told = tell_notice(signal, judgement, _notice(signal, judgement), ports)
    return Answer("told" if told else "repeated", judgement.reason)


def _notice(signal: Signal, judgement: Judgement) -> str:
    """One notice for the same activity of the same principal, through however many feeds and Regions it comes."""
    who = signal.principal.lock if signal.principal else f"{signal.account}/{signal.subject.id}"
    parts = (who, signal.sign, signal.subject.id, signal.subject.session, signal.at.isoformat(), judgement.reason)
    return sha256("|".join(map(str, parts)).encode(errors="backslashreplace")).hexdigest()[:32]


def _contain(signal: Signal, judgement: Judgement, ports: Ports) -> Answer:
    principal, now = judgement.strike[0].principal, ports.now()
    incident_id, cut_off = ports.new_id(), now + timedelta(seconds=ports.settings.cut_off_ahead)
    strike = tuple(playbook.bound(step, incident_id, cut_off) for step in judgement.strike)
    judgement = replace(judgement, strike=strike)
    opened = Opened(principal, signal, judgement, ports.settings.mode, cut_off)
    found = ports.pool.submit(fact_finding.look_up, ports.aws.iam(), principal, ports.pool)
    match ports.ledger.claim(incident_id, opened, now):
        case Paused():
            found.result()
            return _told(signal, _paused(judgement), ports)
        case Folded(incident_id=explained):
            found.result()
            return Answer("folded", f"incident {explained} explains it")
        case Busy(incident_id=other, until=until):
            found.result()
            return _later(other, signal, (until - now).total_seconds(), ports)
        case Claimed(incident=incident, fresh=fresh):
            if not fresh and _is_repeat(incident, signal):
                ports.ledger.hand_on(incident, ports.now(), ports.settings.verify_every)
                return Answer("repeated", f"incident {incident.id} knows it", incident)
            if not fresh:
                incident = _join(incident, signal, judgement, ports)
            return work(incident, found.result(), ports)


def _later(incident_id: str, signal: Signal, wait: float, ports: Ports) -> Answer:
    """The loser of a claim does not act; what it knows waits, unless the winner knows it too."""
    incident = ports.ledger.load(incident_id)
    if incident and _known(incident, signal):
        ports.queue_incident(
            incident.principal.lock, wait
        )  # the winner may be dead: somebody looks when its lease ends
        return Answer("repeated", f"incident {incident_id} knows it and is being worked on", incident)
    ports.queue_signal(signal, wait)
    return Answer("queued", f"incident {incident_id} is being worked on")


def _is_repeat(incident: Incident, signal: Signal) -> bool:
    """Whether there is nothing to add and nothing left over from a run that was cut off."""
    told = any(number == 1 for number, _ in incident.told)
    return _known(incident, signal) and incident.planned and told and not incident.unfinished()


def _known(incident: Incident, signal: Signal) -> bool:
    return any(_says_the_same(signal, known) for known in incident.signals)


def _paused(judgement: Judgement) -> Judgement:
    switch = Withheld(
        "contain", "the pause switch is on", "switch it off, then run `leak-responder replay` on the event"
    )
    return replace(judgement, decision=Decision.TELL, strike=(), withheld=(switch,))


def _join(incident: Incident, signal: Signal, judgement: Judgement, ports: Ports) -> Incident:
    """Fold another signal in, unless it says nothing new: later signals only ever add to the plan."""
    if _known(incident, signal):
        return incident
    joined = ports.ledger.append(incident, ports.now(), Joined(signal, judgement))
    strike = tuple(playbook.bound(step, incident.id, incident.cut_off) for step in judgement.strike)
    known = {step.key for step in incident.steps}
    extra = tuple(
        step
        for step in strike
        if step.key not in known
        and step.action not in {s.action for s in incident.steps if s.action == "quarantine-user"}
    )
    leaked = playbook.key_step(signal, incident.principal)
    steps = (*extra, *(step for step in leaked if step.key not in known))
    if not steps or not incident.planned:
        return joined
    return _planned(joined, Plan(steps), Facts(), ports)


def _says_the_same(signal: Signal, known: Signal) -> bool:
    return (signal.subject, signal.sign) == (known.subject, known.sign) and signal.at <= known.at


def work(incident: Incident, facts: Facts, ports: Ports) -> Answer:
    """Bring the incident as far as this run can, tell, and hand on. Safe to repeat from any point of it."""
    if not incident.planned:
        incident = _struck(incident, facts, ports) if incident.acting else _asked(incident, facts, ports)
    incident = take_steps(incident, ports)
    ports.queue_incident(incident.principal.lock, ports.settings.propagation)
    incident = tell_incident(incident, 1, ports)
    ports.ledger.hand_on(incident, ports.now(), ports.settings.propagation)
    raise_unfinished(incident)
    return Answer(
        "contained" if incident.contained_at else incident.judgement.decision, incident.judgement.reason, incident
    )


def _asked(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    return _planned(incident, _plan(incident, facts, ports), facts, ports)


def _plan(incident: Incident, facts: Facts, ports: Ports) -> Plan:
    plan = playbook.decide(incident.signals[0], incident.judgement, facts, ports.settings)
    return replace(plan, steps=tuple(playbook.bound(step, incident.id, incident.cut_off) for step in plan.steps))


def _struck(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    """The strike while the plan is written; first the plan where the strike would overwrite something."""
    plan = _plan(incident, facts, ports)
    strike = next((step for step in plan.steps if not step.later), None)
    if strike is None or _overwrites(strike):
        return _planned(incident, plan, facts, ports)
    blow = ports.pool.submit(attempt, strike, ports)
    incident = _planned(incident, plan, facts, ports)
    return _noted(incident, ((strike, blow.result()),), ports)


def _overwrites(step: Step) -> bool:
    return step.action in {"bound-user", "deactivate-key", "rotate-secret"}


def _planned(incident: Incident, plan: Plan, facts: Facts, ports: Ports) -> Incident:
    images = {step.key: _captured(step, facts, ports) for step in plan.steps if not step.later}
    kept = {key: image for key, image in images.items() if image}
    return ports.ledger.append(incident, ports.now(), Planned(plan, kept))


def _captured(step: Step, facts: Facts, ports: Ports) -> Image:
    try:
        return BY_NAME[step.action].capture(ports.aws, step, facts)
    except (ClientError, BotoCoreError):
        return {}


def take_steps(incident: Incident, ports: Ports) -> Incident:
    """Every containing step that does not stand yet, side by side; one that fails stops no other."""
    if not incident.acting:
        return incident
    incident = _read_first(incident, ports)
    left = incident.unfinished()
    ready = tuple(step for step in left if not _overwrites(step) or incident.images.get(step.key))
    incident = _noted(incident, attempts(ready, ports), ports)
    unreadable = tuple(step for step in left if step not in ready)
    incident = _noted(incident, ((step, _UNREADABLE) for step in unreadable), ports)
    spare = playbook.fallback(incident)
    if spare is None:
        return incident
    incident = _planned(incident, Plan((spare,)), Facts(), ports)
    return _noted(incident, attempts((spare,) if incident.images.get(spare.key) else (), ports), ports)


def _read_first(incident: Incident, ports: Ports) -> Incident:
    """Read what an earlier run could not: a step without its image was never taken, so the image is still true."""
    blind = tuple(step for step in incident.unfinished() if _overwrites(step) and not incident.images.get(step.key))
    return _planned(incident, Plan(blind), Facts(), ports) if blind else incident


_UNREADABLE = Outcome(
    Status.FAILED, "what stands there now could not be read, and nothing is overwritten unread", retryable=True
)


def attempts(steps: Iterable[Step], ports: Ports) -> tuple[tuple[Step, Outcome], ...]:
    """The outcome of each step, all begun before the first is waited for."""
    begun = [(step, ports.pool.submit(attempt, step, ports)) for step in steps]
    return tuple((step, future.result()) for step, future in begun)


def _noted(incident: Incident, outcomes: Iterable[tuple[Step, Outcome]], ports: Ports) -> Incident:
    return ports.ledger.append(incident, ports.now(), *(Did(step.key, outcome) for step, outcome in outcomes))


def attempt(step: Step, ports: Ports) -> Outcome:
    """One attempt at one step. The one place that catches broadly, and says what it caught."""
    try:
        return BY_NAME[step.action].apply(ports.aws, step)
    except ClientError as error:
        return refused(error)
    except Exception as error:  # noqa: BLE001 - one step that fails must never stop the next
        return Outcome(Status.FAILED, f"{type(error).__name__}: {error}", retryable=True)


_FINAL = frozenset(
    {"AccessDenied", "AccessDeniedException", "NoSuchEntity", "ValidationError", "MalformedPolicyDocument"}
)


def refused(error: ClientError) -> Outcome:
    """What AWS answered. Refused for want of a permission or an object, it will be refused again."""
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    return Outcome(Status.FAILED, f"{error.operation_name}: {code}: {message}", retryable=code not in _FINAL)


def raise_unfinished(incident: Incident) -> None:
    """UnfinishedError for what trying again can mend; what it cannot mend has been told."""
    left = [step for step in incident.unfinished() if incident.outcome(step).retryable] if incident.acting else []
    if left:
        named = "; ".join(f"{step.action}: {incident.outcome(step).detail}" for step in left)
        message = f"incident {incident.id} about {incident.principal.lock} is unfinished: {named}"
        raise UnfinishedError(message)
