"""Output of the command: results and documents on stdout, prose on stderr, colour only on a terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from chalicelib.report.text import clean


def console(*, stderr: bool) -> Console:
    """Colour on a terminal alone: rich would colour a pipe where FORCE_COLOR is set, as some build servers do."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, soft_wrap=True, force_terminal=None if terminal else False)


prose = console(stderr=True)

REFUSED = 2


def say(line: str, style: str = "") -> None:
    """Print a line to stderr. It may hold the intruder's text, so it is cleaned and never read as markup."""
    print_result(line, style, as_json=True)


def print_result(line: str, style: str = "", *, as_json: bool = False) -> None:
    """Print a line of what was asked for to stdout, cleaned as `say` does it; beside a JSON document to stderr."""
    page = prose if as_json else console(stderr=False)
    page.print(Text("\n".join(clean(part) for part in line.split("\n")), style=style))


def document(value: Any) -> None:  # noqa: ANN401 - any JSON
    """One JSON document on one line."""
    typer.echo(json.dumps(value, default=str))


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


def refuse(reason: str) -> NoReturn:
    """Say why not, and end with exit code 2."""
    say(reason, "red")
    raise typer.Exit(REFUSED)
