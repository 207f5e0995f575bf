"""Deny what was revoked of a role by a managed policy of our own: the way where its inline policies are full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import own_policy
from chalicelib.actions.revoke_role_sessions import document
from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Nothing: the policy's name holds the incident id, and attaching it overwrites nothing of anyone's."""
    del clients, step, facts
    return {}


def apply(clients: Clients, step: Step) -> Outcome:
    """Write the policy, and attach it. IAM accepts a policy that is attached already."""
    iam, role, arn = clients.iam(), step.principal.name, step.arguments["policy_arn"]
    try:
        own_policy.write(clients, arn, document(step))
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:  # IAM does not show everywhere at once what it has made
        return Outcome(Status.FAILED, f"role {role}, or our policy {arn}, cannot be seen", retryable=True)
    except iam.exceptions.ClientError as error:
        if not own_policy.is_limit(clients, arn, error):
            raise
        detail = f"there is no room for one more policy on role {role}: {own_policy.said(error)}"
        return Outcome(Status.FAILED, detail)
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the policy is attached now, and says what we wrote."""
    arn = step.arguments["policy_arn"]
    if arn not in _attached(clients, step):
        return Outcome(Status.FAILED, "our policy on the role's sessions is not attached", retryable=True)
    if own_policy.says(clients, arn, document(step)):
        return ALREADY
    return Outcome(Status.FAILED, "our policy on the role's sessions was given another text", retryable=True)


def _attached(clients: Clients, step: Step) -> set[str]:
    pages = clients.iam().get_paginator("list_attached_role_policies").paginate(RoleName=step.principal.name)
    return {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Detach our policy, unless it is gone already, and delete it."""
    del image
    return expire(clients, step)


def expire(clients: Clients, step: Step) -> Outcome:
    """End the deny, as restoring does. Where the role is gone, our policy is left and goes too."""
    iam, arn = clients.iam(), step.arguments["policy_arn"]
    try:
        iam.detach_role_policy(RoleName=step.principal.name, PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:
        return own_policy.delete(clients, arn)
    own_policy.delete(clients, arn)
    return DONE


_ROLES = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*",)
_ATTACHED = {"ArnLike": {"iam:PolicyARN": own_policy.OF_ROLES}}

ACTION = Action(
    name="attach-role-deny",
    summary="deny the same sessions of a role by a managed policy, where its inline policies are full",
    undo=Undo.REVERSIBLE,
    leaves="the deny on {} from before {cut_off}, by a managed policy",
    undone_by="our policy is detached and deleted",
    judged_by="the embedded AWS",
    still_works="the sessions of the role that were issued before, until they expire",
    by_hand="detach one policy of the role, then have us try again: `leak-responder replay INCIDENT`",
    permissions=(
        Permission((*own_policy.WRITES, "iam:DeletePolicy"), (own_policy.OF_ROLES,)),
        Permission(("iam:AttachRolePolicy",), _ROLES, _ATTACHED),
        Permission(("iam:ListAttachedRolePolicies",), _ROLES),
    ),
    restore_permissions=(
        Permission(own_policy.DELETES, (own_policy.OF_ROLES,)),
        Permission(("iam:DetachRolePolicy",), _ROLES, _ATTACHED),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
)
