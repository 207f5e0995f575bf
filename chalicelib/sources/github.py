"""GitHub secret scanning: the `secret_scanning_alert` webhook. It carries neither the secret nor the key id.

Whoever holds a token may look the alert up, and of that answer nothing but the key id is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib import key_ids
from chalicelib.model import Ignored, Malformed, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.reading import Node, evidence, node, seen, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

TYPES = frozenset(
    {
        "aws_access_key_id",
        "aws_api_key",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_temporary_access_key_id",
    }
)  # GitHub docs, "Supported secret scanning patterns"

_TELLING = frozenset({"created", "publicly_leaked", "reopened", "validated"})
"""Actions after which the credential may be in the wrong hands; others are about the alert alone."""

_OTHER_ALERTS = frozenset({"rule", "dependency", "security_advisory"})

_TEXTS = ("secret_type", "validity", "created_at", "updated_at", "html_url")


def reduced(payload: Node) -> Node:
    """What is needed of a webhook's payload, in its own shape: people, organisations and the rest are left out."""
    alert = node(payload, "alert")
    public = alert.get("publicly_leaked") is True
    return {
        "action": text(payload, "action"),
        "alert": {name: text(alert, name) for name in _TEXTS} | {"number": _number(alert), "publicly_leaked": public},
        "repository": {"full_name": text(payload, "repository", "full_name")},
    }


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signal of one payload, about a credential that it does not name."""
    del own_role_ids
    alert, action, kind = node(event, "alert"), text(event, "action"), text(event, "alert", "secret_type")
    where = text(event, "repository", "full_name")
    if kind is None and not _OTHER_ALERTS.isdisjoint(alert):
        return Ignored("a GitHub alert about code or a dependency, and not about a secret")
    if action is None or kind is None or where is None or _number(alert) is None:
        return Malformed("a GitHub alert without action, number, secret_type or repository")
    if "location" in event:
        return Ignored("another place of a secret, whose alert told of it")
    if kind not in TYPES:
        return Ignored(f"GitHub alert about {kind[:80]!r}, which is no credential of AWS")
    if action not in _TELLING:
        return Ignored(f"GitHub alert: {action[:80]!r} says nothing new about the credential")
    validity = text(alert, "validity")
    if validity == "inactive":
        return Ignored("GitHub asked AWS: the credential does not work any more")
    return (_signal(alert, action, where, received),)


def _number(alert: Node) -> int | None:
    number = alert.get("number")
    return number if type(number) is int else None


def _signal(alert: Node, action: str, where: str, received: datetime) -> Signal:
    validity = text(alert, "validity")
    created = text(alert, "created_at")
    at = seen(received, text(alert, "updated_at"), created)
    return Signal(
        source="github",
        native_id=f"{where}#{alert['number']}",
        sign=Sign.FOUND_WORKING if validity == "active" else Sign.FOUND,
        what=f"secret scanning alert {action.replace('_', ' ')}",
        at=at,
        since=seen(at, created),
        account="",
        region="",
        subject=Subject(SubjectKind.UNNAMED),
        principal=None,
        evidence=evidence(
            ("repository", where),
            ("alert", text(alert, "html_url")),
            ("secret type", text(alert, "secret_type")),
            ("validity", validity),
            ("in public", "yes" if alert.get("publicly_leaked") is True else None),
        ),
    )


def named(signal: Signal, key: str) -> Signal:
    """The same about the access key that was looked up."""
    kind = SubjectKind.USER_SESSION if key.startswith("ASIA") else SubjectKind.ACCESS_KEY
    return replace(signal, subject=Subject(kind, key))


def key_of(alert: Node) -> str | None:
    """The key id in an alert as the REST API gives it; None where the secret beside it was what was found."""
    return next(iter(key_ids.found(text(alert, "secret") or "")), None)
