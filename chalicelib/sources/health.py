"""AWS Health: AWS itself found a credential in public, or in use by others.

Two layouts are in circulation (AWS Health samples): the key id in `affectedEntities[].entityValue`, and, newer,
`eventMetadata` with `publicKey`, `userName`, `accountId` and `exposedUrl`. Some events name the key in neither, and in
AWS's own words alone; IAM then says whose it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib import key_ids
from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.cloudtrail import user_name
from chalicelib.sources.reading import Node, evidence, node, nodes, prose, seen, text

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

_FAMILY = "AWS_RISK_"
_CONCERNS = ("CREDENTIAL", "COMPROMISE", "EXPOS", "QUARANTINE")
"""One of these words stands in every code about a credential; new codes follow the old ones."""

_KEY = re.compile(r"[A-Z0-9_]{16,128}")  # IAM takes small letters, too (API reference, UpdateAccessKey), and gives none
_PLAIN_KEY = re.compile(r"A[KS]IA[A-Z2-7]{12,124}")  # what nothing but a key id looks like, whatever the member's name
_NOBODY = frozenset({"-", "N/A", "NA", "NONE", "NULL", "UNKNOWN", "ROOT", "<ROOT_ACCOUNT>"})

_OF_STRANGERS = re.compile(r"\S*/\S*|\buser(?:[ -]?name)?\W{1,3}\S+", re.IGNORECASE)
"""What others chose in AWS's words: the address where a key was found, and the name of a user."""

_OF_DOCUMENTATION = "EXAMPLE"
"""Ends the key ids that AWS's documentation gives as examples."""

PATTERN: dict[str, Any] = {
    "source": ["aws.health"],
    "detail-type": ["AWS Health Event", "AWS Health Abuse Event"],
    "detail": {"eventTypeCode": [{"prefix": _FAMILY}]},
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope: one for each credential that it names.

    A long list of entities comes in pages, each an event of its own; the copy that AWS sends to a second Region says
    the same as the first (Health user guide, "EventBridge schema").
    """
    del own_role_ids
    detail = node(event, "detail")
    code = text(detail, "eventTypeCode")
    if code is None:
        return Malformed("a Health event without eventTypeCode")
    if not (code.startswith(_FAMILY) and any(word in code for word in _CONCERNS)):
        return Ignored(f"Health event {code[:80]} is not about a credential")
    entities = nodes(detail, "affectedEntities")
    if entities and all(text(entity, "status") == "RESOLVED" for entity in entities):
        return Ignored("AWS itself calls what it found resolved")
    return tuple(_signal(event, detail, subject, user, received) for subject, user in _named(detail))


Named = tuple[Subject, str | None]
"""A credential, and the name of its user where the event says so."""


def _named(detail: Node) -> tuple[Named, ...]:
    """Each credential: those that the event's members name, then those that stand in AWS's words alone."""
    named = _named_by_members(detail)
    known = {subject.id for subject, _ in named}
    written = tuple((_key(key), None) for key in _keys_in_words(detail) if key not in known)
    return written if written and named == _NOBODY_NAMED else (*named, *written)


_NOBODY_NAMED: tuple[Named, ...] = ((Subject(SubjectKind.UNNAMED), None),)


def _named_by_members(detail: Node) -> tuple[Named, ...]:
    """An event names one user at most, who need not own several keys: IAM says whose they are."""
    told, entities = node(detail, "eventMetadata"), _entities(detail)
    over, named = _resolved(detail), filter(_KEY.fullmatch, (*_told_keys(told), *entities))
    keys = tuple(dict.fromkeys(key for key in named if key not in over))
    user = text(told, "userName")
    user = None if user and user.upper() in _NOBODY else user
    if not keys:
        users: list[str | None] = [user] if user else [name for one in entities if (name := user_name(one))]
        return tuple((Subject(SubjectKind.UNNAMED), one) for one in dict.fromkeys(users or (None,)))
    sole = text(told, "publicKey") or (keys[0] if len(keys) == 1 else None)
    return tuple((_key(key), user if key == sole else None) for key in keys)


def _keys_in_words(detail: Node) -> list[str]:
    """The access key ids in AWS's words, but those of documentation and those that AWS calls resolved."""
    words = " ".join(prose(one, "latestDescription") for one in nodes(detail, "eventDescription"))
    found, over = key_ids.found(_OF_STRANGERS.sub(" ", words)), _resolved(detail)
    return [key for key in found if key not in over and not key.endswith(_OF_DOCUMENTATION)]


def _resolved(detail: Node) -> set[str | None]:
    """Return the entities that AWS calls resolved."""
    entities = nodes(detail, "affectedEntities")
    return {text(entity, "entityValue") for entity in entities if text(entity, "status") == "RESOLVED"}


def _told_keys(told: Node) -> tuple[str, ...]:
    """The sender chooses the members' names: `publicKey` is one that AWS has used."""
    others = filter(_PLAIN_KEY.fullmatch, filter(None, (text(told, name) for name in told)))
    return tuple(filter(None, (text(told, "publicKey"), *others)))


def _entities(detail: Node) -> tuple[str, ...]:
    """What is affected still; a user may own a key that AWS calls resolved, and another that it does not."""
    entities = nodes(detail, "affectedEntities")
    return tuple(filter(None, (text(one, "entityValue") for one in entities if text(one, "status") != "RESOLVED")))


def _key(key: str) -> Subject:
    """What AWS exposes by this event is an access key, unless it says itself that it is a session's."""
    return Subject(SubjectKind.USER_SESSION if key.startswith("ASIA") else SubjectKind.ACCESS_KEY, key)


def _signal(event: Node, detail: Node, subject: Subject, user: str | None, received: datetime) -> Signal:
    told, code = node(detail, "eventMetadata"), text(detail, "eventTypeCode") or ""
    account = text(told, "accountId") or text(detail, "affectedAccount") or text(event, "account") or ""
    at = seen(received, text(detail, "startTime"), text(event, "time"))
    arn = text(detail, "eventArn") or text(event, "id") or ""
    descriptions, page = nodes(detail, "eventDescription"), text(detail, "page")
    return Signal(
        source="health",
        native_id=f"{arn}/{subject.id or user or account}",
        sign=CODES.get(code, Sign.WARNED),
        what=code,
        at=at,
        since=at,
        account=account,
        region=text(detail, "eventRegion") or text(event, "region") or "",
        subject=subject,
        principal=Principal(PrincipalKind.USER, account, user) if user else None,
        evidence=evidence(
            ("code", code),
            ("about", None if subject.id else ", ".join(_entities(detail))),
            ("found at", text(told, "exposedUrl")),
            ("page", f"{page} of {text(detail, 'totalPages')}" if page and text(detail, "totalPages") != "1" else None),
            ("AWS writes", text(descriptions[0], "latestDescription") if descriptions else None),
        ),
    )
