"""A message as JSON for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.report.form import Message, Section

VERSION = 1
LARGEST = 20_000
"""Bytes. SNS takes 256 KB in all: here one copy for each of five protocols, each escaped once more."""


_FINDINGS = 10


def render(message: Message) -> str:
    """One JSON object with stable members, times in ISO 8601; `cut` says that parts were left out for their size."""
    for document in (_whole(message), _without_signals(message), _bare(message)):
        text = json.dumps(document, ensure_ascii=False)
        if len(text.encode()) <= LARGEST:
            return text
    return json.dumps(_bare(message) | {"headline": message.subject, "commands": []})


def _whole(message: Message) -> Mapping[str, object]:
    return {
        "version": VERSION,
        "incident": message.incident,
        "number": message.number,
        "kind": message.kind,
        "severity": message.severity,
        "at": message.at.isoformat(),
        "account": message.account,
        "subject": message.subject,
        "headline": message.headline,
        "commands": [command.line for command in message.commands],
        "sections": [_section(section) for section in message.sections],
        "facts": _facts(message.facts),
        "cut": False,
    }


def _facts(facts: Mapping[str, Any]) -> Mapping[str, object]:
    """A channel that signs findings wants more of them than fit into a message."""
    return {name: known[:_FINDINGS] if name == "findings" else known for name, known in facts.items()}


def _without_signals(message: Message) -> Mapping[str, object]:
    facts = {name: value for name, value in _facts(message.facts).items() if name != "signals"}
    return {**_whole(message), "facts": facts, "sections": [], "cut": True}


def _bare(message: Message) -> dict[str, object]:
    return {**_whole(message), "facts": {}, "sections": [], "cut": True}


def _section(section: Section) -> dict[str, object]:
    pairs = [{"label": label, "value": value} for label, value in section.pairs]
    return {"title": section.title, "lines": list(section.lines), "pairs": pairs}
