"""One leak, from the event to the end of the watch."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import sources
from chalicelib.entries import Result, Stage
from chalicelib.follow_up import patrol, resume
from chalicelib.model import Mode, Signal, Status
from chalicelib.orders.undo import RefusedError, release
from chalicelib.respond import Answer, UnfinishedError, respond
from tests import signals
from tests.conformance import scene
from tests.world import ACCOUNT, START

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from tests.world import World

LOCK = f"{ACCOUNT}/user/victim"


def read(event: dict[str, Any], world: World) -> Signal:
    parsed = sources.read(event, world.at)
    assert isinstance(parsed, tuple)
    return parsed[0]


def answer(event: dict[str, Any], world: World) -> Answer:
    return respond(read(event, world), world.ports())


def through(world: World, lock: str = LOCK) -> Incident:
    """Follow the incident up until it is closed."""
    for _ in range(100):
        world.later(world.settings.verify_every)
        found = resume(lock, world.ports())
        if found.incident and found.incident.closed:
            return found.incident
    pytest.fail("the incident never closed")


def test_a_leaked_key_is_denied_and_inactive_and_its_sibling_keeps_its_status(world: World) -> None:
    leaked, sibling = world.new_key("victim"), world.new_key("victim")
    before = world.state()["users"]["bystander"]
    result = answer(signals.guardduty(leaked), world)
    users = world.state()["users"]
    assert result.what == "contained"
    assert users["victim"]["keys"] == {leaked: "Inactive", sibling: "Active"}
    assert users["victim"]["attached"] == ["leak-responder-quarantine"]
    assert users["bystander"] == before


def test_a_bare_key_id_finds_its_owner_and_joins_the_open_incident(world: World) -> None:
    key = world.new_key("victim")
    first = answer(signals.guardduty(key), world)
    world.later(30)
    second = answer(signals.health(key), world)
    assert first.incident is not None
    assert second.incident is not None
    assert second.incident.id == first.incident.id
    assert len(second.incident.signals) == 2


def test_a_hundred_duplicates_are_one_incident_one_message_and_no_further_iam_write(world: World) -> None:
    key = world.new_key("victim")
    answer(signals.guardduty(key), world)
    world.wire.calls.clear()
    for number in range(99):
        world.later(0.1 if number % 2 else 11)
        answer(signals.guardduty(key), world)
    writes = [
        call for call in world.wire.calls if call.startswith("iam:") and not call.startswith(("iam:Get", "iam:List"))
    ]
    assert writes == []
    assert "sns:Publish" not in world.wire.calls


def test_an_undisturbed_incident_is_narrowed_watched_and_held(world: World) -> None:
    key = world.new_key("victim")
    world.later(120)
    answer(signals.guardduty(key), world)
    closed = through(world)
    assert closed.closed is not None
    assert closed.closed.result is Result.HELD
    assert set(closed.reached) == set(Stage)


def test_what_somebody_undoes_is_done_again_and_the_end_says_contested(world: World) -> None:
    key = world.new_key("victim")
    answer(signals.guardduty(key), world)
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    world.later(60)
    resume(LOCK, world.ports())
    world.admin("iam").detach_user_policy(UserName="victim", PolicyArn=world.settings.quarantine_policy)
    closed = through(world)
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    assert closed.closed is not None
    assert closed.closed.result is Result.CONTESTED


def test_release_is_refused_while_no_leaked_key_is_dead(world: World) -> None:
    world.new_key("victim")
    own = signals.user_identity("victim") | {"principalId": world.unique_id("victim")}
    asked = {"userName": "victim", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}
    result = answer(signals.call("AttachUserPolicy", by=own, requestParameters=asked), world)
    assert result.incident is not None
    world.later(60)
    with pytest.raises(RefusedError, match="is still active"):
        release(result.incident.id, "someone", "done", world.ports())


def test_a_role_session_is_revoked_by_its_name_and_nothing_else_of_the_role_changes(world: World) -> None:
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    answer(signals.exfiltration("worker", role_id, "i-0abc"), world)
    policies = world.state()["roles"]["worker"]
    (document,) = (document for name, document in policies.items() if name != "may")
    condition = json.loads(document)["Statement"][0]["Condition"]
    assert condition["StringEquals"] == {"aws:userid": f"{role_id}:i-0abc"}
    assert condition["DateLessThan"] == {"aws:TokenIssueTime": f"{START + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"}


def test_a_recreated_user_of_the_same_name_is_a_stranger(world: World) -> None:
    world.new_key("victim")
    before = world.state()
    event = signals.guardduty("AKIAGONEGONEGONEGONE", details={"principalId": "AIDAGONEGONEGONE"})
    result = answer(event, world)
    assert world.state() == before
    assert result.incident is not None
    assert "created again" in result.incident.withheld[0].reason


def test_a_sample_finding_touches_nothing_and_is_told_once(world: World) -> None:
    before = world.state()
    service = {"additionalInfo": {"value": '{"sample": true}'}, "eventLastSeen": signals.SEEN}
    first = answer(signals.guardduty("AKIAIOSFODNN7EXAMPLE", service=service), world)
    second = answer(signals.guardduty("AKIAIOSFODNN7EXAMPLE", service=service), world)
    assert (first.what, second.what) == ("told", "repeated")
    assert world.state() == before


def test_observe_touches_nothing(world: World) -> None:
    key = world.new_key("victim")
    world.with_settings(mode=Mode.OBSERVE)
    before = world.state()
    assert answer(signals.guardduty(key), world).what == "told"
    assert world.state() == before


def test_a_key_minted_by_a_contained_principal_is_contained_too(world: World) -> None:
    answer(signals.guardduty(world.new_key("victim")), world)
    minted = world.new_key("bystander")
    created = {"accessKey": {"accessKeyId": minted, "userName": "bystander", "status": "Active"}}
    event = signals.call(
        "CreateAccessKey",
        by=signals.user_identity("victim"),
        requestParameters={"userName": "bystander"},
        responseElements=created,
    )
    assert answer(event, world).what == "contained"
    assert world.state()["users"]["bystander"]["keys"] == {minted: "Inactive"}


def test_the_pause_switch_stops_everything_but_the_telling(world: World) -> None:
    key = world.new_key("victim")
    item = {"pk": {"S": "SWITCH#pause"}, "sk": {"S": "SWITCH"}}
    world.admin("dynamodb").put_item(TableName="ledger", Item=item)
    inbox = scene.queue(world.account.cloud, "inbox")
    world.admin("sns").subscribe(TopicArn=world.settings.topic, Protocol="sqs", Endpoint=inbox.arn)
    before = world.state()
    event = signals.guardduty(key)
    assert answer(event, world).what == "told"
    assert world.state() == before
    by_hand, again = json.loads(inbox.next_json()["Message"])["commands"]
    assert by_hand.startswith("aws iam attach-user-policy --user-name victim")
    assert again == f"leak-responder replay {event['detail']['id']} --region us-east-1"


def test_patrol_finds_an_incident_that_nobody_took_up(world: World) -> None:
    answer(signals.guardduty(world.new_key("victim")), world)
    assert patrol(world.ports()) == 0
    world.later(3600)
    assert patrol(world.ports()) == 1


def test_a_topic_that_is_gone_is_recorded_and_stops_nothing(world: World) -> None:
    key = world.new_key("victim")
    world.admin("sns").delete_topic(TopicArn=world.settings.topic)
    result = answer(signals.guardduty(key), world)
    assert result.incident is not None
    assert result.incident.contained_at is not None
    assert result.incident.told[1, "sns"].status is Status.FAILED
    assert result.incident.told[1, "event-bus"].good


def test_the_message_reaches_a_queue_subscribed_to_the_topic(world: World) -> None:
    inbox = scene.queue(world.account.cloud, "inbox")
    world.admin("sns").subscribe(TopicArn=world.settings.topic, Protocol="sqs", Endpoint=inbox.arn)
    answer(signals.guardduty(world.new_key("victim")), world)
    read_back = json.loads(inbox.next_json()["Message"])
    assert read_back["kind"] == "contained"
    assert read_back["commands"][0].startswith("leak-responder release ")


def test_throttling_is_raised_at_the_very_end_so_that_the_event_comes_again(world: World) -> None:
    key = world.new_key("victim")
    world.wire.refuse = {"iam:ListAccessKeys": "Throttling"}
    with pytest.raises(UnfinishedError, match="deactivate-key"):
        answer(signals.guardduty(key), world)
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    world.wire.deny()
    world.later(60)
    assert answer(signals.guardduty(key), world).what == "contained"
