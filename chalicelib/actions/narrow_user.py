"""Shrink the deny on a user to what was issued before the cut-off, so that the owner's other credentials work.

The narrower deny holds a date, so it cannot be deployed ahead; and a right to write user policies would make the
responder an administrator. A policy under our path used as a permissions boundary only can take rights, never give.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.actions import deny_all, own_policy
from chalicelib.actions.bound_user import boundary_of, put_back, shown, take_off
from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step

PATH = "/leak-responder/narrow/"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Nothing: it is only planned for a user who has no boundary, or an older one of ours, which the plan names."""
    del clients, step, facts
    return {}


def replaced(clients: Clients, step: Step, image: Image) -> Image:
    """A boundary of somebody's own that stands there by now."""
    now = boundary_of(clients, step.principal.name)
    return {"boundary": now} if _is_foreign(step, now) else image


def _is_foreign(step: Step, boundary: str) -> bool:
    ours = {"", step.arguments["policy_arn"], step.arguments.get("bounded_by")}
    return not is_ours(boundary) and boundary not in ours


def is_ours(boundary: str) -> bool:
    """Whether a boundary is the narrower deny of some incident."""
    return f":policy{PATH}" in boundary


def apply(clients: Clients, step: Step) -> Outcome:
    """The narrower deny goes on before the wider one comes off: at no moment there is none.

    It never takes the place of a boundary of somebody's own, for it allows what that one may not.
    """
    iam, user = clients.iam(), step.principal.name
    now = boundary_of(clients, user)
    if _is_foreign(step, now):
        return Outcome(Status.FAILED, f"somebody set {shown(now)} on user {user}, whose place ours would take")
    own_policy.write(clients, step.arguments["narrow_arn"], document(step))
    try:
        iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=step.arguments["narrow_arn"])
    except iam.exceptions.NoSuchEntityException:  # IAM does not show everywhere at once what it has made
        detail = f"user {user}, or our policy {step.arguments['narrow_arn']}, cannot be seen"
        return Outcome(Status.FAILED, detail, retryable=True)
    wider = filter(None, (step.arguments["policy_arn"], step.arguments.get("awss_own")))
    ends = [_detached(clients, user, policy) for policy in wider]
    return next((end for end in ends if not end.good), DONE)


def _detached(clients: Clients, user: str, policy: str) -> Outcome:
    """Take the wider deny off. It is not attached where it was the boundary itself, which is replaced by then."""
    iam = clients.iam()
    try:
        iam.detach_user_policy(UserName=user, PolicyArn=policy)
    except iam.exceptions.NoSuchEntityException:
        if _is_attached(clients, user, policy):
            return Outcome(Status.FAILED, f"the deny on the whole of user {user} is still attached", retryable=True)
    return DONE


def _is_attached(clients: Clients, user: str, policy: str) -> bool:
    """Say whether IAM lists a policy that it did not know a moment ago. Without the right to ask, its answer counts."""
    iam = clients.iam()
    try:
        pages = list(iam.get_paginator("list_attached_user_policies").paginate(UserName=user))
    except iam.exceptions.ClientError as error:
        if error.response["Error"].get("Code") == "AccessDenied":
            return False
        raise
    return any(one["PolicyArn"] == policy for page in pages for one in page["AttachedPolicies"])


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the narrower deny is the boundary now, and still says what we wrote."""
    now = boundary_of(clients, step.principal.name)
    if now != step.arguments["narrow_arn"]:
        detail = f"the user has {shown(now)}, and not the one that denies older sessions"
        return Outcome(Status.FAILED, detail, retryable=True)
    try:
        said = own_policy.says(clients, step.arguments["narrow_arn"], document(step))
    except clients.iam().exceptions.NoSuchEntityException:  # IAM does not show everywhere at once what it has made
        return Outcome(Status.FAILED, "the text of the deny on older sessions cannot be seen", retryable=True)
    if said:
        return ALREADY
    return Outcome(Status.FAILED, "the deny on older sessions was given another text", retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """Take our boundary off, or put that of an older incident back, and delete our policy."""
    earlier, now = image.get("boundary", ""), boundary_of(clients, step.principal.name)
    ours = step.arguments["narrow_arn"]
    if now not in {"", earlier, ours}:
        return Moved(*map(shown, (ours, now, earlier)))
    return _deleted(clients, step) if now == earlier else overwrite(clients, step, image)


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """The boundary of before, whatever stands there now, and our policy deleted."""
    _put_back(clients, step.principal.name, image.get("boundary", ""))
    return _deleted(clients, step)


def expire(clients: Clients, step: Step) -> Outcome:
    """The end of its time: off comes our boundary, and whatever else stands there by now is left alone."""
    iam, user = clients.iam(), step.principal.name
    with suppress(iam.exceptions.NoSuchEntityException):  # the user is gone, which leaves our policy
        if boundary_of(clients, user) == step.arguments["narrow_arn"]:
            take_off(clients, user)
    return _deleted(clients, step)


def _put_back(clients: Clients, user: str, earlier: str) -> None:
    """An older deny whose time ended meanwhile is not there any more, and need not be."""
    try:
        put_back(clients, user, earlier)
    except clients.iam().exceptions.NoSuchEntityException:
        take_off(clients, user)


def _deleted(clients: Clients, step: Step) -> Outcome:
    return own_policy.delete(clients, step.arguments["narrow_arn"])


def document(step: Step) -> str:
    """As a boundary `Allow *` gives nothing; the deny is what counts."""
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    older = {"DateLessThan": {"aws:TokenIssueTime": step.arguments["cut_off"]}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})


_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)
_NARROW = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/leak-responder/narrow/*"

ACTION = Action(
    name="narrow-user",
    summary="shrink the deny on the user to sessions issued before the cut-off",
    undo=Undo.REVERSIBLE,
    leaves="the deny on the user's sessions from before {cut_off}",
    undone_by="our boundary is taken off and its policy deleted",
    judged_by="the embedded AWS",
    still_works="nothing: the deny on the whole user stays",
    by_hand="decide when the owner may work again: leak-responder release",
    permissions=(
        Permission(own_policy.WRITES, (_NARROW,)),
        Permission(("iam:PutUserPermissionsBoundary",), _USERS, {"ArnLike": {"iam:PermissionsBoundary": _NARROW}}),
        Permission(("iam:DetachUserPolicy",), _USERS, {"ArnEquals": {"iam:PolicyARN": "${QuarantinePolicy}"}}),
        Permission(("iam:DetachUserPolicy",), _USERS, {"ArnEquals": {"iam:PolicyARN": deny_all.AWSS_OWN}}),
        Permission(("iam:GetUser", "iam:ListAttachedUserPolicies"), _USERS),
    ),
    restore_permissions=(
        Permission(own_policy.DELETES, (_NARROW,)),
        Permission(("iam:DeleteUserPermissionsBoundary",), _USERS, {"ArnLike": {"iam:PermissionsBoundary": _NARROW}}),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    overwrite=overwrite,
    replaced=replaced,
)
