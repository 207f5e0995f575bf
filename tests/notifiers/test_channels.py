"""Each channel as the other side receives it, and what becomes of a message that a channel does not take."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

import chalicelib.notifiers
from chalicelib.model import Outcome, Status
from chalicelib.notifiers import NOTIFIERS, event_bus, sns
from chalicelib.report import json_form, text
from chalicelib.settings import Settings
from tests.report.cases import CASES
from tests.report.runs import SETTINGS

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient

    from chalicelib.aws import Aws

MESSAGE = CASES["contained-user-key"]()


@dataclass(frozen=True)
class Stubbed:
    """Wires that hold one stubbed client for everything."""

    client: Any

    def sns(self) -> SNSClient:
        client: SNSClient = self.client
        return client

    def events(self) -> EventBridgeClient:
        client: EventBridgeClient = self.client
        return client

    def secretsmanager(self, region: str) -> SecretsManagerClient:
        client: SecretsManagerClient = self.client
        assert region == SETTINGS.region
        return client

    def security_hub(self) -> Any:
        return self.client

    def post(self, url: str, body: bytes) -> int:
        raise AssertionError(url, body)


def stubbed(service: str, call: str, code: str, status: int = 400) -> Stubbed:
    client: Any = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    stub = Stubber(client)
    stub.add_client_error(call, code, "as AWS says it", status)
    stub.activate()
    return Stubbed(client)


def subscribed(topic: str, **attributes: str) -> str:
    """The URL of a new queue that the topic delivers to."""
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return queue


def received(queue: str) -> list[dict[str, Any]]:
    """The bodies in the queue."""
    answer = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=0)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def settings() -> Settings:
    """With a topic and a bus that exist."""
    return replace(SETTINGS, topic=boto3.client("sns").create_topic(Name="leak-responder")["TopicArn"])


def test_a_queue_on_the_topic_receives_the_json_with_attributes_to_filter_by(aws: Aws, settings: Settings) -> None:
    queue = subscribed(settings.topic)
    assert sns.NOTIFIER.send(aws, settings, MESSAGE).status is Status.DONE
    (envelope,) = received(queue)
    assert json.loads(envelope["Message"]) == json.loads(json_form.render(MESSAGE))
    assert envelope["Subject"] == MESSAGE.subject
    values = {name: one["Value"] for name, one in envelope["MessageAttributes"].items()}
    assert values == {"incident": MESSAGE.incident, "number": "1", "kind": "contained", "severity": "high"}


def test_a_subscription_may_filter_by_severity(aws: Aws, settings: Settings) -> None:
    queue = subscribed(settings.topic, FilterPolicy=json.dumps({"severity": ["critical"]}))
    for name in ("contained-user-key", "denied-everything"):
        assert sns.NOTIFIER.send(aws, settings, CASES[name]()).good
    assert [json.loads(one["Message"])["kind"] for one in received(queue)] == ["not-contained"]


def test_an_email_is_the_plain_text(settings: Settings) -> None:
    client = boto3.client("sns", region_name="us-east-1")
    sent: list[dict[str, Any]] = []
    client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.append(params))
    assert sns.NOTIFIER.send(Stubbed(client), settings, MESSAGE).good
    forms = json.loads(sent[0]["Message"])
    assert forms["email"] == forms["default"] == text.render(MESSAGE)


def test_every_kind_of_message_is_taken_by_the_topic_and_the_bus(aws: Aws, settings: Settings) -> None:
    for case in CASES.values():
        assert sns.NOTIFIER.send(aws, settings, case()).good
        assert event_bus.NOTIFIER.send(aws, settings, case()).good


def test_the_bus_delivers_an_event_that_rules_can_match(aws: Aws, settings: Settings) -> None:
    queue = boto3.client("sqs").create_queue(QueueName="audit")["QueueUrl"]
    events = boto3.client("events")
    pattern = {"source": [event_bus.SOURCE], "detail-type": [event_bus.DETAIL_TYPE], "detail": {"severity": ["high"]}}
    events.put_rule(Name="audit", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="audit", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:audit"}])
    assert event_bus.NOTIFIER.send(aws, settings, MESSAGE).status is Status.DONE
    (event,) = received(queue)
    assert event["detail"] == json.loads(json_form.render(MESSAGE))
    assert (event["detail"]["incident"], event["detail"]["number"]) == (MESSAGE.incident, 1)


def test_a_topic_that_is_gone_is_said_by_name_and_not_tried_again(aws: Aws, settings: Settings) -> None:
    boto3.client("sns").delete_topic(TopicArn=settings.topic)
    outcome = sns.NOTIFIER.send(aws, settings, MESSAGE)
    assert outcome.status is Status.FAILED
    assert not outcome.retryable
    assert outcome.detail.startswith(f"topic {settings.topic} does not exist: ")


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("NotFound", 404, False),
        ("AuthorizationError", 403, True),
        ("KMSAccessDenied", 400, True),
        ("InvalidParameter", 400, False),
        ("Throttled", 429, True),
        ("KMSThrottling", 400, True),
        ("InternalError", 500, True),
        ("ServiceUnavailable", 503, True),
    ],
)
def test_what_sns_refuses_is_tried_again_only_where_that_can_help(code: str, status: int, retryable: bool) -> None:
    outcome = sns.NOTIFIER.send(stubbed("sns", "publish", code, status), SETTINGS, MESSAGE)
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)
    assert SETTINGS.topic in outcome.detail


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("ResourceNotFoundException", 400, False),
        ("AccessDeniedException", 400, True),
        ("ThrottlingException", 400, True),
        ("InternalException", 500, True),
    ],
)
def test_what_the_bus_refuses_is_tried_again_only_where_that_can_help(code: str, status: int, retryable: bool) -> None:
    outcome = event_bus.NOTIFIER.send(stubbed("events", "put_events", code, status), SETTINGS, MESSAGE)
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)
    assert "bus default" in outcome.detail


@pytest.mark.parametrize(
    ("code", "retryable"), [("ThrottlingException", True), ("InternalFailure", True), ("MalformedDetail", False)]
)
def test_an_entry_that_the_bus_drops_within_a_good_answer_is_a_failure(code: str, retryable: bool) -> None:
    client: Any = boto3.client("events", region_name="us-east-1")
    stub = Stubber(client)
    stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]})
    stub.activate()
    outcome = event_bus.NOTIFIER.send(Stubbed(client), SETTINGS, MESSAGE)
    assert outcome == Outcome(Status.FAILED, f"bus default: AWS answered {code}", retryable)


def test_every_channel_is_registered_once_and_says_what_it_needs() -> None:
    files = {file.stem for file in Path(chalicelib.notifiers.__path__[0]).glob("*.py")} - {"__init__", "channel"}
    assert [one.name for one in NOTIFIERS] == ["sns", "slack", "event-bus", "security-hub"]
    assert {one.name.replace("-", "_") for one in NOTIFIERS} == files
    assert all(one.permissions and all(each.resources != ("*",) for each in one.permissions) for one in NOTIFIERS)


def test_a_channel_that_is_not_set_up_is_left_out() -> None:
    bare = Settings(bus="")
    assert [one.name for one in NOTIFIERS if one.configured(bare)] == []
    full = replace(SETTINGS, slack_secret="slack", hub_product="default")
    assert all(one.configured(full) for one in NOTIFIERS)
