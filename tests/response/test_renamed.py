"""A name is not the user: whoever is renamed keeps every key, and whoever gets the old name holds none of them.

Before the strike it looks as if the feed named a user who is not there, or is somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.follow_up import resume
from chalicelib.respond import respond
from tests import signals
from tests.response import life
from tests.world import ACCOUNT, KilledError, key_id, works

if TYPE_CHECKING:
    from tests.world import World


def test_a_user_who_was_renamed_is_found_by_the_key(world: World) -> None:
    holder = world.holder("victim")
    session = world.minted(holder)
    respond(life.read(signals.guardduty(key_id(holder), user="former"), world), world.ports())
    assert (works(holder), works(session)) == (False, False)
    assert world.state()["users"]["victim"]["keys"] == {key_id(holder): "Inactive"}


def test_so_is_one_whose_old_name_somebody_else_has_now(world: World) -> None:
    holder, stranger = world.holder("victim"), world.holder("bystander")
    details = {"principalId": world.unique_id("victim")}
    event = signals.guardduty(key_id(holder), user="bystander", details=details)
    before = world.state()["users"]["bystander"]
    respond(life.read(event, world), world.ports())
    assert (works(holder), works(stranger)) == (False, True)
    assert world.state()["users"]["bystander"] == before


@pytest.mark.parametrize("number", range(0, 24, 2))
def test_killed_before_any_call_it_is_found_all_the_same(world: World, number: int) -> None:
    holder = world.holder("victim")
    signal = life.read(signals.guardduty(key_id(holder), user="former"), world)
    world.wire.kill_at = number
    try:
        respond(signal, world.ports())
    except KilledError:
        world.wire.clear()
        for name in ("former", "victim"):
            world.later(life.MINUTE)
            resume(f"{ACCOUNT}/user/{name}", world.ports())
        respond(signal, world.ports())
    assert not works(holder)
    assert world.state()["users"]["victim"]["keys"] == {key_id(holder): "Inactive"}


def test_another_leaked_key_of_the_old_name_is_found_too(world: World) -> None:
    first, second = world.holder("victim"), world.holder("victim")
    for holder in (first, second):
        respond(life.read(signals.guardduty(key_id(holder), user="former"), world), world.ports())
        world.later(1)
    assert set(world.state()["users"]["victim"]["keys"].values()) == {"Inactive"}


@pytest.mark.parametrize("known", [True, False], ids=["with unique id", "by name"])
def test_whoever_is_renamed_before_the_strike_is_struck_and_the_decoy_is_not(world: World, known: bool) -> None:
    """The feed names the old name, which is somebody else's by the time that we hear of it."""
    holder = world.holder("victim")
    details = {"principalId": world.unique_id("victim")} if known else {}
    world.admin("iam").update_user(UserName="victim", NewUserName="zed", NewPath="/team/")
    world.user("victim")
    decoy = world.holder("victim")
    before = world.state()["users"]["victim"]
    event = signals.guardduty(key_id(holder), details=details)
    answer = respond(life.read(event, world), world.ports())
    assert answer.incident is not None
    assert (works(holder), works(decoy)) == (False, True)
    assert world.state()["users"]["victim"] == before
    assert "user zed (was victim)" in "".join(world.wire.published)


def test_whoever_is_renamed_is_found_among_all_where_no_key_is_named(world: World) -> None:
    holder = world.holder("victim")
    details = {"principalId": world.unique_id("victim"), "accessKeyId": key_id(world.minted(holder))}
    world.admin("iam").update_user(UserName="victim", NewUserName="zed")
    respond(life.read(signals.guardduty(None, details=details), world), world.ports())
    assert not works(holder)
    assert world.state()["users"]["zed"]["attached"] == ["leak-responder-quarantine"]


@pytest.mark.parametrize("call", ["iam:AttachUserPolicy", "iam:UpdateAccessKey"])
def test_whoever_is_renamed_under_the_strike_is_struck_once_more(world: World, call: str) -> None:
    holder = world.holder("victim")
    renamed: list[str] = []

    def rename(**_: object) -> None:
        if not renamed:
            renamed.append(call)
            world.admin("iam").update_user(UserName="victim", NewUserName="zed")

    name = f"before-call.iam.{call.partition(':')[2]}"
    events = world.account.aws.iam().meta.events
    events.register_first(name, rename)
    try:
        respond(life.read(signals.guardduty(key_id(holder)), world), world.ports())
    finally:
        events.unregister(name, rename)
    world.later(life.MINUTE)
    for lock in ("victim", "zed"):
        resume(f"{ACCOUNT}/user/{lock}", world.ports())
    assert renamed == [call]
    assert not works(holder)
    state = world.state()["users"]["zed"]
    assert state["keys"] == {key_id(holder): "Inactive"}
