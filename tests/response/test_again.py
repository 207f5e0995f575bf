"""A second credential of the same principal, used after the cut-off: what the narrow deny spares is stopped too."""

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


def test_a_narrowed_user_is_denied_again_and_narrowed_with_a_new_cut_off(world: World) -> None:
    first, second = world.holder("victim"), world.holder("victim")
    before = world.state()
    leak = Life(world, life.read(signals.guardduty(key_id(first)), world))
    leak.responded()
    world.later(life.MINUTE)
    resume(life.USER, world.ports())
    assert works(second)
    session = world.minted(second)
    old = leak.incident().cut_off

    world.later(life.MINUTE)
    event = seen_now(signals.guardduty(key_id(second)), world)
    assert respond(life.read(event, world), world.ports()).what == "contained"
    assert not works(second)
    assert not works(session)
    assert leak.incident().cut_off > old
    wide = world.state()["users"]["victim"]
    assert wide["attached"] == ["leak-responder-quarantine"]

    closed = leak.closed()
    assert closed.closed is not None
    assert closed.closed.result is Result.HELD
    narrow = world.state()["users"]["victim"]
    assert narrow["attached"] == []
    assert narrow["boundary"].endswith(f"leak-responder-{closed.id}-2")
    assert not any(map(works, (first, second, session)))
    leak.restored()
    assert world.state() == before


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
