"""A trail that the contained principal stopped and narrowed: as before once the alarm is known to be false."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.follow_up import resume
from chalicelib.orders.undo import restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK
from tests.response import life

if TYPE_CHECKING:
    from tests.world import World


def test_a_trail_of_the_contained_records_everything_again_and_a_restore_undoes_that(world: World) -> None:
    cloudtrail = world.admin("cloudtrail")
    cloudtrail.create_trail(Name="audit", S3BucketName="logs")
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[READS])
    cloudtrail.stop_logging(Name="audit")
    narrowed = recorded(cloudtrail)
    respond(life.read(signals.guardduty(world.new_key("victim")), world), world.ports())
    respond(life.read(_by_victim(world, "StopLogging", name="audit"), world), world.ports())
    respond(life.read(_by_victim(world, "PutEventSelectors", trailName="audit"), world), world.ports())
    world.later(10)
    resume(LOCK, world.ports())
    assert cloudtrail.get_trail_status(Name="audit")["IsLogging"]
    assert [(one["ReadWriteType"], one["IncludeManagementEvents"]) for one in recorded(cloudtrail)] == [
        ("ReadOnly", False),
        ("All", True),
    ]

    incident = world.incident(LOCK)
    assert incident
    restore(incident.id, ANA, "a rehearsal", world.ports())
    assert not cloudtrail.get_trail_status(Name="audit")["IsLogging"]
    assert recorded(cloudtrail) == narrowed


READS = {
    "ReadWriteType": "ReadOnly",
    "IncludeManagementEvents": False,
    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::ours/"]}],
}


def recorded(cloudtrail: Any) -> Any:
    return cloudtrail.get_event_selectors(TrailName="audit")["EventSelectors"]


def _by_victim(world: World, call: str, **asked: str) -> Any:
    by = {**signals.user_identity("victim"), "principalId": world.unique_id("victim")}
    record = signals.record(call, by=by, eventSource="cloudtrail.amazonaws.com", requestParameters=asked)
    return signals.envelope("aws.cloudtrail", "AWS API Call via CloudTrail", record)
