"""Take an MFA device off a user. Only where it is asked for: its owner alone can enrol it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Since when it has been the user's, "" where it is not: with its serial number all that is known of a device."""
    del facts
    return {"enrolled": _enrolled(clients, step)}


def apply(clients: Clients, step: Step) -> Outcome:
    """A virtual device stays in the account, and nobody's (IAM user guide, "Deactivate an MFA device")."""
    iam = clients.iam()
    try:
        iam.deactivate_mfa_device(UserName=step.principal.name, SerialNumber=step.arguments["device"])
    except iam.exceptions.NoSuchEntityException:
        return Outcome(Status.ALREADY, f"user {step.principal.name} has no such device")
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the device is not the user's any more."""
    if _enrolled(clients, step):
        return Outcome(Status.FAILED, "the device is the user's", retryable=True)
    return ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Nothing that we can do: enrolling takes two codes of the device itself (IAM API reference, EnableMFADevice)."""
    del clients, step
    if not image.get("enrolled"):
        return ALREADY
    return Outcome(Status.ALREADY, "it stays off: only its owner can enrol it again, with two codes of it")


def _enrolled(clients: Clients, step: Step) -> str:
    pages = clients.iam().get_paginator("list_mfa_devices").paginate(UserName=step.principal.name)
    devices = {one["SerialNumber"]: one["EnableDate"].isoformat() for page in pages for one in page["MFADevices"]}
    return devices.get(step.arguments["device"], "")


_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)

ACTION = Action(
    name="deactivate-mfa",
    summary="take an MFA device off the user",
    undo=Undo.COMPENSABLE,
    leaves="the removal of MFA device {}",
    undone_by="not undone by us: its owner enrols it again, with two codes of it",
    judged_by="the embedded AWS by the list of the user's devices, for nobody signs in there",
    still_works="the device as a second factor, for whoever has the password, once the deny on its user is lifted",
    by_hand="take the device off before lifting anything: aws iam deactivate-mfa-device",
    permissions=(Permission(("iam:DeactivateMFADevice", "iam:ListMFADevices"), _USERS),),
    restore_permissions=(),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    breaks="Whoever signs in with an MFA device that was taken off, until they have enrolled it again.",
)
