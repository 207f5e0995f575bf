"""Newer activity of an open incident: what the cut-off spared is stopped too, and what is dead stops nobody else."""

from __future__ import annotations

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
