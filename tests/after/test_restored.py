"""What a person calls a false alarm: told as far as it went, and contained again where that was a mistake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.model import Mode, Moved
from chalicelib.orders.replay import replay
from chalicelib.orders.undo import MovedError, RefusedError, decline, release, restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, closed, leak, read, reloaded
from tests.conformance import scene
from tests.world import ALLOW, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.orders.restoring import Forced
    from tests.world import World


def test_replayed_after_a_mistaken_restore_it_is_contained_again(world: World) -> None:
    intruder = world.holder("victim")
    event = signals.guardduty(key_id(intruder))
    incident = leak(world, event)
    world.later(60)
    restore(incident.id, ANA, "I thought it was our scanner", world.ports())
    world.later(60)
    assert works(intruder)
    assert respond(read(event, world), world.ports()).what == "folded"  # a feed only repeats itself

    world.later(60)
    assert replay({"event": event, "yes": True}, world.ports())["answers"] == ["contained"]
    assert not works(intruder)


def test_in_a_mode_that_only_watches_what_was_restored_is_told_for_it_works(world: World) -> None:
    intruder = world.holder("victim")
    event = signals.guardduty(key_id(intruder))
    incident = leak(world, event)
    world.with_settings(mode=Mode.OBSERVE)
    assert respond(read(event, world), world.ports()).what == "folded"  # it is stopped
    world.later(60)
    restore(incident.id, ANA, "I thought it was our scanner", world.ports())
    assert works(intruder)
    assert respond(read(event, world), world.ports()).what == "told"


def test_replayed_after_it_held_it_does_nothing(world: World) -> None:
    intruder = world.holder("victim")
    event = signals.guardduty(key_id(intruder))
    leak(world, event)
    closed(world)
    world.later(60)
    assert replay({"event": event, "yes": True}, world.ports())["answers"] == ["folded"]


def test_a_whole_restore_is_told_too_after_one_of_a_single_action(world: World) -> None:
    told = scene.queue(world.account.cloud, "told")
    world.admin("sns").subscribe(TopicArn=world.settings.topic, Protocol="sqs", Endpoint=told.arn)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    told.next()
    world.later(60)
    restore(incident.id, ANA, "one", world.ports(), "deactivate-key")
    assert "not all of it" in json.loads(told.next_json()["Message"])["headline"]
    restore(incident.id, ANA, "all", world.ports())
    assert "is as it was before us" in json.loads(told.next_json()["Message"])["headline"]


@pytest.mark.parametrize("only", [None, "quarantine-user"])
def test_what_a_restore_itself_undid_is_nobody_elses_work(world: World, only: str | None) -> None:
    key = world.new_key("victim")
    world.new_key("victim")
    incident = leak(world, signals.guardduty(key))
    closed(world)
    world.later(60)
    restore(incident.id, ANA, "it was our scanner", world.ports(), only)
    assert respond(read(undone(world, incident), world), world.ports()).what == "folded"
    world.later(60)
    assert respond(read(undone(world, incident), world), world.ports()).what == "ask"


def undone(world: World, incident: Incident) -> dict[str, Any]:
    """CloudTrail tells of the deny that went."""
    policy = next(step.arguments["policy_arn"] for step in incident.steps if step.action == "quarantine-user")
    asked = {"userName": "victim", "policyArn": policy}
    return signals.call("DetachUserPolicy", eventTime=f"{world.at:%Y-%m-%dT%H:%M:%SZ}", requestParameters=asked)


def test_where_somebody_changed_something_a_restore_stops_and_overwrites_only_what_it_is_told_to(world: World) -> None:
    key, iam = world.new_key("victim"), world.admin("iam")
    before = world.state()
    incident = leak(world, signals.guardduty(key))
    closed(world)
    theirs = iam.create_policy(PolicyName="theirs", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="victim", PermissionsBoundary=theirs)
    contained = world.state()

    def restored(forced: Forced) -> str:
        try:
            restore(incident.id, ANA, "a test", world.ports(), None, forced)
        except MovedError as stopped:
            return f"{stopped.item}: {stopped.moved.now}"
        return ""

    stopped = f"narrow-user: boundary {theirs}"
    assert restored({}) == stopped
    assert restored({"narrow-user": Moved("", "something else", "")}) == stopped  # it moved again while one looked
    assert world.state() == contained
    assert restored({"narrow-user": None}) == ""
    iam.delete_policy(PolicyArn=theirs)
    assert world.state() == before
    world.wire.clear()
    assert restored({}) == ""
    assert [call for call in world.wire.writes if call.startswith("iam:")] == []
    written = reloaded(world, incident).restored
    assert any(theirs in one.detail for one in written.values())  # what was overwritten stands in the ledger


@pytest.mark.parametrize("decision", [restore, release, decline])
def test_nothing_is_decided_without_a_reason(world: World, decision: Callable[..., object]) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    contained = world.state()
    with pytest.raises(RefusedError, match="say why with --reason"):
        decision(incident.id, ANA, " ", world.ports())
    assert (world.state(), reloaded(world, incident).last) == (contained, incident.last)


def test_an_item_that_an_incident_does_not_have_is_refused_before_anything_is_put_back(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    contained = world.state()
    with pytest.raises(RefusedError, match="it has quarantine-user, deactivate-key"):
        restore(incident.id, ANA, "a test", world.ports(), None, {"bound-user": None})
    assert world.state() == contained
