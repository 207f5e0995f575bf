"""Killed before or after any call, to AWS or to the service, the same steps taken again end as an undisturbed run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from chalicelib.rotation import RotationError
from tests.rotation import scene
from tests.rotation.scene import LEAKED, STEPS, VERSION
from tests.world import KilledError

if TYPE_CHECKING:
    from tests.rotation.conftest import Service

AWS_CALLS, HTTP_CALLS = 13, 2


def test_an_undisturbed_rotation_makes_these_calls(service: Service) -> None:
    with scene.account():
        begun = service.begin()
        begun.take(*STEPS)
        assert len(begun.calls.made) == AWS_CALLS
        assert begun.line.asked == ["POST /password", "GET /session"]


@pytest.mark.parametrize("call", range(AWS_CALLS))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_an_aws_call(service: Service, when: str, call: int) -> None:
    with scene.account():
        begun = service.begin()
        setattr(begun.calls, f"kill_{when}", call)
        with pytest.raises(KilledError):
            begun.take(*STEPS)
        begun.calls.kill_before = begun.calls.kill_after = None
        _again_and_judge(begun)


@pytest.mark.parametrize("request_number", range(HTTP_CALLS))
@pytest.mark.parametrize("when", ["deaf", "mute"])
def test_the_line_breaks_at_a_request(service: Service, when: str, request_number: int) -> None:
    with scene.account():
        begun = service.begin()
        setattr(begun.line, f"{when}_at", request_number)
        with pytest.raises(RotationError, match="did not answer"):
            begun.take(*STEPS)
        _again_and_judge(begun)


def test_killed_at_every_call_in_turn(service: Service) -> None:
    with scene.account():
        begun = service.begin()
        for call in range(AWS_CALLS):
            begun.calls.made.clear()
            begun.calls.kill_after = call
            with suppress(KilledError):
                begun.take(*STEPS)
        begun.calls.kill_after = None
        _again_and_judge(begun)


def _again_and_judge(begun: scene.Scene) -> None:
    begun.take(*STEPS)
    new = begun.value("AWSCURRENT")["password"]
    assert new == begun.line.toy.password
    assert begun.lets_in(new)
    assert not begun.lets_in(LEAKED)
    stages = begun.stages()
    assert len(stages) == 2, "exactly one new version"
    assert "AWSCURRENT" in stages[VERSION]
