"""A contained user is renamed: the incident goes on under the new name, and whoever gets the old name is left alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.entries import Renamed, Result
from chalicelib.follow_up import resume
from chalicelib.model import Mode
from chalicelib.orders.containing import carried_out, ordered
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import approve, release, restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK, leak, quarantined, read, reloaded
from tests.world import ACCOUNT, KilledError, build, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from chalicelib.incident import Incident
    from drill.cloud.lifecycle import Cloud
    from tests.world import World

ZED = f"{ACCOUNT}/user/zed"


def rename(world: World, name: str = "victim", new: str = "zed", **more: str) -> None:
    world.admin("iam").update_user(UserName=name, NewUserName=new, **more)


def undo_all(world: World, name: str) -> None:
    """Take off whatever denies the user anything."""
    iam = world.admin("iam")
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    if "PermissionsBoundary" in iam.get_user(UserName=name)["User"]:
        iam.delete_user_permissions_boundary(UserName=name)


def revive(world: World, name: str, holder: boto3.Session) -> None:
    world.admin("iam").update_access_key(UserName=name, AccessKeyId=key_id(holder), Status="Active")


def look(world: World, incident: Incident, times: int = 1) -> Incident:
    """The incident after so many looks, a minute after each other."""
    for _ in range(times):
        world.later(60)
        resume(reloaded(world, incident).lock, world.ports())
    return reloaded(world, incident)


def to_the_end(world: World, incident: Incident) -> Incident:
    """The incident followed up until it is closed."""
    for _ in range(30):
        world.later(world.settings.watch / 4)
        resume(reloaded(world, incident).lock, world.ports())
        if (found := reloaded(world, incident)).closed:
            return found
    raise AssertionError(incident.id)


def contained(world: World, holder: boto3.Session, *, wide: bool = True) -> Incident:
    """An incident about the key, which is looked at once; with a password the deny stays wide."""
    if wide:
        world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    return look(world, leak(world, signals.guardduty(key_id(holder))))


def told_about(world: World) -> str:
    return "\n".join(world.wire.published)


ACTS: dict[str, Callable[[World, str, boto3.Session], None]] = {
    "detach": lambda world, name, _: undo_all(world, name),
    "activate": revive,
    "path": lambda world, name, _: world.admin("iam").update_user(UserName=name, NewPath="/team/"),
}


@settings(max_examples=12, deadline=None)
@given(
    acts=st.permutations(["rename", "detach", "activate", "decoy", "path"]),
    looks=st.sets(st.integers(0, 4)),
    wide=st.booleans(),
)
def test_whatever_is_done_in_whichever_order_the_key_is_dead_and_the_decoy_untouched(
    running_cloud: Cloud, acts: list[str], looks: set[int], wide: bool
) -> None:
    world = build(running_cloud)
    holder = world.holder("victim")
    incident, name = contained(world, holder, wide=wide), "victim"
    decoys: list[boto3.Session] = []
    acts = sorted(acts, key=lambda act: act == "decoy" and acts.index("rename") > acts.index("decoy"))
    for place, act in enumerate(acts):
        if act == "rename":
            rename(world)
            name = "zed"
        elif act == "decoy":
            world.user("victim")
            decoys.append(world.holder("victim"))
        else:
            ACTS[act](world, name, holder)
        if place in looks:
            look(world, incident)
    before = world.state()["users"]["victim"]
    found = look(world, incident, times=3)
    assert (works(holder), [works(one) for one in decoys]) == (False, [True])
    assert world.state()["users"]["victim"] == before
    assert (before["attached"], before["boundary"]) == ([], "")
    assert (found.principal.name, found.principal.was, found.lock) == ("zed", "victim", ZED)
    assert {step.principal.name for step in found.steps} == {"zed"}


def test_the_end_says_that_somebody_fought_and_messages_bear_both_names(world: World) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    undo_all(world, "zed")
    world.user("victim")
    end = to_the_end(world, incident)
    assert end.closed is not None
    assert end.closed.result is Result.CONTESTED
    assert "user victim was renamed, and is called zed now" in told_about(world)
    assert "user zed (was victim)" in told_about(world)
    assert not works(holder)


def test_a_rename_alone_takes_nothing_off_and_is_told_once(world: World) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    found = look(world, incident, times=3)
    assert [one.detail for one in found.undone] == ["user victim was renamed, and is called zed now"]
    assert world.state()["users"]["zed"]["attached"] == ["leak-responder-quarantine"]


def test_the_event_of_a_rename_is_followed_at_once(world: World) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    undo_all(world, "zed")
    asked = {"userName": "victim", "newUserName": "zed"}
    by = signals.user_identity("mallory", "AKIAI44QH8DHBEXAMPLE")
    respond(read(signals.call("UpdateUser", by=by, requestParameters=asked), world), world.ports())
    found = reloaded(world, incident)
    assert (found.principal.name, [one.by for one in found.undone]) == ("zed", ["user mallory"])
    assert world.state()["users"]["zed"]["attached"] == ["leak-responder-quarantine"]


def test_whoever_is_renamed_again_and_back_is_followed(world: World) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    names = []
    for old, new in (("victim", "zed"), ("zed", "yan"), ("yan", "victim"), ("victim", "zed")):
        rename(world, old, new)
        found = look(world, incident)
        names.append((found.principal.name, found.principal.was, found.lock.rpartition("/")[2]))
    assert names == [
        ("zed", "victim", "zed"),
        ("yan", "victim", "yan"),
        ("victim", "", "victim"),
        ("zed", "victim", "zed"),
    ]
    undo_all(world, "zed")
    revive(world, "zed", holder)
    look(world, incident, times=2)
    assert not works(holder)


def test_two_contained_users_who_change_names_stay_contained(world: World) -> None:
    """The names are taken while each is looked for, so one incident is kept beside the other."""
    holders = [world.holder(name) for name in ("victim", "bystander")]
    incidents = [
        leak(world, signals.guardduty(key_id(one), user=name))
        for one, name in zip(holders, ("victim", "bystander"), strict=True)
    ]
    for incident in incidents:
        look(world, incident)
    for old, new in (("victim", "swap"), ("bystander", "victim"), ("swap", "bystander")):
        rename(world, old, new)
    for name in ("victim", "bystander"):
        undo_all(world, name)
    for incident in incidents * 3:
        look(world, incident)
    assert [reloaded(world, one).principal.name for one in incidents] == ["bystander", "victim"]
    assert [works(one) for one in holders] == [False, False]


def test_a_user_without_a_key_is_found_among_all(world: World) -> None:
    incident = look(world, quarantined(world))
    unique_id = world.unique_id("victim")
    rename(world)
    world.user("victim")
    found = look(world, incident)
    assert (found.principal.name, found.unique_id) == ("zed", unique_id)
    assert world.state()["users"]["zed"]["attached"] == ["leak-responder-quarantine"]
    assert world.state()["users"]["victim"]["attached"] == []


def test_where_nobody_may_list_users_the_user_is_not_believed_gone(world: World) -> None:
    incident = look(world, quarantined(world))
    rename(world)
    undo_all(world, "zed")
    world.wire.deny("iam:ListUsers")
    end = to_the_end(world, incident)
    assert end.closed is not None
    assert end.closed.result is Result.FAILED
    assert any("whether user victim was renamed could not be read" in one.reason for one in end.withheld)


def test_a_signal_about_the_new_name_joins_the_incident(world: World) -> None:
    holder, second = world.holder("victim"), world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    look(world, incident)
    answer = respond(read(signals.guardduty(key_id(second), user="zed"), world), world.ports())
    assert answer.incident is not None
    assert answer.incident.id == incident.id
    assert world.state()["users"]["zed"]["keys"] == dict.fromkeys((key_id(holder), key_id(second)), "Inactive")


@pytest.mark.parametrize("looked", [True, False], ids=["after a look", "before any look"])
def test_a_late_signal_about_the_old_name_joins_it_too(world: World, looked: bool) -> None:
    holder, second = world.holder("victim"), world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    if looked:
        look(world, incident)
    answer = respond(read(signals.guardduty(key_id(second)), world), world.ports())
    assert answer.incident is not None
    assert (answer.incident.id, answer.incident.principal.name) == (incident.id, "zed")
    assert world.state()["users"]["zed"]["keys"] == dict.fromkeys((key_id(holder), key_id(second)), "Inactive")


@pytest.mark.parametrize("looked", [True, False], ids=["after a look", "before any look"])
@pytest.mark.parametrize("known", [True, False], ids=["with unique id", "by name"])
def test_what_leaks_of_the_decoy_is_an_incident_of_its_own_and_ends_no_other(
    world: World, looked: bool, known: bool
) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    world.user("victim")
    decoy = world.holder("victim")
    if looked:
        look(world, incident)
    details = {"principalId": world.unique_id("victim")} if known else {}
    answer = respond(read(signals.guardduty(key_id(decoy), details=details), world), world.ports())
    assert answer.incident is not None
    assert answer.incident.id != incident.id
    undo_all(world, "zed")
    revive(world, "zed", holder)
    found = look(world, incident, times=2)
    assert (found.closed, found.principal.name) == (None, "zed")
    assert (works(holder), works(decoy)) == (False, False)


@pytest.mark.parametrize("looked", [True, False], ids=["after a look", "before any look"])
def test_a_key_that_is_made_for_the_decoy_has_nobody_contained(world: World, looked: bool) -> None:
    incident = contained(world, world.holder("victim"))
    rename(world)
    world.user("victim")
    decoy = world.holder("victim")
    if looked:
        look(world, incident)
    made = {"accessKey": {"accessKeyId": key_id(decoy), "userName": "victim", "status": "Active"}}
    by = signals.user_identity("mallory", "AKIAI44QH8DHBEXAMPLE")
    asked = {"userName": "victim"}
    event = signals.call("CreateAccessKey", by=by, requestParameters=asked, responseElements=made)
    assert respond(read(event, world), world.ports()).what == "told"
    assert works(decoy)
    assert look(world, incident).closed is None


def test_an_order_about_the_decoy_is_no_part_of_the_incident(world: World) -> None:
    incident = contained(world, world.holder("victim"))
    rename(world)
    world.user("victim")
    decoy = world.holder("victim")
    order = ordered(Asked(user="victim"), ANA, "a test", world.ports())
    assert carried_out(order, world.ports()).what == "contained"
    assert not works(decoy)
    assert look(world, incident).closed is None


@pytest.mark.parametrize("looked", [True, False], ids=["after a look", "before any look"])
def test_a_release_acts_on_the_present_name(world: World, looked: bool) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    world.user("victim")
    if looked:
        look(world, incident)
    before = world.state()["users"]["victim"]
    found = release(incident.id, ANA, "it is rotated", world.ports())
    assert found.released is not None
    assert (found.principal.name, works(holder)) == ("zed", False)
    assert world.state()["users"]["victim"] == before
    assert works(world.holder("zed"))


@pytest.mark.parametrize("released", [True, False], ids=["after a release", "while it is contained"])
def test_a_restore_acts_on_the_present_name(world: World, released: bool) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    if released:
        release(incident.id, ANA, "it is rotated", world.ports())
    rename(world)
    world.user("victim")
    before = world.state()["users"]["victim"]
    restore(incident.id, ANA, "a false alarm", world.ports())
    assert works(holder)
    assert world.state()["users"]["victim"] == before
    state = world.state()["users"]["zed"]
    assert (state["attached"], state["boundary"]) == ([], "")


def test_an_approval_acts_on_the_present_name(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    holder = world.holder("victim")
    incident = leak(world, signals.guardduty(key_id(holder)))
    rename(world)
    world.user("victim")
    before = world.state()["users"]["victim"]
    approve(incident.id, ANA, world.ports())
    assert not works(holder)
    assert world.state()["users"]["victim"] == before


def test_the_ledger_knows_the_incident_by_each_name(world: World) -> None:
    incident = contained(world, world.holder("victim"))
    rename(world)
    look(world, incident)
    ledger = world.ports().ledger
    kinds = [type(one.body) for one in ledger.entries(incident.id)]
    assert kinds.count(Renamed) == 1
    assert {known.id for lock in (LOCK, ZED) if (known := ledger.newest(lock))} == {incident.id}


@pytest.mark.parametrize("number", range(0, 30, 3))
def test_killed_before_any_call_of_the_look_it_is_followed_all_the_same(world: World, number: int) -> None:
    holder = world.holder("victim")
    incident = contained(world, holder)
    rename(world)
    undo_all(world, "zed")
    revive(world, "zed", holder)
    world.user("victim")
    world.later(60)
    world.wire.calls.clear()
    world.wire.kill_at = number
    with suppress(KilledError):
        resume(LOCK, world.ports())
    world.wire.clear()
    found = look(world, incident, times=2)
    assert (found.principal.name, found.lock, works(holder)) == ("zed", ZED, False)
    assert [one.detail for one in found.undone].count("user victim was renamed, and is called zed now") == 1
    assert world.state()["users"]["victim"]["attached"] == []
