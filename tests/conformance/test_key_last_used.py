"""Whose key an id is, active or not, and when, where and for what it was used last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


def test_a_key_that_was_used(cloud: Cloud) -> None:
    ada, iam = scene.user(cloud), cloud.client("iam")
    ada.client("secretsmanager", region_name="eu-west-1").list_secrets()
    iam.update_access_key(UserName="ada", AccessKeyId=scene.key_id(ada), Status="Inactive")
    assert scene.refusal(ada.client("s3").list_buckets) == "InvalidAccessKeyId"

    found = iam.get_access_key_last_used(AccessKeyId=scene.key_id(ada))

    used = found["AccessKeyLastUsed"]
    assert (found["UserName"], used["ServiceName"], used["Region"]) == ("ada", "secretsmanager", "eu-west-1")
    assert datetime.now(UTC) - used["LastUsedDate"] < timedelta(minutes=1)


def test_a_key_that_was_never_used(cloud: Cloud) -> None:
    ada = scene.user(cloud)

    found = cloud.client("iam").get_access_key_last_used(AccessKeyId=scene.key_id(ada))

    assert found["UserName"] == "ada"
    assert found["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}


def test_a_key_that_the_account_does_not_have(cloud: Cloud) -> None:
    look_up = cloud.client("iam").get_access_key_last_used

    assert scene.refusal(look_up, AccessKeyId="AKIAIOSFODNN7EXAMPLE") == "AccessDenied"


def test_who_may_ask(cloud: Cloud) -> None:
    ada, bob = scene.user(cloud), scene.user(cloud, "bob")
    about_ada = scene.policy("Allow", "iam:GetAccessKeyLastUsed", f"arn:aws:iam::{cloud.account}:user/ada")
    look_up = scene.user(cloud, "eve", may=about_ada).client("iam").get_access_key_last_used

    assert scene.refusal(look_up, AccessKeyId=scene.key_id(ada)) is None
    assert scene.refusal(look_up, AccessKeyId=scene.key_id(bob)) == "AccessDenied"
