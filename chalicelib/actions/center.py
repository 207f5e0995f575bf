"""Where a user of Identity Center is kept, and what leads them into accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.model import Permission, UnseenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_identitystore import IdentityStoreClient
    from mypy_boto3_sso_admin import SSOAdminClient
    from mypy_boto3_sso_admin.type_defs import InstanceMetadataTypeDef

    from chalicelib.model import Clients, Principal

SEEN = Permission(("sso:ListInstances",), ("*",))
ADMINISTERED = (
    "arn:${AWS::Partition}:sso:::instance/${IdentityCenter}",
    "arn:${AWS::Partition}:sso:::permissionSet/${IdentityCenter}/*",
    "arn:${AWS::Partition}:sso:::account/*",
)
KEPT = (
    "arn:${AWS::Partition}:identitystore::*:identitystore/${IdentityStore}",
    "arn:${AWS::Partition}:identitystore:::user/*",
    "arn:${AWS::Partition}:identitystore:::group/*",
    "arn:${AWS::Partition}:identitystore:::membership/*",
)
"""What calls are about. The first of each comes with every call, so that nothing is allowed where it names nothing. The
store is of the account that Identity Center belongs to, which may have delegated its administration to ours.
"""


@dataclass(frozen=True, order=True)
class Assignment:
    """A permission set in an account: given to the user, or to a group that the user is in."""

    account: str
    permission_set: str
    direct: bool


def split(principal: Principal) -> tuple[str, str, str]:
    """Region, identity store and username. Only the last may have a slash in it."""
    region, store, name = principal.name.split("/", 2)
    return region, store, name


def admin(clients: Clients, principal: Principal) -> SSOAdminClient:
    """Who may change assignments and permission sets."""
    return clients.sso_admin(split(principal)[0])


def store(clients: Clients, principal: Principal) -> IdentityStoreClient:
    """Who may change groups."""
    return clients.identity_store(split(principal)[0])


def seen(clients: Clients, region: str) -> Iterator[InstanceMetadataTypeDef]:
    """Every instance that our account sees: a member account sees the one of its organisation, too."""
    for page in clients.sso_admin(region).get_paginator("list_instances").paginate():
        yield from page["Instances"]


def instance(clients: Clients, principal: Principal) -> str:
    """The ARN of the instance that administers this identity store. UnseenError where we see none that does."""
    region, known, _ = split(principal)
    arn = next((one["InstanceArn"] for one in seen(clients, region) if one.get("IdentityStoreId") == known), None)
    if arn is None:
        message = (
            f"account {principal.account} sees no instance of Identity Center in {region} with identity store {known}, "
            "so that what the user has is not known: give the order with a stack in the account that administers it; "
            "where the instance was deleted, nobody comes in by it any more"
        )
        raise UnseenError(message)
    return arn


def assignments(clients: Clients, principal: Principal) -> tuple[Assignment, ...]:
    """All that the user has, also through groups: ListAccountAssignmentsForPrincipal says both (its API reference)."""
    client, arn = admin(clients, principal), instance(clients, principal)
    listing = client.get_paginator("list_account_assignments_for_principal")
    pages = listing.paginate(InstanceArn=arn, PrincipalId=principal.unique_id or "", PrincipalType="USER")
    try:
        return tuple(
            Assignment(one["AccountId"], one["PermissionSetArn"], one["PrincipalType"] == "USER")
            for page in pages
            for one in page["AccountAssignments"]
        )
    except client.exceptions.ResourceNotFoundException:
        return ()  # the user was deleted: of the same name another one has another id


def memberships(clients: Clients, principal: Principal) -> dict[str, str]:
    """The groups that the user is in, each with the id of the membership."""
    client = store(clients, principal)
    listing = client.get_paginator("list_group_memberships_for_member")
    member = {"IdentityStoreId": split(principal)[1], "MemberId": {"UserId": principal.unique_id or ""}}
    try:
        return {
            one["GroupId"]: one["MembershipId"]
            for page in listing.paginate(**member)  # type: ignore[arg-type]  # botocore takes it as it stands
            for one in page["GroupMemberships"]
        }
    except client.exceptions.ResourceNotFoundException:
        return {}  # as above
