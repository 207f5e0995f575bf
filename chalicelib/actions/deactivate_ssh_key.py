"""Set an SSH public key inactive: CodeCommit takes no connection with it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.switch import Switch
from chalicelib.model import SubjectKind

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from chalicelib.actions.switch import Wanted


def _listed(iam: IAMClient, user: str) -> dict[str, str]:
    pages = iam.get_paginator("list_ssh_public_keys").paginate(UserName=user)
    return {one["SSHPublicKeyId"]: str(one["Status"]) for page in pages for one in page["SSHPublicKeys"]}


def _turn(iam: IAMClient, user: str, known: str, status: Wanted) -> None:
    iam.update_ssh_public_key(UserName=user, SSHPublicKeyId=known, Status=status)


_SWITCH = Switch(SubjectKind.SSH_PUBLIC_KEY, "SSH public key", _listed, _turn)

ACTION = _SWITCH.action(
    "deactivate-ssh-key",
    "set an SSH public key of the user inactive, with which CodeCommit lets somebody in",
    ("iam:UpdateSSHPublicKey", "iam:ListSSHPublicKeys"),
    leaves="the deactivation of SSH public key {}",
    undone_by="the key gets the status it had",
    judged_by="the embedded AWS by its status alone, for nothing there takes such a key",
    still_works="the SSH key at CodeCommit, as soon as the deny on its user is lifted or narrowed",
    by_hand="set the key inactive before lifting anything: aws iam update-ssh-public-key --status Inactive",
)
