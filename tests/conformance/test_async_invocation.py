"""An asynchronous invocation is tried again, and in the end told to the function's on-failure destination."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

FAILS = """
    import boto3, os

    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["TRIED"], MessageBody="tried")
        raise ValueError("it never works")
"""


def failing(cloud: Cloud, tried: scene.Queue, **settings: Any) -> str:
    return scene.function(cloud, "failing", FAILS, Environment={"Variables": {"TRIED": tried.url}}, **settings)


def attempts(queue: scene.Queue) -> int:
    found = 0
    while not queue.is_empty:
        found += 1
    return found


def test_two_retries_unless_configured(cloud: Cloud) -> None:
    tried, told = scene.queue(cloud, "tried"), scene.queue(cloud, "told")
    arn = failing(cloud, tried)
    functions = cloud.client("lambda")
    functions.put_function_event_invoke_config(
        FunctionName=arn, DestinationConfig={"OnFailure": {"Destination": told.arn}}
    )

    functions.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps({"number": 1}))

    record = told.next_json()
    assert record["requestPayload"] == {"number": 1}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"] == f"{arn}:$LATEST"
    assert record["responsePayload"]["errorMessage"] == "it never works"
    assert attempts(tried) == 3


def test_what_cloudformation_configures_counts(cloud: Cloud) -> None:
    tried, told = scene.queue(cloud, "tried"), scene.queue(cloud, "told")
    arn = failing(cloud, tried)
    properties = {
        "FunctionName": "failing",
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {"OnFailure": {"Destination": told.arn}},
    }
    template = {"Resources": {"Retries": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties}}}
    scene.stack(cloud, "retries", template)

    cloud.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=b"{}")

    assert told.next_json()["requestContext"]["approximateInvokeCount"] == 2
    assert attempts(tried) == 2


def test_a_function_that_is_switched_off_is_not_tried(cloud: Cloud) -> None:
    tried, told = scene.queue(cloud, "tried"), scene.queue(cloud, "told")
    arn, functions = failing(cloud, tried), cloud.client("lambda")
    functions.put_function_event_invoke_config(
        FunctionName=arn, DestinationConfig={"OnFailure": {"Destination": told.arn}}
    )
    functions.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=0)

    functions.invoke(FunctionName=arn, InvocationType="Event", Payload=b"{}")

    assert told.next_json()["requestContext"]["approximateInvokeCount"] == 0
    assert tried.is_empty
    synchronous = scene.refusal(functions.invoke, FunctionName=arn, Payload=b"{}")
    assert synchronous == "TooManyRequestsException"


HOLDS = """
    import boto3, os

    def handler(event, context):
        sqs = boto3.client("sqs")
        sqs.send_message(QueueUrl=os.environ["BEGUN"], MessageBody=str(event["number"]))
        while not (found := sqs.receive_message(QueueUrl=os.environ["GO_ON"], WaitTimeSeconds=1).get("Messages")):
            pass
        sqs.delete_message(QueueUrl=os.environ["GO_ON"], ReceiptHandle=found[0]["ReceiptHandle"])
"""


def test_to_wait_behind_a_throttle_is_no_attempt(cloud: Cloud) -> None:
    begun, go_on, told = (scene.queue(cloud, name) for name in ("begun", "go-on", "told"))
    variables = {"BEGUN": begun.url, "GO_ON": go_on.url}
    arn = scene.function(cloud, "holding", HOLDS, Environment={"Variables": variables})
    functions = cloud.client("lambda")
    functions.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=1)
    functions.put_function_event_invoke_config(
        FunctionName=arn, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": told.arn}}
    )
    functions.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps({"number": 0}))
    assert begun.next_json() == 0
    assert scene.refusal(functions.invoke, FunctionName=arn, Payload=b"{}") == "TooManyRequestsException"

    for number in (1, 2, 3):
        functions.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps({"number": number}))
    for _ in range(4):
        cloud.client("sqs").send_message(QueueUrl=go_on.url, MessageBody="go on")

    assert sorted(begun.next_json() for _ in range(3)) == [1, 2, 3]
    assert told.is_empty


def test_a_destination_that_the_role_may_not_reach_is_refused(cloud: Cloud) -> None:
    told = scene.queue(cloud, "told")
    arn = scene.function(cloud, "failing", FAILS, may=None)
    put = cloud.client("lambda").put_function_event_invoke_config

    refused = scene.refusal(put, FunctionName=arn, DestinationConfig={"OnFailure": {"Destination": told.arn}})

    assert refused == "InvalidParameterValueException"
