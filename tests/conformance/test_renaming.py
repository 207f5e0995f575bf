"""A user who is renamed stays the same one: same unique id, same keys, same rights; and who may rename whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drill import cast
from tests.conformance import scene

if TYPE_CHECKING:
    import boto3

    from drill.cloud.lifecycle import Cloud


def arn(cloud: Cloud, name: str) -> str:
    return f"arn:aws:iam::{cloud.account}:user/{name}"


def described(cloud: Cloud, name: str) -> dict[str, Any]:
    found: dict[str, Any] = dict(cloud.client("iam").get_user(UserName=name)["User"])
    return found


def caller(session: boto3.Session) -> tuple[str, str]:
    found = session.client("sts").get_caller_identity()
    return found["UserId"], found["Arn"].rsplit("/", 1)[-1]


def test_the_unique_id_stays_and_name_path_and_arn_change(cloud: Cloud) -> None:
    ada, iam = scene.user(cloud), cloud.client("iam")
    before = described(cloud, "ada")

    iam.update_user(UserName="ada", NewUserName="zed", NewPath="/team/")

    after = described(cloud, "zed")
    assert (after["UserId"], after["Arn"], after["Path"]) == (before["UserId"], arn(cloud, "team/zed"), "/team/")
    assert scene.refusal(iam.get_user, UserName="ada") == "NoSuchEntity"
    assert [one["UserName"] for one in iam.list_users()["Users"]] == ["zed"]
    assert caller(ada) == (before["UserId"], "zed")
    assert iam.get_access_key_last_used(AccessKeyId=scene.key_id(ada))["UserName"] == "zed"


def test_everything_of_the_user_goes_along(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    ada = scene.user(cloud)
    session = cast.minted(cloud, ada, "get_session_token")
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ada", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.create_login_profile(UserName="ada", Password="correct horse battery")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ada")
    iam.attach_user_policy(UserName="ada", PolicyArn=bound)
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=bound)
    iam.upload_ssh_public_key(UserName="ada", SSHPublicKeyBody="ssh-rsa AAAAB3 ada")

    iam.update_user(UserName="ada", NewUserName="zed")

    assert described(cloud, "zed")["PermissionsBoundary"]["PermissionsBoundaryArn"] == bound
    assert iam.list_user_policies(UserName="zed")["PolicyNames"] == ["may"]
    assert [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName="zed")["AttachedPolicies"]] == [bound]
    assert [one["GroupName"] for one in iam.list_groups_for_user(UserName="zed")["Groups"]] == ["team"]
    assert [one["AccessKeyId"] for one in iam.list_access_keys(UserName="zed")["AccessKeyMetadata"]] == [
        scene.key_id(ada)
    ]
    assert [one["SerialNumber"] for one in iam.list_mfa_devices(UserName="zed")["MFADevices"]] == [device]
    assert len(iam.list_ssh_public_keys(UserName="zed")["SSHPublicKeys"]) == 1
    assert iam.get_login_profile(UserName="zed")["LoginProfile"]["UserName"] == "zed"
    assert scene.refusal(session.client("s3").list_buckets) is None


def test_a_new_user_of_the_old_name_has_nothing_of_the_first(cloud: Cloud) -> None:
    iam, ada = cloud.client("iam"), scene.user(cloud)
    session = cast.minted(cloud, ada, "get_session_token")
    first = described(cloud, "ada")["UserId"]
    iam.update_user(UserName="ada", NewUserName="zed")

    decoy = scene.user(cloud, "ada", may=None)

    assert described(cloud, "ada")["UserId"] != first
    assert scene.refusal(decoy.client("s3").list_buckets) == "AccessDenied"
    assert (caller(ada), caller(session)) == ((first, "zed"), (first, "zed"))
    assert scene.refusal(ada.client("s3").list_buckets) is None
    iam.delete_user_policy(UserName="zed", PolicyName="may")
    assert scene.refusal(ada.client("s3").list_buckets) == "AccessDenied"
    assert scene.refusal(session.client("s3").list_buckets) == "AccessDenied"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"UserName": "nobody", "NewUserName": "zed"}, "NoSuchEntity"),
        ({"UserName": "ada", "NewUserName": "bob"}, "EntityAlreadyExists"),
        ({"UserName": "ada", "NewUserName": "BOB"}, "EntityAlreadyExists"),  # names differ by more than case
        ({"UserName": "ada", "NewUserName": "Ada"}, None),
        ({"UserName": "ada", "NewPath": "/team/"}, None),
    ],
)
def test_what_is_refused(cloud: Cloud, asked: dict[str, str], error: str | None) -> None:
    for name in ("ada", "bob"):
        cloud.client("iam").create_user(UserName=name)

    assert scene.refusal(cloud.client("iam").update_user, **asked) == error


@pytest.mark.parametrize(
    ("allowed", "error"),
    [
        (("ada", "zed"), None),
        (("*",), None),
        (("ada",), "AccessDenied"),
        (("zed",), "AccessDenied"),
    ],
)
def test_a_rename_takes_the_right_on_both_names(cloud: Cloud, allowed: tuple[str, ...], error: str | None) -> None:
    cloud.client("iam").create_user(UserName="ada")
    statements = [scene.policy("Allow", "iam:UpdateUser", arn(cloud, name)) for name in allowed]
    eve = scene.user(cloud, "eve", may=None)
    for number, document in enumerate(statements):
        cloud.client("iam").put_user_policy(UserName="eve", PolicyName=f"may-{number}", PolicyDocument=document)

    assert scene.refusal(eve.client("iam").update_user, UserName="ada", NewUserName="zed") == error


def test_a_rename_reaches_a_rule_and_the_trail(cloud: Cloud) -> None:
    inbox, eve = scene.queue(cloud, "inbox"), scene.user(cloud, "eve")
    cloud.client("iam").create_user(UserName="ada")
    scene.rule(cloud, {"source": ["aws.iam"], "detail": {"eventName": ["UpdateUser"]}}, inbox.arn)

    eve.client("iam").update_user(UserName="ada", NewUserName="zed", NewPath="/team/")

    detail = inbox.next_json()["detail"]
    assert detail["requestParameters"] == {"userName": "ada", "newUserName": "zed", "newPath": "/team/"}
    assert (detail["userIdentity"]["userName"], detail["awsRegion"]) == ("eve", "us-east-1")
    assert detail["responseElements"] is None
    asked = {"AttributeKey": "ResourceName", "AttributeValue": "ada"}
    found = cloud.client("cloudtrail").lookup_events(LookupAttributes=[asked])["Events"]
    assert "UpdateUser" in {one["EventName"] for one in found}
