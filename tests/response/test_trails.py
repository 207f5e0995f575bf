"""A trail that the contained principal stopped: it logs again, and is as before once the alarm is known to be false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.follow_up import resume
from chalicelib.orders.undo import restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK
from tests.response import life

if TYPE_CHECKING:
    from tests.world import World


def test_what_whoever_is_contained_stopped_logs_again_and_a_restore_stops_it_again(world: World) -> None:
    cloudtrail = world.admin("cloudtrail")
    cloudtrail.create_trail(Name="audit", S3BucketName="logs")
    cloudtrail.stop_logging(Name="audit")
    by = {**signals.user_identity("victim"), "principalId": world.unique_id("victim")}
    asked = {"name": "audit"}
    stopped = signals.envelope(
        "aws.cloudtrail",
        "AWS API Call via CloudTrail",
        signals.record("StopLogging", by=by, eventSource="cloudtrail.amazonaws.com", requestParameters=asked),
    )
    respond(life.read(signals.guardduty(world.new_key("victim")), world), world.ports())
    respond(life.read(stopped, world), world.ports())
    world.later(10)
    resume(LOCK, world.ports())
    assert cloudtrail.get_trail_status(Name="audit")["IsLogging"]

    incident = world.incident(LOCK)
    assert incident
    restore(incident.id, ANA, "a rehearsal", world.ports())
    assert not cloudtrail.get_trail_status(Name="audit")["IsLogging"]
