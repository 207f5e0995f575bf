"""Rotating a secret calls the function's four steps, and does nothing that the function did not do."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

PRINCIPAL = "secretsmanager.amazonaws.com"
ROTATES = """
    import boto3, json, os

    def handler(event, context):
        arn, token = event["SecretId"], event["ClientRequestToken"]
        manager = boto3.client("secretsmanager")
        stages = manager.describe_secret(SecretId=arn)["VersionIdsToStages"]
        said = {"step": event["Step"], "token": token, "stages": stages.get(token)}
        boto3.client("sqs").send_message(QueueUrl=os.environ["STEPS"], MessageBody=json.dumps(said))
        if event["Step"] == os.environ.get("FAIL_AT"):
            raise ValueError("it fails here")
        if event["Step"] == "createSecret":
            try:
                manager.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
            except manager.exceptions.ResourceNotFoundException:
                manager.put_secret_value(
                    SecretId=arn, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"]
                )
        if event["Step"] == "finishSecret":
            current = next(one for one, labels in stages.items() if "AWSCURRENT" in labels)
            manager.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )
            manager.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSPENDING", RemoveFromVersionId=token
            )
"""


@pytest.fixture
def secret(cloud: Cloud) -> str:
    return str(cloud.client("secretsmanager").create_secret(Name="toy", SecretString="old")["ARN"])


@pytest.fixture
def steps(cloud: Cloud) -> scene.Queue:
    return scene.queue(cloud, "steps")


def rotator(cloud: Cloud, steps: scene.Queue, fail_at: str = "") -> str:
    variables = {"STEPS": steps.url, "FAIL_AT": fail_at}
    arn = scene.function(cloud, "rotator", ROTATES, Environment={"Variables": variables})
    scene.let_invoke(cloud, arn, PRINCIPAL)
    return arn


def test_the_four_steps_rotate(cloud: Cloud, secret: str, steps: scene.Queue) -> None:
    manager, token = cloud.client("secretsmanager"), str(uuid.uuid4())
    function = rotator(cloud, steps)

    made = manager.rotate_secret(SecretId=secret, RotationLambdaARN=function, ClientRequestToken=token)

    assert made["VersionId"] == token
    said = [steps.next_json() for _ in range(4)]
    assert [one["step"] for one in said] == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert {one["token"] for one in said} == {token}
    assert said[0]["stages"] == ["AWSPENDING"]
    scene.eventually(lambda: manager.describe_secret(SecretId=secret).get("LastRotatedDate"))
    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "new"
    assert manager.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "old"


def test_the_same_token_again_rotates_nothing(cloud: Cloud, secret: str, steps: scene.Queue) -> None:
    manager, token = cloud.client("secretsmanager"), str(uuid.uuid4())
    function = rotator(cloud, steps)
    manager.rotate_secret(SecretId=secret, RotationLambdaARN=function, ClientRequestToken=token)
    scene.eventually(lambda: manager.describe_secret(SecretId=secret).get("LastRotatedDate"))
    while not steps.is_empty:
        continue

    assert manager.rotate_secret(SecretId=secret, ClientRequestToken=token)["VersionId"] == token
    assert steps.is_empty
    assert manager.get_secret_value(SecretId=secret)["VersionId"] == token


def test_a_rotation_that_stranded_is_reattempted_under_its_own_token(
    cloud: Cloud, secret: str, steps: scene.Queue
) -> None:
    manager, token = cloud.client("secretsmanager"), str(uuid.uuid4())
    function = rotator(cloud, steps, fail_at="testSecret")
    manager.rotate_secret(SecretId=secret, RotationLambdaARN=function, ClientRequestToken=token)
    assert [steps.next_json()["step"] for _ in range(3)] == ["createSecret", "setSecret", "testSecret"]
    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "old"
    assert manager.describe_secret(SecretId=secret)["VersionIdsToStages"][token] == ["AWSPENDING"]

    def reattempted() -> bool:
        with pytest.raises(manager.exceptions.InvalidRequestException, match="A previous rotation isn't complete"):
            manager.rotate_secret(SecretId=secret, ClientRequestToken=str(uuid.uuid4()))
        return not steps.is_empty

    scene.eventually(reattempted)
    assert list(manager.describe_secret(SecretId=secret)["VersionIdsToStages"].values()).count(["AWSPENDING"]) == 1


def test_without_a_function_nothing_rotates(cloud: Cloud, secret: str) -> None:
    rotate = cloud.client("secretsmanager").rotate_secret

    assert scene.refusal(rotate, SecretId=secret) == "InvalidRequestException"


def test_a_function_that_does_not_let_secrets_manager_in(cloud: Cloud, secret: str, steps: scene.Queue) -> None:
    closed = scene.function(cloud, "closed", ROTATES)
    rotate = cloud.client("secretsmanager").rotate_secret

    assert scene.refusal(rotate, SecretId=secret, RotationLambdaARN=closed) == "AccessDeniedException"


def test_who_rotates_must_be_allowed_to_invoke(cloud: Cloud, secret: str, steps: scene.Queue) -> None:
    function = rotator(cloud, steps)
    ada = scene.user(cloud, may=scene.policy("Allow", "secretsmanager:*"))

    refused = scene.refusal(ada.client("secretsmanager").rotate_secret, SecretId=secret, RotationLambdaARN=function)

    assert refused == "AccessDeniedException"
    assert steps.is_empty


@pytest.mark.parametrize("fail_at", ["", "testSecret"])
def test_configuring_a_rotation_only_tests_it(cloud: Cloud, secret: str, steps: scene.Queue, fail_at: str) -> None:
    manager = cloud.client("secretsmanager")
    function = rotator(cloud, steps, fail_at=fail_at)
    manager.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotateImmediately=False)

    said = steps.next_json()
    assert (said["step"], said["stages"]) == ("testSecret", ["AWSPENDING"])
    scene.eventually(lambda: list(manager.describe_secret(SecretId=secret)["VersionIdsToStages"].values()) == _UNMOVED)
    described = manager.describe_secret(SecretId=secret)
    assert described["RotationEnabled"]
    assert "LastRotatedDate" not in described
    assert said["token"] not in described["VersionIdsToStages"]
    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "old"
    assert steps.is_empty


_UNMOVED = [["AWSCURRENT"]]


def test_a_secret_without_a_value_has_nothing_to_test_with(cloud: Cloud, steps: scene.Queue) -> None:
    manager = cloud.client("secretsmanager")
    empty = manager.create_secret(Name="empty")["ARN"]
    manager.rotate_secret(SecretId=empty, RotationLambdaARN=rotator(cloud, steps), RotateImmediately=False)

    assert manager.describe_secret(SecretId=empty)["RotationEnabled"]
    assert steps.is_empty


def test_a_rotation_that_begins_while_its_configuration_is_tested_is_one_rotation(
    cloud: Cloud, secret: str, steps: scene.Queue
) -> None:
    manager, token = cloud.client("secretsmanager"), str(uuid.uuid4())
    manager.rotate_secret(SecretId=secret, RotationLambdaARN=rotator(cloud, steps), RotateImmediately=False)

    assert manager.rotate_secret(SecretId=secret, ClientRequestToken=token)["VersionId"] == token
    scene.eventually(lambda: manager.describe_secret(SecretId=secret).get("LastRotatedDate"))
    assert manager.get_secret_value(SecretId=secret)["VersionId"] == token
    assert len(manager.describe_secret(SecretId=secret)["VersionIdsToStages"]) == 2
