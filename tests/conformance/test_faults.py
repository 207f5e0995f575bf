"""What a drill lets go wrong goes wrong, for whom and as often as it says; and everything that was called is known."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from drill.cloud import levers
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

CREATES = """
    import boto3, os

    def handler(event, context):
        iam = boto3.client("iam")
        made = [user["UserName"] for user in iam.list_users()["Users"]]
        if "half" not in made:
            iam.create_user(UserName="half")
        iam.create_user(UserName="whole")
"""


@pytest.mark.parametrize(
    ("effect", "json_code", "query_code"),
    [("access-denied", "AccessDeniedException", "AccessDenied"), ("throttle", "ThrottlingException", "Throttling")],
)
def test_the_next_calls_are_refused(cloud: Cloud, effect: Any, json_code: str, query_code: str) -> None:
    ada, bob = scene.user(cloud), scene.user(cloud, "bob")
    levers.fail(cloud, effect, service="iam", operation="List*", principal="user/ada", calls=2, skip=1)
    levers.fail(cloud, effect, service="secretsmanager", principal="user/ada")
    iam = ada.client("iam")

    assert scene.refusal(bob.client("iam").list_users) is None
    assert [scene.refusal(iam.list_users) for _ in range(4)] == [None, query_code, query_code, None]
    assert [scene.refusal(ada.client("secretsmanager").list_secrets) for _ in range(2)] == [json_code, None]
    assert levers.faults_to_come(cloud) == []


def test_a_call_that_hangs_goes_on_when_the_faults_are_cleared(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    levers.fail(cloud, "hang", service="iam", operation="ListUsers")
    answers: list[str | None] = []
    thread = threading.Thread(target=lambda: answers.append(scene.refusal(ada.client("iam").list_users)))
    thread.start()
    scene.eventually(lambda: not levers.faults_to_come(cloud))
    assert scene.refusal(cloud.client("sts").get_caller_identity) is None
    assert answers == []

    levers.no_more_faults(cloud)

    thread.join(scene.PATIENCE)
    assert answers == ["ServiceUnavailable"]


@pytest.mark.parametrize(("effect", "half_made"), [("kill", False), ("kill-after", True)])
def test_a_worker_dies_half_way_and_the_event_is_tried_again(cloud: Cloud, effect: Any, half_made: bool) -> None:
    arn, iam = scene.function(cloud, "creator", CREATES), cloud.client("iam")
    levers.fail(cloud, effect, operation="CreateUser", principal="assumed-role/creator-role/")

    cloud.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=b"{}")

    names = {"half", "whole"}
    scene.eventually(lambda: names <= {user["UserName"] for user in iam.list_users()["Users"]})
    made = [call for call in levers.calls(cloud) if call["operation"] == "CreateUser"]
    succeeded = [call for call in made if call["status"] == 200]
    assert len(made) == (2 if half_made else 3)
    assert len(succeeded) == 2
    assert len({call["access_key"] for call in made}) == 2  # two environments


def test_a_worker_that_dies_answers_with_an_error(cloud: Cloud) -> None:
    arn = scene.function(cloud, "creator", CREATES)
    levers.fail(cloud, "kill", operation="ListUsers", principal="creator-role")

    answer = cloud.client("lambda").invoke(FunctionName=arn, Payload=b"{}")

    assert answer["FunctionError"] == "Unhandled"
    assert "died" in json.loads(answer["Payload"].read())["errorMessage"]


def test_every_call_is_known(cloud: Cloud) -> None:
    ada = scene.user(cloud, may=scene.policy("Allow", "iam:ListUsers"))
    before = max(call["number"] for call in levers.calls(cloud))
    ada.client("iam", region_name="eu-west-1").list_users()
    scene.refusal(ada.client("s3").list_buckets)

    made = levers.calls(cloud, since=before)

    arn = f"arn:aws:iam::{cloud.account}:user/ada"
    assert [(call["service"], call["operation"], call["region"], call["error"]) for call in made] == [
        ("iam", "ListUsers", "eu-west-1", None),
        ("s3", "ListAllMyBuckets", "us-east-1", "AccessDenied"),
    ]
    assert {call["principal"] for call in made} == {arn}
