"""Whether the user of an incident has another name by now: looked up before each look, which goes by the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import renaming
from chalicelib.entries import Planned
from chalicelib.follow_up import culprit
from chalicelib.model import Plan, Withheld
from chalicelib.steps import failed

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports


def follow(incident: Incident, ports: Ports) -> Incident:
    """Return the incident under the present name; where nobody may say it, that is written down once."""
    try:
        return renaming.follow(incident, ports, culprit.of)
    except (ClientError, BotoCoreError) as error:
        outcome = failed(error)
    unread = Withheld(
        "verify",
        f"whether user {incident.principal.name} was renamed could not be read: {outcome.detail}",
        "look for a user with the same unique id in the IAM console, and give the responder's role the right that it "
        "lacks",
    )
    if outcome.retryable or unread in incident.withheld:
        return incident
    return ports.ledger.append(incident, ports.now(), Planned(Plan((), (unread,))))


def is_gone(incident: Incident, ports: Ports) -> bool:
    """Say whether IAM shows the user under no name at all. Where it does not say so, the user is there."""
    try:
        return renaming.find_name(incident, ports) is None
    except (ClientError, BotoCoreError):
        return False
