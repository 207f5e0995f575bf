"""In a drill the administrator speaks for AWS's services; nobody else can, as in AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.conformance import scene

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from drill.cloud.lifecycle import Cloud

ENTRY: PutEventsRequestEntryTypeDef = {
    "Source": "aws.guardduty",
    "DetailType": "GuardDuty Finding",
    "Detail": json.dumps({"id": "f1"}),
}


def test_the_administrator_sends_as_a_service(cloud: Cloud) -> None:
    inbox = scene.queue(cloud, "inbox")
    scene.rule(cloud, {"source": ["aws.guardduty"]}, inbox.arn)

    cloud.client("events").put_events(Entries=[ENTRY])

    event = inbox.next_json()
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "aws.guardduty",
        "GuardDuty Finding",
        {"id": "f1"},
    )
    assert (event["account"], event["region"], event["version"]) == (cloud.account, "us-east-1", "0")


def test_a_user_who_may_do_everything_cannot(cloud: Cloud) -> None:
    answer = scene.user(cloud).client("events").put_events(Entries=[ENTRY])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
