"""What a scenario promises, and what is said where it does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import typer

from console import verdicts
from console.drill import conclude
from console.terminal import prose
from drill.scenarios import ALONE, MORE, SCENARIOS
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
        (
            {"restore_exact": None},
            "it was neither asked whether the owner works and a restore is exact, nor said why not",
        ),
        ({"told": []}, "nobody was told"),
        ({"status": "watching"}, "it ended as watching"),
    ],
)
def test_each_promise_has_its_fault(broken: dict[str, Any], said: str) -> None:
    assert faults(replace(KEPT, **broken)) == [f"a story: {said}"]


def test_a_fault_is_said_and_ends_with_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        conclude(["a story: it ended as watching"], 12.0, as_json=False)
    assert ended.value.exit_code == 1
    assert "does not hold: a story: it ended as watching" in capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80])
def test_the_table_breaks_no_word(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prose, "_width", width)
    scenes = [replace(KEPT, scenario=one.NAME, seconds_to_contained=99.99) for one in (*SCENARIOS, *MORE, *ALONE)]
    verdicts.show(scenes, as_json=True)
    shown = capsys.readouterr().err
    assert max(map(len, shown.splitlines())) <= width
    words = {word for scene in scenes for word in scene.scenario.split()}
    assert words <= set(shown.split())
    assert "embedded AWS" in shown
