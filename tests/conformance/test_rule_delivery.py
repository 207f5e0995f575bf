"""What a rule cannot deliver goes to the target's dead-letter queue and says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from drill.cloud import levers
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

PATTERN = {"source": ["mine"]}
EVENTS = "events.amazonaws.com"
PLAIN = "def handler(event, context): return None"


def attributes(message: dict[str, object]) -> dict[str, str]:
    found = message["MessageAttributes"]
    assert isinstance(found, dict)
    return {name: value["StringValue"] for name, value in found.items()}


def test_a_missing_function(cloud: Cloud) -> None:
    letters = scene.queue(cloud, "letters", open_to=json.loads(f'{{"Service": "{EVENTS}"}}'))
    gone = f"arn:aws:lambda:us-east-1:{cloud.account}:function:gone"
    rule = scene.rule(cloud, PATTERN, gone, DeadLetterConfig={"Arn": letters.arn})

    scene.send(cloud, "mine", "Mine", {"number": 1})

    message = letters.next()
    told = attributes(message)
    assert (told["RULE_ARN"], told["TARGET_ARN"], told["ERROR_CODE"]) == (rule, gone, "NO_RESOURCE")
    assert "gone does not exist" in told["ERROR_MESSAGE"]
    event = json.loads(message["Body"])
    assert (event["source"], event["detail"]) == ("mine", {"number": 1})


def test_a_function_that_does_not_let_eventbridge_in(cloud: Cloud) -> None:
    letters = scene.queue(cloud, "letters")
    closed = scene.function(cloud, "closed", PLAIN)
    scene.rule(cloud, PATTERN, closed, DeadLetterConfig={"Arn": letters.arn})

    scene.send(cloud, "mine", "Mine", {})

    assert attributes(letters.next())["ERROR_CODE"] == "NO_PERMISSIONS"


def test_a_queue_that_does_not_let_eventbridge_in(cloud: Cloud) -> None:
    letters, closed = scene.queue(cloud, "letters"), scene.queue(cloud, "closed", open_to="")
    scene.rule(cloud, PATTERN, closed.arn, DeadLetterConfig={"Arn": letters.arn})

    scene.send(cloud, "mine", "Mine", {})

    assert attributes(letters.next())["ERROR_CODE"] == "NO_PERMISSIONS"
    assert closed.is_empty


def test_dead_letters_that_may_not_be_sent_are_lost(cloud: Cloud) -> None:
    closed, other = scene.queue(cloud, "closed", open_to=""), scene.queue(cloud, "other")
    gone = f"arn:aws:lambda:us-east-1:{cloud.account}:function:gone"
    scene.rule(cloud, PATTERN, gone, DeadLetterConfig={"Arn": closed.arn})
    scene.rule(cloud, PATTERN, other.arn)

    scene.send(cloud, "mine", "Mine", {})

    assert other.next()
    assert closed.is_empty


def test_throttling_is_retried_and_then_buried(cloud: Cloud) -> None:
    letters = scene.queue(cloud, "letters")
    busy = scene.function(cloud, "busy", PLAIN)
    scene.let_invoke(cloud, busy, EVENTS)
    retry = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    scene.rule(cloud, PATTERN, busy, DeadLetterConfig={"Arn": letters.arn}, RetryPolicy=retry)
    levers.fail(cloud, "throttle", service="lambda", operation="Invoke", principal=EVENTS, calls=3)

    scene.send(cloud, "mine", "Mine", {})

    told = attributes(letters.next())
    assert (told["ERROR_CODE"], told["RETRY_ATTEMPTS"]) == ("THROTTLING", "2")
    assert told["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_throttling_that_passes_is_delivered(cloud: Cloud) -> None:
    letters, done = scene.queue(cloud, "letters"), scene.queue(cloud, "done")
    busy = scene.function(cloud, "busy", _REPORTS, Environment={"Variables": {"DONE": done.url}})
    scene.let_invoke(cloud, busy, EVENTS)
    scene.rule(cloud, PATTERN, busy, DeadLetterConfig={"Arn": letters.arn})
    levers.fail(cloud, "throttle", service="lambda", operation="Invoke", principal=EVENTS, calls=2)

    scene.send(cloud, "mine", "Mine", {"number": 7})

    assert done.next_json()["detail"] == {"number": 7}
    assert letters.is_empty


_REPORTS = """
    import boto3, json, os

    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["DONE"], MessageBody=json.dumps(event))
"""
