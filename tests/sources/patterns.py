"""Which rules let an event through, judged by an engine that knows EventBridge's patterns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ministack.services import eventbridge

from chalicelib import sources
from chalicelib.sources import root_use

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sources.events import Json


def matches(pattern: Json, event: Json) -> bool:
    """As EventBridge's TestEventPattern answers; a pattern or event that it refuses fails the test."""
    asked = {"Event": json.dumps(event), "EventPattern": json.dumps(pattern)}
    status, _, body = eventbridge._test_event_pattern(asked)
    answer = json.loads(body)
    assert status == 200, answer
    return bool(answer["Result"])


def rules(event: Json) -> list[ModuleType]:
    """The sources whose rules let the event through."""
    return [source for source in sources.SOURCES if matches(source.PATTERN, event)]


def reached(event: Json) -> list[ModuleType]:
    """The same, but for the rule about root where another one says more: it takes whatever root changes."""
    found = rules(event)
    return [source for source in found if source is not root_use] or found
