"""A rule sees read-only management events only where its state asks for them, and nothing while it is disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
TRAIL = "AWS API Call via CloudTrail"
PATTERN = {"source": [{"prefix": "aws."}, "mine"]}


@pytest.mark.parametrize(
    ("source", "kind", "detail", "plain"),
    [
        ("aws.iam", TRAIL, {"eventName": "CreateAccessKey", "readOnly": False}, True),
        ("aws.iam", TRAIL, {"eventName": "ListUsers", "readOnly": True}, False),
        ("aws.iam", TRAIL, {"eventName": "GetUser"}, False),
        ("aws.secretsmanager", TRAIL, {"eventName": "GetSecretValue", "readOnly": True}, False),
        ("aws.sts", TRAIL, {"eventName": "AssumeRole", "readOnly": True}, False),
        ("aws.sts", TRAIL, {"eventName": "GetFederationToken", "readOnly": False}, False),
        ("aws.sts", TRAIL, {"eventName": "GetSessionToken"}, False),
        ("aws.s3", TRAIL, {"eventName": "GetObject", "readOnly": True, "managementEvent": False}, True),
        ("aws.guardduty", "GuardDuty Finding", {"eventName": "GetUser"}, True),
        ("mine", "Mine", {"readOnly": True}, True),
    ],
)
def test_what_each_state_shows(cloud: Cloud, source: str, kind: str, detail: dict[str, Any], plain: bool) -> None:
    queues = {state: scene.queue(cloud, state) for state in ("ENABLED", ALL, "DISABLED")}
    for state, inbox in queues.items():
        scene.rule(cloud, PATTERN, inbox.arn, State=state)

    scene.send(cloud, source, kind, detail)

    assert queues[ALL].next_json()["detail"] == detail
    assert queues["ENABLED"].is_empty is not plain
    assert queues["DISABLED"].is_empty


def test_a_rule_that_is_switched_off_and_on(cloud: Cloud) -> None:
    inbox, events = scene.queue(cloud, "inbox"), cloud.client("events")
    name = scene.rule(cloud, PATTERN, inbox.arn).rsplit("/", 1)[-1]
    events.disable_rule(Name=name)
    scene.send(cloud, "mine", "Mine", {"number": 1})
    events.enable_rule(Name=name)
    scene.send(cloud, "mine", "Mine", {"number": 2})

    assert inbox.next_json()["detail"] == {"number": 2}
    assert inbox.is_empty
