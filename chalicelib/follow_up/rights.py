"""What gives a contained principal its rights, or lets others in as it: noted at the first look, compared at each.

No deny of ours needs any of it to stand. But a trust policy that was opened lets somebody in with fresh sessions, which
a deny on older ones spares, and what is put into a group now is power once the deny is narrower.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding
from chalicelib.entries import TRUST, Noted
from chalicelib.follow_up import culprit
from chalicelib.model import Permission, PrincipalKind
from chalicelib.report.form import RIGHTS
from chalicelib.sources.credential_events import is_quarantine
from chalicelib.steps import failed
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_iam import IAMClient

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

    Reader = Callable[[IAMClient, Incident, Ports], str]

PERMISSIONS = (Permission(("iam:ListGroupsForUser",), ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)),)
"""The rest is read for facts and for proof."""


def noted(incident: Incident, ports: Ports) -> tuple[Incident, tuple[str, ...]]:
    """Written down where it is new or another, and told where it is another; and what could not be read, and why.

    Whoever released or restored knows what they give.
    """
    readers = _READERS.get(incident.principal.kind, {})
    if incident.is_let_go or not readers or _is_strangers(incident, ports):
        return incident, ()
    found, unread = _read(incident, readers, ports)
    rights = {**incident.rights, **found}
    if rights != incident.rights:
        incident = ports.ledger.append(incident, ports.now(), _noted(incident, rights, ports))
    for number in range(1, len(incident.changes) + 1):
        incident = tell_incident(incident, RIGHTS + number, ports)
    return incident, unread


def _is_strangers(incident: Incident, ports: Ports) -> bool:
    """Whether somebody else has the name by now."""
    return incident.precedes(fact_finding.unique_id_of(ports.aws.iam(), incident.principal))


def _noted(incident: Incident, rights: dict[str, str], ports: Ports) -> Noted:
    by = culprit.of_rights(incident, ports) if incident.rights else None
    if by is None:
        return Noted(rights)
    return Noted(rights, f"{by.kind} {by.name}", hostile=culprit.is_contained(by, incident, ports))


def _read(incident: Incident, readers: dict[str, Reader], ports: Ports) -> tuple[dict[str, str], tuple[str, ...]]:
    iam = ports.aws.iam()
    begun = {what: ports.pool.submit(read, iam, incident, ports) for what, read in readers.items()}
    found, unread = {}, []
    for what, reading in begun.items():
        try:
            found[what] = reading.result()
        except iam.exceptions.NoSuchEntityException:
            continue  # nobody is left to be given anything
        except (ClientError, BotoCoreError) as error:
            unread.append(f"IAM about the {what}: {failed(error).detail}")
    return found, tuple(unread)


def _groups(iam: IAMClient, incident: Incident, _: Ports) -> str:
    pages = iam.get_paginator("list_groups_for_user").paginate(UserName=incident.principal.name)
    return ", ".join(sorted(group["GroupName"] for page in pages for group in page["Groups"]))


def _attached(iam: IAMClient, incident: Incident, ports: Ports) -> str:
    """Without ours, which is looked at as a step, and without AWS's quarantine, which nobody is to undo."""
    pages = iam.get_paginator("list_attached_user_policies").paginate(UserName=incident.principal.name)
    arns = (policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])
    ours = {ports.settings.quarantine_policy, *(step.arguments.get("policy_arn") for step in incident.steps)}
    return ", ".join(sorted(arn for arn in arns if arn not in ours and not is_quarantine(arn)))


def _trust(iam: IAMClient, incident: Incident, _: Ports) -> str:
    document = iam.get_role(RoleName=incident.principal.name)["Role"]["AssumeRolePolicyDocument"]
    return _text(_in_order(document))


def _in_order(value: object) -> object:
    """IAM keeps no order in the lists of a policy."""
    if isinstance(value, dict):
        return {name: _in_order(one) for name, one in value.items()}
    return sorted(map(_in_order, value), key=_text) if isinstance(value, list) else value


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


_READERS: dict[PrincipalKind, dict[str, Reader]] = {
    PrincipalKind.USER: {"groups": _groups, "attached policies": _attached},
    PrincipalKind.ROLE: {TRUST: _trust},
}
