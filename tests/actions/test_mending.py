"""What an intruder switched off is on again, and exactly as before us after a restore. The state is moto's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.actions import BY_NAME
from chalicelib.aws import Aws
from chalicelib.model import ALREADY, DONE, Facts, Moved, Principal, PrincipalKind, Status, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's account
USER = Principal(PrincipalKind.USER, ACCOUNT, "victim")


@pytest.fixture
def aws() -> Iterator[Aws]:
    with mock_aws():
        yield Aws(boto3.Session(region_name=REGION), REGION)


def of(action: str, **arguments: str) -> Step:
    return Step(action, USER, "", arguments)


BUCKET = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::ours/"]}
READS = {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": False, "DataResources": [BUCKET]}
LESS = {"Name": "less", "FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["true"]},
]}  # fmt: skip
DATA = {"Name": "data", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def chosen(aws: Aws) -> Any:
    found: Any = aws.cloudtrail(REGION).get_event_selectors(TrailName="audit")
    return found.get("AdvancedEventSelectors") or found["EventSelectors"]


@pytest.mark.parametrize(
    ("form", "narrowed", "records"),
    [
        ("EventSelectors", [READS], [READS, "all"]),
        ("EventSelectors", [READS] * 5, ["all", *[READS] * 4]),
        ("AdvancedEventSelectors", [LESS, DATA], [DATA, "all"]),
    ],
)
def test_a_narrowed_trail_records_all_that_is_managed_and_goes_on_with_the_rest(
    aws: Aws, form: str, narrowed: list[Any], records: list[Any]
) -> None:
    action, step = BY_NAME["record-management-events"], _trail(aws, **{form: narrowed})
    before, image = chosen(aws), BY_NAME["record-management-events"].capture(aws, step, Facts())
    assert action.verify(aws, step).retryable
    assert action.apply(aws, step).status is Status.DONE
    assert (action.apply(aws, step), action.verify(aws, step)) == (ALREADY, ALREADY)
    after = chosen(aws)
    assert [index for index, one in enumerate(after) if _is_all(one)] == [records.index("all")]
    assert [one for one in after if not _is_all(one)] == [one for one in records if one != "all"]
    assert action.restore(aws, step, image) == DONE
    assert action.restore(aws, step, image) == ALREADY
    assert chosen(aws) == before


def _is_all(one: Any) -> bool:
    if "FieldSelectors" in one:
        return bool(one["FieldSelectors"] == [MANAGEMENT])
    return (one["ReadWriteType"], one["IncludeManagementEvents"]) == ("All", True)


def _trail(aws: Aws, **selectors: Any) -> Step:
    aws.session.client("s3").create_bucket(Bucket="our-logs")
    aws.cloudtrail(REGION).create_trail(Name="audit", S3BucketName="our-logs")
    aws.cloudtrail(REGION).put_event_selectors(TrailName="audit", **selectors)
    return of("record-management-events", trail=f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit")


def test_what_somebody_chose_since_is_not_overwritten_unasked(aws: Aws) -> None:
    action, step = BY_NAME["record-management-events"], _trail(aws, EventSelectors=[READS])
    image = action.capture(aws, step, Facts())
    action.apply(aws, step)
    aws.cloudtrail(REGION).put_event_selectors(TrailName="audit", EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    moved = action.restore(aws, step, image)
    assert isinstance(moved, Moved)
    assert "WriteOnly" in moved.now
    assert action.overwrite
    assert action.overwrite(aws, step, image) == DONE
    assert chosen(aws)[0]["ReadWriteType"] == "ReadOnly"


def test_a_suspended_detector_is_on_again_and_suspended_by_a_restore(aws: Aws) -> None:
    calls: set[str] = set()
    aws.session.events.register("before-call.guardduty", lambda model, **_: calls.add(f"guardduty:{model.name}"))
    guardduty = aws.guardduty(REGION)
    known = guardduty.create_detector(Enable=False, FindingPublishingFrequency="ONE_HOUR")["DetectorId"]
    action = BY_NAME["enable-detector"]
    step = of("enable-detector", detector=f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{known}")
    image = action.capture(aws, step, Facts())
    assert action.verify(aws, step).retryable
    assert action.apply(aws, step) == DONE
    assert (action.apply(aws, step), action.verify(aws, step)) == (ALREADY, ALREADY)
    assert guardduty.get_detector(DetectorId=known)["FindingPublishingFrequency"] == "ONE_HOUR"
    calls.clear()
    assert action.restore(aws, step, image) == DONE
    assert calls == {call for one in action.restore_permissions for call in one.actions}
    assert action.restore(aws, step, image) == ALREADY
    assert action.restore(aws, step, {"detector": "ENABLED"}) == ALREADY
    assert guardduty.get_detector(DetectorId=known)["Status"] == "DISABLED"


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("start-logging", {"trail": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/none"}),
        ("record-management-events", {"trail": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/none"}),
        ("enable-detector", {"detector": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{'0' * 32}"}),
    ],
)
def test_what_was_deleted_is_named_and_not_tried_again(aws: Aws, action: str, arguments: dict[str, str]) -> None:
    one, step = BY_NAME[action], of(action, **arguments)
    image = one.capture(aws, step, Facts())
    for outcome in (one.apply(aws, step), one.verify(aws, step)):
        assert (outcome.status, outcome.retryable) == (Status.FAILED, False)
        assert "there is no" in outcome.detail
    assert one.restore(aws, step, image) == ALREADY
