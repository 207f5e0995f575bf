"""IAM's quotas that containment meets, and policies that must exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


def test_two_keys_a_user(cloud: Cloud) -> None:
    iam, first = cloud.client("iam"), scene.user(cloud)
    scene.key(cloud, "ada")

    assert scene.refusal(iam.create_access_key, UserName="ada") == "LimitExceeded"
    iam.update_access_key(UserName="ada", AccessKeyId=scene.key_id(first), Status="Inactive")
    assert scene.refusal(iam.create_access_key, UserName="ada") == "LimitExceeded"
    iam.delete_access_key(UserName="ada", AccessKeyId=scene.key_id(first))
    assert scene.refusal(iam.create_access_key, UserName="ada") is None


@pytest.mark.parametrize("kind", ["user", "role"])
def test_ten_managed_policies_an_identity(cloud: Cloud, kind: str) -> None:
    iam, name = cloud.client("iam"), {f"{kind.title()}Name": "ada"}
    scene.user(cloud, may=None) if kind == "user" else scene.role(cloud, "ada", may=None)
    attach = getattr(iam, f"attach_{kind}_policy")
    made = [iam.create_policy(PolicyName=f"p{number}", PolicyDocument=scene.ALLOW_ALL) for number in range(11)]
    arns = [one["Policy"]["Arn"] for one in made]
    for arn in arns[:10]:
        attach(**name, PolicyArn=arn)

    assert scene.refusal(attach, **name, PolicyArn=arns[10]) == "LimitExceeded"
    assert scene.refusal(attach, **name, PolicyArn=arns[0]) is None


def of_size(size: int) -> str:
    """A policy of so many characters, and white space that does not count."""
    document = json.loads(scene.ALLOW_ALL)
    document["Statement"][0]["Sid"] = ""
    padding = size - len(json.dumps(document, separators=(",", ":")))
    document["Statement"][0]["Sid"] = "s" * padding
    return json.dumps(document, indent=4)


def test_the_size_of_a_managed_policy(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    arn = iam.create_policy(PolicyName="most", PolicyDocument=of_size(6144))["Policy"]["Arn"]
    assert scene.refusal(iam.create_policy, PolicyName="more", PolicyDocument=of_size(6145)) == "LimitExceeded"
    add = iam.create_policy_version
    assert scene.refusal(add, PolicyArn=arn, PolicyDocument=of_size(6144)) is None
    assert scene.refusal(add, PolicyArn=arn, PolicyDocument=of_size(6145)) == "LimitExceeded"


def test_five_versions_a_policy(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"]
    add = iam.create_policy_version
    versions = [scene.refusal(add, PolicyArn=arn, PolicyDocument=scene.ALLOW_ALL) for _ in range(5)]
    assert versions == [None, None, None, None, "LimitExceeded"]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert scene.refusal(add, PolicyArn=arn, PolicyDocument=scene.ALLOW_ALL) is None


def test_fifteen_hundred_policies_an_account(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    there = len(iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"])
    for number in range(1500 - there):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=scene.ALLOW_ALL)
    create = iam.create_policy
    assert scene.refusal(create, PolicyName="more", PolicyDocument=scene.ALLOW_ALL) == "LimitExceeded"
    iam.delete_policy(PolicyArn=f"arn:aws:iam::{cloud.account}:policy/p0")
    assert scene.refusal(create, PolicyName="more", PolicyDocument=scene.ALLOW_ALL) is None


def test_a_policy_that_bounds_somebody_is_not_deleted(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    arn = iam.create_policy(PolicyName="fence", PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"]
    scene.role(cloud, "ada", may=None)
    iam.put_role_permissions_boundary(RoleName="ada", PermissionsBoundary=arn)
    assert scene.refusal(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.delete_role_permissions_boundary(RoleName="ada")
    assert scene.refusal(iam.delete_policy, PolicyArn=arn) is None


@pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("role", 10240)])
def test_the_size_of_inline_policies(cloud: Cloud, kind: str, most: int) -> None:
    iam, name = cloud.client("iam"), {f"{kind.title()}Name": "ada"}
    scene.user(cloud, may=None) if kind == "user" else scene.role(cloud, "ada", may=None)
    put = getattr(iam, f"put_{kind}_policy")

    assert scene.refusal(put, **name, PolicyName="one", PolicyDocument=of_size(most)) is None
    assert scene.refusal(put, **name, PolicyName="one", PolicyDocument=of_size(most + 1)) == "LimitExceeded"
    assert scene.refusal(put, **name, PolicyName="two", PolicyDocument=of_size(100)) == "LimitExceeded"


def test_a_policy_goes_after_its_other_versions(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=scene.ALLOW_ALL, SetAsDefault=True)
    assert scene.refusal(iam.delete_policy, PolicyArn=arn) == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert scene.refusal(iam.delete_policy, PolicyArn=arn) is None


def test_the_default_version_is_the_one_that_decides(cloud: Cloud) -> None:
    iam, ada = cloud.client("iam"), scene.user(cloud, may=None)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ada", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=scene.policy("Deny", "*"), SetAsDefault=True)
    assert scene.refusal(ada.client("iam").list_users) == "AccessDenied"

    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert scene.refusal(ada.client("iam").list_users) is None
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    counts = {one["VersionId"]: one["IsDefaultVersion"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]}
    assert counts == {"v1": True, "v2": False}
    assert scene.refusal(iam.set_default_policy_version, PolicyArn=arn, VersionId="v3") == "NoSuchEntity"


def test_the_right_to_set_a_default_version_can_be_given_for_one_policy(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    one, other = (
        iam.create_policy(PolicyName=name, PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"] for name in ("p", "q")
    )
    set_default = (
        scene.user(cloud, may=scene.policy("Allow", "iam:SetDefaultPolicyVersion", one))
        .client("iam")
        .set_default_policy_version
    )
    assert scene.refusal(set_default, PolicyArn=one, VersionId="v1") is None
    assert scene.refusal(set_default, PolicyArn=other, VersionId="v1") == "AccessDenied"


def test_nobody_changes_a_policy_of_awss_own(cloud: Cloud) -> None:
    iam, arn = cloud.client("iam"), "arn:aws:iam::aws:policy/AWSDenyAll"
    assert scene.refusal(iam.set_default_policy_version, PolicyArn=arn, VersionId="v1") == "AccessDenied"
    assert scene.refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=scene.ALLOW_ALL) == "AccessDenied"
    assert scene.refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v1") == "AccessDenied"
    assert scene.refusal(iam.delete_policy, PolicyArn=arn) == "AccessDenied"


def test_a_policy_that_does_not_exist_is_not_attached(cloud: Cloud) -> None:
    cloud.client("iam").create_user(UserName="ada")
    attach = cloud.client("iam").attach_user_policy

    for arn in (f"arn:aws:iam::{cloud.account}:policy/gone", "arn:aws:iam::aws:policy/AdminstratorAccess"):
        assert scene.refusal(attach, UserName="ada", PolicyArn=arn) == "NoSuchEntity"


@pytest.mark.parametrize("name", ["AWSDenyAll", *(f"AWSCompromisedKeyQuarantineV{number}" for number in (2, 3, 4))])
def test_what_aws_attaches_denies(cloud: Cloud, name: str) -> None:
    ada, iam = scene.user(cloud), cloud.client("iam")
    assert scene.refusal(ada.client("iam").create_user, UserName="eve") is None

    iam.attach_user_policy(UserName="ada", PolicyArn=f"arn:aws:iam::aws:policy/{name}")

    assert scene.refusal(ada.client("iam").create_user, UserName="mallory") == "AccessDenied"
    quarantined_only = name != "AWSDenyAll"
    assert (scene.refusal(ada.client("secretsmanager").list_secrets) is None) is quarantined_only
