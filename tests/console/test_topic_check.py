"""`doctor` on the topic: only what reaches a person is well, and what could not be looked at is never well."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.report.form import SEVERITIES, Kind, Severity
from console.doctor import intake, people
from console.doctor.patient import Health, Line, Patient
from console.doctor.subscriptions import PAIRS, Taker, find_taker, name_kinds
from console.stack.alarms import alarms as described

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "arn:aws:sns:us-east-1:111122223333:topic"
MAIL = ("email", "oncall@example.com")
SMS = ("sms", "+15005550006")
QUEUE = ("sqs", "arn:aws:sqs:us-east-1:111122223333:oncall")
PAGER = ("https", "https://events.pager.example/integration/enqueue")
CHAT = ("https", "https://global.sns-api.chatbot.amazonaws.com")
NOTHING = {"FilterPolicy": json.dumps({"kind": ["no-such-kind"]})}
LOUD = {"FilterPolicy": json.dumps({"severity": ["critical", "high"]})}
CALM = {"FilterPolicy": json.dumps({"severity": ["high", "medium", "low"]})}
UNASKED = {"FilterPolicy": json.dumps({"kind": [{"anything-but": {"prefix": "approval-"}}]})}
FIRST = {"FilterPolicy": json.dumps({"number": [1]})}
BODY = {"FilterPolicy": json.dumps({"kind": ["contained"]}), "FilterPolicyScope": "MessageBody"}
BROKEN = {"FilterPolicy": "{"}
EMPTY = {"FilterPolicy": "{}"}

_WORDS = ("PendingConfirmation", "Deleted")

Taken = tuple[tuple[str, str], Any]


@pytest.fixture
def stubs() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _client(service: str) -> Any:
    return boto3.Session(region_name="us-east-1").client(  # type: ignore[call-overload]
        service, aws_access_key_id="x", aws_secret_access_key="x"
    )


def _topic(stubs: ExitStack, *subscriptions: Taken, slack: bool = False, more: Any = None) -> Patient:
    """A stack whose topic has these; the second of each is its attributes, a word in place of its ARN, or a refusal."""
    sns = _client("sns")
    stub = stubs.enter_context(Stubber(sns))
    listed = [
        {"Protocol": protocol, "Endpoint": endpoint, "SubscriptionArn": told if told in _WORDS else f"{TOPIC}:{number}"}
        for number, ((protocol, endpoint), told) in enumerate(subscriptions)
    ]
    stub.add_response("list_subscriptions_by_topic", {"Subscriptions": listed}, {"TopicArn": TOPIC})
    for number, (_, told) in enumerate(subscriptions):
        if isinstance(told, dict):
            asked = {"SubscriptionArn": f"{TOPIC}:{number}"}
            stub.add_response("get_subscription_attributes", {"Attributes": told}, asked)
        elif told not in _WORDS:
            stub.add_client_error("get_subscription_attributes", told)
    chosen = {"SlackSecretId": "slack"} if slack else {}
    nobody = boto3.Session(region_name="us-east-1")
    resources = {"Topic": TOPIC, **{name: name for name in described()}}
    return Patient("leak-responder-dev", "", resources, chosen, "111122223333", nobody, {"sns": sns, **(more or {})})


def _said(lines: list[Line]) -> set[tuple[Health, str]]:
    return {(line.health, line.said) for line in lines}


CASES: tuple[tuple[str, tuple[Taken, ...], Health, str], ...] = (
    ("nobody", (), Health.WRONG, "nobody is told of a leak"),
    ("a mail", ((MAIL, {}),), Health.WELL, "1 confirmed subscription of people"),
    ("a text message", ((SMS, EMPTY),), Health.WELL, "1 confirmed subscription of people"),
    ("a mail that nobody confirmed", ((MAIL, "PendingConfirmation"),), Health.WRONG, "nobody has confirmed"),
    ("a mail that was deleted", ((MAIL, "Deleted"),), Health.WRONG, "nobody has confirmed"),
    ("a mail that was deleted meanwhile", ((MAIL, "NotFound"),), Health.WRONG, "nobody has confirmed"),
    ("a queue", ((QUEUE, {}),), Health.WRONG, "only programs (sqs)"),
    ("a queue and a mail", ((QUEUE, {}), (MAIL, {})), Health.WELL, "1 confirmed subscription of people"),
    ("a mail that gets nothing", ((MAIL, NOTHING),), Health.WRONG, "no message through"),
    ("a mail that gets nothing, and one that gets all", ((MAIL, NOTHING), (SMS, {})), Health.WELL, "2 confirmed"),
    ("a mail without what is urgent", ((MAIL, CALM),), Health.WRONG, "not-contained"),
    ("a mail without questions", ((MAIL, UNASKED),), Health.WRONG, "approval-wanted, approval-reminder"),
    ("a mail of what is urgent alone", ((MAIL, LOUD),), Health.NOTE, "follow-up (medium)"),
    ("two that get all between them", ((MAIL, LOUD), (SMS, CALM)), Health.WELL, "2 confirmed"),
    ("a filter by what differs", ((MAIL, FIRST),), Health.UNKNOWN, "cannot be told from here: contained"),
    ("a filter that cannot be read", ((MAIL, BROKEN),), Health.UNKNOWN, "cannot be told from here"),
    ("a filter of a mail's text", ((MAIL, BODY),), Health.WRONG, "no message through"),
    ("a filter that is none", ((MAIL, {"FilterPolicy": "[]"}),), Health.UNKNOWN, "cannot be told from here"),
    ("a filter that may not be asked", ((MAIL, "AuthorizationError"),), Health.UNKNOWN, "AuthorizationError"),
    ("a pager", ((PAGER, {}),), Health.NOTE, "whether events.pager.example wakes somebody"),
    ("a pager that gets nothing", ((PAGER, NOTHING),), Health.WRONG, "no message through"),
    ("a pager by its text", ((PAGER, BODY),), Health.UNKNOWN, "cannot be told from here"),
    ("a chat, which drops our form", ((CHAT, {}),), Health.WRONG, "only a chat"),
)


@pytest.mark.parametrize(
    ("subscriptions", "health", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_only_what_reaches_a_person_is_well(
    stubs: ExitStack, subscriptions: tuple[Taken, ...], health: Health, words: str
) -> None:
    lines = list(people.topic(_topic(stubs, *subscriptions)))
    (line,) = [line for line in lines if words in line.said]
    assert line.health is health
    assert health is Health.WELL or not [line for line in lines if line.health is Health.WELL]
    assert health is not Health.WRONG or line.mend


@pytest.mark.parametrize("told", [NOTHING, CALM, UNASKED])
def test_where_slack_is_told_a_filter_is_no_fault(stubs: ExitStack, told: dict[str, str]) -> None:
    assert [line.health for line in people.topic(_topic(stubs, (MAIL, told), slack=True))] == [Health.NOTE]


def test_whoever_has_not_confirmed_and_a_chat_that_shows_nothing_are_named(stubs: ExitStack) -> None:
    lines = _said(list(people.topic(_topic(stubs, (MAIL, "PendingConfirmation"), (CHAT, {}), (SMS, {})))))
    assert {health for health, _ in lines} == {Health.NOTE, Health.WELL}
    assert any("oncall@example.com" in said for _, said in lines)
    assert any("Amazon Q Developer shows no message" in said for _, said in lines)


def _alarms(actions: list[str]) -> Any:
    cloudwatch = _client("cloudwatch")
    found = [{"AlarmName": name, "AlarmActions": actions, "ActionsEnabled": True} for name in described()]
    stub = Stubber(cloudwatch)
    stub.add_response("describe_alarms", {"MetricAlarms": found})
    stub.activate()
    return cloudwatch


ALARMS: tuple[tuple[str, tuple[Taken, ...], str], ...] = (
    ("nobody", (), "it goes to the topic alone"),
    ("a queue", ((QUEUE, {}),), "it goes to the topic alone"),
    ("a filter, which nothing without attributes passes", ((MAIL, LOUD),), "alarms have none"),
    ("a filter by the text", ((MAIL, BODY),), "cannot be told"),
    ("a filter that may not be asked", ((MAIL, "AuthorizationError"),), "cannot be told"),
    ("one with a filter and one without", ((MAIL, LOUD), (SMS, {})), ""),
    ("a chat, which shows alarms", ((CHAT, {}),), ""),
)


@pytest.mark.parametrize(("subscriptions", "words"), [case[1:] for case in ALARMS], ids=[case[0] for case in ALARMS])
def test_an_alarm_that_nobody_hears_is_said(stubs: ExitStack, subscriptions: tuple[Taken, ...], words: str) -> None:
    patient = _topic(stubs, *subscriptions, more={"cloudwatch": _alarms([TOPIC])})
    lines = _said(list(people.alarms(patient)))
    assert {said for health, said in lines if health is not Health.WELL and words in said} == {
        said for health, said in lines if health is not Health.WELL
    }
    assert bool(words) == any(health is Health.NOTE for health, _ in lines)


def test_an_alarm_that_was_turned_away_from_the_topic_is_wrong(stubs: ExitStack) -> None:
    patient = _topic(stubs, (MAIL, {}), more={"cloudwatch": _alarms(["arn:aws:sns:us-east-1:111122223333:another"])})
    lines = list(people.alarms(patient))
    assert [line.health for line in lines] == [Health.WRONG]
    assert "UntoldAlarm" in lines[0].said


def test_only_amazons_own_host_is_a_chat() -> None:
    assert find_taker(*CHAT) is Taker.CHAT
    assert find_taker("https", "https://sns-api.chatbot.amazonaws.com/") is Taker.CHAT
    assert find_taker("https", "https://sns-api.chatbot.amazonaws.com.pager.example/") is Taker.PAGER
    assert {find_taker(protocol, "arn") for protocol in ("sqs", "lambda", "firehose", "application")} == {Taker.PROGRAM}


def test_a_kind_is_named_with_its_severities_where_only_some_are_meant() -> None:
    assert name_kinds([(Kind.HELD, Severity.LOW), (Kind.NOTICE, Severity.LOW)]) == "held (low), notice"
    assert name_kinds(PAIRS) == ", ".join(SEVERITIES)


@pytest.mark.parametrize(
    ("states", "healths"),
    [
        ([], [Health.NOTE, Health.NOTE]),
        (["DISABLED"], [Health.NOTE, Health.NOTE]),
        (["ENABLED"], [Health.WELL, Health.NOTE]),
    ],
    ids=["none", "suspended", "on"],
)
def test_a_detector_that_is_suspended_is_not_well_and_no_other_region_is(
    stubs: ExitStack, states: list[str], healths: list[Health]
) -> None:
    guardduty = _client("guardduty")
    stub = stubs.enter_context(Stubber(guardduty))
    stub.add_response("list_detectors", {"DetectorIds": ["0" * 32 for _ in states]})
    for state in states:
        stub.add_response("get_detector", {"ServiceRole": "arn", "Status": state})
    lines = list(intake.detector(_topic(stubs, more={"guardduty": guardduty})))
    assert [line.health for line in lines] == healths
    assert "no other Region was looked at" in lines[-1].said
