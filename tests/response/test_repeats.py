"""A finding that comes again, to whichever container, costs one conditional write; one that was cut off is answered."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.delivery import answer_delivered
from chalicelib.follow_up import follow_up
from chalicelib.ledger import codec
from chalicelib.model import Mode
from chalicelib.orders.undo import restore
from chalicelib.respond import UnfinishedError, respond
from tests.after.scene import ANA, closed
from tests.ledger.scene import items
from tests.response import life
from tests.world import KilledError

if TYPE_CHECKING:
    from chalicelib.model import Signal
    from tests.world import World

ONE_WRITE = ["dynamodb:UpdateItem"]
FEEDS = (life.user_key, life.bare_key_id, life.role_session)


def delivered(world: World, signal: Signal) -> str:
    """Deliver it to a container that has never seen it."""
    return answer_delivered(signal, world.ports(), respond).what


def remembered(world: World) -> list[dict[str, Any]]:
    """What the ledger holds of findings that were answered to the end."""
    return [one for one in items(world) if one["pk"]["S"].startswith("ANSWERED#")]


@pytest.mark.parametrize("leak", FEEDS)
@pytest.mark.parametrize("end", ["open", "held", "restored"])
def test_the_same_again_costs_one_conditional_write_and_no_call_more(world: World, leak: Any, end: str) -> None:
    world.with_settings(watch=60)
    signal = life.read(leak(world), world)
    assert delivered(world, signal) == "contained"
    incident = life.Life(world, signal).incident()
    world.later(life.MINUTE)
    if end == "held":
        closed(world, incident.principal.lock)
    if end == "restored":
        restore(incident.id, ANA, "a load test", world.ports())
    before = world.state()
    for _ in range(20):
        world.wire.clear()
        assert delivered(world, signal) == "repeated"
        assert world.wire.calls == ONE_WRITE
    assert world.state() == before
    (known,) = remembered(world)
    assert known["again"] == {"N": "20"}


@pytest.mark.parametrize("leak", FEEDS)
def test_whoever_was_cut_off_before_the_end_of_an_answer_answers_it_again(world: World, leak: Any) -> None:
    signal = life.read(leak(world), world)
    for kill in range(60):
        world.wire.clear()
        world.wire.kill_at = kill
        with suppress(KilledError):
            assert delivered(world, signal) in {"contained", "repeated"}  # all of it was told before the last cut
            break
        assert not remembered(world)
        world.later(life.MINUTE)
    assert kill > 8
    assert len(remembered(world)) == 1
    assert life.Life(world, signal).incident().contained_at


def test_what_is_fresh_waits_for_nothing_but_its_claim(world: World) -> None:
    signal = replace(life.read(life.user_key(world), world), at=world.at)
    world.wire.clear()
    delivered(world, signal)
    assert world.wire.calls[0] != ONE_WRITE[0]
    assert remembered(world)


@pytest.mark.parametrize(
    "change", [{"native_id": "another"}, {"region": "eu-west-1", "native_id": "the same in another Region"}]
)
def test_another_finding_is_no_repeat(world: World, change: dict[str, str]) -> None:
    signal = life.read(life.user_key(world), world)
    delivered(world, signal)
    world.wire.clear()
    delivered(world, replace(signal, **change))  # type: ignore[arg-type]
    assert world.wire.calls != ONE_WRITE


def test_a_finding_that_its_feed_has_updated_is_no_repeat(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    delivered(world, signal)
    world.wire.clear()
    delivered(world, replace(signal, at=signal.at + life.A_MINUTE))
    assert world.wire.calls != ONE_WRITE


def test_what_was_only_told_is_judged_anew_in_another_mode(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    world.with_settings(mode=Mode.OBSERVE)
    assert delivered(world, signal) == "told"
    world.with_settings(mode=Mode.CONTAIN_CONFIRMED)
    assert delivered(world, signal) == "contained"


def test_a_ledger_that_cannot_say_whether_it_was_answered_keeps_nothing_from_its_answer(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    world.wire.refuse = {"dynamodb:UpdateItem": "ProvisionedThroughputExceededException"}
    with suppress(UnfinishedError):
        answer_delivered(signal, world.ports(), respond)
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]


def test_a_signal_that_waited_in_the_queue_is_remembered_too(world: World) -> None:
    signal = life.read(life.user_key(world), world)
    message = json.dumps({"signal": codec.written(signal)})
    assert follow_up(message, world.ports()).what == "contained"
    world.wire.clear()
    assert follow_up(message, world.ports()).what == "repeated"
    assert world.wire.calls == ONE_WRITE


def test_a_record_of_cloudtrail_is_another_call_each_time_and_costs_no_write_more(world: World) -> None:
    signal = replace(life.read(life.user_key(world), world), source="cloudtrail")
    delivered(world, signal)
    assert not remembered(world)
