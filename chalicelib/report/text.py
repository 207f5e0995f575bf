"""A message as plain text, for mail and terminals: 78 columns but for what is to be copied, no markup."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from chalicelib.report.escape import printable
from chalicelib.report.words import moment

if TYPE_CHECKING:
    from chalicelib.report.form import Command, Message, Section

WIDTH = 78
_LABEL = 12  # columns for the labels of a section
clean = printable


def render(message: Message) -> str:
    """The whole message. Only our own titles and the headline begin in the first column.

    Where the message is urgent, what to run stands before what is to be known.
    """
    parts = [section(one) for one in message.sections if one.lines or one.pairs]
    run = [to_run(message.commands)] if message.commands else []
    opens = (f"OPEN THE REPORT, within the hour\n  {message.link}",) if message.link else ()
    parts = [wrapped(message.headline, "", ""), *(run if message.is_urgent else ()), *opens, *parts]
    parts += () if message.is_urgent else run
    foot = f"Incident {message.incident}, message {message.ordinal}, written {moment(message.at)}."
    return "\n\n".join((*parts, wrapped(f"{foot} You may get it twice; ignore the copy.", "", ""))) + "\n"


def section(one: Section) -> str:
    """A titled part alone."""
    label, _, rest = one.title.partition(": ")
    title = f"{label.upper()}: {rest}" if rest else label.upper()
    lines = (wrapped(line, "  ", "  ") for line in one.lines)
    return "\n".join((wrapped(title, "", "  "), *lines, *(_pair(*pair) for pair in one.pairs)))


def _pair(label: str, value: str) -> str:
    label, rest = printable(label), " " * (_LABEL + 4)
    if len(label) > _LABEL:
        return wrapped(f"{label}  {value}", "  ", rest)
    return wrapped(value, f"  {label:<{_LABEL}}  ", rest)


def to_run(commands: tuple[Command, ...]) -> str:
    """Return commands alone, each whole on a line of its own, and each occasion once."""
    lines, when = ["WHAT TO RUN"], ""
    for command in commands:
        lines += [wrapped(command.when, "  ", "  ")] if command.when != when else []
        lines.append(f"    {command.line}")
        when = command.when
    return "\n".join(lines)


_QUOTED = re.compile(r"`[^`]*`")
_LONGEST_WORD = 900  # characters: a line of a mail has at most 998 (RFC 5322, 2.1.1)
_BLANK = "\x1f"  # no text holds it: `printable` takes it out


def wrapped(text: str, first: str, rest: str, width: int = WIDTH) -> str:
    """Wrap at blanks alone: what is to be copied (a command in backticks, an ARN, an address) stays on one line."""
    joined = _QUOTED.sub(lambda command: command[0].replace(" ", _BLANK), printable(text))
    words = (word[at : at + _LONGEST_WORD] for word in joined.split(" ") for at in _starts(word))
    filled = textwrap.fill(
        " ".join(words),
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return filled.replace(_BLANK, " ")


def _starts(word: str) -> range:
    return range(0, max(1, len(word)), _LONGEST_WORD)
