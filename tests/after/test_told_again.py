"""A message that a channel did not take comes to it later, and to no other channel twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chalicelib.entries import Result
from chalicelib.follow_up import follow_up, resume
from chalicelib.model import Mode
from chalicelib.report.message import Number
from tests import signals
from tests.after.scene import LOCK, closed, leak, queued, reloaded

if TYPE_CHECKING:
    from tests.world import World


def test_the_end_is_told_once_the_channel_works_again(world: World) -> None:
    world.with_settings(verify_every=0, quiet_looks=1, watch=60)  # SQS holds back by its own clock
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.wire.deny("sns:Publish")  # as to a person who may not use the channel: the functions tell it then
    end = closed(world)
    assert end.closed is not None
    assert end.closed.result is Result.HELD
    asked = [body for body in queued(world) if json.loads(body).get("tell") == incident.id]
    assert [json.loads(body)["number"] for body in asked] == [Number.FOLLOW_UP, Number.END]
    world.wire.refuse = {}
    told = len(world.wire.published)
    for body in (*asked, *asked):  # a queue gives a message once or more
        follow_up(body, world.ports())
    assert len(world.wire.published) == told + 1  # "we watch until" is untrue by now
    after = reloaded(world, incident)
    assert after.told[Number.END, "sns"].good
    assert after.attempts[Number.END, "event-bus"] == 1


def test_a_question_that_nobody_heard_is_asked_again_within_minutes_by_whom_it_was_asked(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED, verify_every=0, bus="")
    world.wire.refuse = {"sns:Publish": "Throttling"}
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    (asked,) = [body for body in queued(world) if json.loads(body).get("tell") == incident.id]
    world.wire.clear()
    world.with_settings(bus="default")
    assert world.ports().ledger.take_by_hand(LOCK, world.at)
    assert follow_up(asked, world.ports()).what == "queued"
    assert world.wire.published == []
    world.later(world.settings.lease + 1)
    assert follow_up(asked, world.ports()).what == "advanced"
    assert world.wire.calls.index("sns:Publish") < world.wire.calls.index("dynamodb:UpdateItem")
    assert {channel for _, channel in reloaded(world, incident).told} == {"sns"}


def test_a_security_hub_that_takes_nothing_is_asked_again_and_is_in_nobodys_way(world: World) -> None:
    world.with_settings(hub_product="product/default")
    world.wire.refuse = {"securityhub:BatchUpdateFindings": "LimitExceededException"}
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    assert incident.contained_at
    assert incident.told[1, "sns"].good
    world.later(world.settings.propagation + 1)
    resume(LOCK, world.ports())
    after = reloaded(world, incident)
    assert not after.told[1, "security-hub"].good
    assert (after.attempts[1, "security-hub"], after.attempts[1, "sns"]) == (2, 1)
