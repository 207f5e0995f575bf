"""A GuardDuty with the findings that a drill publishes: in any Region, under the same IAM, as boto3 reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drill.cloud import levers
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

FINDING: dict[str, Any] = {
    "schemaVersion": "2.0",
    "id": "f1",
    "accountId": "111122223333",
    "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
    "severity": 5.0,
    "resource": {"resourceType": "AccessKey", "accessKeyDetails": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}},
    "service": {"additionalInfo": {"sample": True}, "count": 1, "archived": False},
}


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_finding_by_id(cloud: Cloud, region: str) -> None:
    detector = levers.publish_findings(cloud, [FINDING], region)
    guardduty = cloud.client("guardduty", region=region)

    assert guardduty.list_detectors()["DetectorIds"] == [detector]
    assert guardduty.list_findings(DetectorId=detector)["FindingIds"] == ["f1"]
    found = guardduty.get_findings(DetectorId=detector, FindingIds=["f1", "unknown"])["Findings"]

    assert [one["Type"] for one in found] == [FINDING["type"]]
    assert found[0]["Resource"]["AccessKeyDetails"]["AccessKeyId"] == "AKIAIOSFODNN7EXAMPLE"
    assert json.loads(found[0]["Service"]["AdditionalInfo"]["Value"]) == {"sample": True}


def test_a_detector_says_that_it_is_on(cloud: Cloud) -> None:
    guardduty = cloud.client("guardduty")
    (detector,) = guardduty.list_detectors()["DetectorIds"]

    assert guardduty.get_detector(DetectorId=detector)["Status"] == "ENABLED"
    assert scene.refusal(guardduty.get_detector, DetectorId="another") == "BadRequestException"


def test_a_finding_is_known_in_its_own_region_alone(cloud: Cloud) -> None:
    levers.publish_findings(cloud, [FINDING], "eu-west-1")
    guardduty = cloud.client("guardduty")
    (detector,) = guardduty.list_detectors()["DetectorIds"]

    assert guardduty.get_findings(DetectorId=detector, FindingIds=["f1"])["Findings"] == []
    assert scene.refusal(guardduty.get_findings, DetectorId="another", FindingIds=["f1"]) == "BadRequestException"


def test_a_function_reaches_it(cloud: Cloud) -> None:
    levers.publish_findings(cloud, [FINDING])
    arn = scene.function(cloud, "reader", _READS, may=scene.policy("Allow", "guardduty:*"))

    answer = cloud.client("lambda").invoke(FunctionName=arn, Payload=b"{}")

    assert json.loads(answer["Payload"].read()) == [FINDING["type"], True]


def test_who_may_not_read_findings(cloud: Cloud) -> None:
    detector = levers.publish_findings(cloud, [FINDING])
    ada = scene.user(cloud, may=scene.policy("Allow", "guardduty:ListDetectors")).client("guardduty")

    assert ada.list_detectors()["DetectorIds"] == [detector]
    refused = scene.refusal(ada.get_findings, DetectorId=detector, FindingIds=["f1"])
    assert refused == "AccessDeniedException"


_READS = """
    import boto3, os

    def handler(event, context):
        guardduty = boto3.client("guardduty")
        (detector,) = guardduty.list_detectors()["DetectorIds"]
        (finding,) = guardduty.get_findings(DetectorId=detector, FindingIds=["f1"])["Findings"]
        return [finding["Type"], "AWS_ENDPOINT_URL_GUARDDUTY" in os.environ]
"""
