"""What a person calls a false alarm: told as far as it went, and contained again where that was a mistake."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.replay import replay
from chalicelib.respond import respond
from chalicelib.undo import restore
from tests import signals
from tests.after.scene import ANA, closed, leak, read
from tests.conformance import scene
from tests.world import key_id, works

if TYPE_CHECKING:
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
