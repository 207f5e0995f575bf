"""Deny one role session, one identity's sessions, or all of a role, issued before the cut-off. Later ones work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step


IDENTITY_KEY = "cognito-identity.amazonaws.com:sub"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Nothing: the policy's name holds the incident id, so it can only be our own."""
    del clients, step, facts
    return {}


def apply(clients: Clients, step: Step) -> Outcome:
    """PutRolePolicy with the same text is idempotent; the cut-off was frozen with the claim."""
    iam = clients.iam()
    try:
        iam.put_role_policy(
            RoleName=step.principal.name, PolicyName=step.arguments["policy_name"], PolicyDocument=document(step)
        )
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, f"role {step.principal.name} does not exist")
    except iam.exceptions.LimitExceededException:
        return Outcome(Status.FAILED, f"the inline policies of role {step.principal.name} are full (10,240 characters)")
    except iam.exceptions.UnmodifiableEntityException:
        return Outcome(Status.FAILED, f"role {step.principal.name} belongs to an AWS service and cannot be changed")
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the deny stands as we wrote it."""
    iam = clients.iam()
    try:
        found = iam.get_role_policy(RoleName=step.principal.name, PolicyName=step.arguments["policy_name"])
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, "the deny on the role's sessions is gone", retryable=True)
    if found["PolicyDocument"] == json.loads(document(step)):
        return ALREADY
    return Outcome(Status.FAILED, "the deny on the role's sessions was changed", retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """Delete our inline policy, and only ours."""
    iam, name = clients.iam(), step.arguments["policy_name"]
    try:
        found = iam.get_role_policy(RoleName=step.principal.name, PolicyName=name)["PolicyDocument"]
    except iam.exceptions.NoSuchEntityException:
        return ALREADY
    if found != json.loads(document(step)):
        return Moved(document(step), json.dumps(found), f"no policy {name}")
    return overwrite(clients, step, image)


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """Delete the policy of our name, whatever it says now."""
    del image
    return expire(clients, step)


def expire(clients: Clients, step: Step) -> Outcome:
    """The end of its time: our policy goes."""
    iam = clients.iam()
    try:
        iam.delete_role_policy(RoleName=step.principal.name, PolicyName=step.arguments["policy_name"])
    except iam.exceptions.NoSuchEntityException:
        return ALREADY
    return DONE


def document(step: Step) -> str:
    """The deny as a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement(step)]})


def statement(step: Step) -> dict[str, object]:
    """The deny. `aws:userid` of a role session is `<role id>:<session name>` (IAM user guide, policy variables).

    An identity pool gives the sessions of all its users one name. The identity of each comes with every request that
    they make (IAM user guide, "IAM and AWS STS condition context keys"). A `role_id` keeps the deny to that role,
    wherever its policy is attached.
    """
    condition: dict[str, dict[str, str]] = {"DateLessThan": {"aws:TokenIssueTime": step.arguments["cut_off"]}}
    if "session" in step.arguments:
        condition["StringEquals"] = {"aws:userid": step.arguments["session"]}
    if "identity" in step.arguments:
        condition["StringEquals"] = {IDENTITY_KEY: step.arguments["identity"]}
    if "role_id" in step.arguments:
        condition["StringLike"] = {"aws:userid": f"{step.arguments['role_id']}:*"}
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}


_ROLES = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*",)

ACTION = Action(
    name="revoke-role-sessions",
    summary="deny the leaked session of a role, or all its sessions, issued before the cut-off",
    undo=Undo.REVERSIBLE,
    leaves="the deny on {} from before {cut_off}",
    undone_by="our inline policy is deleted",
    judged_by="the embedded AWS",
    still_works="the sessions of the role that were issued before, until they expire",
    by_hand="revoke the sessions in the IAM console: the role, tab `Revoke sessions`",
    permissions=(Permission(("iam:PutRolePolicy", "iam:GetRolePolicy"), _ROLES),),
    restore_permissions=(Permission(("iam:DeleteRolePolicy",), _ROLES),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    overwrite=overwrite,
)
