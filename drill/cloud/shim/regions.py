"""A rule may forward to a bus in another Region; the event keeps the Region and account that it came from."""

from __future__ import annotations

import time
import uuid
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge

from drill.cloud.shim.patching import Patch


def _forward(
    _original: Any, spec: Any, event: dict[str, Any], rule: dict[str, Any], _path: Any, chosen: str | None = None
) -> None:
    """`chosen` is the target's Input, InputPath or InputTransformer, which stands for the detail."""
    with responses.request_scope(spec.account_id, spec.region):
        eventbridge._ensure_default_bus()
        bus = spec.resource.split("/", 1)[1]
        if bus not in eventbridge._event_buses:  # EventBridge drops it silently, too
            return
        forwarded = event | {"EventBusName": bus, "_DispatchPath": [*event.get("_DispatchPath", ()), rule["Arn"]]}
        if spec.region != rule["Arn"].split(":")[3]:  # a hop between Regions has an id and a time of its own
            forwarded |= {"EventId": str(uuid.uuid4()), "Time": int(time.time())}
        if chosen is not None:
            forwarded["Detail"] = chosen
        eventbridge._dispatch_event(forwarded)


PATCHES = (
    # It finds no bus outside the request's own Region, and overwrites the event's Region.
    Patch(eventbridge, "_dispatch_to_event_bus", _forward),
)
USES: tuple[tuple[Any, str], ...] = (
    (eventbridge, "_dispatch_event"),
    (eventbridge, "_ensure_default_bus"),
    (eventbridge, "_event_buses"),
)
