"""Set exactly one access key inactive. Its sibling is somebody's working day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from typing import Literal

    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The status of the key, "" where the user has no such key."""
    if facts.keys is None:
        return {"status": _status(clients, step)}
    known = {key.id: "Active" if key.active else "Inactive" for key in facts.keys}
    return {"status": known.get(step.arguments["key_id"], "")}


def apply(clients: Clients, step: Step) -> Outcome:
    """UpdateAccessKey is idempotent; a key that is gone needs no deactivation."""
    return _set(clients, step, "Inactive")


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the key is inactive, or gone, with its user or without."""
    try:
        status = _status(clients, step)
    except clients.iam().exceptions.NoSuchEntityException:
        return ALREADY
    if status == "Active":
        return Outcome(Status.FAILED, f"key {step.arguments['key_id']} is active", retryable=True)
    return ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """The key gets the status it had; one that was never touched unread stays as it is."""
    before = image.get("status")
    if not before:
        return ALREADY
    now = _status(clients, step)
    if now == before:
        return ALREADY
    if now != "Inactive":
        return Moved("inactive", now.lower() or "deleted", before.lower() if now else _GONE)
    return overwrite(clients, step, image)


_GONE = "nothing: AWS gives no deleted key back"


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """The status of before. A deleted key is left behind: the owner needs a new one."""
    outcome = _set(clients, step, "Active" if image["status"] == "Active" else "Inactive")
    return outcome if outcome.good else Outcome(Status.ALREADY, f"{outcome.detail}; AWS gives none back")


def _set(clients: Clients, step: Step, status: Literal["Active", "Inactive"]) -> Outcome:
    iam, key_id = clients.iam(), step.arguments["key_id"]
    try:
        iam.update_access_key(UserName=step.principal.name, AccessKeyId=key_id, Status=status)
    except iam.exceptions.NoSuchEntityException:
        gone = f"user {step.principal.name} has no key {key_id}: it was deleted, or is somebody else's"
        return Outcome(Status.ALREADY if status == "Inactive" else Status.FAILED, gone)
    return DONE


def _status(clients: Clients, step: Step) -> str:
    pages = clients.iam().get_paginator("list_access_keys").paginate(UserName=step.principal.name)
    known = {key["AccessKeyId"]: str(key["Status"]) for page in pages for key in page["AccessKeyMetadata"]}
    return known.get(step.arguments["key_id"], "")


_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)

ACTION = Action(
    name="deactivate-key",
    summary="set the leaked access key inactive, and no other",
    undo=Undo.REVERSIBLE,
    undone_by="the key gets the status it had",
    judged_by="the embedded AWS",
    still_works="the access key, as soon as the deny on its user is lifted",
    by_hand="set the key inactive before lifting anything: aws iam update-access-key --status Inactive",
    permissions=(Permission(("iam:UpdateAccessKey", "iam:ListAccessKeys"), _USERS),),
    restore_permissions=(),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    overwrite=overwrite,
    image_first=True,
)
