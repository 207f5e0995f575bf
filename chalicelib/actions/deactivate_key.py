"""Set exactly one access key inactive. Its sibling is somebody's working day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.switch import Switch
from chalicelib.model import SubjectKind

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from chalicelib.actions.switch import Wanted


def _listed(iam: IAMClient, user: str) -> dict[str, str]:
    pages = iam.get_paginator("list_access_keys").paginate(UserName=user)
    return {key["AccessKeyId"]: str(key["Status"]) for page in pages for key in page["AccessKeyMetadata"]}


def _turn(iam: IAMClient, user: str, known: str, status: Wanted) -> None:
    iam.update_access_key(UserName=user, AccessKeyId=known, Status=status)


_SWITCH = Switch(SubjectKind.ACCESS_KEY, "key", _listed, _turn)

ACTION = _SWITCH.action(
    "deactivate-key",
    "set the leaked access key inactive, and no other",
    ("iam:UpdateAccessKey", "iam:ListAccessKeys"),
    leaves="the deactivation of access key {}",
    undone_by="the key gets the status it had",
    judged_by="the embedded AWS",
    still_works="the access key, as soon as the deny on its user is lifted",
    by_hand="set the key inactive before lifting anything: aws iam update-access-key --status Inactive",
)
