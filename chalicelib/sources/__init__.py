"""Every feed that can say "this credential leaked": one module per event family, with the pattern of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Ignored, Malformed
from chalicelib.sources import credential_events, guardduty, health, root_sign_in, sessions
from chalicelib.sources.reading import Node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

WIDE = (sessions, root_sign_in)
"""Not on the strike path: they go through a queue of their own. `READS` says whether a rule must see reading calls."""

SOURCES = (guardduty, credential_events, health, *WIDE)
_CLOUDTRAIL = (credential_events, sessions, root_sign_in)


def read(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope, by the family that declares it."""
    kind, source = text(event, "detail-type"), text(event, "source")
    if kind is None or source is None or not isinstance(event.get("detail"), dict):
        return Malformed("an EventBridge event without source, detail-type or detail")
    if not source.startswith("aws."):  # only AWS may put events of that source on a bus
        return Ignored(f"source {source[:80]!r} is not AWS")
    for family in SOURCES:
        if source in family.PATTERN["source"] and kind in family.PATTERN["detail-type"]:
            parsed: Parsed = family.parse(event, received, own_role_ids)
            return parsed
    what = text(event, "detail", "eventName") or text(event, "detail", "eventTypeCode") or source
    return Ignored(f"events of kind {kind[:80]!r} about {what[:80]} are not supported yet")


def read_any(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of an envelope, or of what stands in one: a record, a Health event, a finding in either spelling."""
    members = set(event)
    if "detail-type" in event:
        return read(event, received, own_role_ids)
    if "eventName" in event or "userIdentity" in event:
        return _record(event, received, own_role_ids)
    if any(finding <= members for finding in _FINDINGS):
        return guardduty.read(event, received, own_role_ids)
    if "eventTypeCode" in event:
        return health.parse({"detail": event}, received, own_role_ids)
    known = next((shape for shape, needed in _KNOWN if needed <= members), None)
    return Ignored(f"{known} are not supported yet") if known else Malformed("no shape that we know")


_FINDINGS = ({"type", "service"}, {"Type", "Service"}, {"type", "resource"}, {"Type", "Resource"})

_KNOWN = (
    ("Security Hub findings", {"ProductArn", "AwsAccountId"}),
    ("Security Hub findings (OCSF)", {"class_uid", "finding_info"}),
    ("GitHub webhooks", {"alert", "repository"}),
    ("lists of findings", {"Findings"}),
    ("files of many records", {"Records"}),
    ("messages of SNS", {"Type", "Message", "TopicArn"}),
)


def _record(record: Node, received: datetime, own_role_ids: tuple[str, ...]) -> Parsed:
    service, name = text(record, "eventSource"), text(record, "eventName")
    family = next((one for one in _CLOUDTRAIL if service == one.SERVICE and name in one.NAMES), credential_events)
    parsed: Parsed = family.read(record, received, own_role_ids)
    return parsed
