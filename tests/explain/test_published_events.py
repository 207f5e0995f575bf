"""Events that other people published: none crashes, and no decision is unjustified."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.backtest import logs
from tests.explain.command import row, run
from tests.explain.published import FILES, TABLE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", FILES)
def test_each_event_is_decided_as_the_page_says(number: str) -> None:
    found = row(FILES[number])
    decision = f"{found['decision']}, dry" if found.get("dry") else found["decision"]
    said, rule, actions, _ = TABLE[FILES[number].name]
    assert (decision, found["rule"] or "", ", ".join(found["actions"])) == (said, rule.strip("`"), actions)


@pytest.mark.parametrize("number", FILES)
def test_nobody_is_contained_for_what_is_benign_or_settles_nothing(number: str) -> None:
    label: str = _wrapper(number)["label"]
    if label.startswith(("benign", "ambiguous", "malign if live")):
        assert row(FILES[number])["decision"] in {"tell", "ignore"}


def test_there_is_an_expectation_for_every_event_and_a_line_for_every_file() -> None:
    assert sorted(TABLE) == sorted(file.name for file in FILES.values())
    result = run("--json", *FILES.values())
    assert result.exit_code == 0
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == [str(file) for file in FILES.values()]


@pytest.mark.parametrize("number", FILES)
def test_the_wrapper_makes_no_difference(number: str, tmp_path: Path) -> None:
    bare = tmp_path / "event.json"
    bare.write_text(json.dumps(_wrapper(number)["event"]))
    assert {**row(bare), "file": ""} == {**row(FILES[number]), "file": ""}


@pytest.mark.parametrize("number", FILES)
def test_the_prose_ends_with_the_next_step(number: str) -> None:
    result = run(FILES[number])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("Next: ")


@pytest.mark.parametrize("number", FILES)
def test_a_backtest_decides_it_the_same(number: str) -> None:
    found, known = logs.result(FILES[number]), row(FILES[number])
    decided = [name for name in ("act", "ask", "tell") if found["signals"][name]]
    assert decided[:1] == [known["decision"]] if known["decision"] != "ignore" else decided == []
    assert [step for one in found["principals"] for step in one["actions"]] == known["actions"]
    assert found["events"] == {"read": 1, "copies": 0, "odd": 0}


def _wrapper(number: str) -> dict[str, Any]:
    wrapper: dict[str, Any] = json.loads(FILES[number].read_text())
    return wrapper
