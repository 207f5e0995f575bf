"""What a colleague sets where something of ours stands is written down, and is what a restore puts back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.follow_up import resume
from chalicelib.orders.restoring import Newer, restore_chain
from chalicelib.orders.undo import MovedError, RefusedError, release, restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK, closed, inbox, later_signal, leak, received, reloaded
from tests.response import life
from tests.world import key_id, works

if TYPE_CHECKING:
    import boto3

    from chalicelib.incident import Incident
    from tests.world import World

HOURS = 3600


@pytest.fixture
def colleague(world: World) -> boto3.Session:
    """Somebody whom nobody suspects. The time is behind the clock that CloudTrail goes by, so that it names them."""
    world.later(-2 * HOURS)
    world.with_settings(cut_off_ahead=0)
    return world.holder("bystander")


def look(world: World) -> None:
    """One look of the watch, once nothing may be hidden any more that was done before."""
    world.later(60)
    resume(LOCK, world.ports())


def fence(world: World, name: str) -> str:
    """The ARN of a boundary that somebody made."""
    return str(world.admin("iam").create_policy(PolicyName=name, PolicyDocument=life.FENCE)["Policy"]["Arn"])


def boundary(world: World) -> str:
    return str(world.state()["users"]["victim"]["boundary"])


def set_by(who: boto3.Session, arn: str) -> None:
    who.client("iam").put_user_permissions_boundary(UserName="victim", PermissionsBoundary=arn)


def no_room(world: World) -> tuple[Incident, str]:
    """A user whom the boundary denies everything, in the place of one of their own: the incident, and that one."""
    life.fill(world, "victim")
    before = fence(world, "before")
    set_by(world.account.session, before)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    look(world)
    return incident, before


def test_a_boundary_over_ours_goes_for_the_deny_and_comes_back_with_a_restore(
    world: World, colleague: boto3.Session
) -> None:
    holder = world.holder("victim")
    incident, _ = no_room(world)
    theirs = fence(world, "theirs")
    set_by(colleague, theirs)
    after = world.state()
    look(world)
    assert boundary(world) == world.settings.quarantine_policy
    assert not works(holder)
    (found,) = reloaded(world, incident).found
    assert (found.image, found.by, found.hostile) == ({"boundary": theirs}, "user bystander", False)

    restore(incident.id, ANA, "a test", world.ports())
    after["users"]["victim"]["keys"] = dict.fromkeys(after["users"]["victim"]["keys"], "Active")
    assert world.state() == after
    assert boundary(world) == theirs


def test_each_time_that_somebody_sets_another_one_the_newest_is_what_comes_back(
    world: World, colleague: boto3.Session
) -> None:
    incident, before = no_room(world)
    for theirs in (fence(world, "theirs"), before):
        set_by(colleague, theirs)
        look(world)
        assert boundary(world) == world.settings.quarantine_policy
    assert len(reloaded(world, incident).found) == 2
    restore(incident.id, ANA, "a test", world.ports())
    assert boundary(world) == before


def test_taking_ours_off_sets_none(world: World, colleague: boto3.Session) -> None:
    incident, before = no_room(world)
    colleague.client("iam").delete_user_permissions_boundary(UserName="victim")
    look(world)
    assert reloaded(world, incident).found == ()
    restore(incident.id, ANA, "a test", world.ports())
    assert boundary(world) == before


def test_the_boundary_of_a_contained_principal_does_not_come_back(world: World, colleague: boto3.Session) -> None:
    incident, before = no_room(world)
    set_by(colleague, fence(world, "wide"))
    leak(world, signals.guardduty(key_id(colleague), user="bystander"))
    look(world)
    (found,) = reloaded(world, incident).found
    assert (found.by, found.hostile) == ("user bystander", True)
    restore(incident.id, ANA, "a test", world.ports())
    assert boundary(world) == before


@pytest.mark.parametrize("later", [True, False])
def test_where_nothing_says_who_set_it_a_person_says_which_is_right(world: World, later: bool) -> None:
    """The clock of these tests is ahead of CloudTrail's, which therefore names nobody."""
    incident, before = no_room(world)
    theirs = fence(world, "theirs")
    set_by(world.account.session, theirs)
    url = inbox(world)
    look(world)
    assert ("sns", "undone") in received(world, url)
    with pytest.raises(MovedError, match="nothing says who") as stopped:
        restore(incident.id, ANA, "a test", world.ports())
    assert boundary(world) == world.settings.quarantine_policy
    command = f"put-user-permissions-boundary --user-name victim --permissions-boundary {theirs}"
    assert (before in stopped.value.moved.back, command in stopped.value.moved.back) == (True, True)
    if later:
        set_by(world.account.session, theirs)
    restore(incident.id, ANA, "a test", world.ports(), None, {} if later else {"bound-user": None})
    assert boundary(world) == (theirs if later else before)


def test_over_the_narrower_deny_it_stays_and_the_user_is_denied_as_a_whole(world: World) -> None:
    """The narrower deny as a boundary allows what theirs may not, so that it never takes their place."""
    holder, owner = world.holder("victim"), world.holder("victim")
    incident = leak(world, signals.guardduty(key_id(holder)))
    look(world)
    look(world)
    assert works(owner)
    theirs = fence(world, "theirs")
    set_by(world.account.session, theirs)
    look(world)
    look(world)
    assert boundary(world) == theirs
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    assert not works(owner)
    with pytest.raises(RefusedError, match="boundary of their own"):
        release(incident.id, ANA, "a test", world.ports())

    end = closed(world)
    assert end.is_denied
    restore(incident.id, ANA, "a test", world.ports())
    state = world.state()
    assert (boundary(world), state["users"]["victim"]["attached"]) == (theirs, [])
    assert [name for name in state["policies"] if name.startswith("leak-responder-inc")] == []
    assert (works(holder), works(owner)) == (True, True)


def test_the_narrower_deny_of_a_fight_with_an_intruder_goes_wide_and_a_restore_asks(
    world: World, colleague: boto3.Session
) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    look(world)
    look(world)
    theirs = fence(world, "wide")
    set_by(colleague, theirs)
    leak(world, signals.guardduty(key_id(colleague), user="bystander"))
    look(world)
    look(world)
    assert [one.hostile for one in reloaded(world, incident).found] == [True]
    with pytest.raises(MovedError, match="policy/wide"):
        restore(incident.id, ANA, "a test", world.ports())
    restore(incident.id, ANA, "a test", world.ports(), None, {"narrow-user": None})
    assert boundary(world) == ""


def test_over_the_deny_of_a_second_incident_it_comes_back_through_the_chain_and_not_over_that_of_the_first(
    world: World, colleague: boto3.Session
) -> None:
    """Restored alone the second would leave the first without its deny, so a person says which is right."""
    key = world.new_key("victim")
    first = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    world.later(60)
    older = world.at + timedelta(hours=2)  # than any key, whose age the embedded AWS tells by the clock on the wall
    second = respond(replace(later_signal(world, key), since=older), world.ports()).incident
    assert second
    look(world)
    look(world)
    assert reloaded(world, second).narrowed
    theirs = fence(world, "theirs")
    set_by(colleague, theirs)
    look(world)
    look(world)
    assert boundary(world) == theirs
    with pytest.raises(MovedError, match="policy/theirs"):
        restore(second.id, ANA, "a test", world.ports())
    restore_chain(first.id, ANA, "a test", world.ports(), Newer(false_too=(second.id,)))
    assert boundary(world) == theirs
    assert world.state()["users"]["victim"]["attached"] == []


def test_a_retired_key_that_a_colleague_takes_into_use_again_comes_back_as_they_left_it(
    world: World, colleague: boto3.Session
) -> None:
    key = world.new_key("victim")
    world.admin("iam").update_access_key(UserName="victim", AccessKeyId=key, Status="Inactive")
    incident = leak(world, signals.guardduty(key))
    look(world)
    colleague.client("iam").update_access_key(UserName="victim", AccessKeyId=key, Status="Active")
    look(world)
    assert world.state()["users"]["victim"]["keys"] == {key: "Inactive"}
    restore(incident.id, ANA, "a test", world.ports())
    assert world.state()["users"]["victim"]["keys"] == {key: "Active"}
