"""A secret of a route is kept for minutes, and not for as long as a container lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from chalicelib import wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

ACCOUNT = "111122223333"
_ENVIRONMENT = {
    "ACCOUNT_ID": ACCOUNT,
    "AWS_REGION": "us-east-1",
    "TABLE_NAME": "ledger",
    "FOLLOW_UP_QUEUE_URL": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/follow-up",
    "TOPIC_ARN": f"arn:aws:sns:us-east-1:{ACCOUNT}:leak-responder",
    "QUARANTINE_POLICY_ARN": f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/leak-responder-quarantine",
}


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A container that has asked for no secret yet."""
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(wiring, "_SECRETS", {})
    wiring.container.cache_clear()
    with mock_aws():
        yield
    wiring.container.cache_clear()


@pytest.mark.usefixtures("container")
@pytest.mark.parametrize(
    ("seconds", "value"), [(0, "before"), (299, "before"), (300, "before"), (301, "after"), (3600, "after")]
)
def test_one_that_was_rotated_is_read_again_within_minutes(
    monkeypatch: pytest.MonkeyPatch, seconds: int, value: str
) -> None:
    secrets = boto3.client("secretsmanager", region_name="us-east-1")
    arn = secrets.create_secret(Name="hook", SecretString="before")["ARN"]
    monkeypatch.setattr(wiring, "now", lambda: START)
    assert wiring.secret(arn) == "before"
    secrets.put_secret_value(SecretId=arn, SecretString="after")
    monkeypatch.setattr(wiring, "now", lambda: START + timedelta(seconds=seconds))
    assert wiring.secret(arn) == value


@pytest.mark.usefixtures("container")
def test_each_is_kept_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = boto3.client("secretsmanager", region_name="us-east-1")
    arns = [secrets.create_secret(Name=name, SecretString=name)["ARN"] for name in ("one", "two")]
    monkeypatch.setattr(wiring, "now", lambda: START)
    assert [wiring.secret(arn) for arn in (*arns, *arns)] == ["one", "two", "one", "two"]
