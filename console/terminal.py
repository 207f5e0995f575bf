"""Output of the command: results and documents on stdout, prose on stderr, colour only on a terminal."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from chalicelib.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping


def console(*, stderr: bool) -> Console:
    """Colour on a terminal alone: rich would colour a pipe where FORCE_COLOR is set, as some build servers do."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, soft_wrap=True, force_terminal=None if terminal else False)


prose = console(stderr=True)

REFUSED = 2
VERSION = 1
"""Of every JSON document: it rises when a member goes or means something else, and not when one is added."""


class Failure(typer.Exit):
    """The end of a command for a reason that was said. `arguments.Root` prints it as a document where --json asks."""

    def __init__(self, reason: str, code: int, known: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.reason, self.known = reason, known


def say(line: str, style: str = "") -> None:
    """Print a line to stderr. It may hold the intruder's text, so it is cleaned and never read as markup."""
    print_result(line, style, as_json=True)


def print_result(line: str, style: str = "", *, as_json: bool = False) -> None:
    """Print a line of what was asked for to stdout, cleaned as `say` does it; beside a JSON document to stderr."""
    page = prose if as_json else console(stderr=False)
    page.print(Text(_cleaned(line), style=style))


def _cleaned(lines: str) -> str:
    return "\n".join(map(clean, lines.split("\n")))


def document(value: Mapping[str, Any]) -> None:
    """Print one JSON document on one line."""
    typer.echo(json.dumps({"version": VERSION, **value}, default=str))


def print_failure(
    reason: str, code: int, next_steps: tuple[str, ...] = (), known: Mapping[str, Any] | None = None
) -> None:
    """Print the JSON document of a failure: the commands that the reason names are its next steps."""
    named = tuple(re.findall(r"`([^`]+)`", reason)) or next_steps
    document({**(known or {}), "error": _cleaned(reason), "next": named, "exit_code": code})


def written(file: str, text: str) -> None:
    """Into that file, or to stdout for `-`; the path is said, ready to be opened."""
    if file == "-":
        typer.echo(text, nl=False)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{file} cannot be written: {error.strerror or type(error).__name__}")
    say(f"written: {Path(file).resolve()}", "green")


def ask_person(question: str) -> bool | None:
    """Ask a person at the terminal; None where nobody is there."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort as ended:
        if not isinstance(ended.__context__, EOFError):  # Ctrl-C at the prompt
            raise
        say("")
        return None


def confirm(question: str) -> bool:
    """Ask a person at the terminal, and refuse where nobody is there."""
    agreed = ask_person(question)
    if agreed is None:
        refuse("nothing was done, for nobody is there to answer: to act unasked, type the same again with --yes")
    return agreed


def refuse(reason: str, **known: Any) -> NoReturn:  # noqa: ANN401 - any JSON
    """Say why not, and end with exit code 2."""
    fail(reason, REFUSED, **known)


def fail(reason: str, code: int, **known: Any) -> NoReturn:  # noqa: ANN401 - any JSON
    """Say why not, and end with that exit code. With --json the document of the failure holds what is `known` too."""
    say(reason, "red")
    raise Failure(reason, code, known)
