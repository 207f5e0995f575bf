"""A message as plain text, for mail and terminals: 78 columns, no markup."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from chalicelib.report.escape import printable
from chalicelib.report.form import Kind, Severity
from chalicelib.report.words import moment

if TYPE_CHECKING:
    from chalicelib.report.form import Command, Message, Section

WIDTH = 78
_LABEL = 12  # columns for the labels of a section
clean = printable


_TO_BE_READ = frozenset({Kind.APPROVAL_WANTED, Kind.APPROVAL_REMINDER})
"""Nobody should approve a plan before they have read it."""


def render(message: Message) -> str:
    """The whole message. Only our own titles and the headline begin in the first column.

    While a credential works, what to run stands before what is to be known.
    """
    parts = [section(one) for one in message.sections if one.lines or one.pairs]
    run = [to_run(message.commands)] if message.commands else []
    urgent = message.severity is Severity.CRITICAL and message.kind not in _TO_BE_READ
    opens = (f"OPEN THE REPORT, within the hour\n  {message.link}",) if message.link else ()
    parts = [_wrapped(message.headline, "", ""), *(run if urgent else ()), *opens, *parts, *(() if urgent else run)]
    foot = f"Incident {message.incident}, message {message.number}, written {moment(message.at)}."
    return "\n\n".join((*parts, _wrapped(f"{foot} If it comes twice, it is the same.", "", ""))) + "\n"


def section(one: Section) -> str:
    """A titled part alone."""
    label, _, rest = one.title.partition(": ")
    title = f"{label.upper()}: {rest}" if rest else label.upper()
    lines = (_wrapped(line, "  ", "  ") for line in one.lines)
    return "\n".join((_wrapped(title, "", "  "), *lines, *(_pair(*pair) for pair in one.pairs)))


def _pair(label: str, value: str) -> str:
    return _wrapped(value, f"  {printable(label):<{_LABEL}}  ", " " * (_LABEL + 4))


def to_run(commands: tuple[Command, ...]) -> str:
    """Commands alone, each occasion said once."""
    lines, when = ["WHAT TO RUN"], ""
    for command in commands:
        lines += [_wrapped(command.when, "  ", "  ")] if command.when != when else []
        lines += _shell_lines(command.words)
        when = command.when
    return "\n".join(lines)


def _shell_lines(words: tuple[str, ...]) -> list[str]:
    """Lines that a shell joins again: after a word, or inside one too long for a line."""
    lines = ["   "]
    for word in words:
        if len(lines[-1]) + len(word) + len("  \\") > WIDTH:
            lines[-1] += " \\"
            lines.append("       ")
        lines[-1] += f" {word}"
    return [piece for line in lines for piece in _pieces(line)]


def _pieces(line: str) -> list[str]:
    # a backslash at the end of a line joins it with the next only if that begins in the first column
    step = WIDTH - 1
    cut = [line[at : at + step] for at in range(0, len(line), step)] if len(line) > WIDTH else [line]
    return [f"{piece}\\" for piece in cut[:-1]] + cut[-1:]


def _wrapped(text: str, first: str, rest: str) -> str:
    words = [piece for word in printable(text).split(" ") for piece in _broken(word, WIDTH - len(rest))]
    return textwrap.fill(
        " ".join(words),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=len(first) > len(rest),
    )


def _broken(word: str, width: int) -> list[str]:
    """A word too long for a line, broken where a person would break it."""
    pieces = []
    while len(word) > width:
        at = max(word.rfind(mark, width // 2, width) for mark in "/:.-=&?_") + 1 or width
        pieces.append(word[:at])
        word = word[at:]
    return [*pieces, word]
