"""An incident taken up by a person: under a lease of its own, and handed on whatever happens."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import renaming
from chalicelib.ledger import Busy, Claimed, Paused
from chalicelib.orders.entitled import RefusedError, name_missing, refuse_contained
from chalicelib.steps import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.ledger import Claim
    from chalicelib.ports import Ports


@contextmanager
def taken(incident_id: str, by: str, ports: Ports, take: Callable[[str, datetime], Claim | None]) -> Iterator[Incident]:
    """The incident under our lease, which is given back whatever happens. RefusedError where a newer one followed."""
    with newest_taken(incident_id, by, ports, take) as newest:
        if newest.id != incident_id:
            message = f"incident {incident_id} was followed by {newest.id}: give that one"
            raise RefusedError(message)
        yield newest


@contextmanager
def newest_taken(
    incident_id: str, by: str, ports: Ports, take: Callable[[str, datetime], Claim | None]
) -> Iterator[Incident]:
    """The newest incident of its principal under our lease, which is that of all of them."""
    refuse_contained(by, ports)
    incident = ports.ledger.load(incident_id)
    if incident is None:
        raise name_missing(incident_id)
    held = _ours(incident_id, take(incident.lock, ports.now()))
    try:
        yield held
    except BaseException:
        ports.ledger.give_back(ports.ledger.load(held.id) or held)  # it may have moved to another name meanwhile
        raise


def _ours(incident_id: str, claim: Claim | None) -> Incident:
    match claim:
        case Claimed(incident=incident):
            return incident
        case Busy(until=until):
            message = f"incident {incident_id} is being worked on until {until:%H:%M:%S} UTC: try again then"
        case Paused():
            message = "the responder is paused: `leak-responder resume --reason …` ends that"
        case _:
            message = f"incident {incident_id} cannot be taken up"
    raise RefusedError(message)


def present(incident: Incident, ports: Ports) -> Incident:
    """Return the incident under the name that its user has now, so that nobody else is meant by the old one."""
    try:
        return renaming.follow(incident, ports)
    except (ClientError, BotoCoreError) as error:
        message = (
            f"IAM did not say what user {incident.principal.name} is called now: {failed(error).detail}. Nothing was "
            "done. Your credentials need iam:GetUser, and where the user was renamed iam:GetAccessKeyLastUsed and "
            "iam:ListUsers"
        )
        raise RefusedError(message) from error


def handed_on(incident: Incident, ports: Ports) -> Incident:
    """An open incident is looked at when it was to be looked at anyway."""
    if incident.closed:
        ports.ledger.hand_on(incident, ports.now(), None)
    else:
        ports.ledger.give_back(incident)
    return incident
