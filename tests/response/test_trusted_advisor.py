"""Trusted Advisor's exposed key: IAM says whose it is, whatever name stands beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.respond import Answer, respond, sift
from tests import signals
from tests.response import life
from tests.sources import events
from tests.world import key_id, works

if TYPE_CHECKING:
    from tests.world import World


def found(key: str, user: str, **members: Any) -> dict[str, Any]:
    return events.trusted_advisor(events.exposed_key(key, user=user, **members))


def answer(event: dict[str, Any], world: World) -> Answer:
    return respond(life.read(event, world), world.ports())


def told(world: World) -> str:
    return " ".join(json.loads(world.wire.published[0])["default"].split())


def test_the_holder_of_the_key_is_contained_and_not_the_user_that_the_event_names(world: World) -> None:
    leaked, bystander = world.holder("victim"), world.holder("bystander")
    contained = answer(found(key_id(leaked), "bystander"), world)
    assert contained.incident is not None
    assert (contained.what, contained.incident.principal.name) == ("contained", "victim")
    assert works(bystander)


def test_what_is_suspected_alone_asks_a_person(world: World) -> None:
    key = world.new_key("victim")
    assert answer(found(key, "victim", fraud="Suspected"), world).what == "ask"


def test_off_the_strike_path_it_is_handed_to_the_one_that_contains(world: World) -> None:
    key, before = world.new_key("victim"), world.state()
    assert sift(life.read(found(key, "victim"), world), world.ports()).what == "queued"
    assert world.state() == before


def test_a_key_of_root_is_told_with_what_to_do_by_hand(world: World) -> None:
    before = world.state()
    assert answer(found("AKIAROOTROOTROOTROOT", "root"), world).what == "told"
    assert world.state() == before
    assert "sign in as root now" in told(world)


def test_a_user_who_is_called_root_is_contained_as_the_user_that_they_are(world: World) -> None:
    """Else whoever renames the user they came in by would be spared."""
    world.admin("iam").create_user(UserName="root")
    contained = answer(found(world.new_key("root"), "root"), world)
    assert contained.incident is not None
    assert (contained.what, contained.incident.principal.kind) == ("contained", "user")


def test_a_key_whose_user_is_renamed_to_root_meanwhile_is_found_by_its_id(world: World) -> None:
    contained = answer(found(world.new_key("victim"), "root"), world)
    assert contained.incident is not None
    assert (contained.what, contained.incident.principal.name) == ("contained", "victim")


def test_a_key_of_another_account_is_told_and_nothing_is_asked_of_iam(world: World) -> None:
    event = found(world.new_key("victim"), "victim") | {"account": events.OTHER_ACCOUNT}
    before = world.state()
    assert answer(event, world).what == "told"
    assert world.state() == before
    assert not [call for call in world.wire.calls if call.startswith("iam:")]
    assert f"account {events.OTHER_ACCOUNT} is not ours" in told(world).casefold()


def test_a_refresh_of_the_same_item_changes_nothing_and_tells_nobody_again(world: World) -> None:
    event = found(world.new_key("victim"), "victim")
    assert answer(event, world).what == "contained"
    said = len(world.wire.published)
    assert answer(event, world).what == "repeated"
    assert len(world.wire.published) == said


def test_a_holder_who_cannot_be_shown_to_exist_is_not_taken_for_a_user(world: World) -> None:
    """What IAM answers for a key of root is documented nowhere: it may be a name that no user has."""
    event, before = found(world.new_key("victim"), "root"), world.state()
    world.wire.deny("iam:GetUser")
    assert answer(event, world).what == "told"
    assert world.state() == before
    assert "sign in as root now" in told(world)


def test_root_whom_a_feed_knows_by_more_than_a_name_is_not_asked_for(world: World) -> None:
    event = signals.guardduty("AKIAROOTROOTROOTROOT", details={"userName": "Root", "userType": "Root"})
    assert answer(event, world).what == "told"
    assert not [call for call in world.wire.calls if call.startswith("iam:")]
