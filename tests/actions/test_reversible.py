"""Every action that is called reversible gives back what it found, whatever that was, and though it was applied twice
by a run that was cut off. What stands outside of IAM is judged here, by moto's state; the rest where `ELSEWHERE` says.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.actions import ACTIONS, BY_NAME
from chalicelib.aws import Aws
from chalicelib.model import Facts, Moved, Undo
from tests.actions import test_isolation, test_mending, test_restore
from tests.response import test_center_user, test_neutralised, test_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.model import Step

    Begun = tuple[Step, Callable[[], Any]]

ACCOUNT, REGION = test_mending.ACCOUNT, test_mending.REGION


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # hundreds, for each test
    with mock_aws():
        yield Aws(boto3.Session(region_name=REGION), REGION)


def trail(aws: Aws, action: str, *, logging: bool, **selectors: Any) -> Begun:
    cloudtrail = aws.cloudtrail(REGION)
    aws.session.client("s3").create_bucket(Bucket="our-logs")
    cloudtrail.create_trail(Name="audit", S3BucketName="our-logs")
    if logging:
        cloudtrail.start_logging(Name="audit")
    if selectors:
        cloudtrail.put_event_selectors(TrailName="audit", **selectors)

    def state() -> Any:
        chosen: Any = cloudtrail.get_event_selectors(TrailName="audit")
        kinds = ("EventSelectors", "AdvancedEventSelectors")
        return cloudtrail.get_trail_status(Name="audit")["IsLogging"], {kind: chosen.get(kind) for kind in kinds}

    return test_mending.of(action, trail=f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"), state


def detector(aws: Aws, *, on: bool) -> Begun:
    guardduty = aws.guardduty(REGION)
    known = guardduty.create_detector(Enable=on, FindingPublishingFrequency="ONE_HOUR")["DetectorId"]
    arn = f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{known}"

    def state() -> Any:
        found = guardduty.get_detector(DetectorId=known)
        return found["Status"], found["FindingPublishingFrequency"]

    return test_mending.of("enable-detector", detector=arn), state


def instance(aws: Aws) -> Begun:
    ec2 = aws.ec2(REGION)
    running = test_isolation.running(ec2)
    return test_isolation.of(running), lambda: (test_isolation.groups(ec2, running), test_isolation.ours(ec2))


_RECORDS, _LOGGING = "record-management-events", "start-logging"
_ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
STARTS: dict[str, tuple[str, Callable[[Aws], Begun]]] = {
    "a trail that was stopped": (_LOGGING, lambda aws: trail(aws, _LOGGING, logging=False)),
    "a trail that logs": (_LOGGING, lambda aws: trail(aws, _LOGGING, logging=True)),
    "a trail that reads": (
        _RECORDS, lambda aws: trail(aws, _RECORDS, logging=True, EventSelectors=[test_mending.READS])
    ),
    "a trail that is full": (
        _RECORDS, lambda aws: trail(aws, _RECORDS, logging=True, EventSelectors=[test_mending.READS] * 5)
    ),
    "a trail that records all": (_RECORDS, lambda aws: trail(aws, _RECORDS, logging=True, EventSelectors=[_ALL])),
    "a trail of the newer form": (
        _RECORDS,
        lambda aws: trail(
            aws, _RECORDS, logging=False, AdvancedEventSelectors=[test_mending.LESS, test_mending.DATA]
        ),
    ),
    "a detector that was off": ("enable-detector", lambda aws: detector(aws, on=False)),
    "a detector that is on": ("enable-detector", lambda aws: detector(aws, on=True)),
    "an instance": ("isolate-instance", instance),
}  # fmt: skip

_OF_USERS = test_properties.test_contain_stops_all_of_it_and_restore_gives_back_all_of_it
_OF_ROLES = test_properties.test_of_a_role_what_leaked_dies_and_stays_dead_and_all_the_rest_is_as_before
_OF_CENTER = test_center_user.test_denied_wherever_they_have_a_session_then_removed_and_nobody_else
ELSEWHERE: dict[str, Callable[..., None]] = {
    "quarantine-user": _OF_USERS,
    "attach-deny-all": test_neutralised.test_contained_when_it_is_said_and_restored_to_the_byte,
    "bound-user": _OF_USERS,
    "narrow-user": _OF_USERS,
    "deactivate-key": _OF_USERS,
    "deactivate-service-specific": _OF_USERS,
    "deactivate-ssh-key": _OF_USERS,
    "deactivate-certificate": _OF_USERS,
    "revoke-role-sessions": _OF_ROLES,
    "attach-role-deny": _OF_ROLES,
    "bound-role": _OF_ROLES,
    "disable-trust-anchor": test_restore.test_a_trust_anchor,
    "deny-in-permission-set": _OF_CENTER,
    "revoke-center-access": _OF_CENTER,
}
"""Where the same is asked of these, by whoever can judge them."""


def test_of_every_reversible_action_it_is_asked() -> None:
    asked = {action for action, _ in STARTS.values()} | ELSEWHERE.keys()
    assert asked == {action.name for action in ACTIONS if action.undo is Undo.REVERSIBLE}


@pytest.mark.parametrize(("start", "times"), list(product(STARTS, (1, 2))))
def test_it_gives_back_what_it_found(aws: Aws, start: str, times: int) -> None:
    name, make = STARTS[start]
    action, (step, state) = BY_NAME[name], make(aws)
    before = _text(state())
    image = action.capture(aws, step, Facts())
    for _ in range(times):  # the second is that of a run which does not know of the first
        assert action.apply(aws, step).good
    assert action.verify(aws, step).good
    for _ in range(2):
        restored = action.restore(aws, step, image)
        assert not isinstance(restored, Moved)
        assert restored.good
        assert _text(state()) == before


def _text(state: Any) -> str:
    return json.dumps(state, sort_keys=True, default=str)
