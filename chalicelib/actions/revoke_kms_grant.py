"""Take a grant away that lets somebody use an encryption key. Only by a person's order: another may depend on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """All that the grant says, "" where there is no such grant: with it a person can make it again."""
    del facts
    return {"grant": _grant(clients, step)}


def apply(clients: Clients, step: Step) -> Outcome:
    """KMS may go on to take it for minutes (KMS API reference, RevokeGrant)."""
    kms, (key, known) = _client(clients, step), _named(step)
    try:
        kms.revoke_grant(KeyId=key, GrantId=known)
    except (kms.exceptions.NotFoundException, kms.exceptions.InvalidGrantIdException):
        return Outcome(Status.ALREADY, "there is no such grant any more")
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the grant is gone."""
    return Outcome(Status.FAILED, "the grant is still there", retryable=True) if _grant(clients, step) else ALREADY


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """A grant made anew has another id and another token, so whoever needs it makes it."""
    del clients, step
    if not image.get("grant"):
        return ALREADY
    return Outcome(Status.ALREADY, f"it stays revoked; whoever needs it makes one again: {image['grant']}")


def _grant(clients: Clients, step: Step) -> str:
    kms, (key, known) = _client(clients, step), _named(step)
    try:
        found = kms.list_grants(KeyId=key, GrantId=known)["Grants"]
    except (kms.exceptions.NotFoundException, kms.exceptions.InvalidGrantIdException):
        return ""
    return json.dumps({name: found[0].get(name) for name in _SAYS if name in found[0]}) if found else ""


_SAYS = ("GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "Name")


def _named(step: Step) -> tuple[str, str]:
    """The ARN of the key, and the id of the grant."""
    key, _, known = step.arguments["grant"].rpartition("/")
    return key, known


def _client(clients: Clients, step: Step) -> KMSClient:
    return clients.kms(step.arguments["grant"].split(":")[3])


_KEYS = ("arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*",)

ACTION = Action(
    name="revoke-kms-grant",
    summary="take away the grant on an encryption key",
    undo=Undo.COMPENSABLE,
    leaves="the removal of grant {}",
    undone_by="not undone: what it allowed stands in the ledger, and whoever needs it makes one again",
    judged_by="the embedded AWS by the list of the key's grants, for nothing there asks them",
    still_works="the grant, for whoever it was made for, in whatever account they are",
    by_hand="take the grant away: aws kms revoke-grant",
    permissions=(Permission(("kms:ListGrants", "kms:RevokeGrant"), _KEYS),),
    restore_permissions=(),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    breaks="Whoever used a grant on an encryption key that was taken away.",
    service="KMS",
)
