"""What AWS says now about a principal: read-only, side by side, and unknown where it may not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.model import Facts, Key, Permission, Principal, PrincipalKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from mypy_boto3_iam import IAMClient

T = TypeVar("T")

_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)

PERMISSIONS = (
    Permission(
        ("iam:GetUser", "iam:ListAccessKeys", "iam:GetLoginProfile", "iam:ListAttachedUserPolicies"),
        _USERS,
    ),
    Permission(("iam:GetRole",), ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*",)),
    Permission(("iam:GetAccessKeyLastUsed",), ("*",)),
)


def look_up(iam: IAMClient, principal: Principal, pool: Executor) -> Facts:
    """All that a plan for this principal needs, in one round trip."""
    match principal.kind:
        case PrincipalKind.USER:
            return _user(iam, principal.name, pool)
        case PrincipalKind.ROLE:
            return _role(iam, principal.name)
        case _:
            return Facts()


def owner_of(iam: IAMClient, key_id: str) -> str | None:
    """The user who holds an access key; None where IAM does not know it, or does not say.

    GetAccessKeyLastUsed answers for active and inactive keys and fails once a key is deleted.
    """
    return _known(lambda: iam.get_access_key_last_used(AccessKeyId=key_id).get("UserName") or None)


def _user(iam: IAMClient, name: str, pool: Executor) -> Facts:
    keys = pool.submit(_known, lambda: _keys(iam, name))
    password = pool.submit(_known, lambda: _has_password(iam, name))
    attached = pool.submit(_known, lambda: _attached(iam, name))
    try:
        user = iam.get_user(UserName=name)["User"]
    except iam.exceptions.NoSuchEntityException:
        return Facts(exists=False)
    except (ClientError, BotoCoreError):
        return Facts(keys=keys.result(), console_password=password.result(), attached=attached.result())
    return Facts(
        exists=True,
        unique_id=user["UserId"],
        keys=keys.result(),
        console_password=password.result(),
        attached=attached.result(),
        boundary=user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
    )


def _role(iam: IAMClient, name: str) -> Facts:
    try:
        return Facts(exists=True, unique_id=iam.get_role(RoleName=name)["Role"]["RoleId"])
    except iam.exceptions.NoSuchEntityException:
        return Facts(exists=False)
    except (ClientError, BotoCoreError):
        return Facts()


def _keys(iam: IAMClient, name: str) -> tuple[Key, ...]:
    pages = iam.get_paginator("list_access_keys").paginate(UserName=name)
    return tuple(
        Key(key["AccessKeyId"], key["Status"] == "Active", key["CreateDate"])
        for page in pages
        for key in page["AccessKeyMetadata"]
    )


def _has_password(iam: IAMClient, name: str) -> bool:
    try:
        iam.get_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _attached(iam: IAMClient, name: str) -> tuple[str, ...]:
    pages = iam.get_paginator("list_attached_user_policies").paginate(UserName=name)
    return tuple(policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])


def _known(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (ClientError, BotoCoreError):
        return None
