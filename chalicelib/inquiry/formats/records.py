"""Which of the values of a log are records of CloudTrail."""

from __future__ import annotations

import json
from hashlib import blake2b
from os import urandom
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.sources.reading import Node

_ASIDE = (
    {"digestS3Bucket", "digestStartTime"},  # of CloudTrail: the hashes of an hour's log files
    {"hashSignature", "publicKeyFingerprint"},  # of CloudTrail Lake: those of saved results
    {"insightDetails", "eventType"},  # of CloudTrail Insights: an unusual number of calls
)
"""What CloudTrail writes beside its records, by members that nothing else has."""


def is_record(value: object) -> bool:
    """Whether it says that something was called, and when."""
    if not isinstance(value, dict):
        return False
    name, service, at = value.get("eventName"), value.get("eventSource"), value.get("eventTime")
    return isinstance(name, str) and isinstance(service, str) and isinstance(at, str)


def is_aside(value: object) -> bool:
    """Whether CloudTrail wrote it, and it is no call."""
    return isinstance(value, dict) and "eventName" not in value and any(members <= value.keys() for members in _ASIDE)


def record_in(event: Any) -> Node | None:  # noqa: ANN401 - any JSON
    """The record, out of its EventBridge envelope where it is in one; None for an event that is none."""
    inner = event.get("detail") if isinstance(event, dict) and "detail-type" in event else event
    return inner if is_record(inner) else None


IDENTITY = 8
"""Bytes of an identity. Among 100 million events two have the same by chance once in 3,700 such logs."""


def identity_of(event: Any) -> bytes:  # noqa: ANN401 - any JSON
    """The same bytes for each copy of an event, with its envelope or without.

    Trails overlap and deliver twice, and an archive may hold what another one holds. A record is known by its eventID
    with name and time: whatever id it claims, what differs in these is another call. A record without an id is one of
    its own. A finding is known by its id, with type and last update, and all else by what it says.
    """
    known = _known_by(inner_of(event)) if isinstance(event, dict) else json.dumps(event)
    return blake2b(known.encode(errors="surrogatepass"), digest_size=IDENTITY).digest() if known else urandom(IDENTITY)


def _known_by(inner: Node) -> str:
    if "eventName" in inner:
        given = inner.get("eventID")
        return f"{given} {inner['eventName']} {inner.get('eventTime')}" if given else ""
    for own, kind, updated in _OF_FINDINGS:
        if (given := inner.get(own)) and (at := inner.get(updated)):
            return f"{given} {inner.get(kind)} {at}"
    return json.dumps(inner, sort_keys=True)


_OF_FINDINGS = (("id", "type", "updatedAt"), ("Id", "Type", "UpdatedAt"))


def inner_of(event: Node) -> Node:
    """Return what an envelope holds, and anything else as it is.

    Security Hub wraps a finding once more, in a list of one.
    """
    if "detail-type" not in event:
        return event
    detail = event.get("detail")
    held = detail.get("findings") if isinstance(detail, dict) else None
    if isinstance(held, list) and len(held) == 1:
        detail = held[0]
    return detail if isinstance(detail, dict) else {}


def is_whole(value: object) -> bool:
    """Whether it is a record as a trail delivers it, as nearly all values are. It needs no other look."""
    return (
        type(value) is dict and "eventVersion" in value and type(value.get("userIdentity")) is dict and is_record(value)
    )
