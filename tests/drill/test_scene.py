"""What a scenario promises, and what is said where it does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import typer

from console.drill import conclude
from drill.scene import Scene, faults

KEPT = Scene(
    "a story",
    intruder_allowed_before=9,
    intruder_allowed_after=0,
    told=["event-bus", "slack", "sns"],
    owner_works_after_release=True,
    restore_exact=True,
    status="held",
)


def test_a_scene_that_kept_everything_has_no_fault() -> None:
    assert faults(KEPT) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"intruder_allowed_before": 0}, "the intruder could do nothing even before"),
        ({"intruder_allowed_after": 2}, "the intruder still makes 2 calls"),
        ({"bystanders_denied": 3}, "3 calls of bystanders are denied"),
        ({"owner_works_after_release": False}, "the owner does not work after the release"),
        ({"restore_exact": False}, "restore did not give the earlier state"),
        ({"told": []}, "nobody was told"),
        ({"status": "watching"}, "it ended as watching"),
    ],
)
def test_each_promise_has_its_fault(broken: dict[str, Any], said: str) -> None:
    assert faults(replace(KEPT, **broken)) == [f"a story: {said}"]


def test_a_fault_is_said_and_ends_with_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        conclude(["a story: it ended as watching"], 12.0)
    assert ended.value.exit_code == 1
    assert "does not hold: a story: it ended as watching" in capsys.readouterr().err
