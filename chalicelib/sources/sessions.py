"""CloudTrail: a long-term credential exchanged for a session.

EventBridge counts these among the read-only calls, which only a rule in the state
ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS sees (EventBridge user guide, AWS service events via CloudTrail).
Roles assumed by roles, services and identity providers are the daily life of an account: they are left to the inquiry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Sign, Subject, SubjectKind, read_arn
from chalicelib.sources.cloudtrail import by_aws, by_caller, caller, of_service, refused, role, role_name, root, signal
from chalicelib.sources.key_tests import is_by_tool
from chalicelib.sources.reading import Node, key_id, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed, Principal

SERVICE = "sts.amazonaws.com"
CALLS = of_service(SERVICE, "GetFederationToken", "GetSessionToken", "AssumeRole", "AssumeRoot")
READS = True

PATTERN: dict[str, Any] = {
    "source": ["aws.sts"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": [SERVICE],
        "$or": [
            {"eventName": ["GetFederationToken", "AssumeRoot"]},
            {"eventName": ["GetSessionToken", "AssumeRole"], "userIdentity": {"type": ["IAMUser"]}},
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    reason = refused(record, CALLS, own_role_ids) or by_aws(record)
    if reason is not None:
        return reason
    who, name = caller(record), text(record, "eventName")
    if who is None:
        return Ignored("the record does not say who minted the session")
    if is_by_tool(record):
        return by_caller(record, Sign.KEY_TESTED, received)
    if name in {"GetSessionToken", "AssumeRole"} and text(record, "userIdentity", "type") != "IAMUser":
        return Ignored("no key of a user obtained the session")
    if name == "AssumeRole" and not role_name(text(record, "requestParameters", "roleArn") or ""):
        return Ignored("the record does not say which role was assumed")
    issued = issued_by(record)
    if issued is None:
        return Ignored("the record does not say whose the session is")
    subject, owner = issued
    return (signal(record, _SIGNS.get(name or "", Sign.SESSION_OBTAINED), subject, owner, received),)


_SIGNS = {"GetFederationToken": Sign.SESSION_MINTED, "AssumeRoot": Sign.ROOT_ASSUMED}


def issued_by(record: Node) -> tuple[Subject, Principal] | None:
    """Return the session that the call issued, with its owner; None where the record does not say whose it is.

    The session of a role belongs to the role, and one of root to the account that it was asked for.
    """
    who, key = caller(record), key_id(text(record, "responseElements", "credentials", "accessKeyId"))
    match text(record, "eventName"):
        case "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity":
            owner = _role(record)
            session = text(record, "requestParameters", "roleSessionName")
            return (Subject(SubjectKind.ROLE_SESSION, key, session), owner) if owner else None
        case "GetFederationToken" if who:
            return Subject(SubjectKind.FEDERATED_SESSION, key, text(record, "requestParameters", "name")), who
        case "GetSessionToken" if who:
            return Subject(SubjectKind.USER_SESSION, key), who
        case "AssumeRoot" if who:
            # an account's number, or the ARN of its root
            account = re.search(r"\d{12}", text(record, "requestParameters", "targetPrincipal") or "")
            return Subject(SubjectKind.ROOT_KEY, key), root(account[0] if account else who.account)
        case _:
            return None


def _role(record: Node) -> Principal | None:
    arn = text(record, "requestParameters", "roleArn") or ""
    found, name = read_arn(arn), role_name(arn)
    account = (found.account if found else "") or text(record, "recipientAccountId") or ""
    unique = (text(record, "responseElements", "assumedRoleUser", "assumedRoleId") or "").partition(":")[0] or None
    return role(name, account, unique, arn) if name else None
