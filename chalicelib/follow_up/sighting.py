"""What CloudTrail saw the contained credential do since: calls that our denies should have met, and that worked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from chalicelib.incident import DENYING
from chalicelib.model import POOL_SESSION, Permission, PrincipalKind
from chalicelib.sources import cloudtrail
from chalicelib.sources.reading import is_region, moment, node, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_cloudtrail import CloudTrailClient

    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.sources.reading import Node

PERMISSIONS = (Permission(("cloudtrail:LookupEvents",), ("*",)),)

_MOST_REGIONS, _MOST_MARKS = 4, 4
_PAGE, _MOST_PAGES = 50, 4
"""Of each mark the newest pages: an account has two look-ups a second in a Region (CloudTrail user guide, "Quotas")."""


@dataclass(frozen=True)
class Mark:
    """By what CloudTrail finds calls."""

    kind: Literal["AccessKeyId", "EventName", "ResourceName", "Username"]
    value: str


def regions(incident: Incident, home: str) -> list[str]:
    """Return IAM's own Region, and those where feeds saw the credential."""
    seen = (home, *(signal.region for signal in incident.signals if is_region(signal.region)))
    return list(dict.fromkeys(seen))[:_MOST_REGIONS]


def marks(incident: Incident) -> list[Mark]:
    """The names of the user, which its keys call under too, or of a role's sessions; and each session that feeds named,
    for CloudTrail knows a federated one by another name.
    """
    denied = [step.arguments["session"].partition(":")[2] for step in incident.steps if "session" in step.arguments]
    denied += [POOL_SESSION for step in incident.steps if "identity" in step.arguments]
    user = incident.principal.kind is PrincipalKind.USER
    names = [incident.principal.name, *incident.former_names] if user else denied
    sessions = (one.subject.id for one in incident.signals if one.subject.id and one.subject.id.startswith("ASIA"))
    found = (*(Mark("Username", one) for one in names), *(Mark("AccessKeyId", one) for one in sessions))
    return list(dict.fromkeys(found))[:_MOST_MARKS]


def marks_by_id(incident: Incident) -> list[Mark]:
    """The same, after each access key that was set inactive: the owner's new one calls under the same name, and may
    have called so often that nothing else is found by it.
    """
    keys = (step.arguments["key_id"] for step in incident.steps if step.action == "deactivate-key")
    return list(dict.fromkeys((*(Mark("AccessKeyId", key) for key in keys), *marks(incident))))


def stops_calls(step: Step) -> bool:
    """Whether a call that succeeds may speak against the step."""
    return step.action in DENYING or step.action == "deactivate-key"


def calls(client: CloudTrailClient, mark: Mark, since: datetime) -> tuple[list[Node], bool]:
    """The newest records that bear the mark, and whether there are more than were read."""
    pages = client.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": mark.kind, "AttributeValue": mark.value}],
        StartTime=since,
        PaginationConfig={"PageSize": _PAGE, "MaxItems": _PAGE * _MOST_PAGES},
    )
    records = list(_read(one.get("CloudTrailEvent") for page in pages for one in page["Events"]))
    return records, pages.resume_token is not None


def _read(written: Iterable[str | None]) -> Iterator[Node]:
    for one in written:
        try:
            record = json.loads(one or "")
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def met(incident: Incident, denies: Iterable[Step], record: Node) -> Step | None:
    """Which step of ours should have stopped the call; None where the credential is none that we stopped."""
    who = cloudtrail.caller(record)
    if who is None or not incident.is_about(who):
        return None
    keys = (step for step in incident.steps if step.action == "deactivate-key" and incident.stands(step))
    return next((step for step in (*denies, *keys) if _stops(step, record)), None)


def _stops(step: Step, record: Node) -> bool:
    identity = node(record, "userIdentity")
    if step.action == "deactivate-key":
        return text(identity, "accessKeyId") == step.arguments["key_id"]
    if "cut_off" not in step.arguments:
        return True
    issued = moment(text(identity, "sessionContext", "attributes", "creationDate"))
    theirs = step.arguments.get("session") in {None, text(identity, "principalId")}
    theirs = theirs and step.arguments.get("identity") in {None, cloudtrail.identity_of(identity)}
    return theirs and issued is not None and issued < datetime.fromisoformat(step.arguments["cut_off"])


def worked(record: Node, since: datetime) -> bool:
    """Whether it is a call that the caller's rights let through by then. A service goes on with what it was asked."""
    at = moment(text(record, "eventTime"))
    own = text(record, "eventType") in {None, "AwsApiCall"} and not text(record, "userIdentity", "invokedBy")
    late = at is not None and at > since
    return late and own and not refused(record) and text(record, "eventName") not in _NEVER_DENIED


_NEVER_DENIED = frozenset({"GetCallerIdentity", "GetSessionToken"})
"""No policy denies the one, and the other asks for no permission (STS API reference)."""


def refused(record: Node) -> bool:
    """Whether AWS answered with an error."""
    return bool(text(record, "errorCode") or text(record, "errorMessage"))


def said(record: Node) -> str:
    """The call as a person reads it."""
    service = (text(record, "eventSource") or "").removesuffix(".amazonaws.com")
    return (
        f"CloudTrail shows that {text(record, 'userIdentity', 'accessKeyId') or 'its credential'} called "
        f"{service}:{text(record, 'eventName')} at {text(record, 'eventTime')} from "
        f"{text(record, 'sourceIPAddress')}, and that it worked (event {text(record, 'eventID')})"
    )
