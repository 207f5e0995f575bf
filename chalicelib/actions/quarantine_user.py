"""Deny a user everything, by attaching the policy that was deployed with the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.policy_text import current, denies_everything
from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Nothing: attaching a policy overwrites nothing of anyone's."""
    del clients, step, facts
    return {}


def apply(clients: Clients, step: Step) -> Outcome:
    """AttachUserPolicy is idempotent: IAM accepts a policy that is attached already."""
    iam = clients.iam()
    try:
        iam.attach_user_policy(UserName=step.principal.name, PolicyArn=step.arguments["policy_arn"])
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, f"user {step.principal.name} or the quarantine policy does not exist")
    except iam.exceptions.LimitExceededException:
        return Outcome(Status.FAILED, f"user {step.principal.name} has as many policies as IAM allows")
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the policy is attached now, and denies what it was deployed to deny."""
    arn = step.arguments["policy_arn"]
    if arn not in _attached(clients, step):
        return Outcome(Status.FAILED, "the quarantine policy is not attached", retryable=True)
    return ALREADY if denies_everything(current(clients, arn)) else changed(arn)


def changed(arn: str) -> Outcome:
    """Putting it on once more is no use, and a right to give it another text would be an administrator's."""
    detail = (
        "the quarantine policy was given another text, which does not deny everything; put its first version back: "
        f"aws iam set-default-policy-version --policy-arn {arn} --version-id v1"
    )
    return Outcome(Status.FAILED, detail)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Detach it again, unless it is gone already."""
    del image
    iam = clients.iam()
    try:
        iam.detach_user_policy(UserName=step.principal.name, PolicyArn=step.arguments["policy_arn"])
    except iam.exceptions.NoSuchEntityException:
        return ALREADY
    return DONE


def _attached(clients: Clients, step: Step) -> set[str]:
    pages = clients.iam().get_paginator("list_attached_user_policies").paginate(UserName=step.principal.name)
    return {policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]}


_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)
_OURS = {"ArnEquals": {"iam:PolicyARN": "${QuarantinePolicy}"}}

ACTION = Action(
    name="quarantine-user",
    summary="deny the user everything: every key, session and sign-in at once",
    undo=Undo.REVERSIBLE,
    leaves="the deny on the whole user",
    undone_by="the policy is detached",
    judged_by="the embedded AWS",
    still_works="every key, session and console sign-in of the user",
    by_hand="attach the deployed quarantine policy to the user now: aws iam attach-user-policy",
    permissions=(
        Permission(("iam:AttachUserPolicy",), _USERS, _OURS),
        Permission(("iam:ListAttachedUserPolicies",), _USERS),
        Permission(("iam:GetPolicy", "iam:GetPolicyVersion"), ("${QuarantinePolicy}",)),
    ),
    restore_permissions=(Permission(("iam:DetachUserPolicy",), _USERS, _OURS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
)
