"""`make judge`: what it prints of a labelled folder, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from bench.judge import main
from tests.explain.command import row
from tests.sources import events

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.events import Json

TOLD = events.record("CreateAccessKey", {"userName": "svc"})
QUIET = events.record("GetCallerIdentity", eventSource="sts.amazonaws.com")
ACTED = events.finding()
SAMPLE = events.finding(service=events.served(additionalInfo={"sample": True}))

GOOD: dict[str, tuple[str, Json]] = {
    "told": ("malign: a key is made", TOLD),
    "acted": ("malign: GuardDuty says so", ACTED),
    "quiet": ("benign look-alike: who am I", QUIET),
    "sample": ("benign look-alike: a sample", SAMPLE),
    "live": ("malign if live: a sample", SAMPLE),
    "open": ("ambiguous: nobody can say", TOLD),
}

_app = typer.Typer()
_app.command()(main)


def _judge(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(_app, [*words, str(folder)])


def _written(folder: Path, files: dict[str, tuple[str, Json]]) -> Path:
    for name, (label, event) in files.items():
        (folder / f"{name}.json").write_text(json.dumps({"label": label, "event": event}))
    return folder


def _said(folder: Path, files: dict[str, tuple[str, Json]]) -> tuple[int, dict[str, Any]]:
    result = _judge(_written(folder, files), "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, found


def test_bounds_that_hold_end_with_0(tmp_path: Path) -> None:
    code, found = _said(tmp_path, GOOD)
    assert (code, found["holds"], found["events"]) == (0, True, 6)
    assert (found["recall"], found["false_alarm_rate"], found["samples_told"]) == (1.0, 0.0, 1)


@pytest.mark.parametrize(
    ("label", "event", "broken"),
    [
        ("malign: nobody hears", QUIET, ["missed"]),
        ("benign look-alike: told", TOLD, ["false_alarms"]),
        ("benign look-alike: contained", ACTED, ["false_alarms", "contained"]),
        ("ambiguous: contained", ACTED, ["contained"]),
        ("malign if live: contained", ACTED, ["contained"]),
    ],
)
def test_a_broken_bound_ends_with_1_and_names_the_file(
    tmp_path: Path, label: str, event: Json, broken: list[str]
) -> None:
    code, found = _said(tmp_path, GOOD | {"bad": (label, event)})
    names = ("missed", "false_alarms", "contained", "not_understood")
    assert (code, found["holds"]) == (1, False)
    assert [name for name in names if found[name]] == broken
    bare = tmp_path / "bare.event"
    bare.write_text(json.dumps(event))
    decided = row(bare)
    for name in broken:
        (one,) = found[name]
        assert (one["file"], one["decision"], one["reason"]) == ("bad.json", decided["decision"], decided["reason"])
        assert f"bad.json: {decided['decision']}, " in _judge(tmp_path).stderr


@pytest.mark.parametrize(
    "written",
    [
        "{",
        json.dumps({"event": TOLD}),
        json.dumps({"label": "likely: a key is made", "event": TOLD}),
        json.dumps({"label": ["malign"], "event": TOLD}),
        json.dumps(TOLD),
        json.dumps({"label": "malign: no event"}),
        json.dumps({"label": "malign: nothing of AWS", "event": 7}),
    ],
)
def test_a_file_that_is_not_understood_ends_with_2_though_the_bounds_hold(tmp_path: Path, written: str) -> None:
    (tmp_path / "odd.json").write_text(written)
    code, found = _said(tmp_path, GOOD)
    assert (code, found["holds"]) == (2, False)
    assert [one["file"] for one in found["not_understood"]] == ["odd.json"]
    assert found["events"] == len(GOOD)


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_where_nothing_was_looked_at_it_ends_with_2(tmp_path: Path, folder: str) -> None:
    result = _judge(tmp_path / folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Nothing was looked at" in result.stderr


def test_98_of_100_told_hold_and_97_do_not(tmp_path: Path) -> None:
    files = {f"t{number}": ("malign: told", TOLD) for number in range(98)}
    files |= {f"q{number}": ("malign: missed", QUIET) for number in range(2)}
    assert _said(tmp_path, files)[0] == 0
    assert _said(tmp_path, {"t0": ("malign: missed", QUIET)})[0] == 1
