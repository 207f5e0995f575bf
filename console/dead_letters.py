"""`leak-responder dead-letters`: what could not be handled, and how it is handled after all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import typer

from console.incidents import Stack
from console.terminal import document, say

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

app = typer.Typer(help="Events that failed: look at them, send them again.", no_args_is_help=True)
QUEUES = ("UndeliveredEvents", "FailedInvocations", "FollowUpDeadLetters")
_STACK = "leak-responder-dev"
_MOST = 10  # messages that SQS hands out at once


@app.command("list")
def listed(*, stack: Stack = _STACK) -> None:
    """How many messages each dead-letter queue holds, as JSON."""
    sqs = boto3.client("sqs")
    for name in QUEUES:
        url = _resource(stack, name)
        held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        document({"queue": name, "messages": int(held["Attributes"]["ApproximateNumberOfMessages"])})


@app.command()
def redrive(*, stack: Stack = _STACK) -> None:
    """Send every dead letter to where it failed; one that fails again comes back. Nothing is lost on the way."""
    for name, sent in redriven(stack).items():
        say(f"{name}: {sent} sent again")


def redriven(stack: str) -> dict[str, int]:
    """How many messages of each queue were sent again."""
    sqs, functions = boto3.client("sqs"), boto3.client("lambda")
    return {name: _redriven(sqs, functions, _resource(stack, name), stack) for name in QUEUES}


def _resource(stack: str, name: str) -> str:
    found = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def _redriven(sqs: SQSClient, functions: LambdaClient, url: str, stack: str) -> int:
    sent = 0
    while messages := _received(sqs, url):
        for message in messages:
            _again(sqs, functions, message, stack)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            sent += 1
    return sent


def _received(sqs: SQSClient, url: str) -> list[MessageTypeDef]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=_MOST, MessageAttributeNames=["All"])
    return answer.get("Messages", [])


def _again(sqs: SQSClient, functions: LambdaClient, message: MessageTypeDef, stack: str) -> None:
    """An on-failure record names its function, an undelivered event its target; the rest is a follow-up."""
    body: dict[str, Any] = json.loads(message["Body"])
    target = message["MessageAttributes"]["TARGET_ARN"]["StringValue"] if "MessageAttributes" in message else None
    if "requestPayload" in body:
        arn = body["requestContext"]["functionArn"].removesuffix(":$LATEST")
        functions.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps(body["requestPayload"]))
    elif target:
        functions.invoke(FunctionName=target, InvocationType="Event", Payload=message["Body"])
    else:
        sqs.send_message(QueueUrl=_resource(stack, "FollowUpQueue"), MessageBody=message["Body"])
