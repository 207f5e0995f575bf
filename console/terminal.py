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

from chalicelib.report.text import clean, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping


class Page(Console):
    """A terminal or a pipe. On a terminal lines break at blanks, below the begin of their own words."""

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - rich's own signature
        """Print as rich does it. A pipe gets each line whole, and what is to be copied is whole on a terminal too."""
        super().print(*(self._broken(one) for one in objects), **options)

    def _broken(self, printed: Any) -> Any:  # noqa: ANN401 - whatever rich prints
        if not self.is_terminal or not isinstance(printed, Text) or printed.spans:
            return printed
        lines = (break_line(line, self.width) for line in printed.plain.split("\n"))
        return Text("\n".join(lines), style=printed.style)


def break_line(line: str, width: int) -> str:
    """Break a line that is wider than the terminal, but no command; what follows stands below its last column."""
    lead = _LEAD.match(line)
    begin = lead[0] if lead else ""
    if len(line) <= width or _COMMAND.match(line, len(begin)):
        return line
    rest = " " * min(len(begin), width // 3)
    return wrapped(line[len(begin) :], begin, rest, width)


_LEAD = re.compile(r" *(?:\S{1,24}(?: s)? {2,})*")
"""Blanks, and columns before the last one: `  1.1 s  `, `well     `."""
_COMMAND = re.compile(r"(?:mend: )?(?:\$ )?(?:leak-responder|aws) ")
"""A command alone: the terminal breaks it as it likes, and what is copied is whole."""


def console(*, stderr: bool) -> Page:
    """Colour on a terminal alone: rich would colour a pipe where FORCE_COLOR is set, as some build servers do."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Page(stderr=stderr, highlight=False, soft_wrap=True, force_terminal=None if terminal else False)


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
