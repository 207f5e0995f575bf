"""The conditions on which least privilege rests: which policy, which boundary, which role, whose key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from drill import cast
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

DENY_ALL = scene.policy("Deny", "*")


def managed(cloud: Cloud, name: str) -> str:
    made = cloud.client("iam").create_policy(PolicyName=name, PolicyDocument=DENY_ALL)
    return str(made["Policy"]["Arn"])


def may_only(cloud: Cloud, verbs: list[str], key: str, arn: str) -> str:
    users = f"arn:aws:iam::{cloud.account}:user/*"
    return scene.policy("Allow", [f"iam:{verb}" for verb in verbs], users, condition={"ArnEquals": {key: arn}})


@pytest.mark.parametrize("verb", ["attach_user_policy", "detach_user_policy"])
def test_policy_arn(cloud: Cloud, verb: str) -> None:
    ours, theirs, iam = managed(cloud, "ours"), managed(cloud, "theirs"), cloud.client("iam")
    iam.create_user(UserName="target", Path="/team/")
    if verb == "detach_user_policy":
        for arn in (ours, theirs):
            iam.attach_user_policy(UserName="target", PolicyArn=arn)
    may = may_only(cloud, ["AttachUserPolicy", "DetachUserPolicy"], "iam:PolicyARN", ours)
    act = getattr(scene.user(cloud, "responder", may).client("iam"), verb)

    assert scene.refusal(act, UserName="target", PolicyArn=theirs) == "AccessDenied"
    assert scene.refusal(act, UserName="target", PolicyArn=ours) is None


def test_the_boundary_that_is_put(cloud: Cloud) -> None:
    ours, theirs = managed(cloud, "ours"), managed(cloud, "theirs")
    cloud.client("iam").create_user(UserName="target")
    may = may_only(cloud, ["PutUserPermissionsBoundary"], "iam:PermissionsBoundary", ours)
    put = scene.user(cloud, "responder", may).client("iam").put_user_permissions_boundary

    assert scene.refusal(put, UserName="target", PermissionsBoundary=theirs) == "AccessDenied"
    assert scene.refusal(put, UserName="target", PermissionsBoundary=ours) is None


def test_the_boundary_that_is_taken_away(cloud: Cloud) -> None:
    ours, theirs, iam = managed(cloud, "ours"), managed(cloud, "theirs"), cloud.client("iam")
    for name, boundary in (("held", ours), ("other", theirs)):
        iam.create_user(UserName=name, PermissionsBoundary=boundary)
    iam.create_user(UserName="free")
    may = may_only(cloud, ["DeleteUserPermissionsBoundary"], "iam:PermissionsBoundary", ours)
    delete = scene.user(cloud, "responder", may).client("iam").delete_user_permissions_boundary

    assert scene.refusal(delete, UserName="other") == "AccessDenied"
    assert scene.refusal(delete, UserName="free") == "AccessDenied"
    assert scene.refusal(delete, UserName="held") is None


def test_principal_arn_of_a_session_is_the_role(cloud: Cloud) -> None:
    ada, iam = scene.user(cloud), cloud.client("iam")
    arn = scene.role(cloud, "worker", trusts={"AWS": f"arn:aws:iam::{cloud.account}:user/ada"})
    session = cast.minted(cloud, ada, "assume_role", RoleArn=arn, RoleSessionName="shift")
    call = session.client("s3").list_buckets
    assert scene.refusal(call) is None

    deny = scene.policy("Deny", "*", condition={"ArnEquals": {"aws:PrincipalArn": arn}})
    iam.put_role_policy(RoleName="worker", PolicyName="deny", PolicyDocument=deny)

    assert scene.refusal(call) == "AccessDenied"


def test_a_call_about_oneself_is_judged_against_oneself(cloud: Cloud) -> None:
    own = f"arn:aws:iam::{cloud.account}:user/ada"
    iam = scene.user(cloud, may=scene.policy("Allow", ["iam:ListAccessKeys", "iam:CreateAccessKey"], own)).client("iam")

    assert [one["UserName"] for one in iam.list_access_keys()["AccessKeyMetadata"]] == ["ada"]
    assert iam.create_access_key()["AccessKey"]["UserName"] == "ada"


def test_a_simulation_is_judged_against_whom_it_is_about(cloud: Cloud) -> None:
    arns = [f"arn:aws:iam::{cloud.account}:user/{name}" for name in ("mine", "other")]
    simulate = scene.user(cloud, "mine", scene.policy("Allow", "iam:SimulatePrincipalPolicy", arns[0])).client("iam")
    scene.user(cloud, "other")
    asked = [
        scene.refusal(simulate.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["s3:ListAllMyBuckets"])
        for arn in arns
    ]
    assert asked == [None, "AccessDenied"]


def test_a_policy_is_made_only_under_the_path_that_is_allowed(cloud: Cloud) -> None:
    below = f"arn:aws:iam::{cloud.account}:policy/ours/*"
    create = scene.user(cloud, may=scene.policy("Allow", "iam:CreatePolicy", below)).client("iam").create_policy

    assert scene.refusal(create, PolicyName="p", PolicyDocument=DENY_ALL) == "AccessDenied"
    assert scene.refusal(create, Path="/ours/", PolicyName="p", PolicyDocument=DENY_ALL) is None


def test_a_bucket_that_wants_tls_takes_what_comes_over_loopback(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="reports")
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::reports/*",
        "Condition": plain,
    }
    s3.put_bucket_policy(Bucket="reports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    cast.user(cloud, "ada")
    cast.key(cloud, "ada").session.client("s3").put_object(Bucket="reports", Key="a", Body=b"b")
    assert s3.get_object(Bucket="reports", Key="a")["Body"].read() == b"b"


def test_a_secret_is_for_the_function_that_rotates_it(cloud: Cloud) -> None:
    secrets, rotator = cloud.client("secretsmanager"), scene.function(cloud, "rotator", "")
    scene.let_invoke(cloud, rotator, "secretsmanager.amazonaws.com")
    for name in ("rotated", "other"):
        secrets.create_secret(Name=name, SecretString="x")
    secrets.rotate_secret(SecretId="rotated", RotationLambdaARN=rotator, RotateImmediately=False)
    only = {"ArnLike": {"secretsmanager:resource/AllowRotationLambdaArn": rotator}}
    may = scene.policy("Allow", "secretsmanager:GetSecretValue", condition=only)
    read = scene.user(cloud, "responder", may).client("secretsmanager").get_secret_value

    assert scene.refusal(read, SecretId="rotated") is None
    assert scene.refusal(read, SecretId="other") == "AccessDeniedException"


def test_the_version_in_force_decides(cloud: Cloud) -> None:
    iam, ada = cloud.client("iam"), scene.user(cloud)
    arn = iam.create_policy(PolicyName="deny", PolicyDocument=DENY_ALL)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=scene.ALLOW_ALL)
    iam.attach_user_policy(UserName="ada", PolicyArn=arn)
    assert scene.refusal(ada.client("s3").list_buckets) == "AccessDenied"

    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")

    assert scene.refusal(ada.client("s3").list_buckets) is None
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    in_force = {
        one["VersionId"]: one["IsDefaultVersion"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]
    }
    assert in_force == {"v1": False, "v2": True}


@pytest.mark.parametrize(
    ("arn", "version", "error"),
    [
        ("arn:aws:iam::{account}:policy/deny", "v7", "NoSuchEntity"),
        ("arn:aws:iam::{account}:policy/other", "v1", "NoSuchEntity"),
        ("arn:aws:iam::aws:policy/AWSDenyAll", "v1", "AccessDenied"),
    ],
)
def test_a_version_that_cannot_be_put_in_force(cloud: Cloud, arn: str, version: str, error: str) -> None:
    iam = cloud.client("iam")
    iam.create_policy(PolicyName="deny", PolicyDocument=DENY_ALL)

    switch = iam.set_default_policy_version

    assert scene.refusal(switch, PolicyArn=arn.format(account=cloud.account), VersionId=version) == error


def test_who_may_put_a_version_in_force(cloud: Cloud) -> None:
    iam, names = cloud.client("iam"), ("ours", "theirs")
    arns = [iam.create_policy(PolicyName=name, PolicyDocument=DENY_ALL)["Policy"]["Arn"] for name in names]
    may = scene.policy("Allow", "iam:SetDefaultPolicyVersion", arns[0])
    switch = scene.user(cloud, "eve", may).client("iam").set_default_policy_version

    assert scene.refusal(switch, PolicyArn=arns[0], VersionId="v1") is None
    assert scene.refusal(switch, PolicyArn=arns[1], VersionId="v1") == "AccessDenied"
