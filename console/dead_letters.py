"""`leak-responder dead-letters`: what could not be handled, and how it is handled after all."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from console.deployed import STACK, AsJson, Stack, find_stack, refusing, resource, session, with_stack
from console.terminal import document, print_result, say

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient  # noqa: TC004 - only a checker reads the annotation
    from mypy_boto3_sqs import SQSClient  # noqa: TC004 - only a checker reads the annotation
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

app = typer.Typer(help="Events that failed: look at them, send them again.", no_args_is_help=True)
QUEUES = ("UndeliveredEvents", "FailedInvocations", "FollowUpDeadLetters")
_MOST = 10  # messages that SQS hands out at once


@app.command("list")
def listed(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """How many messages each dead-letter queue holds."""
    with refusing(stack):
        stack = find_stack(stack)
        say(f"counting the dead letters of stack {stack} …", "dim")
        held = {name: waiting(session().client("sqs"), resource(stack, name)) for name in QUEUES}
    if as_json:
        document({"queues": held})
    for name, count in held.items():
        print_result(f"{name}: {count}", "yellow" if count else "", as_json=as_json)
    if any(held.values()):
        words = "next: mend the cause (each function's log says it), then `leak-responder dead-letters redrive`"
        say(with_stack(words, stack))
    else:
        say("next: nothing; every event was handled", "green")


_COUNTED: tuple[QueueAttributeNameType, ...] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",  # what a redrive has just left where it is
)


def waiting(sqs: SQSClient, url: str) -> int:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTED)["Attributes"]
    return sum(int(found[name]) for name in _COUNTED)


@app.command()
def redrive(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Send every dead letter to where it failed; one that fails again comes back. Nothing is lost on the way."""
    with refusing(stack):
        stack = find_stack(stack)
        say(f"sending the dead letters of stack {stack} again …", "dim")
        sent = redriven(stack)
    if as_json:
        document({"sent": sent})
    for name, count in sent.items():
        print_result(f"{name}: {count} sent again", as_json=as_json)
    if any(sent.values()):
        say(with_stack("next: `leak-responder dead-letters list` in some minutes says whether any came back", stack))
    else:
        say("next: nothing; there was none to send")


@dataclass(frozen=True)
class Ways:
    """Where a dead letter can go: the queues that are read, or a function of the stack."""

    sqs: SQSClient
    functions: LambdaClient
    follow_up: str
    wide: str
    known: frozenset[str]


def redriven(stack: str) -> dict[str, int]:
    """How many messages of each queue were sent again. What fails meanwhile is left for the next time."""
    mine = session()
    follow_up, wide = resource(stack, "FollowUpQueue"), resource(stack, "WideEvents")
    ways = Ways(mine.client("sqs"), mine.client("lambda"), follow_up, wide, _functions(stack))
    begun = time.time()
    return {name: _redriven(ways, resource(stack, name), begun) for name in QUEUES}


def _redriven(ways: Ways, url: str, begun: float) -> int:
    sent, sqs = 0, ways.sqs
    while messages := [one for one in _received(sqs, url) if _sent_at(one) <= begun]:
        for message in messages:
            if _again(ways, message):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                sent += 1
    return sent


def _received(sqs: SQSClient, url: str) -> list[MessageTypeDef]:
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_MOST,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["SentTimestamp"],
    )
    return answer.get("Messages", [])


def _sent_at(message: MessageTypeDef) -> float:
    return int(message.get("Attributes", {}).get("SentTimestamp", "0")) / 1000


def _again(ways: Ways, message: MessageTypeDef) -> bool:
    """An on-failure record names its function, an undelivered event its target; the rest is a follow-up, or an event of
    a wide rule.

    Whoever may write to the queue names them, so only functions of the stack are called, with a person's rights.
    """
    body, target = _read(message["Body"]), _target(message)
    if isinstance(body, dict) and "requestPayload" in body:
        target = str(body.get("requestContext", {}).get("functionArn", "")).removesuffix(":$LATEST")
        payload = json.dumps(body["requestPayload"])
    elif isinstance(body, dict) and "detail-type" in body and (not target or ":sqs:" in target):
        ways.sqs.send_message(QueueUrl=ways.wide, MessageBody=message["Body"])
        return True
    elif target:
        payload = message["Body"]
    else:
        ways.sqs.send_message(QueueUrl=ways.follow_up, MessageBody=message["Body"])
        return True
    if target.rsplit(":", 1)[-1] not in ways.known:
        say(
            f"left where it is: a message names {target or 'no function'}, which is not of this stack. Somebody else "
            "may have written it: look at it in SQS, then delete it",
            "red",
        )
        return False
    ways.functions.invoke(FunctionName=target, InvocationType="Event", Payload=payload)
    return True


def _read(body: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body)
    except ValueError:
        return None  # a follow-up that nobody can read fails again, and comes back


def _target(message: MessageTypeDef) -> str:
    attributes = message.get("MessageAttributes") or {}
    return attributes["TARGET_ARN"].get("StringValue", "") if "TARGET_ARN" in attributes else ""


def _functions(stack: str) -> frozenset[str]:
    formation = session().client("cloudformation")
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    found = (one for page in pages for one in page["StackResourceSummaries"])
    lambdas = (one for one in found if one["ResourceType"] == "AWS::Lambda::Function")
    return frozenset(one.get("PhysicalResourceId", "") for one in lambdas)
