"""CloudTrail: a long-term credential exchanged for a session.

EventBridge counts these among the read-only calls, which only a rule in the state
ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS sees (EventBridge user guide, AWS service events via CloudTrail).
Roles assumed by roles, services and identity providers are the daily life of an account: they are left to the inquiry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Sign, Subject, SubjectKind
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
    sign, subject, owner = _minted(record, who)
    return (signal(record, sign, subject, owner, received),)


def _minted(record: Node, who: Principal) -> tuple[Sign, Subject, Principal]:
    """The session, and whose it is: a role's belongs to the role, and root's to the account that it was asked for."""
    key = key_id(text(record, "responseElements", "credentials", "accessKeyId"))
    match text(record, "eventName"):
        case "GetFederationToken":
            subject = Subject(SubjectKind.FEDERATED_SESSION, key, text(record, "requestParameters", "name"))
            return Sign.SESSION_MINTED, subject, who
        case "AssumeRoot":
            # an account's number, or the ARN of its root
            account = re.search(r"\d{12}", text(record, "requestParameters", "targetPrincipal") or "")
            return Sign.ROOT_ASSUMED, Subject(SubjectKind.ROOT_KEY, key), root(account[0] if account else who.account)
        case "AssumeRole":
            session = text(record, "requestParameters", "roleSessionName")
            return Sign.SESSION_OBTAINED, Subject(SubjectKind.ROLE_SESSION, key, session), _role(record, who)
        case _:
            return Sign.SESSION_OBTAINED, Subject(SubjectKind.USER_SESSION, key), who


def _role(record: Node, who: Principal) -> Principal:
    arn = text(record, "requestParameters", "roleArn") or ""
    unique = (text(record, "responseElements", "assumedRoleUser", "assumedRoleId") or "").partition(":")[0] or None
    account = (arn.split(":") + [""] * 5)[4] or who.account
    return role(role_name(arn) or "", account, unique, arn)
