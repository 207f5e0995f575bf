"""Newer activity of an open incident: what the cut-off spared is stopped too, and what is dead stops nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.entries import Result
from chalicelib.follow_up import resume
from chalicelib.respond import respond
from tests import signals
from tests.response import life
from tests.response.life import Life
from tests.world import key_id, works

if TYPE_CHECKING:
    from tests.world import World


def seen_now(event: dict[str, Any], world: World) -> dict[str, Any]:
    event["detail"]["service"]["eventLastSeen"] = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    return event


def test_the_same_dead_key_seen_again_stops_the_owner_no_more(world: World) -> None:
    first, second = world.holder("victim"), world.holder("victim")
    respond(life.read(signals.guardduty(key_id(first)), world), world.ports())
    world.later(life.MINUTE)
    resume(life.USER, world.ports())
    narrow = world.state()
    world.later(life.MINUTE)
    respond(life.read(seen_now(signals.guardduty(key_id(first)), world), world), world.ports())
    assert world.state() == narrow
    assert works(second)


def test_credentials_that_a_role_got_after_the_cut_off_are_revoked_when_they_leak_too(world: World) -> None:
    world.with_settings(watch=60)
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    before = world.state()
    leak = Life(world, life.read(signals.exfiltration("worker", role_id, "i-0abc"), world))
    leak.responded()
    world.later(3600)
    event = seen_now(signals.exfiltration("worker", role_id, "i-0abc"), world)
    respond(life.read(event, world), world.ports())
    assert len(world.state()["roles"]["worker"]) == 2  # the same credentials are dead

    event["detail"]["resource"]["accessKeyDetails"]["accessKeyId"] = "ASIAI44QH8DHBEXAMPLE"
    respond(life.read(event, world), world.ports())
    assert len(world.state()["roles"]["worker"]) == 3
    closed = leak.closed()
    assert closed.closed is not None
    assert closed.closed.result is Result.HELD
    leak.restored()
    assert world.state() == before


def test_another_key_that_was_used_before_a_narrowed_incident_ended_is_no_part_of_it(world: World) -> None:
    world.with_settings(watch=60)
    sibling = world.holder("victim")
    leak = Life(world, life.read(signals.guardduty(world.new_key("victim")), world))
    leak.responded()
    seen = world.at
    leak.closed()
    assert works(sibling)
    event = signals.guardduty(key_id(sibling))
    event["detail"]["service"]["eventLastSeen"] = f"{seen:%Y-%m-%dT%H:%M:%SZ}"
    assert respond(life.read(event, world), world.ports()).what == "contained"
    assert not works(sibling)
    assert world.state()["users"]["victim"]["keys"][key_id(sibling)] == "Inactive"


def test_another_session_of_a_role_that_was_used_before_the_incident_ended_is_no_part_of_it(world: World) -> None:
    world.with_settings(watch=60)
    owner = world.holder("bystander")
    sessions = {name: world.assumed(owner, name) for name in ("i-0abc", "i-0def")}
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    leak = Life(world, life.read(signals.exfiltration("worker", role_id, "i-0abc"), world))
    leak.responded()
    leak.closed()
    assert (works(sessions["i-0abc"]), works(sessions["i-0def"])) == (False, True)
    event = signals.exfiltration("worker", role_id, "i-0def")
    event["detail"]["resource"]["accessKeyDetails"]["accessKeyId"] = key_id(sessions["i-0def"])
    assert respond(life.read(event, world), world.ports()).what == "contained"
    assert not works(sessions["i-0def"])


def test_sessions_that_a_spared_key_obtained_after_the_cut_off_are_stopped_whenever_the_key_was_seen(
    world: World,
) -> None:
    sibling = world.holder("victim")
    world.with_settings(cut_off_ahead=-7200)  # all sessions of this world are issued after such a cut-off
    respond(life.read(signals.guardduty(world.new_key("victim")), world), world.ports())
    world.later(life.MINUTE)
    resume(life.USER, world.ports())
    session = world.minted(sibling)
    assert works(session)
    world.with_settings(cut_off_ahead=30)
    event = signals.health(key_id(sibling))
    event["detail"]["startTime"] = f"{world.at - timedelta(hours=3):%a, %d %b %Y %H:%M:%S} GMT"
    assert respond(life.read(event, world), world.ports()).what == "contained"
    assert not works(session)
