"""Deny a user of Identity Center everything in the roles of one permission set, in each account that has it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from chalicelib.actions import center
from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_sso_admin.literals import ProvisioningStatusType

    from chalicelib.model import Clients, Facts, Image, Step

Document = dict[str, Any]


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The text of the inline policy, "" where the permission set has none."""
    del facts
    return {"policy": _text(clients, step) or ""}


def apply(clients: Clients, step: Step) -> Outcome:
    """One statement beside what stands there. Roles have it once the permission set is provisioned anew (Identity
    Center API reference, PutInlinePolicyToPermissionSet).
    """
    text = _text(clients, step)
    if text is None:
        return _DELETED
    if not _denies(text, step):
        _put(clients, step, _denying(text, step))
    return _provisioned(clients, step)


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the statement stands, and no account has the permission set as it was before."""
    text = _text(clients, step)
    if text is None:
        return _DELETED
    if not _denies(text, step):
        return Outcome(Status.FAILED, "the deny is not in the permission set", retryable=True)
    if behind := _accounts(clients, step, _BEHIND):
        accounts = ", ".join(behind)
        return Outcome(Status.PENDING, f"the roles of account {accounts} do not have the deny yet", retryable=True)
    return ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """The text of before where it is as we left it. Where somebody changed it since our statement goes, and no other:
    another one may deny another user.
    """
    text, before = _text(clients, step), image.get("policy", "")
    if text is None:
        return ALREADY
    if not _denies(text, step):  # as after a restore that was cut off before the roles had it
        return _provisioned(clients, step) if _accounts(clients, step, _BEHIND) else ALREADY
    _put(clients, step, before if text == _denying(before, step) else _without(text, step))
    return _provisioned(clients, step)


_BEHIND: ProvisioningStatusType = "LATEST_PERMISSION_SET_NOT_PROVISIONED"
_DELETED = Outcome(Status.ALREADY, "the permission set was deleted, and its roles with it")


def _denies(text: str, step: Step) -> bool:
    return _statement(step) in _statements(text)


def _denying(text: str, step: Step) -> str:
    return _written(text, [*_statements(text), _statement(step)])


def _without(text: str, step: Step) -> str:
    left = [one for one in _statements(text) if one != _statement(step)]
    return _written(text, left) if left else ""


def _statement(step: Step) -> Document:
    """This id is never given to anybody else, and comes with each call of a role session of Identity Center. In
    `aws:userid` stands the username, which may become another one (Identity Center user guide, "Use a Deny policy to
    revoke active user permissions").
    """
    known = step.principal.unique_id or ""
    return {
        "Sid": f"LeakResponder{re.sub('[^0-9A-Za-z]', '', known)}",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"identitystore:userId": known}},
    }


def _statements(text: str) -> list[Document]:
    found = json.loads(text).get("Statement", []) if text else []
    return found if isinstance(found, list) else [found]


def _written(text: str, statements: list[Document]) -> str:
    """With no white space: it counts (Identity Center user guide, quotas)."""
    rest = json.loads(text) if text else {"Version": "2012-10-17"}
    return json.dumps({**rest, "Statement": statements}, separators=(",", ":"))


def _text(clients: Clients, step: Step) -> str | None:
    """None where an instance that we do see has no such permission set any more."""
    sso = center.admin(clients, step.principal)
    try:
        return sso.get_inline_policy_for_permission_set(**_named(step)).get("InlinePolicy", "")
    except sso.exceptions.ResourceNotFoundException:
        center.instance(clients, step.principal)
        return None


def _put(clients: Clients, step: Step, text: str) -> None:
    sso = center.admin(clients, step.principal)
    if text:
        sso.put_inline_policy_to_permission_set(**_named(step), InlinePolicy=text)
    else:
        sso.delete_inline_policy_from_permission_set(**_named(step))


def _provisioned(clients: Clients, step: Step) -> Outcome:
    """Begun; it is done within seconds or minutes, one account after the other."""
    sso = center.admin(clients, step.principal)
    if not _accounts(clients, step):
        return DONE
    try:
        sso.provision_permission_set(**_named(step), TargetType="ALL_PROVISIONED_ACCOUNTS")
    except sso.exceptions.ConflictException:
        return Outcome(Status.FAILED, "Identity Center is busy with this permission set", retryable=True)
    return DONE


def _accounts(clients: Clients, step: Step, status: ProvisioningStatusType | None = None) -> list[str]:
    """The accounts that have the permission set: all of them, or those that have it in that way."""
    listing = center.admin(clients, step.principal).get_paginator("list_accounts_for_provisioned_permission_set")
    asked = {**_named(step), **({"ProvisioningStatus": status} if status else {})}
    return [one for page in listing.paginate(**asked) for one in page["AccountIds"]]


def _named(step: Step) -> Any:  # noqa: ANN401 - what each call takes
    """A permission set is named after its instance."""
    arn = step.arguments["permission_set"]
    instance = arn.replace(":permissionSet/", ":instance/").rpartition("/")[0]
    return {"InstanceArn": instance, "PermissionSetArn": arn}


_CALLS = (
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:PutInlinePolicyToPermissionSet",
    "sso:ProvisionPermissionSet",
)

ACTION = Action(
    name="deny-in-permission-set",
    summary="deny the user of Identity Center everything in the roles of a permission set",
    undo=Undo.REVERSIBLE,
    leaves="the deny on the user in the roles of {}",
    undone_by="the inline policy says what it said before us; where somebody changed it since, only our statement goes",
    judged_by="moto, which has permission sets and judges no call, with our own answers where it says less than AWS",
    still_works="role sessions that the user has from this permission set, until they expire, 12 hours at most",
    by_hand="deny the user's id by a service control policy, with the condition identitystore:userId",
    permissions=(center.SEEN, Permission(_CALLS, center.ADMINISTERED)),
    restore_permissions=(
        center.SEEN,
        Permission((*_CALLS, "sso:DeleteInlinePolicyFromPermissionSet"), center.ADMINISTERED),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    service="Identity Center",
)
