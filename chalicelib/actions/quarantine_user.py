"""Deny a user everything, by attaching the policy that was deployed with the stack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.actions import deny_all
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
    if step.arguments["policy_arn"] not in attached_to(clients, step.principal.name):
        return Outcome(Status.FAILED, "the quarantine policy is not attached", retryable=True)
    return read_back(clients, step)


def read_back(clients: Clients, step: Step) -> Outcome:
    """Whether the policy says what was deployed. Where it does not, doing the step again finds another policy."""
    found = deny_all.look(clients, step)
    return replace(found, retryable=not found.good)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Detach it again, unless it is gone already."""
    del image
    iam = clients.iam()
    try:
        iam.detach_user_policy(UserName=step.principal.name, PolicyArn=step.arguments["policy_arn"])
    except iam.exceptions.NoSuchEntityException:
        return ALREADY
    return DONE


def attached_to(clients: Clients, user: str) -> set[str]:
    """The ARNs of the policies that are attached to the user."""
    pages = clients.iam().get_paginator("list_attached_user_policies").paginate(UserName=user)
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
        deny_all.READS,
    ),
    restore_permissions=(Permission(("iam:DetachUserPolicy",), _USERS, _OURS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    look=deny_all.look,
)
