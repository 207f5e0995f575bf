"""CloudTrail: credentials created, revived or given to AWS's quarantine, users renamed, and containment undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Principal, PrincipalKind, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import (
    HIDDEN,
    by_aws,
    by_caller,
    caller,
    failed,
    machine_of,
    of_service,
    refused,
    root,
    signal,
    user_key,
)
from chalicelib.sources.escalation import is_to_caller
from chalicelib.sources.policies import denies_everything
from chalicelib.sources.reading import Node, document, key_id, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed, Signal

SERVICE = "iam.amazonaws.com"

BOUNDARIES = ("PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary")

_ALWAYS = (
    "CreateAccessKey",
    "CreateServiceSpecificCredential",
    "ResetServiceSpecificCredential",
    "UploadSSHPublicKey",
    "UploadSigningCertificate",
    "CreateLoginProfile",
    "UpdateLoginProfile",
    *BOUNDARIES,
)
_QUARANTINE_NAME, _OUR_DENY = "AWSCompromisedKeyQuarantine", "leak-responder-"
INLINE_QUARANTINES = (_QUARANTINE_NAME, "AWSExposedCredentialPolicy_DO_NOT_REMOVE")
"""As AWS called the policy that it wrote for a victim itself, before there was a managed one."""

OUR_DENY_ON_SESSIONS = re.compile(
    r"(?:arn:aws[a-z-]*:iam::\d{12}:policy/leak-responder/role/)?leak-responder-\d{8}-[0-9a-f]{8}-[0-9a-f]{8}(?:-\d+)?"
)
"""Inline or managed; one with a newer cut-off has a number. What is named otherwise is somebody else's."""

_QUARANTINES = [
    {"prefix": f"arn:{part}:iam::aws:policy/{_QUARANTINE_NAME}"} for part in ("aws", "aws-us-gov", "aws-cn")
]
_OURS = {"wildcard": "arn:aws*:iam::*:policy/leak-responder/*"}

# These are the daily bread of every account: only what they ask for makes them worth a look, so the rule looks already.
_REVIVING = (
    "UpdateAccessKey",
    "UpdateServiceSpecificCredential",
    "UpdateSSHPublicKey",
    "UpdateSigningCertificate",
)
_ASKING: dict[str, dict[str, Any]] = {
    **{name: {"status": ["Active"]} for name in _REVIVING},
    "UpdateUser": {"newUserName": [{"exists": True}]},
    "AttachUserPolicy": {"policyArn": _QUARANTINES},
    "DetachUserPolicy": {"policyArn": [*_QUARANTINES, _OURS]},
    "PutUserPolicy": {"policyName": [{"prefix": one} for one in INLINE_QUARANTINES]},
    "DetachRolePolicy": {"policyArn": [_OURS]},
    "DeleteRolePolicy": {"policyName": [{"prefix": _OUR_DENY}]},
    "PutRolePolicy": {  # not on a role of our own, which is a change of the responder
        "policyName": [{"prefix": _OUR_DENY}],
        "roleName": [{"anything-but": {"prefix": _OUR_DENY}}],
    },
}

CALLS = of_service(SERVICE, *_ALWAYS, *_ASKING)

PATTERN: dict[str, Any] = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": [SERVICE],
        "$or": [
            {"eventName": list(_ALWAYS)},
            *({"eventName": [name], "requestParameters": asked} for name, asked in _ASKING.items()),
        ],
    },
}

_OUR_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:policy/leak-responder/.*")
_QUARANTINE_ARN = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/AWSCompromisedKeyQuarantine[\w+=,.@-]*")
_IAM_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    reason = refused(record, CALLS, own_role_ids) or (None if _quarantined(record) else by_aws(record))
    if reason is not None:
        return reason
    owner = _owner(record)
    if owner is None:
        return Ignored("the record does not say whose credential it is about")
    found = _sign(record, owner)
    if isinstance(found, str):
        return Ignored(found)
    sign, subject = found
    if sign is Sign.QUARANTINED_BY_AWS and _is_by_another(record, owner):
        return by_caller(record, Sign.QUARANTINED_BY_HAND, received)
    about_owner = signal(record, sign, subject, owner, received)
    return (*_about_caller(record, sign, received), about_owner)


def _about_caller(record: Node, sign: Sign, received: datetime) -> tuple[Signal, ...]:
    """What the call says of whoever made it, beside what it says of the owner."""
    if sign is Sign.BOUNDARY_CHANGED and is_to_caller(record):
        return by_caller(record, Sign.RIGHTS_TAKEN, received)
    if sign in _GIVEN and machine_of(record) is not None:
        return by_caller(record, Sign.ACTED_AS_PERSON, received)
    return ()


_GIVEN = frozenset({Sign.CREATED, Sign.REVIVED, Sign.PASSWORD_SET})
"""What machines rarely do: then it says as much about the machine as about the owner of the credential."""


def _owner(record: Node) -> Principal | None:
    """The one whose credential is concerned: named in answer or request, or the caller. Roles hold none of these."""
    who, asked = caller(record), node(record, "requestParameters")
    account = text(record, "recipientAccountId") or (who.account if who else "")
    if text(record, "eventName") in {"DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"}:
        name = text(asked, "roleName")
        return Principal(PrincipalKind.ROLE, account, name) if name else None
    name = text(record, "responseElements", "accessKey", "userName") or text(asked, "userName")
    if who and who.kind is PrincipalKind.ROOT and (not text(asked, "userName") or not _is_name(name)):
        return root(account)  # CloudTrail calls it `root`, or "AWS ROOT USER", which no IAM user can be named
    if who and who.kind is PrincipalKind.USER and name in {None, who.name}:
        return who
    return Principal(PrincipalKind.USER, account, name) if name and _is_name(name) else None


def _is_name(name: str | None) -> bool:
    return bool(name) and name != HIDDEN and _IAM_NAME.fullmatch(name or "") is not None


def _sign(record: Node, owner: Principal) -> tuple[Sign, Subject] | str:
    """What the call shows about which credential, or why it is of no interest."""
    match text(record, "eventName"):
        case "CreateAccessKey":
            return _key(Sign.CREATED, text(record, "responseElements", "accessKey", "accessKeyId"), owner)
        case name if name in _REVIVING and text(record, "requestParameters", "status") != "Active":
            return "no credential was made active"
        case "UpdateAccessKey":
            return _key(Sign.REVIVED, text(record, "requestParameters", "accessKeyId"), owner)
        case "UpdateServiceSpecificCredential" | "UpdateSSHPublicKey" | "UpdateSigningCertificate":
            return Sign.REVIVED, _beside_keys(record)
        case (
            "CreateServiceSpecificCredential"
            | "ResetServiceSpecificCredential"
            | "UploadSSHPublicKey"
            | "UploadSigningCertificate"
        ):
            return Sign.CREATED, _beside_keys(record)
        case "CreateLoginProfile" | "UpdateLoginProfile" if owner.kind is PrincipalKind.ROOT:
            return Sign.ROOT_RECOVERED, Subject(SubjectKind.ROOT_PASSWORD)
        case "CreateLoginProfile" | "UpdateLoginProfile":
            return Sign.PASSWORD_SET, Subject(SubjectKind.CONSOLE_PASSWORD)
        case "AttachUserPolicy" | "PutUserPolicy":
            if _quarantined(record):
                return Sign.QUARANTINED_BY_AWS, Subject(SubjectKind.UNNAMED)
            return "not AWS's quarantine, or not attached" if failed(record) else "not AWS's quarantine"
        case _:
            undone = _undone(record)
            return (undone, Subject(SubjectKind.UNNAMED)) if isinstance(undone, Sign) else undone


_BESIDE_KEYS = {
    "ServiceSpecificCredential": (SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, "serviceSpecificCredential"),
    "SSHPublicKey": (SubjectKind.SSH_PUBLIC_KEY, "sSHPublicKey"),
    "SigningCertificate": (SubjectKind.SIGNING_CERTIFICATE, "certificate"),
}


def _beside_keys(record: Node) -> Subject:
    """What a user may hold beside access keys: its id stands in the answer where it is new, else in the request."""
    name = text(record, "eventName") or ""
    kind, answer = next(one for part, one in _BESIDE_KEYS.items() if part in name)
    found = text(record, "responseElements", answer, f"{answer}Id") or text(record, "requestParameters", f"{answer}Id")
    return Subject(kind, key_id(found))


def _key(sign: Sign, written: str | None, owner: Principal) -> tuple[Sign, Subject]:
    if owner.kind is PrincipalKind.ROOT:
        return Sign.ROOT_KEY_CREATED, Subject(SubjectKind.ROOT_KEY, key_id(written))
    return sign, user_key(key_id(written))


def _quarantined(record: Node) -> bool:
    """Attached by ARN prefix; once AWS put it inline, seen as the victim but from inside AWS and never by the victim.

    A customer's policy of that name is nothing: anybody could name one so to have somebody else contained. Whoever
    forges the inline form has only themselves contained.
    """
    name, asked = text(record, "eventName"), node(record, "requestParameters")
    if failed(record):
        return False
    if name == "AttachUserPolicy":
        return is_quarantine(text(asked, "policyArn"))
    inline = name == "PutUserPolicy" and (text(asked, "policyName") or "").startswith(INLINE_QUARANTINES)
    who = caller(record)
    by_itself = who is not None and who.kind is PrincipalKind.USER and who.name == text(asked, "userName")
    return inline and by_itself and (text(record, "userAgent") or "").startswith("aws-internal/")


def _is_by_another(record: Node, victim: Principal) -> bool:
    """Say whether another user or a role of the account made the call: anybody who may attach policies has one aimed.

    AWS's own records name the victim, or a service. IAM finds a user whatever the case of the name that it is asked
    for, so the caller may have written their own in another one.
    """
    who = caller(record)
    if who is None or who.account != victim.account or who.kind not in _PEOPLE:
        return False
    return who.kind is not victim.kind or who.name.casefold() != victim.name.casefold()


_PEOPLE = frozenset({PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.IDENTITY_CENTER_ROLE})
"""The callers behind whom somebody of the account stands. A service-linked role is AWS's own."""


def is_quarantine(arn: str | None) -> bool:
    """Whether it is AWS's own policy for leaked keys, of whatever version; a customer's of that name is nothing."""
    return _QUARANTINE_ARN.fullmatch(arn or "") is not None


def _undone(record: Node) -> Sign | str:
    """Something was taken off, or its user renamed. Whether it was exactly ours, only the settings know: the playbook
    weighs the policy.

    The calls about a boundary say nothing of the one that stood there before, so nobody can tell whether it was ours.
    """
    asked = node(record, "requestParameters")
    if text(record, "eventName") in BOUNDARIES:
        return Sign.BOUNDARY_CHANGED
    if text(record, "eventName") == "UpdateUser":
        return Sign.USER_RENAMED if text(asked, "newUserName") else "no user was renamed"
    arn, name = text(asked, "policyArn"), text(asked, "policyName") or ""
    if text(record, "eventName") == "PutRolePolicy" and denies_everything(document(asked, "policyDocument")):
        return "a deny like ours was put on"  # by whoever answers an incident by hand; verifying it reads every word
    if (text(asked, "roleName") or "").startswith(_OUR_DENY):
        return "a role of the responder's own, which is no containment"
    if is_quarantine(arn):
        return Sign.QUARANTINE_LIFTED
    ours = _OUR_ARN.fullmatch(arn or "") is not None or OUR_DENY_ON_SESSIONS.fullmatch(name) is not None
    return Sign.CONTAINMENT_UNDONE if ours else "not our containment"
