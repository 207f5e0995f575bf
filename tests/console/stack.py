"""A stack with the names of ours on the embedded AWS, and a person at the console."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from console.main import command_line
from tests.conformance import scene

if TYPE_CHECKING:
    import pytest
    from typer.testing import Result

    from tests.world import World

STACK = "leak-responder-dev"
_ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        }
    },
}


def deployed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The world's table, queue and topic as the settings of a deployed function; the administrator at the console."""
    queues = ("FollowUpQueue", "WideEvents", "UndeliveredEvents", "FailedInvocations", "FollowUpDeadLetters")
    resources: dict[str, Any] = {name: {"Type": "AWS::SQS::Queue"} for name in queues}
    scene.stack(world.account.cloud, STACK, {"Resources": {**resources, "Role": _ROLE, **_function(world)}})
    at_the_console(world, monkeypatch, world.account.cloud.key, world.account.cloud.secret)


def at_the_console(world: World, monkeypatch: pytest.MonkeyPatch, key: str, secret: str, token: str = "") -> None:
    """Whose credentials the next command finds in the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", world.account.cloud.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)


def _function(world: World) -> dict[str, Any]:
    settings = world.settings
    variables = {
        "ACCOUNT_ID": settings.account,
        "MODE": str(settings.mode),
        "TABLE_NAME": settings.table,
        "FOLLOW_UP_QUEUE_URL": settings.follow_up_queue,
        "TOPIC_ARN": settings.topic,
        "QUARANTINE_POLICY_ARN": settings.quarantine_policy,
    }
    properties = {
        "FunctionName": "finding",
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context):\n    return event\n"},
        "Environment": {"Variables": variables},
    }
    return {"GuarddutyFinding": {"Type": "AWS::Lambda::Function", "Properties": properties}}


def typed(*words: str, said: str = "") -> Result:
    """What a command answers; `said` is typed at its prompt."""
    return CliRunner().invoke(command_line(words), list(words), input=said)


def one_document(result: Result) -> Any:
    """Exactly one JSON document, and nothing else, on stdout. Each document has a version."""
    lines = result.stdout.splitlines()
    assert len(lines) == 1
    held = json.loads(lines[0])
    assert held["version"] == 1
    return held
