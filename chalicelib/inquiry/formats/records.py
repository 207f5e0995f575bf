"""Which of the values of a log are records of CloudTrail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.sources.reading import Node

_CALL = ("eventName", "eventSource", "eventTime")
_ASIDE = (
    {"digestS3Bucket", "digestStartTime"},  # of CloudTrail: the hashes of an hour's log files
    {"hashSignature", "publicKeyFingerprint"},  # of CloudTrail Lake: those of saved results
    {"insightDetails", "eventType"},  # of CloudTrail Insights: an unusual number of calls
)
"""What CloudTrail writes beside its records, by members that nothing else has."""


def is_record(value: object) -> bool:
    """Whether it says that something was called, and when."""
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in _CALL)


def is_aside(value: object) -> bool:
    """Whether CloudTrail wrote it, and it is no call."""
    return isinstance(value, dict) and "eventName" not in value and any(members <= value.keys() for members in _ASIDE)


def record_in(event: Any) -> Node | None:  # noqa: ANN401 - any JSON
    """The record, out of its EventBridge envelope where it is in one; None for an event that is none."""
    inner = event.get("detail") if isinstance(event, dict) and "detail-type" in event else event
    return inner if is_record(inner) else None


def is_whole(value: object) -> bool:
    """Whether it is a record as a trail delivers it, as nearly all values are. It needs no other look."""
    return (
        type(value) is dict and "eventVersion" in value and type(value.get("userIdentity")) is dict and is_record(value)
    )
