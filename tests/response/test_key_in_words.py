"""AWS Health that names a key in its words alone: IAM says whose it is, or nothing happens but telling."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib import sources
from chalicelib.respond import Answer, respond
from tests.sources import events
from tests.world import key_id, works

if TYPE_CHECKING:
    from tests.world import World


def answers(words: str, world: World, **envelope: Any) -> list[Answer]:
    """What comes of each signal of such an event."""
    told = [{"language": "en_US", "latestDescription": words}]
    parsed = sources.read({**events.health(events.exposed(eventDescription=told)), **envelope}, world.at)
    assert isinstance(parsed, tuple)
    return [respond(one, world.ports()) for one in parsed]


def told(world: World) -> str:
    return " ".join(json.loads(world.wire.published[0])["default"].split()).casefold()


def test_the_holder_is_contained_and_not_the_user_whom_the_words_name(world: World) -> None:
    leaked, bystander = world.holder("victim"), world.holder("bystander")
    (answer,) = answers(f"The access key {key_id(leaked)}, belonging to IAM user bystander, is public.", world)
    assert answer.incident is not None
    assert (answer.what, answer.incident.principal.name) == ("contained", "victim")
    assert works(bystander)
    assert not works(leaked)


def test_each_of_several_keys_is_answered_for_its_own_holder(world: World) -> None:
    first, second = world.holder("victim"), world.holder("bystander")
    found = answers(f"Keys {key_id(first)} and {key_id(second)} are public.", world)
    assert [one.incident.principal.name for one in found if one.incident] == ["victim", "bystander"]


def test_a_key_that_iam_does_not_know_is_told_and_nobody_is_touched(world: World) -> None:
    before = world.state()
    (answer,) = answers("The access key AKIAQAZXSWEDCVFRTGB2, belonging to IAM user victim, is public.", world)
    assert answer.what == "told"
    assert world.state() == before
    assert "iam does not say whose akiaqazxswedcvfrtgb2 is" in told(world)


def test_a_key_in_the_words_of_an_event_of_another_account_is_told_and_nobody_is_touched(world: World) -> None:
    key, before = world.new_key("victim"), world.state()
    (answer,) = answers(f"The access key {key} is public.", world, account=events.OTHER_ACCOUNT)
    assert answer.what == "told"
    assert world.state() == before
    assert f"account {events.OTHER_ACCOUNT} is not ours" in told(world)
