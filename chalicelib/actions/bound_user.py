"""Deny a user everything through the permissions boundary: the way in where ten policies are attached already."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.actions import deny_all
from chalicelib.actions.quarantine_user import read_back
from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The boundary that stands there, "" where there is none. It may be ours, of an older incident that stands."""
    boundary = facts.boundary if facts.boundary is not None else boundary_of(clients, step.principal.name)
    return {"boundary": boundary}


def replaced(clients: Clients, step: Step, image: Image) -> Image:
    """Another boundary than ours that somebody set; whoever took ours off has set none."""
    now = boundary_of(clients, step.principal.name)
    return image if now in {"", step.arguments["policy_arn"]} else {"boundary": now}


def apply(clients: Clients, step: Step) -> Outcome:
    """A boundary that denies everything overrides every allow."""
    iam = clients.iam()
    try:
        iam.put_user_permissions_boundary(
            UserName=step.principal.name, PermissionsBoundary=step.arguments["policy_arn"]
        )
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.FAILED, f"user {step.principal.name} does not exist")
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the boundary is ours now, and denies what it was deployed to deny."""
    arn, now = step.arguments["policy_arn"], boundary_of(clients, step.principal.name)
    if now != arn:
        said = f"the user has {shown(now)}, and not the policy that denies everything"
        return Outcome(Status.FAILED, said, retryable=True)
    return read_back(clients, step)


def renew(clients: Clients, step: Step) -> Outcome | None:
    """Set our own policy back, where AWS's stands in for it."""
    ours = step.arguments.get("instead_of")
    return deny_all.set_back(clients, ours) if ours else None


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """Put the earlier boundary back, or take ours off where there was none."""
    if "boundary" not in image:
        return Outcome(Status.ALREADY, "it was never put on: what stood there could not be read")
    now, ours = boundary_of(clients, step.principal.name), step.arguments["policy_arn"]
    if now == image["boundary"]:
        return ALREADY
    if now != ours:
        return Moved(*map(shown, (ours, now, image["boundary"])))
    return overwrite(clients, step, image)


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """The earlier boundary, whatever stands there now."""
    put_back(clients, step.principal.name, image["boundary"])
    return DONE


def put_back(clients: Clients, user: str, boundary: str) -> None:
    """That boundary, or none where it is ""."""
    if boundary:
        clients.iam().put_user_permissions_boundary(UserName=user, PermissionsBoundary=boundary)
    else:
        take_off(clients, user)


def shown(boundary: str) -> str:
    """A boundary as a person reads it."""
    return f"boundary {boundary}" if boundary else "no boundary"


def take_off(clients: Clients, user: str) -> None:
    """Leave the user without a boundary. Where an answer was lost botocore asks twice, and IAM finds none to delete."""
    iam = clients.iam()
    with suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_user_permissions_boundary(UserName=user)


def boundary_of(clients: Clients, user: str) -> str:
    """The ARN of the user's permissions boundary, "" where there is none."""
    found = clients.iam().get_user(UserName=user)["User"]
    return found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)
_OURS = {"ArnEquals": {"iam:PermissionsBoundary": "${QuarantinePolicy}"}}
_AWSS = {"ArnEquals": {"iam:PermissionsBoundary": deny_all.AWSS_OWN}}

ACTION = Action(
    name="bound-user",
    summary="deny the user everything through the permissions boundary",
    undo=Undo.REVERSIBLE,
    leaves="the deny on the whole user, by the permissions boundary",
    undone_by="the earlier boundary is put back, or ours taken off",
    judged_by="the embedded AWS",
    still_works="every key, session and console sign-in of the user",
    by_hand="detach one policy of the user and attach the deployed quarantine policy: aws iam attach-user-policy",
    permissions=(
        Permission(("iam:PutUserPermissionsBoundary",), _USERS, _OURS),
        Permission(("iam:PutUserPermissionsBoundary",), _USERS, _AWSS),
        Permission(("iam:GetUser",), _USERS),
        deny_all.READS,
        deny_all.SETS_BACK,
    ),
    restore_permissions=(
        Permission(("iam:DeleteUserPermissionsBoundary",), _USERS, _OURS),
        Permission(("iam:DeleteUserPermissionsBoundary",), _USERS, _AWSS),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    look=deny_all.look,
    overwrite=overwrite,
    replaced=replaced,
    renew=renew,
    unrenewed=deny_all.UNRENEWED,
    image_first=True,
)
