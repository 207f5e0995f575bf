"""Help teaches at every level, fits a terminal, and is plain where it is piped."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import settings
from chalicelib.inquiry.formats.known import ENCODINGS, EVENTS, LOGS, PACKINGS
from console.main import show_completion
from console.teaching import TAUGHT
from tests.console.stack import typed
from tests.docs.parsing import parse

COMMAND = str(Path(sys.executable).with_name("leak-responder"))
_COLUMNS = 80


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *words],
        env={**os.environ, "COLUMNS": str(_COLUMNS), **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("path", ["", *TAUGHT])
def test_help_shows_examples_and_exit_codes_in_eighty_columns(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(_COLUMNS))
    said = typed(*path.split(), "--help")
    assert (said.exit_code, said.stderr) == (0, "")
    assert f"Usage: leak-responder {path}".rstrip() in said.stdout
    assert "Examples:\n    leak-responder" in said.stdout
    assert "Exit codes:\n    0  done" in said.stdout
    assert "\x1b" not in said.stdout
    assert [line for line in said.stdout.splitlines() if len(line) > _COLUMNS] == []


_TYPES = re.compile(r"<[^<>]*(?:str|path|file|int|float|list|range|Path)[^<>]*>|\b(?:TEXT|INTEGER|FLOAT)\b")


@pytest.mark.parametrize("path", ["", *TAUGHT])
def test_no_option_or_argument_shows_the_name_of_a_type(path: str) -> None:
    said = typed(*path.split(), "--help").stdout.partition("Examples:")[0]
    assert _TYPES.findall(said) == []
    assert not {"{", "}"} & set(said.splitlines()[0])


def test_an_argument_is_written_as_people_write_it() -> None:
    usages = {path: typed(*path.split(), "--help").stdout.splitlines()[0] for path in ("show", "explain", "test")}
    assert usages == {
        "show": "Usage: leak-responder show [OPTIONS] INCIDENT",
        "explain": "Usage: leak-responder explain [OPTIONS] FILE...",
        "test": "Usage: leak-responder test [OPTIONS] RULES_DIR",
    }
    assert "  FILE  Event files" in typed("explain", "--help").stdout


@pytest.mark.parametrize("path", [path for path, taught in TAUGHT.items() if taught.reads])
def test_help_names_every_form_that_is_read(path: str) -> None:
    said = " ".join(typed(*path.split(), "--help").stdout.split())
    assert all(form.name in said for form in (*LOGS, *EVENTS, *PACKINGS, *ENCODINGS))


@pytest.mark.parametrize(
    ("path", "example"), [(path, one) for path, taught in TAUGHT.items() for one in taught.examples]
)
def test_every_example_is_a_command_that_would_run(path: str, example: str) -> None:
    words = shlex.split(re.sub(r"\\\n|>.*", " ", example))
    assert words[: len(path.split()) + 1] == ["leak-responder", *path.split()]
    parse(words[1:], whole=True)


def test_nothing_typed_shows_what_there_is() -> None:
    said = run()
    assert said.returncode == 2
    assert all(f"\n  {path.split()[0]} " in said.stdout + said.stderr for path in TAUGHT)


@pytest.mark.parametrize("words", [("nope",), ("replay",), ("cloud", "nope"), ("explain", "--nope", "x")])
def test_a_wrong_command_line_ends_with_a_next_step(words: tuple[str, ...]) -> None:
    said = run(*words)
    assert (said.returncode, said.stdout) == (2, "")
    assert re.search(r"Try 'leak-responder .*--help' for help\.", said.stderr)
    assert "\x1b" not in said.stderr


def test_no_colour_is_piped_whatever_the_shell_says() -> None:
    """The refusal is red on a terminal."""
    said = run("deploy", "--set", "Mode=nope", TERM="xterm-256color", COLORTERM="truecolor", FORCE_COLOR="1")
    assert said.returncode == 1
    assert "Mode cannot be 'nope'" in said.stderr
    assert "\x1b" not in said.stderr
    page = run("explain", "/nowhere", TERM="xterm-256color", COLORTERM="truecolor", FORCE_COLOR="1")
    assert page.stdout.startswith("/nowhere: malformed\n")


@pytest.mark.parametrize("setting", sorted(name for name, _, _ in settings._READERS))
def test_a_setting_is_documented_or_nobody_s_to_set(setting: str) -> None:
    """What a function reads is a parameter of the stack, or follows from the stack itself."""
    from console.stack.parameters import ENVIRONMENT

    given = {"STAGE", "AWS_REGION", "TELL_ATTEMPTS", "REAPPLY_LIMIT"}
    assert setting in ENVIRONMENT or setting in given


@pytest.mark.parametrize(("shell", "begins"), [("bash", "_leak_responder"), ("zsh", "#compdef"), ("fish", "complete")])
def test_the_completion_of_a_shell_that_is_named_is_that_shell_s(
    shell: str, begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_completion(shell)
    assert capsys.readouterr().out.lstrip().startswith(begins)


def test_a_shell_without_completion_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        show_completion("tcsh")
    assert ended.value.code == 2
    assert "name one of bash, zsh" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed_so_far", "offered"),
    [
        ("deploy --set Mod", ["Mode="]),
        ("deploy --set Mode=con", ["Mode=contain-confirmed", "Mode=contain-suspected"]),
        ("deploy --set nope", []),
        ("deploy --st", ["--stage"]),
    ],
)
def test_completion_offers_parameters_and_their_values(typed_so_far: str, offered: list[str]) -> None:
    words = f"leak-responder {typed_so_far}"
    said = run(_LEAK_RESPONDER_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1))
    assert said.stdout.split() == offered
