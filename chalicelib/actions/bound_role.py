"""Deny what was revoked of a role by its permissions boundary: the way where it has no room for one more policy.

A boundary of somebody's own is copied, with our deny beside it. It is never replaced by one that allows more, which
would lift the cap of each new session.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.actions import own_policy
from chalicelib.actions.bound_user import shown
from chalicelib.actions.policy_text import current
from chalicelib.actions.revoke_role_sessions import statement
from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The boundary that stood there when the step was planned, "" where there was none."""
    del clients, facts
    return {"boundary": _theirs(step)}


def _theirs(step: Step) -> str:
    return step.arguments.get("boundary", "")


def apply(clients: Clients, step: Step) -> Outcome:
    """Write the boundary, and put it on, unless somebody set one by now of which nothing is written down yet."""
    iam, ours, role = clients.iam(), step.arguments["policy_arn"], _role(clients, step)
    now = _boundary(role)
    if now not in {"", ours, _theirs(step), step.arguments.get("over")}:
        detail = f"the boundary of role {step.principal.name} is {now} by now, and was {_theirs(step) or 'none'}"
        return ALREADY if _denies(clients, now, step) else Outcome(Status.FAILED, detail)
    try:
        own_policy.write(clients, ours, document(clients, step, role["Arn"]))
        iam.put_role_permissions_boundary(RoleName=step.principal.name, PermissionsBoundary=ours)
    except iam.exceptions.NoSuchEntityException:  # IAM does not show everywhere at once what it has made
        return Outcome(Status.FAILED, f"our policy {ours}, or {_theirs(step)}, cannot be seen", retryable=True)
    except iam.exceptions.ClientError as error:
        if not own_policy.is_limit(clients, ours, error):
            raise
        return Outcome(Status.FAILED, f"{_no_room(step)}: {own_policy.said(error)}")
    return DONE


def _no_room(step: Step) -> str:
    copied = f"boundary {_theirs(step)} and our deny do not fit into one policy" if _theirs(step) else "none is left"
    return f"there is no room for a boundary of ours on role {step.principal.name}, {copied}"


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the role's boundary is one of ours, and holds the deny. A later one of ours holds the earlier denies."""
    now = _boundary(_role(clients, step))
    if not own_policy.is_of_a_role(now):
        return Outcome(Status.FAILED, f"the role has {shown(now)}, and none of ours", retryable=True)
    if _denies(clients, now, step):
        return ALREADY
    return Outcome(Status.FAILED, "our boundary on the role was given another text", retryable=True)


def _denies(clients: Clients, arn: str, step: Step) -> bool:
    """Whether a boundary of ours holds the deny. IAM does not show everywhere at once what it has made."""
    with suppress(clients.iam().exceptions.NoSuchEntityException):
        return own_policy.is_of_a_role(arn) and statement(step) in _statements(current(clients, arn))
    return False


def renew(clients: Clients, step: Step) -> Outcome | None:
    """Make our copy again where their boundary has another text by now; None where it has not, or is gone."""
    theirs, ours, iam = _theirs(step), step.arguments["policy_arn"], clients.iam()
    if not theirs:
        return None
    try:
        wanted = document(clients, step, "")
        if own_policy.says(clients, ours, wanted):
            return None
        own_policy.write(clients, ours, wanted)
    except iam.exceptions.NoSuchEntityException:
        return None
    except iam.exceptions.LimitExceededException as error:
        return Outcome(Status.FAILED, f"{_no_room(step)}: {own_policy.said(error)}")
    return DONE


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """Put the earlier boundary back, or take ours off where there was none, and delete our policy."""
    ours, earlier = step.arguments["policy_arn"], image.get("boundary", _theirs(step))
    now = _boundary(_role(clients, step))
    if now not in {ours, earlier}:
        return Moved(*map(shown, (ours, now, earlier)))
    return own_policy.delete(clients, ours) if now == earlier else overwrite(clients, step, image)


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """Put the earlier boundary back, whatever stands there now, and delete our policy."""
    return _put_back(clients, step, image.get("boundary", _theirs(step)))


def expire(clients: Clients, step: Step) -> Outcome:
    """Put the earlier boundary back, but not over one that somebody else has set by now, and delete our policy."""
    with suppress(clients.iam().exceptions.NoSuchEntityException):  # the role is gone, which leaves our policy
        if _boundary(_role(clients, step)) == step.arguments["policy_arn"]:
            return _put_back(clients, step, _theirs(step))
    return own_policy.delete(clients, step.arguments["policy_arn"])


def _put_back(clients: Clients, step: Step, boundary: str) -> Outcome:
    iam, role = clients.iam(), step.principal.name
    try:
        if boundary:
            iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
        else:
            with suppress(iam.exceptions.NoSuchEntityException):  # where an answer was lost botocore asks twice
                iam.delete_role_permissions_boundary(RoleName=role)
    except iam.exceptions.NoSuchEntityException:
        detail = (
            f"boundary {boundary}, which role {role} had before, does not exist any more, and without one the role "
            "could do more than before: make it again, or give the role another one"
        )
        return Outcome(Status.FAILED, detail)
    own_policy.delete(clients, step.arguments["policy_arn"])
    return DONE


def _role(clients: Clients, step: Step) -> RoleTypeDef:
    return clients.iam().get_role(RoleName=step.principal.name)["Role"]


def _boundary(role: RoleTypeDef) -> str:
    return role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def document(clients: Clients, step: Step, role_arn: str) -> str:
    """Their boundary with our deny. Where there is none, one that allows everything, and that to this role alone: a
    policy that we leave in an account gives nothing to whoever attaches it elsewhere.
    """
    if _theirs(step):
        theirs = current(clients, _theirs(step))
        return _compact({**theirs, "Statement": [*_statements(theirs), statement(step)]})
    only = {"StringEquals": {"aws:PrincipalArn": role_arn}}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": only}
    return _compact({"Version": "2012-10-17", "Statement": [allow, statement(step)]})


def _statements(policy: object) -> list[object]:
    found = policy.get("Statement") if isinstance(policy, dict) else None
    return found if isinstance(found, list) else [found]


def _compact(policy: object) -> str:
    return json.dumps(policy, ensure_ascii=False, separators=(",", ":"))


_ACCOUNT = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"
_ROLES = (f"{_ACCOUNT}role/*",)
_ANY_POLICY = ("arn:${AWS::Partition}:iam::*:policy/*",)  # AWS's own are in no account
_OURS = {"ArnLike": {"iam:PermissionsBoundary": own_policy.OF_ROLES}}

ACTION = Action(
    name="bound-role",
    summary="deny the same sessions of a role by its permissions boundary, where it has no room for one more policy",
    undo=Undo.REVERSIBLE,
    leaves="the deny on {} from before {cut_off}, by the permissions boundary",
    undone_by="the earlier boundary is put back, or ours taken off, and our policy deleted",
    judged_by="the embedded AWS",
    still_works="the sessions of the role that were issued before, until they expire",
    by_hand=(
        "deny the role everything, its newer sessions too, by AWS's own policy `AWSDenyAll` as its boundary, and note "
        "the boundary that it has now, to put it back later: aws iam put-role-permissions-boundary"
    ),
    permissions=(
        Permission((*own_policy.WRITES, "iam:DeletePolicy"), (own_policy.OF_ROLES,)),
        Permission(("iam:GetPolicy", "iam:GetPolicyVersion"), _ANY_POLICY),
        Permission(("iam:PutRolePermissionsBoundary",), _ROLES, _OURS),
        Permission(("iam:GetRole",), _ROLES),
    ),
    restore_permissions=(
        Permission(own_policy.DELETES, (own_policy.OF_ROLES,)),
        Permission(("iam:GetRole", "iam:PutRolePermissionsBoundary"), _ROLES),
        Permission(("iam:DeleteRolePermissionsBoundary",), _ROLES, _OURS),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    overwrite=overwrite,
    renew=renew,
    unrenewed="the deny stands, beside the text of before: shorten theirs, and the watch copies it again",
    image_first=True,
)
