"""The two ways out: release for a true alarm, restore for a false one. Both run with a person's own credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.actions import BY_NAME
from chalicelib.follow_up import narrow
from chalicelib.incident import Approved, Closed, Released, Restored, Result
from chalicelib.ledger import Claimed
from chalicelib.model import Facts, Outcome, PrincipalKind, Status
from chalicelib.respond import refused, work
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.ports import Ports


class RefusedError(Exception):
    """It cannot be done as asked; the text says why and what to do instead."""


def release(incident_id: str, by: str, reason: str, ports: Ports) -> Incident:
    """Let the owner work again; what leaked and every older session stay dead. RefusedError with the reason."""
    incident = _taken(incident_id, ports)
    user = incident.principal.kind is PrincipalKind.USER
    if user and not incident.did("narrow-user"):
        _refuse_unless_dead(incident)
        incident = narrow(incident, ports)
        _refuse_unless_narrow(incident)
    if incident.released is None:
        incident = ports.ledger.append(incident, ports.now(), Released(by, reason))
    return _handed_on(tell_incident(incident, 4, ports), ports)


def _refuse_unless_dead(incident: Incident) -> None:
    if not incident.did("deactivate-key"):
        message = (
            f"incident {incident.id}: no access key was deactivated, so lifting the deny would let the leaked "
            "credential work again; deactivate it first, or run `leak-responder restore` if the alarm was false"
        )
        raise RefusedError(message)
    bound = incident.step("bound-user")
    if bound and incident.images.get(bound.key, {}).get("boundary"):
        message = (
            f"user {incident.principal.name} has a permissions boundary of their own, whose place the narrower deny "
            "would take; put an inline deny on `aws:TokenIssueTime` on the user by hand, then run "
            "`leak-responder restore --action bound-user`"
        )
        raise RefusedError(message)


def _refuse_unless_narrow(incident: Incident) -> None:
    step = incident.step("narrow-user")
    if step is not None and not incident.did("narrow-user"):
        message = f"incident {incident.id}: {incident.outcome(step).detail}; the wide deny stays until this is mended"
        raise RefusedError(message)


def restore(incident_id: str, by: str, reason: str, ports: Ports, only: str | None = None) -> Incident:
    """Put back exactly what stood before, newest step first. Stops at the first step where the world has moved."""
    incident = _taken(incident_id, ports)
    for step in reversed(incident.steps):
        if not _to_restore(incident, step, only):
            continue
        outcome = _restored(incident, step, ports)
        incident = ports.ledger.append(incident, ports.now(), Restored(step.key, by, reason, outcome))
        if not outcome.good:
            _handed_on(incident, ports)
            message = f"incident {incident.id}, {step.action} on {step.principal.lock}: {outcome.detail}"
            raise RefusedError(message)
    if only is None and (incident.closed is None or incident.closed.result is not Result.RESTORED):
        incident = ports.ledger.append(incident, ports.now(), Closed(Result.RESTORED, reason))
    return _handed_on(tell_incident(incident, 5, ports), ports)


def _to_restore(incident: Incident, step: Step, only: str | None) -> bool:
    back = incident.restored.get(step.key)
    attempted = step.key in incident.outcomes or step in incident.judgement.strike
    return attempted and not (back and back.good) and only in {None, step.action}


def _restored(incident: Incident, step: Step, ports: Ports) -> Outcome:
    try:
        return BY_NAME[step.action].restore(ports.aws, step, incident.images.get(step.key, {}))
    except ClientError as error:
        return refused(error)
    except (BotoCoreError, KeyError) as error:
        return Outcome(Status.FAILED, f"{type(error).__name__}: {error}", retryable=True)


def approve(incident_id: str, by: str, ports: Ports) -> Incident | None:
    """Let a plan run that waited for a person."""
    incident = _taken(incident_id, ports)
    if not incident.acting:
        incident = ports.ledger.append(incident, ports.now(), Approved(by))
    done = work(incident, Facts(), ports).incident
    return done and tell_incident(done, 6, ports)


def _taken(incident_id: str, ports: Ports) -> Incident:
    incident = ports.ledger.load(incident_id)
    if incident is None:
        message = f"there is no incident {incident_id}; `leak-responder incidents` lists them"
        raise RefusedError(message)
    claim = ports.ledger.take_closed(incident.principal.lock, ports.now())
    if not isinstance(claim, Claimed):
        message = f"incident {incident_id} is being worked on, or the responder is paused: try again in some seconds"
        raise RefusedError(message)
    if claim.incident.id != incident_id:
        message = f"incident {incident_id} was followed by {claim.incident.id}: give that one"
        raise RefusedError(message)
    return claim.incident


def _handed_on(incident: Incident, ports: Ports) -> Incident:
    ports.ledger.hand_on(incident, ports.now(), None if incident.closed else ports.settings.verify_every)
    return incident
