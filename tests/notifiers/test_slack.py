"""Slack gets the message or nothing; its URL gets nowhere else."""

from __future__ import annotations

import json
import logging
import socket
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import boto3
import pytest

from chalicelib.model import Outcome, Status
from chalicelib.notifiers.slack import NOTIFIER
from chalicelib.report.slack import blocks
from tests.notifiers.test_channels import Stubbed, stubbed
from tests.report.cases import CASES
from tests.report.runs import SETTINGS

if TYPE_CHECKING:
    from chalicelib.aws import Aws
    from chalicelib.settings import Settings
    from tests.notifiers.conftest import Slack

MESSAGE = CASES["contained-user-key"]()
SECRET = "hushhush"
_number = count()


def keeping(value: str) -> Settings:
    """Settings with a secret of that value, under a name that no other test has."""
    name = f"slack-{next(_number)}"
    boto3.client("secretsmanager").create_secret(Name=name, SecretString=value)
    return replace(SETTINGS, slack_secret=name)


def send(aws: Aws, settings: Settings) -> Outcome:
    """The outcome, which never tells the URL."""
    outcome = NOTIFIER.send(aws, settings, MESSAGE)
    assert SECRET not in outcome.detail
    return outcome


@pytest.mark.parametrize("shape", ["{}", " {}\n", '{{"url": "{}"}}'], ids=["bare", "with a line end", "as JSON"])
def test_the_message_arrives_as_blocks(aws: Aws, slack: Slack, shape: str) -> None:
    assert send(aws, keeping(shape.format(slack.url))).status is Status.DONE
    assert slack.bodies == [json.loads(json.dumps(blocks(MESSAGE)))]


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (403, False), (404, False), (410, False), (429, True), (500, True), (503, True)],
)
def test_what_slack_refuses_is_tried_again_only_where_that_can_help(
    aws: Aws, slack: Slack, status: int, retryable: bool
) -> None:
    slack.status = status
    outcome = send(aws, keeping(slack.url))
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)
    assert str(status) in outcome.detail
    assert len(slack.bodies) == 1


def test_a_redirect_is_not_followed(aws: Aws, slack: Slack) -> None:
    slack.status, slack.location = 302, slack.url.replace("/services", "/elsewhere")
    outcome = send(aws, keeping(slack.url))
    assert (outcome.status, outcome.retryable) == (Status.FAILED, False)
    assert [path for path in slack.paths if "elsewhere" in path] == []


def test_a_slack_that_hangs_is_left_after_two_seconds_and_asked_again_later(aws: Aws, slack: Slack) -> None:
    slack.hanging = True
    settings = keeping(slack.url)
    outcome = send(aws, settings)
    assert (outcome.status, outcome.retryable) == (Status.FAILED, True)
    slack.hanging = False
    assert send(aws, settings).good


def test_a_slack_that_nobody_answers_for_is_asked_again_later(aws: Aws) -> None:
    with closing(socket.socket()) as unheard:
        unheard.bind(("127.0.0.1", 0))  # taken, and not listening: nobody else can answer there
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/services/{SECRET}"
        outcome = send(aws, keeping(url))
    assert (outcome.status, outcome.retryable) == (Status.FAILED, True)


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"http://hooks.slack.example/services/{SECRET}",
        f"http://127.0.0.1.evil.example/{SECRET}",
        f"ftp://hooks.slack.example/{SECRET}",
        f"file:///etc/{SECRET}",
        f"https:///{SECRET}",
        f"https://[{SECRET}",
        SECRET,
        f'{{"uri": "https://hooks.slack.example/{SECRET}"}}',
        f'{{"url": ["https://hooks.slack.example/{SECRET}"]}}',
        "[1]",
        "17",
    ],
)
def test_what_is_no_https_url_is_never_asked(aws: Aws, value: str) -> None:
    settings = keeping(value or " ")
    outcome = send(aws, settings)
    assert (outcome.status, outcome.retryable) == (Status.FAILED, False)
    assert settings.slack_secret in outcome.detail


def test_the_secret_is_read_once_while_slack_takes_its_url(aws: Aws, slack: Slack) -> None:
    settings = keeping(slack.url)
    assert send(aws, settings).good
    boto3.client("secretsmanager").delete_secret(SecretId=settings.slack_secret, ForceDeleteWithoutRecovery=True)
    assert send(aws, settings).good


def test_a_url_that_was_replaced_is_read_again_after_slack_refused_the_old_one(aws: Aws, slack: Slack) -> None:
    settings = keeping(slack.url)
    assert send(aws, settings).good
    slack.status = 404
    assert not send(aws, settings).good
    slack.status = 200
    renewed = slack.url.replace("B000", "B001")
    boto3.client("secretsmanager").put_secret_value(SecretId=settings.slack_secret, SecretString=renewed)
    assert send(aws, settings).good
    assert slack.paths[-1].split("/")[3] == "B001"


def test_a_secret_that_is_not_there_is_said_by_name(aws: Aws) -> None:
    outcome = send(aws, replace(SETTINGS, slack_secret="nowhere"))
    assert outcome.detail.startswith("secret nowhere does not exist: ")
    assert not outcome.retryable


@pytest.mark.parametrize(
    ("code", "retryable"),
    [("AccessDeniedException", True), ("DecryptionFailure", False), ("ThrottlingException", True)],
)
def test_a_secret_that_cannot_be_read_is_tried_again_only_where_that_can_help(code: str, retryable: bool) -> None:
    wires: Stubbed = stubbed("secretsmanager", "get_secret_value", code)
    outcome = NOTIFIER.send(wires, replace(SETTINGS, slack_secret="locked"), MESSAGE)
    assert (outcome.status, outcome.retryable) == (Status.FAILED, retryable)


def test_a_secret_given_by_arn_is_read_in_its_own_region(aws: Aws, slack: Slack) -> None:
    made = boto3.client("secretsmanager", region_name="eu-west-1").create_secret(Name="far", SecretString=slack.url)
    assert send(aws, replace(SETTINGS, slack_secret=made["ARN"])).good


def test_the_url_stands_in_no_log_of_ours_or_of_urllib3_even_when_debugging(
    aws: Aws, slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    settings = keeping(slack.url)
    with caplog.at_level(logging.DEBUG):
        for slack.status in (200, 404, 500):
            send(aws, settings)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("botocore", "boto3"))]
    assert [line for line in ours if SECRET in line] == []


def test_a_link_is_there_by_its_words_and_only_where_there_is_one() -> None:
    message = CASES["held"]()
    link = "https://reports.s3.amazonaws.com/20261124-1a2b3c4d/report.html?X-Amz-Signature=0a"
    assert "Open the report" not in str(blocks(message))
    (shown,) = (one for one in blocks(replace(message, link=link))["blocks"] if "Open the report" in str(one))
    assert shown["text"]["text"].startswith(f"<{link}|")
