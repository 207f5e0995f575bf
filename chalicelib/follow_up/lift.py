"""A deny on old sessions ends when the oldest of them must have expired: no longer than safety needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.actions import BY_NAME, attach_role_deny, bound_role, narrow_user, revoke_role_sessions
from chalicelib.entries import Lifted
from chalicelib.follow_up import renamed
from chalicelib.ledger import Busy, Claimed, Paused, roll
from chalicelib.model import Outcome, PrincipalKind, Status
from chalicelib.report.form import Number
from chalicelib.respond import Answer
from chalicelib.steps import refused
from chalicelib.tell import tell_incident, tell_machines

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.model import Clients, Step
    from chalicelib.ports import Ports
    from chalicelib.settings import Settings

PERMISSIONS = tuple(
    permission
    for lifted in (narrow_user, revoke_role_sessions, attach_role_deny, bound_role)
    for permission in lifted.ACTION.restore_permissions
)

_SOON, _LATER = 300, 24 * 3600  # seconds until it is tried again: what may pass, and what a person must mend


def lift_due(incident: Incident, settings: Settings) -> datetime | None:
    """When our deny on old sessions has nothing left to stop; None where no such deny stands.

    A deny on everything is no such deny: it stays until a person releases or restores.
    """
    cut_offs = [datetime.fromisoformat(step.arguments["cut_off"]) for step in _to_lift(incident)]
    user = incident.principal.kind is PrincipalKind.USER
    life = timedelta(seconds=settings.user_session if user else settings.role_session)
    return max(cut_offs) + life if cut_offs else None  # credentials issued later that leaked too have a later one


def _to_lift(incident: Incident) -> tuple[Step, ...]:
    """The newest first: a boundary may stand in the place of an earlier one of ours."""
    return tuple(step for step in reversed(incident.steps) if step.action in _LIFTS and incident.is_left(step))


def take_off(incident_id: str, ports: Ports) -> Answer:
    """Take the denies of a closed incident off, under the lease of its principal, whatever incident that has now."""
    incident, now = ports.ledger.load(incident_id), ports.now()
    if incident is None:
        return Answer("settled", f"there is no incident {incident_id}")
    match ports.ledger.take_newest(incident.lock, now):
        case Claimed(incident=newest):
            held = renamed.follow(newest, ports)
            answer = _lifted(held if held.id == incident.id else renamed.follow(incident, ports), held, ports)
            ports.ledger.give_back(held)
            return answer
        case Busy(incident_id=other):
            return Answer("queued", f"incident {other} is being worked on; patrol looks again")
        case Paused():
            return Answer("paused", "the pause switch is on; patrol looks again")
        case _:
            return Answer("settled", f"{incident.lock} has no incident")


def _lifted(incident: Incident, newest: Incident, ports: Ports) -> Answer:
    due = lift_due(incident, ports.settings)
    if incident.closed is None:
        return Answer("early", f"incident {incident.id} is open", incident)
    if due and due > ports.now():
        roll.rest(ports.ledger, incident, due)
        return Answer("early", f"incident {incident.id} rests", incident)
    if _is_beneath(incident, newest):
        roll.rest(ports.ledger, incident, ports.now() + timedelta(seconds=_LATER))
        return Answer("early", f"incident {newest.id} puts back a boundary of incident {incident.id} first", incident)
    for step in _to_lift(incident):
        incident = ports.ledger.append(incident, ports.now(), Lifted(step.key, _taken_off(step, ports)))
    failed = [one for one in incident.lifted.values() if not one.good]
    if failed:
        incident = tell_incident(incident, Number.DENY_NOT_LIFTED, ports)
        wait = _SOON if any(one.retryable for one in failed) else _LATER
        roll.rest(ports.ledger, incident, ports.now() + timedelta(seconds=wait))
        return Answer("unlifted", failed[0].detail, incident)
    if incident.lifted:
        incident = tell_machines(incident, Number.DENY_LIFTED, ports)
    roll.rest(ports.ledger, incident, None)
    return Answer("lifted" if incident.lifted else "settled", "", incident)


def _is_beneath(incident: Incident, newest: Incident) -> bool:
    """Whether a newer incident's boundary has the place of one of this incident, which it will put back."""
    over = {step.arguments.get("boundary") for step in _to_lift(newest)} if newest.id != incident.id else set()
    return any(step.arguments.get("policy_arn") in over for step in _to_lift(incident))


def _taken_off(step: Step, ports: Ports) -> Outcome:
    """Done only when it was read again and stands no more."""
    try:
        outcome = _LIFTS[step.action](ports.aws, step)
        if outcome.good and BY_NAME[step.action].verify(ports.aws, step).good:
            return Outcome(Status.FAILED, "it was taken off, and still stands when read again", retryable=True)
        return outcome
    except ClientError as error:
        return Outcome(Status.ALREADY, "its principal is gone") if _gone(error) else refused(error)
    except BotoCoreError as error:
        return Outcome(Status.FAILED, str(error), retryable=True)


def _gone(error: ClientError) -> bool:
    return error.response["Error"].get("Code") == "NoSuchEntity"


_LIFTS: dict[str, Callable[[Clients, Step], Outcome]] = {
    "narrow-user": narrow_user.expire,
    "revoke-role-sessions": revoke_role_sessions.expire,
    "attach-role-deny": attach_role_deny.expire,
    "bound-role": bound_role.expire,
}
