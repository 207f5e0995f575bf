"""What follows containment, stage by stage: verify, narrow, rotate, report, watch, close. Resumable at any point."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import codec, facts as fact_finding, playbook
from chalicelib.actions import BY_NAME
from chalicelib.incident import Closed, Did, Planned, Reached, Result, Stage, Undone
from chalicelib.ledger import Busy, Claimed, Paused
from chalicelib.model import Outcome, Plan, PrincipalKind, Status, Step
from chalicelib.respond import Answer, attempt, attempts, raise_unfinished, refused, respond, take_steps, work
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.model import Facts, Image
    from chalicelib.ports import Ports

_SOON = 2.0  # seconds between looks at a rotation that is under way
_PAUSED = 300.0  # seconds until a paused incident is looked at again


def follow_up(body: str, ports: Ports) -> Answer:
    """One message of the queue: a signal that had to wait, or an incident to bring further."""
    message = json.loads(body)
    if "signal" in message:
        return respond(codec.read_signal(message["signal"]), ports)
    return resume(message["lock"], ports)


def resume(lock: str, ports: Ports) -> Answer:
    """Take the principal's open incident up where it stands."""
    now = ports.now()
    match ports.ledger.take(lock, now):
        case Claimed(incident=incident):
            return _advanced(incident, ports)
        case Busy(incident_id=incident_id, until=until):
            ports.queue_incident(lock, (until - now).total_seconds())
            return Answer("queued", f"incident {incident_id} is being worked on")
        case Paused():
            ports.queue_incident(lock, _PAUSED)
            return Answer("paused", "the pause switch is on")
        case _:
            return Answer("settled", f"{lock} has no open incident")


def patrol(ports: Ports) -> int:
    """Queue every open incident that somebody should have looked at by now; how many there were."""
    stalled = ports.ledger.stalled(ports.now())
    for lock in stalled:
        ports.queue_incident(lock, 0)
    return len(stalled)


def _advanced(incident: Incident, ports: Ports) -> Answer:
    if not incident.planned:
        return work(incident, fact_finding.look_up(ports.aws.iam(), incident.principal, ports.pool), ports)
    incident = tell_incident(take_steps(incident, ports), 1, ports)
    wait: float | None = None
    if incident.acting:
        incident, wait = _through(incident, ports)
    if wait is not None:
        ports.queue_incident(incident.principal.lock, wait)
    ports.ledger.hand_on(incident, ports.now(), wait if incident.acting else _REMIND)
    raise_unfinished(incident)
    return Answer("closed" if incident.closed else "advanced", "", incident)


_REMIND = 3600.0  # seconds until patrol looks at an approval that nobody gave


def _through(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Stage after stage until one has to wait; seconds to wait, or None at the end."""
    for stage, run in _STAGES:
        if stage in incident.reached:
            continue
        incident, wait = run(incident, ports)
        if wait is not None:
            return incident, wait
        incident = ports.ledger.append(incident, ports.now(), Reached(stage))
    return _closed(incident, ports), None


def _verify(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Re-read everything that was done; what does not stand is done again."""
    lost = _lost(incident, ports)
    for step, _ in lost:
        incident = ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))
    return incident, (ports.settings.propagation if lost else None)


def _lost(incident: Incident, ports: Ports) -> list[tuple[Step, Outcome]]:
    standing = [step for step in incident.steps if _stands(incident, step)]
    checks = [(step, ports.pool.submit(_checked, step, ports)) for step in standing]
    found = [(step, check.result()) for step, check in checks]
    return [(step, outcome) for step, outcome in found if not outcome.good]


def _stands(incident: Incident, step: Step) -> bool:
    done = incident.outcome(step).good and step.key not in incident.restored
    return done and not incident.superseded(step) and step.action != "rotate-secret"


def _checked(step: Step, ports: Ports) -> Outcome:
    try:
        return BY_NAME[step.action].verify(ports.aws, step)
    except ClientError as error:
        return refused(error)
    except BotoCoreError as error:
        return Outcome(Status.FAILED, str(error), retryable=True)


def _narrow(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Give the owner's other credentials back, where that is safe."""
    if incident.principal.kind is not PrincipalKind.USER or not incident.contained_at:
        return incident, None
    facts = _without_ours(incident, fact_finding.look_up(ports.aws.iam(), incident.principal, ports.pool))
    withheld = playbook.may_narrow(incident, facts)
    if withheld:
        return ports.ledger.append(incident, ports.now(), Planned(Plan((), (withheld,)))), None
    return narrow(incident, ports), None


def narrow(incident: Incident, ports: Ports) -> Incident:
    """Put the narrower deny in the place of the wider one."""
    step = playbook.narrow_step(incident, ports.settings)
    if step.key not in {known.key for known in incident.steps}:
        incident = ports.ledger.append(incident, ports.now(), Planned(Plan((step,))))
    return ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))


def _without_ours(incident: Incident, facts: Facts) -> Facts:
    step = incident.step("bound-user")
    if step is None or facts.boundary != step.arguments["policy_arn"]:
        return facts
    return replace(facts, boundary=incident.images.get(step.key, {}).get("boundary", ""))


def _rotate(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Begin every linked rotation once, then wait until the new version is really current."""
    left = [step for step in incident.unfinished(later=True) if step.action == "rotate-secret"]
    fresh = [
        step for step in left if incident.outcome(step).status is Status.PENDING and step.key not in incident.images
    ]
    if fresh:
        images: dict[str, Image] = {step.key: {"begun": ports.now().isoformat()} for step in fresh}
        incident = ports.ledger.append(incident, ports.now(), Planned(Plan(()), images))
        begun = attempts(fresh, ports)
        incident = ports.ledger.append(incident, ports.now(), *(Did(step.key, outcome) for step, outcome in begun))
        return incident, _SOON
    waiting = [
        step for step in left if incident.outcome(step).status is Status.PENDING or incident.outcome(step).retryable
    ]
    for step in waiting:
        incident = ports.ledger.append(incident, ports.now(), Did(step.key, _rotated(incident, step, ports)))
    still = [step for step in waiting if not incident.outcome(step).good and incident.outcome(step).retryable]
    return incident, (_SOON if still else None)


_ROTATION_LIMIT = timedelta(minutes=15)


def _rotated(incident: Incident, step: Step, ports: Ports) -> Outcome:
    begun = incident.attempts_begun(step)
    outcome = _checked(step, ports)
    if not outcome.good and begun and ports.now() - begun > _ROTATION_LIMIT:
        return Outcome(Status.FAILED, f"the rotation did not finish within 15 minutes: {outcome.detail}")
    if outcome.status is Status.FAILED and outcome.retryable:
        return attempt(step, ports)
    return outcome


def _report(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    return tell_incident(incident, 2, ports), None


def _watch(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """Look again until the watch is over; what somebody undid is done again, a few times at most."""
    for step, outcome in _lost(incident, ports):
        again = sum(one.step == step.key for one in incident.undone) < ports.settings.reapply_limit
        incident = ports.ledger.append(incident, ports.now(), Undone(step.key, outcome.detail, reapplied=again))
        if again:
            incident = ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))
    over = incident.opened_at + timedelta(seconds=ports.settings.watch)
    left = (over - ports.now()).total_seconds()
    return incident, (min(left, ports.settings.verify_every) if left > 0 else None)


def _closed(incident: Incident, ports: Ports) -> Incident:
    incident = ports.ledger.append(incident, ports.now(), Closed(_result(incident)))
    return tell_incident(incident, 3, ports)


def _result(incident: Incident) -> Result:
    if incident.unfinished() or any(not one.reapplied for one in incident.undone):
        return Result.FAILED
    return Result.CONTESTED if incident.undone else Result.HELD


_STAGES: tuple[tuple[Stage, Callable[[Incident, Ports], tuple[Incident, float | None]]], ...] = (
    (Stage.VERIFY, _verify),
    (Stage.NARROW, _narrow),
    (Stage.ROTATE, _rotate),
    (Stage.REPORT, _report),
    (Stage.WATCH, _watch),
)
