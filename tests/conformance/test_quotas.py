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


def test_ten_managed_policies_a_user(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="ada")
    made = [iam.create_policy(PolicyName=f"p{number}", PolicyDocument=scene.ALLOW_ALL) for number in range(11)]
    arns = [one["Policy"]["Arn"] for one in made]
    for arn in arns[:10]:
        iam.attach_user_policy(UserName="ada", PolicyArn=arn)

    assert scene.refusal(iam.attach_user_policy, UserName="ada", PolicyArn=arns[10]) == "LimitExceeded"
    assert scene.refusal(iam.attach_user_policy, UserName="ada", PolicyArn=arns[0]) is None


@pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("role", 10240)])
def test_the_size_of_inline_policies(cloud: Cloud, kind: str, most: int) -> None:
    iam, name = cloud.client("iam"), {f"{kind.title()}Name": "ada"}
    scene.user(cloud, may=None) if kind == "user" else scene.role(cloud, "ada", may=None)
    put = getattr(iam, f"put_{kind}_policy")

    def of(size: int) -> str:
        document = json.loads(scene.ALLOW_ALL)
        document["Statement"][0]["Sid"] = ""
        padding = size - len(json.dumps(document, separators=(",", ":")))
        document["Statement"][0]["Sid"] = "s" * padding
        return json.dumps(document, indent=4)  # white space does not count

    assert scene.refusal(put, **name, PolicyName="one", PolicyDocument=of(most)) is None
    assert scene.refusal(put, **name, PolicyName="one", PolicyDocument=of(most + 1)) == "LimitExceeded"
    assert scene.refusal(put, **name, PolicyName="two", PolicyDocument=of(100)) == "LimitExceeded"


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
