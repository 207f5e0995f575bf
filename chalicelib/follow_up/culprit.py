"""Who undid what we did: the newest call that could have, as a feed brought it or CloudTrail remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.follow_up import sighting
from chalicelib.ledger import roll
from chalicelib.model import Principal, Sign
from chalicelib.sources import cloudtrail
from chalicelib.sources.reading import moment, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.ports import Ports

UNDOING = frozenset({Sign.CONTAINMENT_UNDONE, Sign.BOUNDARY_CHANGED, Sign.REVIVED, Sign.USER_RENAMED})
"""What feeds say of it."""

_CALLS = frozenset(
    {
        "CreatePolicyVersion",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DeleteUserPermissionsBoundary",
        "DetachRolePolicy",
        "DetachUserPolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "PutUserPermissionsBoundary",
        "SetDefaultPolicyVersion",
        "UpdateAccessKey",
        "UpdateUser",
    }
)


_RIGHTS = frozenset(
    {"AddUserToGroup", "AttachUserPolicy", "DetachUserPolicy", "RemoveUserFromGroup", "UpdateAssumeRolePolicy"}
)


@dataclass(frozen=True)
class _Deed:
    at: datetime
    by: Principal


def of(incident: Incident, step: Step, ports: Ports) -> Principal | None:
    """Whoever made the newest of those calls since we took the step; None where nobody says so yet."""
    since = incident.redone.get(step.key) or incident.did_at.get(step.key, incident.opened_at)
    since = since.replace(microsecond=0)  # records have whole seconds
    return _newest((*_told(incident), *_remembered(incident, since, ports)), since)


def of_rights(incident: Incident, ports: Ports) -> Principal | None:
    """Whoever changed last what the principal is given, since that was seen; None where CloudTrail does not say yet."""
    since = (incident.noted_at or incident.opened_at).replace(microsecond=0)
    return _newest(_remembered(incident, since, ports, _RIGHTS), since)


def _newest(deeds: Iterable[_Deed], since: datetime) -> Principal | None:
    late = [one for one in deeds if one.at >= since]
    return max(late, key=lambda one: one.at).by if late else None


def is_contained(who: Principal, incident: Incident, ports: Ports) -> bool:
    """Whether they are the one contained here, or have an open incident that contains them."""
    return roll.is_contained(ports.ledger, who, incident)


def _told(incident: Incident) -> Iterator[_Deed]:
    for signal in incident.signals:
        by = signal.actor or signal.principal
        if signal.sign in UNDOING and by and not signal.failed:
            yield _Deed(signal.at, by)


def _changed(incident: Incident) -> tuple[str, ...]:
    """What those calls are filed under: the principal, or the text of a deny that is its alone."""
    mine = (("narrow-user", "narrow_arn"), ("attach-role-deny", "policy_arn"), ("bound-role", "policy_arn"))
    arns = (step.arguments[name] for action, name in mine if (step := incident.step(action)))
    return (incident.principal.name, *incident.former_names, *arns)


def _remembered(incident: Incident, since: datetime, ports: Ports, named: frozenset[str] = _CALLS) -> Iterator[_Deed]:
    client = ports.aws.cloudtrail(ports.settings.region)
    try:
        found = [sighting.calls(client, sighting.Mark("ResourceName", name), since)[0] for name in _changed(incident)]
    except (ClientError, BotoCoreError):
        return
    for record in chain.from_iterable(found):
        by, at = cloudtrail.caller(record), moment(text(record, "eventTime"))
        ours = by is not None and by.unique_id in ports.settings.own_role_ids
        if text(record, "eventName") in named and by and at and not sighting.refused(record) and not ours:
            yield _Deed(at, by)
