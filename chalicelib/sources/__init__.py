"""Every feed that can say "this credential leaked": one module per event family, with the pattern of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Ignored, Malformed
from chalicelib.sources import credential_events, guardduty, health, root_sign_in, sessions
from chalicelib.sources.reading import Node, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SOURCES = (guardduty, credential_events, sessions, root_sign_in, health)
_CLOUDTRAIL = (credential_events, sessions, root_sign_in)


def read(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope, by the family that declares it."""
    kind = text(event, "detail-type")
    if kind is None or not isinstance(event.get("detail"), dict):
        return Malformed("an EventBridge event without detail-type or detail")
    if kind == "GuardDuty Finding":
        return guardduty.parse(event, received, own_role_ids)
    if text(event, "source") == "aws.health":
        return health.parse(event, received, own_role_ids)
    if kind.endswith("via CloudTrail"):
        return _record(node(event, "detail"), received, own_role_ids)
    return Ignored(f"events of kind {kind[:80]!r} are not supported yet")


def read_any(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of an envelope, a bare CloudTrail record, or a finding in either spelling."""
    if "detail-type" in event:
        return read(event, received, own_role_ids)
    if "eventName" in event or "userIdentity" in event:
        return _record(event, received, own_role_ids)
    if {"type", "service"} <= set(event) or {"Type", "Service"} <= set(event) or {"type", "resource"} <= set(event):
        return guardduty.read(event, received, own_role_ids)
    known = next((shape for shape, members in _KNOWN if members <= set(event)), None)
    return Ignored(f"{known} are not supported yet") if known else Malformed("no shape that we know")


_KNOWN = (
    ("Security Hub findings", {"ProductArn", "AwsAccountId"}),
    ("GitHub webhooks", {"alert", "repository"}),
    ("Security Hub findings (OCSF)", {"class_uid", "finding_info"}),
)


def _record(record: Node, received: datetime, own_role_ids: tuple[str, ...]) -> Parsed:
    name = text(record, "eventName")
    if name is None:
        return Malformed("a CloudTrail record without eventName")
    for source in _CLOUDTRAIL:
        if name in source.NAMES:
            parsed: Parsed = source.read(record, received, own_role_ids)
            return parsed
    return Ignored(f"{name[:80]} is not among the credential events")
