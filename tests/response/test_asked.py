"""An incident that only asks: nobody is contained, so nothing follows from it but the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.respond import respond
from tests import signals
from tests.response import life

if TYPE_CHECKING:
    from tests.world import World

TOR = "UnauthorizedAccess:IAMUser/TorIPCaller"


def suspected(world: World) -> dict[str, Any]:
    """Somebody may be using the victim's key; in this mode a person is asked."""
    event = signals.guardduty(world.new_key("victim"), kind=TOR)
    assert respond(life.read(event, world), world.ports()).what == "ask"
    return event


def seen_now(event: dict[str, Any], world: World) -> dict[str, Any]:
    event["detail"]["service"]["eventLastSeen"] = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    return event


def test_a_key_made_by_somebody_who_is_only_suspected_contains_nobody(world: World) -> None:
    suspected(world)
    minted = world.new_key("bystander")
    event = signals.call(
        "CreateAccessKey",
        by=signals.user_identity("victim"),
        requestParameters={"userName": "bystander"},
        responseElements={"accessKey": {"accessKeyId": minted, "userName": "bystander", "status": "Active"}},
    )
    before = world.state()
    assert respond(life.read(event, world), world.ports()).what == "told"
    assert world.state() == before


def test_the_same_suspicion_again_does_not_answer_the_question_it_asked(world: World) -> None:
    event = suspected(world)
    before = world.state()
    for _ in range(3):
        world.later(6 * 3600)
        respond(life.read(seen_now(event, world), world), world.ports())
        assert world.state() == before


def test_another_suspicion_about_the_same_principal_confirms_the_first(world: World) -> None:
    event = suspected(world)
    world.later(3600)
    event["detail"]["type"] = "PenTest:IAMUser/KaliLinux"
    assert respond(life.read(seen_now(event, world), world), world.ports()).what == "contained"
