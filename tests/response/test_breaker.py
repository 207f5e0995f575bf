"""A burst of suspicions: the first are contained, then a person is asked, and an hour later it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Mode
from chalicelib.respond import respond
from tests import signals
from tests.response import life
from tests.response.test_asked import TOR

if TYPE_CHECKING:
    from tests.world import World


def test_too_many_within_an_hour_and_people_are_asked(world: World) -> None:
    world.with_settings(mode=Mode.CONTAIN_SUSPECTED, most_an_hour=1)

    def answered(user: str, **kind: str) -> str:
        world.user(user)
        event = signals.guardduty(world.new_key(user), user=user, **kind)
        return respond(life.read(event, world), world.ports()).what

    assert answered("one", kind=TOR) == "contained"
    assert answered("two", kind=TOR) == "ask"
    assert answered("three") == "contained"  # GuardDuty is sure
    assert answered("four", kind=TOR) == "ask"  # which was not counted: it is one still
    world.later(80 * 60)
    assert answered("five", kind=TOR) == "contained"
    assert "circuit breaker asks first" in world.wire.published[1]
