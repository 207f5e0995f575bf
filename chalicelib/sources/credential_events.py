"""CloudTrail: credentials created, revived or given to AWS's quarantine, and our containment undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Principal, PrincipalKind, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import caller, not_ours, signal, user_key
from chalicelib.sources.reading import Node, key_id, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

_CREATED = ("CreateAccessKey", "CreateServiceSpecificCredential")
_PASSWORDS = ("CreateLoginProfile", "UpdateLoginProfile")
_ATTACHED = ("AttachUserPolicy", "PutUserPolicy")
_UNDOING = (
    "DetachUserPolicy",
    "DeleteUserPolicy",
    "DeleteUserPermissionsBoundary",
    "PutUserPermissionsBoundary",
    "DeleteRolePolicy",
)

NAMES = (*_CREATED, "UpdateAccessKey", *_PASSWORDS, *_ATTACHED, *_UNDOING)

PATTERN: dict[str, Any] = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": list(NAMES)},
}

_QUARANTINE_ARN = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/AWSCompromisedKeyQuarantine[A-Za-z0-9_]*")
_QUARANTINE_NAME = "AWSCompromisedKeyQuarantine"
_OURS = "leak-responder"


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope."""
    return read(node(event, "detail"), received, own_role_ids)


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    refused = not_ours(record, own_role_ids)
    if refused is not None and not _quarantined(record):
        return refused
    owner = _owner(record)
    if owner is None:
        return Ignored("the record does not say whose credential it is about")
    found = _sign(record, owner)
    if isinstance(found, str):
        return Ignored(found)
    sign, subject = found
    return (signal(record, sign, subject, owner, received),)


def _owner(record: Node) -> Principal | None:
    """The one whose credential is concerned: named in the request, or the caller."""
    who, asked = caller(record), node(record, "requestParameters")
    account = text(record, "recipientAccountId") or (who.account if who else "")
    name = text(asked, "userName") or text(record, "responseElements", "accessKey", "userName")
    if name is None and text(asked, "roleName"):
        return Principal(PrincipalKind.ROLE, account, text(asked, "roleName") or "")
    if name is None or (who and who.kind is PrincipalKind.USER and who.name == name):
        return who
    return Principal(PrincipalKind.USER, account, name)


def _sign(record: Node, owner: Principal) -> tuple[Sign, Subject] | str:
    """What the call shows about which credential, or why it is of no interest."""
    match text(record, "eventName"):
        case "CreateAccessKey":
            created = key_id(text(record, "responseElements", "accessKey", "accessKeyId"))
            if owner.kind is PrincipalKind.ROOT:
                return Sign.ROOT_KEY_CREATED, Subject(SubjectKind.ROOT_KEY, created)
            return Sign.CREATED, user_key(created)
        case "CreateServiceSpecificCredential":
            created = text(record, "responseElements", "serviceSpecificCredential", "serviceSpecificCredentialId")
            return Sign.CREATED, Subject(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, created)
        case "UpdateAccessKey":
            return _revived(record)
        case "CreateLoginProfile" | "UpdateLoginProfile":
            return Sign.PASSWORD_SET, Subject(SubjectKind.CONSOLE_PASSWORD)
        case "AttachUserPolicy" | "PutUserPolicy":
            quarantined = _quarantined(record)
            return (Sign.QUARANTINED_BY_AWS, Subject(SubjectKind.UNNAMED)) if quarantined else "not AWS's quarantine"
        case name if name in _UNDOING:
            return _undone(record)
        case _:
            return "this call is not among the credential events"


def _revived(record: Node) -> tuple[Sign, Subject] | str:
    asked = node(record, "requestParameters")
    if text(asked, "status") != "Active":
        return "a key was made inactive"
    return Sign.REVIVED, user_key(key_id(text(asked, "accessKeyId")))


def _quarantined(record: Node) -> bool:
    """Attached by ARN prefix; once AWS put it inline, seen as the victim but from inside AWS and never by the victim.

    A customer's policy of that name is nothing: anybody could name one so to have somebody else contained. Whoever
    forges the inline form has only themselves contained.
    """
    asked = node(record, "requestParameters")
    if text(record, "errorCode"):
        return False
    if text(record, "eventName") == "AttachUserPolicy":
        return bool(_QUARANTINE_ARN.fullmatch(text(asked, "policyArn") or ""))
    inline = text(record, "eventName") == "PutUserPolicy" and (text(asked, "policyName") or "").startswith(
        _QUARANTINE_NAME
    )
    who = caller(record)
    by_itself = who is not None and who.kind is PrincipalKind.USER and who.name == text(asked, "userName")
    return inline and by_itself and (text(record, "userAgent") or "").startswith("aws-internal/")


def _undone(record: Node) -> tuple[Sign, Subject] | str:
    """Our own containment taken off. The boundary calls do not always name a policy: the caller does."""
    asked = node(record, "requestParameters")
    named = (text(asked, "policyArn") or "", text(asked, "policyName") or "")
    if any(_OURS in name for name in named):
        return Sign.CONTAINMENT_UNDONE, Subject(SubjectKind.UNNAMED)
    return "not our containment"
