"""AWS Health: AWS itself found a credential in public, or in use by others.

Two layouts are in circulation (AWS Health samples): the key id in `affectedEntities[].entityValue`, and, newer,
`eventMetadata` with `publicKey`, `userName`, `accountId` and `exposedUrl`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.reading import Node, evidence, node, nodes, seen, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

CODES = {
    "AWS_RISK_CREDENTIALS_EXPOSED": Sign.EXPOSED,
    "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED": Sign.EXPOSED,
    "AWS_RISK_CREDENTIALS_COMPROMISED": Sign.EXPOSED,
    "AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED": Sign.EXPOSED,
    "AWS_RISK_IAM_QUARANTINE": Sign.EXPOSED,
    "AWS_RISK_ACCOUNT_CONSOLE_COMPROMISE": Sign.EXPOSED,
}

_KEY = re.compile(r"\w{16,128}", re.ASCII)  # what IAM takes for the id of a key (API reference, UpdateAccessKey)
_NOBODY = frozenset({"-", "N/A", "NA", "NONE", "NULL", "UNKNOWN"})

PATTERN: dict[str, Any] = {
    "source": ["aws.health"],
    "detail-type": ["AWS Health Event", "AWS Health Abuse Event"],
    "detail": {"eventTypeCode": list(CODES)},
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope: one for each credential that it names."""
    del own_role_ids
    detail = node(event, "detail")
    code = text(detail, "eventTypeCode")
    if code is None:
        return Malformed("a Health event without eventTypeCode")
    if code not in CODES:
        return Ignored(f"Health event {code[:80]} is not about a credential")
    return tuple(_signal(event, detail, subject, user, received) for subject, user in _named(detail))


Named = tuple[Subject, str | None]
"""A credential, and the name of its user where the event says so."""


def _named(detail: Node) -> tuple[Named, ...]:
    """Each credential. An event names one user at most, who need not own several keys: IAM says whose they are."""
    told = node(detail, "eventMetadata")
    user = text(told, "userName")
    user = None if user and user.upper() in _NOBODY else user
    values = (text(told, "publicKey"), *(text(entity, "entityValue") for entity in nodes(detail, "affectedEntities")))
    keys = tuple(dict.fromkeys(value for value in values if value and _KEY.fullmatch(value)))
    if not keys:
        return ((Subject(SubjectKind.UNNAMED), user),)
    sole = text(told, "publicKey") or (keys[0] if len(keys) == 1 else None)
    return tuple((_key(key), user if key == sole else None) for key in keys)


def _key(key: str) -> Subject:
    """What AWS exposes by this event is an access key, unless it says itself that it is a session's."""
    return Subject(SubjectKind.USER_SESSION if key.startswith("ASIA") else SubjectKind.ACCESS_KEY, key)


def _signal(event: Node, detail: Node, subject: Subject, user: str | None, received: datetime) -> Signal:
    told, code = node(detail, "eventMetadata"), text(detail, "eventTypeCode") or ""
    account = text(told, "accountId") or text(detail, "affectedAccount") or text(event, "account") or ""
    at = seen(received, text(detail, "startTime"), text(event, "time"))
    arn = text(detail, "eventArn") or text(event, "id") or ""
    descriptions, entities = nodes(detail, "eventDescription"), nodes(detail, "affectedEntities")
    return Signal(
        source="health",
        native_id=f"{arn}/{subject.id or user or account}",
        sign=CODES[code],
        what=code,
        at=at,
        since=at,
        account=account,
        region=text(detail, "eventRegion") or text(event, "region") or "",
        subject=subject,
        principal=Principal(PrincipalKind.USER, account, user) if user else None,
        evidence=evidence(
            ("code", code),
            ("about", None if subject.id else ", ".join(filter(None, (text(one, "entityValue") for one in entities)))),
            ("found at", text(told, "exposedUrl")),
            ("AWS writes", text(descriptions[0], "latestDescription") if descriptions else None),
        ),
    )
