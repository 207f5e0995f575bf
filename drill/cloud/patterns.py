"""EventBridge's matching, as the embedded AWS does it, without a request for each event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import eventbridge

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def matcher(pattern: Json) -> Callable[[Json], bool]:
    """Whether an event matches, as TestEventPattern answers. ValueError for a pattern that EventBridge refuses."""
    alternatives, refusal = eventbridge._parse_pattern_text(json.dumps(pattern))
    if refusal:
        raise ValueError(refusal)
    return lambda event: any(eventbridge._matches_detail(event, one) for one in alternatives)
