"""CloudTrail records: who called, with what, and whether it worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Signal, Subject, SubjectKind
from chalicelib.sources.reading import Node, evidence, key_id, moment, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Sign


def caller(record: Node) -> Principal | None:
    """Who owns the credential that made the call; None for AWS itself and for callers without a principal."""
    identity = node(record, "userIdentity")
    account = text(identity, "accountId") or text(record, "recipientAccountId") or ""
    unique = (text(identity, "principalId") or "").partition(":")[0] or None
    match text(identity, "type"):
        case "IAMUser":
            name = text(identity, "userName") or _last(text(identity, "arn"))
            return Principal(PrincipalKind.USER, account, name, unique) if name else None
        case "Root":
            return Principal(PrincipalKind.ROOT, account, "root", account)
        case "AssumedRole" | "Role":
            return _role(identity, account, unique)
        case "FederatedUser":
            return _issuer(identity, account)
        case _:
            return None


def _role(identity: Node, account: str, unique: str | None) -> Principal | None:
    issuer = node(identity, "sessionContext", "sessionIssuer")
    arn = text(issuer, "arn") or text(identity, "arn") or ""
    parts = arn.split("/")
    name = text(issuer, "userName") or (parts[1] if ":assumed-role/" in arn else parts[-1])
    return role(name, account, text(issuer, "principalId") or unique, arn) if name else None


def role(name: str, account: str, unique_id: str | None, arn: str = "") -> Principal:
    """A role, with the kinds that IAM does not let anyone constrain told apart by path and name."""
    kind = PrincipalKind.ROLE
    if name.startswith("AWSServiceRoleFor") or "/aws-service-role/" in arn:
        kind = PrincipalKind.SERVICE_LINKED_ROLE
    elif name.startswith("AWSReservedSSO_"):
        kind = PrincipalKind.IDENTITY_CENTER_ROLE
    return Principal(kind, account, name, unique_id)


def _issuer(identity: Node, account: str) -> Principal | None:
    issuer = node(identity, "sessionContext", "sessionIssuer")
    if text(issuer, "type") == "Root":
        return Principal(PrincipalKind.ROOT, account, "root", account)
    name = text(issuer, "userName")
    return Principal(PrincipalKind.USER, account, name, text(issuer, "principalId")) if name else None


def _last(arn: str | None) -> str | None:
    return arn.rsplit("/", 1)[-1] if arn and "/" in arn else None


def credential(record: Node) -> Subject:
    """The credential that made the call."""
    identity = node(record, "userIdentity")
    key, session = key_id(text(identity, "accessKeyId")), (text(identity, "principalId") or "").partition(":")[2]
    match text(identity, "type"):
        case "Root":
            return Subject(SubjectKind.ROOT_KEY if key else SubjectKind.ROOT_PASSWORD, key)
        case "AssumedRole":
            return Subject(SubjectKind.ROLE_SESSION, key, session or None)
        case "FederatedUser":
            return Subject(SubjectKind.FEDERATED_SESSION, key, session or None)
        case _:
            return user_key(key)


def user_key(key: str | None) -> Subject:
    """A user's credential by its id: only `AKIA…` keys can be deactivated, `ASIA…` ones are sessions."""
    if key is None or key_id(key) is None:
        return Subject(SubjectKind.UNNAMED, key)
    if key.startswith("ASIA"):
        return Subject(SubjectKind.USER_SESSION, key)
    return Subject(SubjectKind.ACCESS_KEY if key.startswith("AKIA") else SubjectKind.UNNAMED, key)


def not_ours(record: Node, own_role_ids: tuple[str, ...]) -> Ignored | Malformed | None:
    """Why a record needs no reading: not a record, AWS's own call, or our own."""
    identity = node(record, "userIdentity")
    if not text(record, "eventName") or not text(record, "eventSource"):
        return Malformed("a CloudTrail record without eventName or eventSource")
    if (text(identity, "principalId") or "").partition(":")[0] in own_role_ids:
        return Ignored("our own call")
    if text(identity, "type") == "AWSService":
        return Ignored("a call by an AWS service")
    who = caller(record)
    if who and who.kind is PrincipalKind.SERVICE_LINKED_ROLE:
        return Ignored("a call by a service-linked role")
    return None


def signal(record: Node, sign: Sign, subject: Subject, owner: Principal | None, received: datetime) -> Signal:
    """The signal of one record."""
    at = moment(text(record, "eventTime")) or received
    account = owner.account if owner and owner.account else text(record, "recipientAccountId") or ""
    name = text(record, "eventName") or ""
    return Signal(
        source="cloudtrail",
        native_id=text(record, "eventID") or f"{name}@{at.isoformat()}",
        sign=sign,
        what=name,
        at=at,
        since=at,
        account=account,
        region=text(record, "awsRegion") or "",
        subject=subject,
        principal=owner,
        actor=caller(record),
        failed=bool(text(record, "errorCode") or text(record, "errorMessage")),
        evidence=evidence(
            ("call", f"{text(record, 'eventSource')} {name}"),
            ("by", text(record, "userIdentity", "arn")),
            ("with key", text(record, "userIdentity", "accessKeyId")),
            ("from address", text(record, "sourceIPAddress")),
            ("user agent", text(record, "userAgent")),
            ("error", text(record, "errorCode")),
        ),
    )
