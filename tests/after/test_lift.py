"""A deny on old sessions stays for as long as one of them can live, and not longer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.entries import Result
from chalicelib.follow_up import follow_up, resume
from chalicelib.follow_up.lift import lift_due
from chalicelib.orders.undo import release, restore
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import (
    ANA,
    LOCK,
    closed,
    inbox,
    later_signal,
    leak,
    lifts,
    on_patrol,
    quarantined,
    read,
    received,
    reloaded,
    role_leak,
)
from tests.world import ACCOUNT, KilledError, key_id, works

if TYPE_CHECKING:
    from tests.world import World

HOURS = 3600
OURS = "leak-responder"


def boundary(world: World) -> str:
    return str(world.state()["users"]["victim"]["boundary"])


def ours(world: World) -> list[str]:
    return [name for name in world.state()["policies"] if name.startswith("leak-responder-inc")]


def test_a_user_s_deny_ends_thirty_six_hours_after_the_cut_off(world: World) -> None:
    before = world.state()
    key = world.new_key("victim")
    incident = leak(world, signals.guardduty(key))
    assert closed(world).did("narrow-user")
    world.later(36 * HOURS - 2 * HOURS)
    assert lifts(world) == []
    assert ours(world)
    world.later(2 * HOURS)
    assert on_patrol(world) == ["lifted"]
    after = world.state()
    after["users"]["victim"]["keys"].pop(key)
    assert after == before
    assert reloaded(world, incident).lifted
    assert on_patrol(world) == []


def test_a_role_s_deny_ends_after_twelve_hours(world: World) -> None:
    before = world.state()
    incident = role_leak(world)
    assert closed(world, incident.principal.lock).closed
    assert len(world.state()["roles"]["worker"]) == 2
    world.later(11 * HOURS)
    assert on_patrol(world) == []
    world.later(1 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert world.state() == before


def test_what_a_role_got_later_and_lost_too_stays_denied_for_its_own_time(world: World) -> None:
    incident = role_leak(world)
    world.later(5 * 60)
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    signal = read(signals.exfiltration("worker", role_id, "i-0abc"), world)
    subject = replace(signal.subject, id="ASIAIOSFODNN7EXAMPL2")
    newer = replace(signal, at=world.at, since=world.at, native_id="newer", subject=subject)
    again = respond(newer, world.ports()).incident
    assert again is not None
    assert again.id == incident.id
    denies = [step for step in again.steps if step.action == "revoke-role-sessions"]
    due = lift_due(again, world.settings)
    latest = max(datetime.fromisoformat(step.arguments["cut_off"]) for step in denies)
    assert due == latest + timedelta(hours=12)
    assert latest > incident.cut_off


def test_the_deny_on_everything_stays_until_a_person_decides(world: World) -> None:
    world.new_key("victim")
    incident = quarantined(world)
    closed(world)
    world.later(100 * HOURS)
    assert on_patrol(world) == []
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    assert not reloaded(world, incident).lifted


def test_a_release_after_the_end_begins_the_rest(world: World) -> None:
    key = world.new_key("victim")
    incident = quarantined(world)
    closed(world)
    world.admin("iam").update_access_key(UserName="victim", AccessKeyId=key, Status="Inactive")
    release(incident.id, ANA, "a new key was handed over", world.ports())
    assert ours(world)
    world.later(37 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert boundary(world) == ""
    assert ours(world) == []


def test_a_message_that_comes_too_early_takes_nothing_off(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    assert follow_up(f'{{"lift": "{incident.id}"}}', world.ports()).what == "early"
    assert boundary(world).endswith(f"{OURS}-{incident.id}")


def test_only_programs_are_told_and_it_is_the_end(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    url = inbox(world)
    world.later(37 * HOURS)
    on_patrol(world)
    assert received(world, url) == [("event-bus", "deny-lifted")]


def test_a_right_that_is_missing_is_told_to_people_and_it_is_tried_again_next_day(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    url = inbox(world)
    world.later(37 * HOURS)
    world.wire.deny("iam:DeleteUserPermissionsBoundary")
    assert on_patrol(world) == ["unlifted"]
    assert received(world, url) == [("event-bus", "deny-not-lifted"), ("sns", "deny-not-lifted")]
    assert on_patrol(world) == []
    world.wire.clear()
    world.later(25 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert received(world, url) == [("event-bus", "deny-lifted")]
    assert all(one.good for one in reloaded(world, incident).lifted.values())


def test_killed_before_every_call_it_is_taken_off_all_the_same(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    world.later(37 * HOURS)
    message = f'{{"lift": "{incident.id}"}}'
    for kill in range(30):
        world.wire.clear()
        world.wire.kill_at = kill
        with suppress(KilledError):
            follow_up(message, world.ports())
            break
        world.later(world.settings.lease + 1)
    assert kill > 5
    world.wire.clear()
    assert (boundary(world), ours(world)) == ("", [])
    assert reloaded(world, incident).told[7, "event-bus"].good
    assert lifts(world) == []


def test_a_boundary_that_somebody_set_meanwhile_is_left_alone(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    theirs = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    world.admin("iam").put_user_permissions_boundary(UserName="victim", PermissionsBoundary=theirs)
    world.later(37 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert (boundary(world), ours(world)) == (theirs, [])


def test_a_user_who_is_gone_leaves_nothing_of_ours_behind(world: World) -> None:
    key = world.new_key("victim")
    leak(world, signals.guardduty(key))
    closed(world)
    iam = world.admin("iam")
    iam.delete_user_permissions_boundary(UserName="victim")
    iam.delete_access_key(UserName="victim", AccessKeyId=key)
    iam.delete_user_policy(UserName="victim", PolicyName="may")
    iam.delete_user(UserName="victim")
    world.later(37 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert ours(world) == []


@pytest.fixture
def two_leaks(world: World) -> tuple[str, str]:
    """One leak narrowed and held; ten hours later the sibling leaks, and is narrowed over it."""
    first_key, second_key = world.new_key("victim"), world.new_key("victim")
    first = leak(world, signals.guardduty(first_key))
    closed(world)
    world.later(10 * HOURS)
    second = respond(later_signal(world, second_key), world.ports()).incident
    assert second is not None
    assert second.id != first.id
    assert closed(world).id == second.id
    assert boundary(world).endswith(f"{OURS}-{second.id}")
    return first.id, second.id


def test_a_second_leak_denies_what_the_first_did_and_more(world: World, two_leaks: tuple[str, str]) -> None:
    first, second = two_leaks
    assert ours(world) == sorted([f"{OURS}-{first}", f"{OURS}-{second}"])
    world.later(26 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert ours(world) == [f"{OURS}-{second}"]
    assert boundary(world).endswith(second)
    world.later(10 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert (boundary(world), ours(world)) == ("", [])


def test_a_second_alarm_that_was_false_gives_the_first_deny_back(world: World, two_leaks: tuple[str, str]) -> None:
    first, second = two_leaks
    restore(second, ANA, "a test", world.ports())
    assert boundary(world).endswith(f"{OURS}-{first}")
    world.later(26 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert (boundary(world), ours(world)) == ("", [])


def test_a_second_alarm_restored_after_the_first_deny_ended_leaves_none(
    world: World, two_leaks: tuple[str, str]
) -> None:
    _, second = two_leaks
    world.later(26 * HOURS)
    assert on_patrol(world) == ["lifted"]
    restore(second, ANA, "a test", world.ports())
    assert (boundary(world), ours(world)) == ("", [])


def test_an_open_incident_keeps_its_wide_deny_while_an_older_one_ends(world: World) -> None:
    holder = world.holder("victim")
    first = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    world.later(35 * HOURS)
    second = respond(later_signal(world, str(holder.get_credentials().access_key)), world.ports())  # type: ignore[union-attr]
    assert second.what == "contained"
    world.later(2 * HOURS)
    assert follow_up(f'{{"lift": "{first.id}"}}', world.ports()).what == "lifted"
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    assert not works(holder)
    assert world.ports().ledger.take(LOCK, world.at) is not None


def test_a_sibling_that_leaks_while_the_first_is_watched_gets_a_deny_of_its_own(world: World) -> None:
    sibling = world.holder("victim")
    first = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    resume(LOCK, world.ports())
    assert works(sibling)
    world.later(60)
    signal = later_signal(world, key_id(sibling))
    second = respond(signal, world.ports())
    assert second.what == "contained"
    assert second.incident is not None
    assert second.incident.id != first.id
    assert not works(sibling)
    old = reloaded(world, first).closed
    assert old is not None
    assert old.result is Result.FOLLOWED
    assert respond(signal, world.ports()).what == "repeated"
    end = closed(world)
    assert (end.id, end.did("narrow-user"), end.undone) == (second.incident.id, True, ())
    assert on_patrol(world) == ["early"]
    assert on_patrol(world) == []
    world.later(37 * HOURS)
    assert on_patrol(world) == ["lifted", "lifted"]
    assert (boundary(world), ours(world)) == ("", [])


def test_the_dead_key_tried_again_while_watched_changes_nothing(world: World) -> None:
    sibling, key = world.holder("victim"), world.new_key("victim")
    first = leak(world, signals.guardduty(key))
    world.later(60)
    resume(LOCK, world.ports())
    world.later(60)
    again = respond(later_signal(world, key), world.ports())
    assert (again.what, again.explained_by) == ("explained", first.id)
    assert works(sibling)


def test_a_restored_incident_has_nothing_left_to_lift(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    restore(incident.id, ANA, "a test", world.ports())
    world.later(37 * HOURS)
    assert on_patrol(world) == ["settled"]
    assert on_patrol(world) == []
    end = reloaded(world, incident).closed
    assert end is not None
    assert end.result is Result.RESTORED
    assert ACCOUNT in incident.principal.lock
