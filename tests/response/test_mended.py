"""What the contained principal stopped, narrowed or took hostage is undone, and that too once the alarm is false."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.follow_up import resume
from chalicelib.orders.containing import carried_out, ordered
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK
from tests.response import life
from tests.response.life import Life
from tests.world import TRUST

if TYPE_CHECKING:
    from tests.world import World


def test_a_trail_of_the_contained_records_everything_again_and_a_restore_undoes_that(world: World) -> None:
    cloudtrail, leaked = world.admin("cloudtrail"), world.new_key("victim")
    cloudtrail.create_trail(Name="audit", S3BucketName="logs")
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[READS])
    cloudtrail.stop_logging(Name="audit")
    narrowed = recorded(cloudtrail)
    respond(life.read(signals.guardduty(leaked), world), world.ports())
    for call, asked in (("StopLogging", {"name": "audit"}), ("PutEventSelectors", {"trailName": "audit"})):
        respond(life.read(_by_victim(world, leaked, "cloudtrail", call, asked), world), world.ports())
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


def test_a_key_held_to_ransom_is_named_and_can_be_used_again_by_order(world: World) -> None:
    kms, leaked = world.admin("kms"), world.new_key("victim")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kept = kms.encrypt(KeyId=key, Plaintext=b"the books")["CiphertextBlob"]
    made = kms.create_grant(KeyId=key, GranteePrincipal=OUTSIDER, Operations=["Decrypt"])
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    asked = {"keyId": key.rpartition("/")[2], "granteePrincipal": OUTSIDER}
    grant = {"keyId": key, "grantId": made["GrantId"]}
    respond(life.read(signals.guardduty(leaked), world), world.ports())
    respond(life.read(_by_victim(world, leaked, "kms", "ScheduleKeyDeletion", asked), world), world.ports())
    respond(life.read(_by_victim(world, leaked, "kms", "CreateGrant", asked, grant), world), world.ports())
    words = (f"enable-kms-key={key}", f"revoke-kms-grant={key}/{made['GrantId']}")
    incident = world.incident(LOCK)
    assert incident
    told = [one.instead for one in incident.withheld]
    assert all(any(f"contain --access-key {leaked} --also {word} " in said for said in told) for word in words)
    resume(LOCK, world.ports())
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"

    asked_for = Asked(access_key=leaked, also=words)
    carried_out(ordered(asked_for, ANA, "nobody of ours did that", world.ports()), world.ports())
    world.later(10)
    resume(LOCK, world.ports())
    assert kms.decrypt(CiphertextBlob=kept)["Plaintext"] == b"the books"
    assert kms.list_grants(KeyId=key)["Grants"] == []

    done = restore(incident.id, ANA, "a rehearsal", world.ports())
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    said = "; ".join(one.detail for one in done.restored.values())
    assert "its deletion was not scheduled again" in said
    assert OUTSIDER in said


def test_a_trust_that_was_opened_before_the_end_is_told_after_it_once(world: World) -> None:
    leaked = world.new_key("victim")
    leak = Life(world, life.read(signals.guardduty(leaked), world))
    world.with_settings(watch=60)
    leak.responded()
    leak.closed()
    asked = {"roleName": "worker", "policyDocument": TRUST}
    opened = life.read(_by_victim(world, leaked, "iam", "UpdateAssumeRolePolicy", asked), world)
    assert [respond(opened, world.ports()).what for _ in range(2)] == ["told", "repeated"]
    assert "trust policy of role worker was replaced" in world.wire.published[-1]


OUTSIDER = "arn:aws:iam::444455556666:role/visitor"


def _by_victim(world: World, key: str, service: str, call: str, asked: Any, made: Any = None) -> Any:
    by = {**signals.user_identity("victim"), "principalId": world.unique_id("victim"), "accessKeyId": key}
    members = {"eventSource": f"{service}.amazonaws.com", "requestParameters": asked, "responseElements": made}
    return signals.envelope(f"aws.{service}", "AWS API Call via CloudTrail", signals.record(call, by=by, **members))
