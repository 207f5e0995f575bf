"""A message as plain text, for mail and terminals; hostile characters are made visible."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.report.message import Message

_WIDTH = 78
_SUBJECT = 100  # characters, all that SNS takes, and ASCII only


def clean(raw: str) -> str:
    """One line without control, format, bidirectional or unassigned characters."""
    return "".join(
        character
        if unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"
        else "\N{REPLACEMENT CHARACTER}"
        for character in raw
    )


def subject(message: Message) -> str:
    """A subject line that SNS accepts."""
    plain = clean(f"[leak-responder] {message.headline}").encode("ascii", "replace").decode()
    return plain if len(plain) <= _SUBJECT else plain[: _SUBJECT - 3] + "..."


def render(message: Message) -> str:
    """The whole message, 78 columns wide."""
    parts = [_wrapped(message.headline, "")]
    for section in message.sections:
        parts += ["\n".join([section.title, *(_wrapped(line, "  ") for line in section.lines)])]
    if message.commands:
        parts.append("\n".join(["What to run next", *(f"  {clean(command)}" for command in message.commands)]))
    parts.append(f"Incident {message.incident}, message {message.number}")
    return "\n\n".join(parts) + "\n"


def _wrapped(line: str, indent: str) -> str:
    return textwrap.fill(clean(line), _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
