"""What AWS says now about a principal: read-only, side by side, and unknown where it may not be read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.actions import center
from chalicelib.model import HELD, Credential, Facts, Key, Permission, Principal, PrincipalKind, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor

    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import RoleTypeDef, UserTypeDef

    from chalicelib.model import Clients

T = TypeVar("T")
Held = tuple[Credential, ...]

_USERS = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*",)

PERMISSIONS = (
    Permission(
        (
            "iam:GetUser",
            "iam:ListAccessKeys",
            "iam:GetLoginProfile",
            "iam:ListAttachedUserPolicies",
            "iam:ListServiceSpecificCredentials",
            "iam:ListSSHPublicKeys",
            "iam:ListSigningCertificates",
            "iam:ListMFADevices",
        ),
        _USERS,
    ),
    Permission(("iam:GetRole",), ("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*",)),
    Permission(("iam:GetAccessKeyLastUsed",), ("*",)),
)
NAMES = (Permission(("iam:ListUsers",), ("*",)),)
"""What it takes to find a user who has another name now. IAM names no resource for it."""


def look_up(clients: Clients, principal: Principal, pool: Executor) -> Facts:
    """All that is known about this principal; about one of IAM in one round trip."""
    if principal.kind is PrincipalKind.IDENTITY_CENTER_USER:
        return _center_user(clients, principal)
    iam = clients.iam()
    facts, held = begin(iam, principal, pool), _held(iam, principal, pool)
    return replace(facts(), held=held())


def look_further(iam: IAMClient, principal: Principal, facts: Facts, pool: Executor) -> Facts:
    """The facts with what the strike did not wait for."""
    return replace(facts, held=_held(iam, principal, pool)()) if facts.unread and facts.exists is not False else facts


def begin(iam: IAMClient, principal: Principal, pool: Executor) -> Callable[[], Facts]:
    """Ask for what a strike needs side by side now; the facts when they are called for. No task of the pool waits for
    another.
    """
    match principal.kind:
        case PrincipalKind.USER:
            return _user(iam, principal.name, pool)
        case PrincipalKind.ROLE:
            return pool.submit(_role, iam, principal.name).result
        case _:
            return Facts


def _center_user(clients: Clients, principal: Principal) -> Facts:
    """What cannot be read is raised: a plan without it would leave role sessions alive that nobody names."""
    found = center.assignments(clients, principal)
    sets = tuple(sorted({one.permission_set for one in found}))
    return Facts(unique_id=principal.unique_id, permission_sets=sets)


def unique_id_of(iam: IAMClient, principal: Principal) -> str | None:
    """The `AIDA…`/`AROA…` id that the name has now; None where it cannot be read."""
    match principal.kind:
        case PrincipalKind.USER:
            return _identity(iam, principal.name).unique_id
        case PrincipalKind.ROLE:
            return _role(iam, principal.name).unique_id
        case _:
            return None


def role_of(iam: IAMClient, name: str) -> Facts:
    """Return what is known about a role; nothing where it cannot be read."""
    return _role(iam, name)


def present_name(iam: IAMClient, user: Principal, keys: Iterable[str]) -> str | None:
    """Return the name that a user has now; None where IAM shows them nowhere. What cannot be read is raised.

    IAM looks nobody up by a unique id: so the known name comes first, then whose the user's keys are, then all users.
    Without a unique id whoever holds a key of theirs is the user.
    """
    owners = (owner for key in keys if (owner := owner_of(iam, key)))
    if user.unique_id is None:
        there = (user.name for _ in range(1) if _id_of(iam, user.name))
        return next(chain(owners, there), None)
    named = (name for name in chain((user.name,), owners) if _id_of(iam, name) == user.unique_id)
    return next(named, None) or name_of(iam, user.unique_id)


def name_of(iam: IAMClient, unique_id: str) -> str | None:
    """Return the name of the user with that unique id; None where there is none. All users are listed for it."""
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000})
    return next((user["UserName"] for page in pages for user in page["Users"] if user["UserId"] == unique_id), None)


def _id_of(iam: IAMClient, name: str) -> str | None:
    try:
        return iam.get_user(UserName=name)["User"]["UserId"]
    except iam.exceptions.NoSuchEntityException:
        return None


def owner_of(iam: IAMClient, key_id: str) -> str | None:
    """The user who holds an access key; None where IAM does not say. What may be answered later is raised.

    GetAccessKeyLastUsed answers for active and inactive keys, and denies access to a key that is deleted or another
    account's as it does where the right is missing.
    """
    try:
        return iam.get_access_key_last_used(AccessKeyId=key_id).get("UserName") or None
    except ClientError as error:
        if error.response["Error"].get("Code") in _NEVER_SAID:
            return None
        raise


_NEVER_SAID = frozenset({"AccessDenied", "NoSuchEntity", "ValidationError"})


def _user(iam: IAMClient, name: str, pool: Executor) -> Callable[[], Facts]:
    user = pool.submit(_identity, iam, name)
    keys = pool.submit(_known, lambda: _keys(iam, name))
    password = pool.submit(_known, lambda: _has_password(iam, name))
    attached = pool.submit(_known, lambda: _attached(iam, name))

    def together() -> Facts:
        found = user.result()
        if found.exists is False and (keys.result() or attached.result()):
            found = Facts()  # IAM is eventually consistent: one answer that knows the user outweighs one that does not
        if found.exists is False:
            return found
        return replace(found, keys=keys.result(), console_password=password.result(), attached=attached.result())

    return together


def _held(iam: IAMClient, principal: Principal, pool: Executor) -> Callable[[], dict[SubjectKind, Held]]:
    """What a user holds beside keys and password; nothing of others."""
    kinds = HELD if principal.kind is PrincipalKind.USER else ()
    begun = {kind: pool.submit(_known, partial(_LISTED[kind], iam, principal.name)) for kind in kinds}
    return lambda: {kind: found for kind, asked in begun.items() if (found := asked.result()) is not None}


def _identity(iam: IAMClient, name: str) -> Facts:
    try:
        user = iam.get_user(UserName=name)["User"]
    except iam.exceptions.NoSuchEntityException:
        return Facts(exists=False)
    except (ClientError, BotoCoreError):
        return Facts()
    return Facts(exists=True, unique_id=user["UserId"], boundary=_boundary(user))


def _boundary(holder: UserTypeDef | RoleTypeDef) -> str:
    return holder.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def _role(iam: IAMClient, name: str) -> Facts:
    try:
        return of_role(iam, name)
    except (ClientError, BotoCoreError):
        return Facts()


def of_role(iam: IAMClient, name: str) -> Facts:
    """All that is known about a role. What cannot be read is raised."""
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return Facts(exists=False)
    return Facts(exists=True, unique_id=role["RoleId"], boundary=_boundary(role), arn=role["Arn"])


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


def _service_specific(iam: IAMClient, name: str) -> Held:
    """All of them at once: there are two for each of a few services, and botocore has no paginator for them."""
    return tuple(
        Credential(
            SubjectKind.SERVICE_SPECIFIC_CREDENTIAL,
            one["ServiceSpecificCredentialId"],
            one["Status"] == "Active",
            one["CreateDate"],
            one["ServiceName"],
        )
        for one in iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"]
    )


def _ssh_keys(iam: IAMClient, name: str) -> Held:
    pages = iam.get_paginator("list_ssh_public_keys").paginate(UserName=name)
    return tuple(
        Credential(SubjectKind.SSH_PUBLIC_KEY, one["SSHPublicKeyId"], one["Status"] == "Active", one["UploadDate"])
        for page in pages
        for one in page["SSHPublicKeys"]
    )


def _certificates(iam: IAMClient, name: str) -> Held:
    pages = iam.get_paginator("list_signing_certificates").paginate(UserName=name)
    return tuple(
        Credential(SubjectKind.SIGNING_CERTIFICATE, one["CertificateId"], one["Status"] == "Active", one["UploadDate"])
        for page in pages
        for one in page["Certificates"]
    )


def _mfa_devices(iam: IAMClient, name: str) -> Held:
    pages = iam.get_paginator("list_mfa_devices").paginate(UserName=name)
    return tuple(
        Credential(SubjectKind.MFA_DEVICE, one["SerialNumber"], active=True, created=one["EnableDate"])
        for page in pages
        for one in page["MFADevices"]
    )


_LISTED: Mapping[SubjectKind, Callable[[IAMClient, str], Held]] = {
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: _service_specific,
    SubjectKind.SSH_PUBLIC_KEY: _ssh_keys,
    SubjectKind.SIGNING_CERTIFICATE: _certificates,
    SubjectKind.MFA_DEVICE: _mfa_devices,
}


def _known(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (ClientError, BotoCoreError):
        return None
