"""What AWS throttles waits in the follow-up's queue, for hours if it must: no event is given up after three tries."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.delivery import answer_delivered
from chalicelib.follow_up import follow_up, resume
from chalicelib.respond import UnansweredError, UnfinishedError, respond
from tests import signals
from tests.after.scene import LOCK, inbox, read, received
from tests.response import life

if TYPE_CHECKING:
    from tests.world import World


def sent(world: World) -> list[dict[str, object]]:
    """The messages of the follow-up queue, whenever they are to come."""
    return [json.loads(one) for one in world.wire.queued]


def test_a_step_that_is_throttled_is_left_to_the_follow_up(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    world.wire.refuse = {"iam:UpdateAccessKey": "Throttling"}
    answer = answer_delivered(signal, world.ports(), respond)
    assert answer.what == "unfinished"
    assert "deactivate-key" in answer.reason
    assert [one["lock"] for one in sent(world)] == [LOCK]
    world.wire.clear()
    world.later(life.MINUTE)
    resume(LOCK, world.ports())
    found = world.incident(LOCK)
    assert found
    assert found.contained_at


def test_where_the_queue_does_not_take_it_the_event_comes_again(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    world.wire.refuse = {"iam:UpdateAccessKey": "Throttling", "sqs:SendMessage": "Throttling"}
    with pytest.raises(UnfinishedError, match="deactivate-key"):
        answer_delivered(signal, world.ports(), respond)


@pytest.mark.parametrize("call", ["dynamodb:TransactWriteItems", "iam:GetAccessKeyLastUsed"])
def test_what_could_not_be_answered_at_all_waits_longer_each_time_and_is_answered_in_the_end(
    world: World, call: str
) -> None:
    signal = life.read(life.bare_key_id(world), world)
    world.wire.refuse = {call: "Throttling"}
    assert answer_delivered(signal, world.ports(), respond).what == "unfinished"
    for tries in range(1, 12):
        (message,) = sent(world)
        assert message["tries"] == tries
        world.wire.queued.clear()
        assert follow_up(json.dumps(message), world.ports()).what == "unfinished"
    assert world.wire.delays == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    world.wire.refuse = {}
    (message,) = sent(world)
    assert follow_up(json.dumps(message), world.ports()).what == "contained"


def test_after_six_hours_it_is_given_up_as_a_dead_letter(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    world.wire.refuse = {"dynamodb:TransactWriteItems": "Throttling"}
    with pytest.raises(UnansweredError):
        answer_delivered(signal, replace(world.ports(), tries=30), respond)
    assert sent(world) == []


def test_what_is_tried_for_minutes_is_told_once(world: World) -> None:
    signal, url = read(signals.guardduty(world.new_key("victim")), world), inbox(world)
    world.wire.refuse = {"dynamodb:TransactWriteItems": "Throttling"}
    for tries in range(8):
        answer_delivered(signal, replace(world.ports(), tries=tries), respond)
    assert received(world, url) == [("event-bus", "by-hand"), ("sns", "by-hand")]


def test_what_trying_again_cannot_mend_is_raised_at_once(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    world.wire.deny("dynamodb:TransactWriteItems")
    with pytest.raises(UnfinishedError):
        answer_delivered(signal, world.ports(), respond)
    assert sent(world) == []


def test_a_look_that_the_ledger_throttles_comes_again_too(world: World) -> None:
    respond(life.read(life.user_key(world), world), world.ports())
    world.wire.clear()
    world.later(life.MINUTE)
    world.wire.refuse = {"dynamodb:GetItem": "ProvisionedThroughputExceededException"}
    assert follow_up(json.dumps({"lock": LOCK}), world.ports()).what == "unfinished"
    assert [(one["lock"], one["tries"]) for one in sent(world)] == [(LOCK, 1)]
