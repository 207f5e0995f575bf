"""What a person decides: approve, release after a true alarm, restore after a false one. With their own credentials."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import facts as fact_finding
from chalicelib.actions import center
from chalicelib.digest import difference, digest_of
from chalicelib.entries import Approved, Closed, Did, Released, Result
from chalicelib.follow_up.lift import lift_due
from chalicelib.follow_up.narrow import foreign_boundary, narrow
from chalicelib.follow_up.standing import checked, do_again, lost
from chalicelib.incident import DENIES, DENYING, WAYS_OF_A_USER
from chalicelib.model import LASTING, Facts, PrincipalKind
from chalicelib.orders.entitled import RefusedError, refuse_silent
from chalicelib.orders.letting_in import end_command, list_holdings, refuse_unnamed
from chalicelib.orders.restoring import MovedError, give_back, restore
from chalicelib.orders.taking import handed_on, present, taken
from chalicelib.report.form import Number
from chalicelib.respond import work
from chalicelib.steps import take_steps
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.incident import Incident
    from chalicelib.model import Credential, Holding
    from chalicelib.ports import Ports

__all__ = [
    "MovedError",
    "RefusedError",
    "approve",
    "decline",
    "give_back",
    "refuse_unless_waiting",
    "release",
    "restore",
]


def approve(incident_id: str, by: str, ports: Ports, agreed: str | None = None) -> Incident | None:
    """Let a plan run that waits for a person. What it revokes is cut off now, not when the plan was made.

    Raises RefusedError where no plan waits, or where another plan than the `agreed` one does.
    """
    with taken(incident_id, by, ports, ports.ledger.take_newest) as incident:
        return _approved(incident, by, ports, agreed)


def _approved(incident: Incident, by: str, ports: Ports, agreed: str | None) -> Incident | None:
    refuse_unless_waiting(incident)
    if agreed:
        _refuse_another(incident, agreed, ports)
    incident = present(incident, ports)
    if not incident.acting:
        cut_off = ports.now() + timedelta(seconds=ports.settings.cut_off_ahead)
        incident = ports.ledger.append(incident, ports.now(), Approved(by, cut_off))
    if incident.planned:
        incident = tell_incident(take_steps(incident, ports), Number.APPROVED, ports)
    return work(incident, Facts(), ports).incident


def refuse_unless_waiting(incident: Incident) -> None:
    """Raise RefusedError where no plan of the incident waits for a person."""
    if incident.closed:
        message = f"incident {incident.id} is closed ({incident.closed.result}): there is nothing to approve"
        raise RefusedError(message)
    if not _waits(incident):
        raise RefusedError(_it_acts(incident))


def _waits(incident: Incident) -> bool:
    """Say whether a person has yet to approve, or approved and the run was cut off before its end was told."""
    if not incident.acting or incident.approved_by is None:
        return not incident.acting
    return bool(incident.unfinished()) or all(number != Number.APPROVED for number, _ in incident.told)


def _it_acts(incident: Incident) -> str:
    return (
        f"incident {incident.id} does not wait: it acts. `leak-responder release {incident.id} --reason …` "
        f"after a true alarm, `leak-responder restore {incident.id} --false-positive --reason …` after a false one"
    )


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
    refuse_silent(reason)
    with taken(incident_id, by, ports, ports.ledger.take_by_hand) as incident:
        return _declined(incident, by, reason, ports)


def _declined(incident: Incident, by: str, reason: str, ports: Ports) -> Incident:
    if incident.closed and incident.closed.result is Result.DECLINED:
        return handed_on(tell_incident(incident, Number.END, ports), ports)
    if incident.closed:
        message = f"incident {incident.id} is closed ({incident.closed.result}): there is nothing to decline"
        raise RefusedError(message)
    if incident.acting:
        raise RefusedError(_it_acts(incident))
    end = Closed(Result.DECLINED, f"by {by}: {reason}")
    incident = ports.ledger.append(incident, ports.now(), end)
    return handed_on(tell_incident(incident, Number.END, ports), ports)


def release(incident_id: str, by: str, reason: str, ports: Ports, let_in: Sequence[str] = ()) -> Incident:
    """Let the owner work again; what leaked and every older session stay dead. RefusedError with the reason.

    `let_in` names the credentials of a user that were made since the leak began and are the owner's: their ids, and
    `password`. A role's fresh sessions work all the time: there, nothing is changed and the release is written down.
    """
    refuse_silent(reason)
    with taken(incident_id, by, ports, ports.ledger.take_by_hand) as incident:
        return _released(incident, by, reason, ports, let_in)


def _released(incident: Incident, by: str, reason: str, ports: Ports, let_in: Sequence[str]) -> Incident:
    _refuse_unless_contained(incident)
    _refuse_pool_user(incident)
    _refuse_center_user(incident)
    incident = present(incident, ports)
    holdings: tuple[Holding, ...] = ()
    if incident.principal.kind is PrincipalKind.USER and incident.released is None:
        incident, holdings = _released_user(incident, ports, let_in)
    incident = _standing(incident, ports)
    _refuse_undenied(incident)
    if incident.released is None:
        rest = lift_due(incident, ports.settings) if incident.closed else None
        incident = ports.ledger.append(incident, ports.now(), Released(by, reason, holdings), rest=rest)
    return handed_on(tell_incident(incident, Number.RELEASED, ports), ports)


def _released_user(incident: Incident, ports: Ports, let_in: Sequence[str]) -> tuple[Incident, tuple[Holding, ...]]:
    """Return the incident with the deny on its user narrowed, and what the user may work with from then on."""
    facts = fact_finding.look_up(ports.aws, incident.principal, ports.pool)
    if not incident.narrowed:
        _refuse_while_alive(incident, [one for one in _alive(incident, facts) if one.id not in let_in])
    holdings = list_holdings(incident, facts, ports)
    refuse_unnamed(incident, holdings, let_in)
    return incident if incident.narrowed else _narrowed(incident, facts, ports), holdings


def _standing(incident: Incident, ports: Ports) -> Incident:
    """A release says that what leaked stays dead: what somebody undid of that since is done again first."""
    for step, seen in lost(incident, ports):
        if step.action not in DENYING and not step.credential:
            continue
        incident = do_again(incident, step, ports)
        if not incident.outcome(step).good:
            message = (
                f"incident {incident.id}: {step.action} on {step.principal.lock} does not stand ({seen.detail}), and "
                f"could not be done again: {incident.outcome(step).detail}. Mend that, then release"
            )
            raise RefusedError(message)
    return incident


def _refuse_unless_contained(incident: Incident) -> None:
    if incident.was_restored:
        message = f"incident {incident.id} was restored: nothing of ours stands that could be released"
        raise RefusedError(message)
    if not incident.acting:
        message = (
            f"incident {incident.id} waits for an answer and nothing was contained: run `leak-responder approve "
            f"{incident.id}`, or `leak-responder decline {incident.id} --reason …` to close it"
        )
        raise RefusedError(message)


def _refuse_undenied(incident: Incident) -> None:
    """A release says that what leaked stays dead."""
    if incident.steps and not incident.is_denied:
        denies = (step for step in incident.steps if step.action in DENIES)
        left = "; ".join(f"{step.action} ({incident.state_of(step)})" for step in denies)
        message = (
            f"incident {incident.id}: no deny stands on {incident.principal.lock}: {left}. Mend what its message names "
            f"and run `leak-responder replay {incident.id} --yes`, then release"
        )
        raise RefusedError(message)


def _refuse_pool_user(incident: Incident) -> None:
    """Only a person knows whether the password is another one by now."""
    if incident.principal.kind is not PrincipalKind.COGNITO_USER:
        return
    pool, _, name = incident.principal.name.partition("/")
    user = f"--user-pool-id {pool} {shlex.quote(f'--username={name}')} --region {pool.partition('_')[0]}"
    message = (
        f"incident {incident.id}: whoever knows the password of {name} would sign in again, and Cognito does not say "
        f"whether it is another one by now. Set it: `aws cognito-idp admin-set-user-password {user} --permanent "
        "--password …`. Then "
        f"`leak-responder restore {incident.id} --true-alarm --action disable-cognito-user --reason …` lets "
        "the user sign in; every token of before stays dead"
    )
    raise RefusedError(message)


def _refuse_center_user(incident: Incident) -> None:
    """Only a person knows what was done in the console, and whether a role session may still live."""
    if incident.principal.kind is not PrincipalKind.IDENTITY_CENTER_USER:
        return
    (*_, name), back = center.split(incident.principal), f"leak-responder restore {incident.id} --true-alarm"
    message = (
        f"incident {incident.id}: whoever knows the password of {name}, or has a session of the access portal, would "
        "be in again, and Identity Center says neither. Delete the sessions in its console, have the password changed, "
        "and wait until the longest role session of before is over, 12 hours at most. Then "
        f"`{back} --action deny-in-permission-set --reason …` and `{back} --action revoke-center-access "
        "--reason …` give back what the user had"
    )
    raise RefusedError(message)


def _narrowed(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    """The deny shrunk, once nothing that may have leaked would work beneath it."""
    name = incident.principal.name
    foreign = foreign_boundary(incident, facts, ports)
    if foreign is None:  # what the user holds was read before
        message = (
            f"the keys, other credentials or boundary of user {name} could not be read, or the user is gone: nothing "
            "was changed"
        )
        raise RefusedError(message)
    _refuse_over_boundary(incident, foreign)
    for step in incident.unfinished():
        if step.credential:  # somebody else's doing counts too
            incident = ports.ledger.append(incident, ports.now(), Did(step.key, checked(step, ports)))
    incident = narrow(incident, facts, ports)
    if not incident.narrowed:
        why = "; ".join(incident.outcome(one).detail for one in incident.steps if one.action == "narrow-user")
        message = f"incident {incident.id}: {why}; the wide deny stays until this is mended"
        raise RefusedError(message)
    return incident


def _alive(incident: Incident, facts: Facts) -> list[Credential]:
    """Active ones that may be what leaked. One made after the cut-off is the owner's new one; where a feed named what
    leaked, one that is older than the first sign of it is a bystander.
    """
    leaked = incident.leaked
    return [
        one
        for one in facts.credentials
        if one.active
        and one.kind in LASTING
        and one.created < incident.cut_off
        and not (leaked and one.id not in leaked and one.created < incident.since)
    ]


def _refuse_while_alive(incident: Incident, alive: list[Credential]) -> None:
    if not alive:
        return
    known = ", ".join(one.id for one in alive)
    commands = "; ".join(end_command(one.kind, one.id, incident.principal.name) for one in alive)
    message = (
        f"incident {incident.id}: {known} of user {incident.principal.name} may be what leaked and is still "
        f"active: without the deny it would work again. Deactivate it, then release: {commands}"
    )
    raise RefusedError(message)


def _refuse_over_boundary(incident: Incident, foreign: str) -> None:
    if not foreign:
        return
    wide = [step.action for step in incident.steps if step.action in WAYS_OF_A_USER and incident.put_on(step)]
    orders = (f"`leak-responder restore {incident.id} --true-alarm --action {one} --reason …`" for one in wide)
    message = (
        f"user {incident.principal.name} has a permissions boundary of their own ({foreign}), whose place the narrower "
        "deny would take: put an inline deny on `aws:TokenIssueTime` on the user by hand, or a managed one where the "
        f"inline policies are full (2,048 characters), then run {' and '.join(dict.fromkeys(orders))}"
    )
    raise RefusedError(message)
