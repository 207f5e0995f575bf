"""AWS Health: AWS itself found a credential in public, or in use by others.

Two layouts are in circulation (AWS Health samples): the key id in `affectedEntities[].entityValue`, and, newer,
`eventMetadata` with `publicKey`, `userName`, `accountId` and `exposedUrl`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.cloudtrail import user_key
from chalicelib.sources.reading import Node, evidence, moment, node, nodes, text

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

_LONGEST = 128  # characters of a credential id (IAM API reference)

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
    named = _named(detail)
    return tuple(_signal(event, detail, subject, user, received) for subject, user in named)


def _named(detail: Node) -> list[tuple[Subject, str | None]]:
    """Each credential with the user that it belongs to, where the event says so."""
    told = node(detail, "eventMetadata")
    user = text(told, "userName")
    user = None if user in {"N/A", "-"} else user
    values = [text(told, "publicKey"), *(text(entity, "entityValue") for entity in nodes(detail, "affectedEntities"))]
    keys = dict.fromkeys(value[:_LONGEST] for value in values if value)
    if keys:
        return [(user_key(key), user) for key in keys]
    return [(Subject(SubjectKind.UNNAMED), user)]


def _signal(event: Node, detail: Node, subject: Subject, user: str | None, received: datetime) -> Signal:
    told = node(detail, "eventMetadata")
    account = text(told, "accountId") or text(detail, "affectedAccount") or text(event, "account") or ""
    at = moment(text(detail, "startTime")) or moment(text(event, "time")) or received
    code, arn = text(detail, "eventTypeCode") or "", text(detail, "eventArn") or text(event, "id") or ""
    descriptions = nodes(detail, "eventDescription")
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
            ("found at", text(told, "exposedUrl")),
            ("AWS writes", text(descriptions[0], "latestDescription") if descriptions else None),
        ),
    )
