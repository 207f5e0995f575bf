"""Who takes the messages of the topic, and which messages their filters keep back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from chalicelib.report.form import SEVERITIES, Kind, Severity
from console.doctor.filter_policy import VARIES, lets_through

if TYPE_CHECKING:
    from console.doctor.patient import Patient

_PENDING, _DELETED = "PendingConfirmation", "Deleted"
_BY_PROTOCOL_TEXT = frozenset({"email", "email-json", "sms"})
_CHAT_HOST = "sns-api.chatbot.amazonaws.com"  # Amazon Q Developer in chat applications, also global.…
_BODY = "MessageBody"

Pair = tuple[Kind, Severity]
PAIRS: tuple[Pair, ...] = tuple((kind, severity) for kind, found in SEVERITIES.items() for severity in found)


class Taker(Enum):
    """What stands behind a subscription. A pager may wake somebody; what a program took has woken nobody."""

    PERSON = auto()
    CHAT = auto()
    PAGER = auto()
    PROGRAM = auto()


@dataclass(frozen=True)
class Subscription:
    """One confirmed subscription. `filter` is None where there is none; `unread` is the code of AWS's refusal."""

    arn: str
    protocol: str
    endpoint: str
    taker: Taker
    filter: Any = None
    scope: str = ""
    unread: str = ""

    def takes(self, pair: Pair) -> bool | None:
        """Return whether a message of that kind and severity is sent on; None where that cannot be told."""
        if self.unread:
            return None
        if self.is_open():
            return True
        if self.scope == _BODY:  # which form SNS then looks at is documented nowhere; none of a text is JSON
            return False if self.protocol in _BY_PROTOCOL_TEXT else None
        kind, severity = pair
        named = {"kind": str(kind), "severity": str(severity), "incident": VARIES, "number": VARIES}
        return lets_through(self.filter, named)

    def takes_alarms(self) -> bool | None:
        """Return whether an alarm of CloudWatch is sent on: its messages carry no attributes."""
        if self.unread or (self.scope == _BODY and not self.is_open()):
            return None
        return self.is_open()

    def is_open(self) -> bool:
        """Return whether it has no filter, or one without a rule."""
        return self.filter is None or self.filter == {}


@dataclass(frozen=True)
class Subscribed:
    """What the topic lists: those who confirmed, and the endpoints of those who have not."""

    confirmed: tuple[Subscription, ...]
    waiting: tuple[str, ...]

    def of(self, *takers: Taker) -> tuple[Subscription, ...]:
        """Return the confirmed ones behind which one of these stands."""
        return tuple(found for found in self.confirmed if found.taker in takers)


def find_subscribed(patient: Patient) -> Subscribed:
    """Ask for every subscription of the topic, and for the filter of each."""
    sns = patient.client("sns")
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=patient.resources["Topic"])
    listed = [found for page in pages for found in page["Subscriptions"]]
    waiting = tuple(found["Endpoint"] for found in listed if found["SubscriptionArn"] == _PENDING)
    named = [found for found in listed if found["SubscriptionArn"] not in {_PENDING, _DELETED}]
    return Subscribed(tuple(made for found in named for made in _read(sns, found)), waiting)


def _read(sns: Any, listed: Any) -> Iterator[Subscription]:  # noqa: ANN401 - boto3's client, any JSON
    """Yield it with its filter; nothing where it was deleted meanwhile."""
    arn, protocol, endpoint = (listed[name] for name in ("SubscriptionArn", "Protocol", "Endpoint"))
    taker = find_taker(protocol, endpoint)
    try:
        told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    except ClientError as error:
        code = error.response["Error"].get("Code", "refused")
        if code not in {"NotFound", "NotFoundException"}:
            yield Subscription(arn, protocol, endpoint, taker, unread=code)
        return
    yield Subscription(
        arn, protocol, endpoint, taker, read_policy(told.get("FilterPolicy", "")), told.get("FilterPolicyScope", "")
    )


def read_policy(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the policy; what cannot be read stays the text, which is no policy that anything passes for sure."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def find_taker(protocol: str, endpoint: str) -> Taker:
    """Say what stands behind a protocol and its endpoint. A mail, a text message: a person."""
    if protocol in _BY_PROTOCOL_TEXT:
        return Taker.PERSON
    if protocol not in {"http", "https"}:
        return Taker.PROGRAM
    host = urlsplit(endpoint).hostname or ""
    return Taker.CHAT if host == _CHAT_HOST or host.endswith(f".{_CHAT_HOST}") else Taker.PAGER


def find_taken(subscriptions: Iterable[Subscription], pair: Pair) -> bool | None:
    """Return whether any of them takes it; None where one of them may."""
    answers = {found.takes(pair) for found in subscriptions}
    return True if True in answers else None if None in answers else False


def name_kinds(pairs: Iterable[Pair]) -> str:
    """Name kinds in the order of their registry, with the severities where only some are meant."""
    chosen = set(pairs)
    return ", ".join(filter(None, (_name_kind(kind, chosen) for kind in SEVERITIES)))


def _name_kind(kind: Kind, chosen: set[Pair]) -> str:
    meant = [severity for severity in SEVERITIES[kind] if (kind, severity) in chosen]
    if not meant:
        return ""
    return str(kind) if len(meant) == len(SEVERITIES[kind]) else f"{kind} ({', '.join(meant)})"
