"""Of many recorded values the few that are signals, and what each deployed pattern would have let through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib import sources
from chalicelib.inquiry.formats.envelopes import Unread, events_in
from chalicelib.inquiry.formats.records import identity_of, inner_of, is_aside
from chalicelib.model import Malformed, Signal
from chalicelib.sources import decoys, guardduty, secret_reads, sessions
from drill.cloud.patterns import matcher

if TYPE_CHECKING:
    from console.backtest.counting import Tally

Json = dict[str, Any]
Found = tuple[bytes, Signal]
"""A signal, with the identity of the event that it was read from."""

_OF_ANYBODY = frozenset({"GetFederationToken", "AssumeRoot", "BatchGetSecretValue"})
_CALLS = frozenset(name for source in sources.SOURCES for _, name in getattr(source, "CALLS", ()))
_OF_USERS = frozenset(name for source in (sessions, secret_reads) for _, name in source.CALLS) - _OF_ANYBODY
_NO_USERS = frozenset({"AssumedRole", "AWSService", "AWSAccount"})
"""Whose calls of those names say nothing: of roles and services they are a good part of a log."""

_LONGEST = 64  # the readers cut a text before they strip it: only of a short one is the answer sure to be the same
_DATE = len("2026-11-24")


def signals(
    values: Iterable[Any], tally: Tally, received: datetime, planted: frozenset[str] = frozenset()
) -> Iterator[Found]:
    """The signals of these values, each with the identity of its event. `planted` are the decoys.

    The tally is whole once the last has been taken.
    """
    for value in values:
        if _is_passed_over(value, planted):
            _pass_over(value, tally)
            continue
        for event in events_in(value, tally.note):
            if _is_passed_over(event, planted):
                _pass_over(event, tally)
            elif not is_aside(event):
                yield from _looked_at(event, tally, received, planted)


def _pass_over(record: Json, tally: Tally) -> None:
    at = record.get("eventTime")
    tally.events += 1
    tally.seen.add(identity_of(record), at[:_DATE] if type(at) is str else "")


def _is_passed_over(value: Any, planted: frozenset[str]) -> bool:  # noqa: ANN401 - any JSON
    return is_plain(value) and not (planted and not planted.isdisjoint(decoys.decoys_in(value)))


def is_plain(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether it is a record of a call that no source reads, and not root's. Nearly all of a log gets no other look.

    True only for what `sources.read_any` ignores and no pattern lets through: a test compares them.
    """
    if type(value) is not dict or "detail-type" in value or "shape" in value:
        return False
    who = value.get("userIdentity")
    if type(who) is str or "kinesis" in value or "eventJson" in value:  # a row of a table, or a message
        return False
    kind = who.get("type") if type(who) is dict else None
    if kind is not None and (type(kind) is not str or "Root" in kind):
        return False
    name, service = value.get("eventName"), value.get("eventSource")
    if type(name) is not str or type(service) is not str or len(name) > _LONGEST or len(service) > _LONGEST:
        return False
    name = name.strip()
    read = name in _CALLS and not (name in _OF_USERS and kind in _NO_USERS)
    return not read and name != "" and service.strip() != ""


def _looked_at(
    value: Any,  # noqa: ANN401 - any JSON
    tally: Tally,
    received: datetime,
    planted: frozenset[str],
) -> tuple[Found, ...]:
    try:
        is_event = isinstance(value, dict)
        parsed = sources.read_any(value, received, (), tuple(planted)) if is_event else Malformed(_no_event(value))
        through = [] if isinstance(parsed, Malformed) else delivered(value)
        identity = b"" if isinstance(parsed, Malformed) else identity_of(value)
    except RecursionError:  # deeper than any event, and yet not too deep for the JSON reader
        parsed, through, identity = Malformed("nested too deeply"), [], b""
    if isinstance(parsed, Malformed):
        tally.odd += 1
        tally.why = tally.why or parsed.reason
        return ()
    tally.events += 1
    tally.seen.add(identity, _day(value), through)
    found = parsed if isinstance(parsed, tuple) else ()
    # evidence decides nothing, and is the bulk of a signal
    return tuple((identity, replace(one, evidence=())) for one in found)


def _no_event(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value.reason if isinstance(value, Unread) else "not an object"


def _day(event: Json) -> str:
    record = inner_of(event)
    times = (record.get("eventTime"), record.get("updatedAt"), record.get("UpdatedAt"), event.get("time"))
    return next((at[:_DATE] for at in times if isinstance(at, str)), "")


PATTERNS = {source.__name__.rsplit(".", 1)[-1]: source.PATTERN for source in sources.SOURCES}
_MATCHERS = {name: matcher(pattern) for name, pattern in PATTERNS.items()}

_KINDS = {
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
}
"""By `eventType`; all others are API calls (EventBridge user guide, AWS service events via CloudTrail)."""


_FINDINGS = (
    (sources.ASFF, "aws.securityhub", "Security Hub Findings - Imported"),
    (sources.OCSF, "aws.securityhub", "Findings Imported V2"),
    (sources.OF_MACIE, "aws.macie", "Macie Finding"),
    (sources.OF_ACCESS_ANALYZER, "aws.access-analyzer", "Access Analyzer Finding"),
    (sources.OF_TRUSTED_ADVISOR, "aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification"),
)
"""By the members that mark a finding; what is left is GuardDuty's."""


def delivered(event: Json) -> list[str]:
    """The sources whose rule would have let it through."""
    whole = enveloped(event)
    source = whole.get("source")
    return [name for name, matches in _MATCHERS.items() if _may_send(source, name) and matches(whole)]


_FAMILIES = {source.__name__.rsplit(".", 1)[-1]: source for source in sources.SOURCES}


def _may_send(source: Any, name: str) -> bool:  # noqa: ANN401 - any JSON
    """To ask a whole pattern takes long, and nearly all name another service. What is no text is left to it."""
    return not isinstance(source, str) or sources.sends(source, _FAMILIES[name])


def enveloped(event: Json) -> Json:
    """As EventBridge would have delivered what is recorded without its envelope."""
    if "detail-type" in event:
        return event
    if "eventName" in event or "userIdentity" in event:
        service, kind = event.get("eventSource"), event.get("eventType")
        source = f"aws.{service.partition('.')[0]}" if isinstance(service, str) else ""
        spelt = _KINDS.get(kind if isinstance(kind, str) else "", "AWS API Call via CloudTrail")
        return {"source": source, "detail-type": spelt, "detail": event}
    if "eventTypeCode" in event:
        return {"source": "aws.health", "detail-type": "AWS Health Event", "detail": event}
    for members, source, kind in _FINDINGS:
        if members <= event.keys():
            passed_on = source == "aws.securityhub"
            return {"source": source, "detail-type": kind, "detail": {"findings": [event]} if passed_on else event}
    return {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": guardduty.camel(event)}
