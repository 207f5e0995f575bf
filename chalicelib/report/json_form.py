"""A message as JSON for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.report.message import Message

VERSION = 1


def render(message: Message) -> str:
    """One JSON object with stable members; datetimes in ISO 8601."""
    document = {
        "version": VERSION,
        "incident": message.incident,
        "number": message.number,
        "kind": message.kind,
        "headline": message.headline,
        "sections": [{"title": section.title, "lines": list(section.lines)} for section in message.sections],
        "commands": list(message.commands),
        "facts": message.facts,
    }
    return json.dumps(document, default=str)
