"""What a person decides: approve, release after a true alarm, restore after a false one. With their own credentials."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding
from chalicelib.actions import BY_NAME
from chalicelib.digest import difference, digest_of
from chalicelib.entitled import RefusedError, refuse_contained
from chalicelib.entries import Approved, Closed, Did, Released, Restored, Result
from chalicelib.follow_up.lift import lift_due
from chalicelib.follow_up.narrow import foreign_boundary, narrow
from chalicelib.follow_up.standing import checked
from chalicelib.ledger import Busy, Claimed, Paused
from chalicelib.model import Facts, Outcome, PrincipalKind, Status
from chalicelib.report.form import PUT_BACK, Number
from chalicelib.respond import work
from chalicelib.steps import refused, take_steps
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.ledger import Claim
    from chalicelib.model import Key, Step
    from chalicelib.ports import Ports

__all__ = ["RefusedError", "approve", "decline", "release", "restore"]


def approve(incident_id: str, by: str, ports: Ports, agreed: str | None = None) -> Incident | None:
    """Let a plan run that waited for a person. What it revokes is cut off now, not when the plan was made.

    With `agreed` that plan alone: RefusedError where another one waits by now.
    """
    with _taken(incident_id, by, ports, ports.ledger.take_newest) as taken:
        return _approved(taken, by, ports, agreed)


def _approved(incident: Incident, by: str, ports: Ports, agreed: str | None) -> Incident | None:
    if incident.closed:
        message = f"incident {incident.id} is closed ({incident.closed.result}): there is nothing to approve"
        raise RefusedError(message)
    if agreed:
        _refuse_another(incident, agreed, ports)
    if not incident.acting:
        cut_off = ports.now() + timedelta(seconds=ports.settings.cut_off_ahead)
        incident = ports.ledger.append(incident, ports.now(), Approved(by, cut_off))
    if incident.planned:
        incident = tell_incident(take_steps(incident, ports), Number.APPROVED, ports)
    return work(incident, Facts(), ports).incident


def _refuse_another(incident: Incident, agreed: str, ports: Ports) -> None:
    """The ledger knows every plan that the incident has had, so it says what came after the one that was seen."""
    found = digest_of(incident)
    apart = difference(agreed, found)
    if not apart:
        return
    seen = next((one for one in ports.ledger.history(incident.id) if not difference(agreed, digest_of(one))), None)
    known = {step.key for step in seen.steps} if seen else set()
    fresh = ", ".join(step.action for step in incident.steps if step.key not in known)
    since = f"since then came {fresh or 'more that is withheld'}" if seen else "the incident never had that one"
    message = (
        f"nothing was done: the plan of incident {incident.id} is {found} and not {agreed}: {apart} differs; {since}. "
        f"`leak-responder show {incident.id}` says what it is now"
    )
    raise RefusedError(message)


def decline(incident_id: str, by: str, reason: str, ports: Ports) -> Incident:
    """Close an incident that waits for a person, with nothing done. RefusedError where it does not wait."""
    with _taken(incident_id, by, ports, ports.ledger.take_by_hand) as taken:
        return _declined(taken, by, reason, ports)


def _declined(incident: Incident, by: str, reason: str, ports: Ports) -> Incident:
    if incident.closed and incident.closed.result is Result.DECLINED:
        return _handed_on(tell_incident(incident, Number.END, ports), ports)
    if incident.closed:
        message = f"incident {incident.id} is closed ({incident.closed.result}): there is nothing to decline"
        raise RefusedError(message)
    if incident.acting:
        message = (
            f"incident {incident.id} does not wait: it acts. `leak-responder release {incident.id}` after a true "
            f"alarm, `leak-responder restore {incident.id} --false-positive` after a false one"
        )
        raise RefusedError(message)
    end = Closed(Result.DECLINED, f"by {by}: {reason}")
    incident = ports.ledger.append(incident, ports.now(), end)
    return _handed_on(tell_incident(incident, Number.END, ports), ports)


def release(incident_id: str, by: str, reason: str, ports: Ports) -> Incident:
    """Let the owner work again; what leaked and every older session stay dead. RefusedError with the reason.

    A role's fresh sessions work all the time: there, nothing is changed and the release is written down.
    """
    with _taken(incident_id, by, ports, ports.ledger.take_by_hand) as taken:
        return _released(taken, by, reason, ports)


def _released(incident: Incident, by: str, reason: str, ports: Ports) -> Incident:
    _refuse_unless_contained(incident)
    if incident.principal.kind is PrincipalKind.USER and not incident.did("narrow-user"):
        incident = _narrowed(incident, ports)
    if incident.released is None:
        rest = lift_due(incident, ports.settings) if incident.closed else None
        incident = ports.ledger.append(incident, ports.now(), Released(by, reason), rest=rest)
    return _handed_on(tell_incident(incident, Number.RELEASED, ports), ports)


def _refuse_unless_contained(incident: Incident) -> None:
    if incident.closed and incident.closed.result is Result.RESTORED:
        message = f"incident {incident.id} was restored: nothing of ours stands that could be released"
        raise RefusedError(message)
    if not incident.acting:
        message = (
            f"incident {incident.id} waits for an answer and nothing was contained: run `leak-responder approve "
            f"{incident.id}`, or `leak-responder decline {incident.id}` to close it"
        )
        raise RefusedError(message)


def _narrowed(incident: Incident, ports: Ports) -> Incident:
    """The deny shrunk, once nothing that may have leaked would work beneath it."""
    name = incident.principal.name
    facts = fact_finding.look_up(ports.aws.iam(), incident.principal, ports.pool)
    foreign = foreign_boundary(incident, facts)
    if facts.keys is None or foreign is None:
        message = f"the keys or the boundary of user {name} could not be read, or the user is gone: nothing was changed"
        raise RefusedError(message)
    _refuse_while_alive(incident, _alive(incident, facts.keys))
    _refuse_over_boundary(incident, foreign)
    for step in incident.unfinished():
        if step.action == "deactivate-key":  # somebody else's doing counts too
            incident = ports.ledger.append(incident, ports.now(), Did(step.key, checked(step, ports)))
    incident = narrow(incident, facts, ports)
    if not incident.did("narrow-user"):
        why = "; ".join(incident.outcome(one).detail for one in incident.steps if one.action == "narrow-user")
        message = f"incident {incident.id}: {why}; the wide deny stays until this is mended"
        raise RefusedError(message)
    return incident


def _alive(incident: Incident, keys: tuple[Key, ...]) -> list[str]:
    """Active keys that may be the leaked one. A key made after the cut-off is the owner's new one; where a feed named
    the key that leaked, one that is older than the first sign of it is a bystander.
    """
    leaked = {step.arguments["key_id"] for step in incident.steps if step.action == "deactivate-key"}
    return [
        key.id
        for key in keys
        if key.active
        and key.created < incident.cut_off
        and not (leaked and key.id not in leaked and key.created < incident.since)
    ]


def _refuse_while_alive(incident: Incident, alive: list[str]) -> None:
    if not alive:
        return
    user = shlex.quote(incident.principal.name)
    commands = "; ".join(
        f"aws iam update-access-key --user-name {user} --access-key-id {key} --status Inactive" for key in alive
    )
    message = (
        f"incident {incident.id}: {', '.join(alive)} of user {incident.principal.name} may be what leaked and is still "
        f"active: without the deny it would work again. Deactivate it, then release: {commands}"
    )
    raise RefusedError(message)


def _refuse_over_boundary(incident: Incident, foreign: str) -> None:
    if not foreign:
        return
    wide = "bound-user" if incident.did("bound-user") else "quarantine-user"
    message = (
        f"user {incident.principal.name} has a permissions boundary of their own ({foreign}), whose place the narrower "
        "deny would take: put an inline deny on `aws:TokenIssueTime` on the user by hand, then run "
        f"`leak-responder restore {incident.id} --false-positive --action {wide} --reason released`"
    )
    raise RefusedError(message)


def restore(incident_id: str, by: str, reason: str, ports: Ports, only: str | None = None) -> Incident:
    """Put back exactly what stood before, newest step first. Stops at the first step where the world has moved."""
    with _taken(incident_id, by, ports, ports.ledger.take_by_hand) as taken:
        return _all_put_back(taken, by, reason, ports, only)


def _all_put_back(incident: Incident, by: str, reason: str, ports: Ports, only: str | None) -> Incident:
    _refuse_unknown(incident, only)
    for step in reversed(incident.steps):
        if _to_restore(incident, step, only):
            incident = _put_back(incident, step, by, reason, ports)
    if only is None and (incident.closed is None or incident.closed.result is not Result.RESTORED):
        incident = ports.ledger.append(incident, ports.now(), Closed(Result.RESTORED, reason))
    number = Number.RESTORED if only is None else PUT_BACK + len(incident.restored)
    return _handed_on(tell_incident(incident, number, ports), ports)


def _refuse_unknown(incident: Incident, only: str | None) -> None:
    known = list(dict.fromkeys(step.action for step in incident.steps))
    if only is not None and only not in known:
        message = f"incident {incident.id} has no action {only}; it has {', '.join(known) or 'none'}"
        raise RefusedError(message)


def _to_restore(incident: Incident, step: Step, only: str | None) -> bool:
    back = incident.restored.get(step.key)
    attempted = step.key in incident.outcomes or step in incident.judgement.strike
    return attempted and not (back and back.good) and only in {None, step.action}


_BEGUN = Outcome(Status.PENDING, "begun; run it again if this stands here for long")


def _put_back(incident: Incident, step: Step, by: str, reason: str, ports: Ports) -> Incident:
    """Written ahead: were this run cut off, the watch must not take the restore for an intruder's work."""
    incident = ports.ledger.append(incident, ports.now(), Restored(step.key, by, reason, _BEGUN))
    outcome = _restored(incident, step, ports)
    incident = ports.ledger.append(incident, ports.now(), Restored(step.key, by, reason, outcome))
    if outcome.good:
        return incident
    message = f"incident {incident.id}, {step.action} on {step.principal.lock}: {outcome.detail}"
    raise RefusedError(message)


def _restored(incident: Incident, step: Step, ports: Ports) -> Outcome:
    try:
        return BY_NAME[step.action].restore(ports.aws, step, incident.images.get(step.key, {}))
    except ClientError as error:
        return refused(error)
    except (BotoCoreError, KeyError) as error:
        return Outcome(Status.FAILED, f"{type(error).__name__}: {error}", retryable=True)


@contextmanager
def _taken(
    incident_id: str, by: str, ports: Ports, take: Callable[[str, datetime], Claim | None]
) -> Iterator[Incident]:
    """The incident under our lease, which is given back whatever happens."""
    refuse_contained(by, ports)
    incident = ports.ledger.load(incident_id)
    if incident is None:
        message = f"there is no incident {incident_id}; `leak-responder incidents` lists them"
        raise RefusedError(message)
    held = _ours(incident_id, take(incident.principal.lock, ports.now()), ports)
    try:
        yield held
    except BaseException:
        ports.ledger.give_back(held)
        raise


def _ours(incident_id: str, claim: Claim | None, ports: Ports) -> Incident:
    match claim:
        case Claimed(incident=incident) if incident.id == incident_id:
            return incident
        case Claimed(incident=incident):
            ports.ledger.give_back(incident)
            message = f"incident {incident_id} was followed by {incident.id}: give that one"
        case Busy(until=until):
            message = f"incident {incident_id} is being worked on until {until:%H:%M:%S} UTC: try again then"
        case Paused():
            message = "the responder is paused: `leak-responder pause off` ends that"
        case _:
            message = f"incident {incident_id} cannot be taken up"
    raise RefusedError(message)


def _handed_on(incident: Incident, ports: Ports) -> Incident:
    """An open incident is looked at when it was to be looked at anyway."""
    if incident.closed:
        ports.ledger.hand_on(incident, ports.now(), None)
    else:
        ports.ledger.give_back(incident)
    return incident
