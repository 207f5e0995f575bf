"""A rule may forward to a bus in another Region, and a fresh account uses only the Regions that every account has."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from ministack.core import responses
from ministack.services import ec2, eventbridge

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


_OPTED_IN = re.compile(rb"<item>(?:(?!</item>).)*<optInStatus>opted-in</optInStatus>(?:(?!</item>).)*</item>")


def _describe(describe: Any, asked: dict[str, Any]) -> Any:
    """Without those that somebody would have to enable first ("DescribeRegions", EC2 API reference)."""
    status, headers, body = describe(asked)
    return status, headers, _OPTED_IN.sub(b"", body)


PATCHES = (
    # To it every account has opted into every Region.
    Patch(ec2._ACTION_MAP, "DescribeRegions", _describe),
    # It finds no bus outside the request's own Region, and overwrites the event's Region.
    Patch(eventbridge, "_dispatch_to_event_bus", _forward),
)
USES: tuple[tuple[Any, str], ...] = (
    (eventbridge, "_dispatch_event"),
    (eventbridge, "_ensure_default_bus"),
    (eventbridge, "_event_buses"),
)
