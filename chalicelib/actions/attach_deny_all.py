"""Deny a user everything by AWS's own policy `AWSDenyAll`: the way where ours does not say what was deployed.

AWS's policy may have been attached by somebody before us. Then it stays when everything else of ours is taken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions import deny_all
from chalicelib.actions.quarantine_user import attached_to
from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step

_BEFORE_US = "by somebody else"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Whether AWS's policy is attached already."""
    attached = facts.attached if facts.attached is not None else attached_to(clients, step.principal.name)
    return {"attached": _BEFORE_US if step.arguments["policy_arn"] in attached else ""}


def is_by_us(image: Image) -> bool:
    """Whether it was not attached before us, so that it is ours to detach."""
    return image.get("attached") == ""


def apply(clients: Clients, step: Step) -> Outcome:
    """AttachUserPolicy is idempotent: IAM accepts a policy that is attached already."""
    iam, user = clients.iam(), step.principal.name
    try:
        iam.attach_user_policy(UserName=user, PolicyArn=step.arguments["policy_arn"])
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, f"user {user} does not exist")
    except iam.exceptions.LimitExceededException:
        return Outcome(Status.FAILED, f"user {user} has as many policies as IAM allows")
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether it is attached now. Its text is AWS's, and nobody in the account can change it."""
    if step.arguments["policy_arn"] in attached_to(clients, step.principal.name):
        return ALREADY
    return Outcome(Status.FAILED, "AWS's policy AWSDenyAll is not attached", retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Detach it again, unless it was attached before us, or is gone already."""
    if "attached" not in image:
        return Outcome(Status.ALREADY, "it was never attached: what was attached could not be read")
    if not is_by_us(image):
        return Outcome(Status.ALREADY, "it was attached before us, and stays")
    iam = clients.iam()
    try:
        iam.detach_user_policy(UserName=step.principal.name, PolicyArn=step.arguments["policy_arn"])
    except iam.exceptions.NoSuchEntityException:
        return ALREADY
    return DONE


def renew(clients: Clients, step: Step) -> Outcome | None:
    """Set our own policy back, for which this one stands in."""
    return deny_all.set_back(clients, step.arguments["instead_of"])


_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)
_AWSS = {"ArnEquals": {"iam:PolicyARN": deny_all.AWSS_OWN}}

ACTION = Action(
    name="attach-deny-all",
    summary="deny the user everything by AWS's own policy AWSDenyAll, where ours does not say what was deployed",
    undo=Undo.REVERSIBLE,
    leaves="the deny on the whole user, by AWS's own policy AWSDenyAll",
    undone_by="AWSDenyAll is detached, unless it was attached before us",
    judged_by="the embedded AWS",
    still_works="every key, session and console sign-in of the user",
    by_hand="attach AWS's policy AWSDenyAll to the user now: aws iam attach-user-policy",
    permissions=(
        Permission(("iam:AttachUserPolicy",), _USERS, _AWSS),
        Permission(("iam:ListAttachedUserPolicies",), _USERS),
        deny_all.READS,
        deny_all.SETS_BACK,
    ),
    restore_permissions=(Permission(("iam:DetachUserPolicy",), _USERS, _AWSS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    renew=renew,
    unrenewed=deny_all.UNRENEWED,
    image_first=True,
)
