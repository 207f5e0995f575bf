"""All that IAM says of a principal: what a restore has to give back to the byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from drill import cast

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

Kind = Literal["user", "role"]


def of(cloud: Cloud, kind: Kind, name: str, incident: str = "") -> str:
    """As text, to compare; with every policy that the incident has left behind."""
    iam = cloud.client("iam")
    found = iam.get_account_authorization_details(Filter=["User", "Role", "LocalManagedPolicy"])
    details = found["UserDetailList"] if kind == "user" else found["RoleDetailList"]
    said: Any = next(one for one in details if one[f"{kind.title()}Name"] == name)
    said.pop("RoleLastUsed", None)  # whoever is asked about it may be at work
    left = [one["Arn"] for one in found["Policies"] if incident and incident in one["PolicyName"]]
    return cast.text({"said": said, "left": left, **(_held if kind == "user" else _bound)(iam, name)})


def _bound(iam: Any, name: str) -> dict[str, Any]:
    """What the embedded AWS leaves out of the details."""
    return {"boundary": iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary")}


def without(stood: str, gone: str) -> str:
    """As it would be without a key or device that nothing of ours can bring back."""
    said = json.loads(stood)
    left = {kind: [one for one in said[kind] if gone not in one.values()] for kind in ("keys", "devices")}
    return cast.text(said | left)


def _held(iam: Any, name: str) -> dict[str, Any]:
    keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    others = iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"]
    return {
        "boundary": iam.get_user(UserName=name)["User"].get("PermissionsBoundary"),
        "keys": sorted(keys, key=lambda one: one["AccessKeyId"]),
        "others": sorted(others, key=lambda one: one["ServiceSpecificCredentialId"]),
        "devices": iam.list_mfa_devices(UserName=name)["MFADevices"],
    }
