"""What gives a contained principal its rights, or lets others in as it: noted, compared, told; put back by nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import TRUST, Result
from chalicelib.follow_up import resume
from chalicelib.orders.undo import release
from tests import signals
from tests.after.scene import ANA, LOCK, closed, leak, reloaded, role_leak
from tests.after.test_gone import delete_user
from tests.conformance import scene
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from tests.conformance.scene import Queue
    from tests.world import World

ROLE = f"{ACCOUNT}/role/worker"


def letting_in(*accounts: str) -> Any:
    statement = {"Effect": "Allow", "Principal": {"AWS": list(accounts)}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


THEIRS = letting_in("444455556666")


def looked(world: World, lock: str = LOCK) -> None:
    world.later(60)
    resume(lock, world.ports())


def told(world: World, inbox: Queue) -> list[Any]:
    """The messages about rights, of all that came."""
    asked, came = {"QueueUrl": inbox.url, "MaxNumberOfMessages": 10}, list[Any]()
    while found := world.admin("sqs").receive_message(**asked).get("Messages"):
        for one in found:
            world.admin("sqs").delete_message(QueueUrl=inbox.url, ReceiptHandle=one["ReceiptHandle"])
            came.append(json.loads(json.loads(one["Body"])["Message"]))
    return [one for one in came if one["kind"] == "rights-changed"]


@pytest.fixture
def inbox(world: World) -> Queue:
    queue = scene.queue(world.account.cloud, "told")
    world.admin("sns").subscribe(TopicArn=world.settings.topic, Protocol="sqs", Endpoint=queue.arn)
    return queue


def test_a_trust_that_was_opened_and_that_no_feed_told_of_is_told_with_both_texts(world: World, inbox: Queue) -> None:
    incident = role_leak(world)
    looked(world, ROLE)
    stood = reloaded(world, incident).rights[TRUST]
    world.admin("iam").update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(THEIRS))
    looked(world, ROLE)
    looked(world, ROLE)
    (message,) = told(world, inbox)
    seen = {pair["label"]: pair["value"] for section in message["sections"] for pair in section["pairs"]}
    assert json.loads(seen["Stood"]) == json.loads(stood)
    assert json.loads(seen["Stands"]) == THEIRS
    assert any(f"show {incident.id} --trust" in command for command in message["commands"])
    end = closed(world, ROLE)
    assert end.closed
    assert end.closed.result is Result.HELD
    assert len(end.changes) == 1


def test_a_group_that_a_contained_user_is_put_into_is_told(world: World, inbox: Queue) -> None:
    iam = world.admin("iam")
    iam.create_group(GroupName="admins")
    leak(world, signals.guardduty(world.new_key("victim")))
    looked(world)
    iam.add_user_to_group(GroupName="admins", UserName="victim")
    looked(world)
    (message,) = told(world, inbox)
    assert "its groups" in message["headline"]
    assert not message["commands"]


def test_another_order_is_no_other_trust_and_a_stranger_of_the_name_no_change(world: World, inbox: Queue) -> None:
    iam = world.admin("iam")
    one, other = "444455556666", "555566667777"
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(letting_in(one, other)))
    role_leak(world)
    looked(world, ROLE)
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(letting_in(other, one)))
    looked(world, ROLE)
    assert told(world, inbox) == []


def test_a_user_made_again_under_the_name_was_given_nothing(world: World, inbox: Queue) -> None:
    iam, victim = world.admin("iam"), {"UserName": "victim"}
    key = world.new_key("victim")
    incident = leak(world, signals.guardduty(key, details={"principalId": world.unique_id("victim")}))
    looked(world)
    assert reloaded(world, incident).rights
    delete_user(world)
    world.wire.clear()
    iam.create_user(**victim)
    iam.create_group(GroupName="admins")
    iam.add_user_to_group(GroupName="admins", **victim)
    looked(world)
    assert told(world, inbox) == []


def test_what_is_ours_or_aws_s_quarantine_or_given_after_a_release_is_no_news(world: World, inbox: Queue) -> None:
    iam = world.admin("iam")
    iam.create_group(GroupName="admins")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    looked(world)
    quarantine = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    iam.attach_user_policy(UserName="victim", PolicyArn=quarantine)
    looked(world)
    release(incident.id, ANA, "done", world.ports())
    iam.add_user_to_group(GroupName="admins", UserName="victim")
    closed(world)
    assert told(world, inbox) == []


def test_what_may_not_be_read_is_said_and_stops_no_watch(world: World) -> None:
    world.wire.deny("iam:ListGroupsForUser")
    leak(world, signals.guardduty(world.new_key("victim")))
    end = closed(world)
    assert end.closed
    assert end.closed.result is Result.HELD
    assert any("IAM about the groups" in why for why in end.unasked)
