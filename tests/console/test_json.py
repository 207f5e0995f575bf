"""With --json every command prints documents that have a version, and one that says why where it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from console.main import command_line
from tests.console.stack import one_document, typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _with_json(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if any("--json" in option.opts for option in command.params):
        yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from _with_json(below, (*path, name))


COMMANDS = [" ".join(path) for path in _with_json(get_command(command_line()))]
WHY = ("--reason", "why")
KEY = ("--access-key", "AKIAIOSFODNN7EXAMPLE")
_INCIDENT = "20261124-1a2b3c4d"

FAILING: dict[str, tuple[str, ...]] = {
    "drill": ("--only", "no scenario has this name"),
    "explain": (),  # a file that nobody can read has a line of its own, see below
    "test": (".", "--settings", "nowhere"),
    "backtest": ("nowhere",),
    "timeline": (*KEY, "--logs", "nowhere"),
    "where-used": KEY,
    "deploy": ("--set", "Mode=nope"),
    "doctor": (),
    "incidents": (),
    "incidents list": (),
    "incidents show": (_INCIDENT,),
    "incidents watch": (_INCIDENT,),
    "replay": (_INCIDENT,),
    "show": (_INCIDENT,),
    "plan": KEY,
    "contain": (*KEY, *WHY),
    "scan": ("nowhere",),
    "report": (_INCIDENT,),
    "approve": (_INCIDENT,),
    "decline": (_INCIDENT, *WHY),
    "release": (_INCIDENT, *WHY),
    "restore": (_INCIDENT, *WHY, "--false-positive"),
    "replace-key": (_INCIDENT, *WHY, "--reader", "orders"),
    "pause": WHY,
    "resume": WHY,
    "dead-letters list": (),
    "dead-letters redrive": (),
}
"""What each cannot do where there are no AWS credentials."""


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody is signed in to AWS."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_every_command_with_json_is_in_the_table() -> None:
    assert sorted(FAILING) == sorted(COMMANDS)


@pytest.mark.parametrize("path", [path for path in COMMANDS if path != "explain"])
def test_a_failure_is_one_document(path: str) -> None:
    failed = typed(*path.split(), *FAILING[path], "--json")
    said = one_document(failed)
    assert (said["exit_code"], failed.exit_code > 0) == (failed.exit_code, True)
    assert said["error"].split() == failed.stderr.split()[-len(said["error"].split()) :]
    assert said["next"]


@pytest.mark.parametrize("path", COMMANDS)
def test_so_is_a_command_line_that_is_wrong(path: str) -> None:
    failed = typed(*path.split(), "--nope", "--json")
    said = one_document(failed)
    assert (failed.exit_code, said["exit_code"], said["next"]) == (2, 2, [f"leak-responder {path} --help"])
    assert "--nope" in said["error"]


def test_so_is_a_command_that_there_is_not() -> None:
    failed = typed("nope", "--json")
    assert one_document(failed)["next"] == ["leak-responder --help"]


def test_a_line_about_a_file_has_a_version_too() -> None:
    failed = typed("explain", "nowhere", "--json")
    assert (failed.exit_code, one_document(failed)["decision"]) == (1, "malformed")


@pytest.mark.parametrize("words", [("show", _INCIDENT), ("explain", "--", "--json"), ("nope",)])
def test_without_json_a_failure_prints_no_document(words: tuple[str, ...]) -> None:
    failed = typed(*words)
    assert failed.exit_code
    assert "{" not in failed.stdout


def test_a_fault_of_ours_is_a_document_and_still_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("something that we forgot, with a value in it")

    monkeypatch.setattr("console.explain.document_of", fail)
    failed = typed("explain", "event.json", "--json")
    said = one_document(failed)
    assert isinstance(failed.exception, KeyError)
    assert "KeyError" in said["error"]
    assert "value in it" not in said["error"]
