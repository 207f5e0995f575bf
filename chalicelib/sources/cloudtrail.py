"""CloudTrail records: who called, with what, and whether it worked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.model import (
    IDENTITY,
    Ignored,
    Malformed,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Subject,
    SubjectKind,
    read_arn,
)
from chalicelib.sources.mending import called_for
from chalicelib.sources.reading import Node, evidence, key_id, moment, node, seen, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.model import Parsed

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""Stands where a name was mistyped and might be a password."""


def of(event: Node) -> Node:
    """The record of an EventBridge envelope; where it names no account, the bus that it came over does."""
    return {"recipientAccountId": event.get("account"), **node(event, "detail")}


def caller(record: Node) -> Principal | None:
    """Who owns the credential that made the call; None for AWS itself and for callers without a principal."""
    identity = node(record, "userIdentity")
    account = text(identity, "accountId") or text(record, "recipientAccountId") or ""
    unique = (text(identity, "principalId") or "").partition(":")[0] or None
    match text(identity, "type"):
        case "IAMUser":
            name = text(identity, "userName") or user_name(text(identity, "arn") or "")
            return Principal(PrincipalKind.USER, account, name, unique) if name and name != HIDDEN else None
        case "Root":
            return root(account)
        case "AssumedRole" | "Role":
            return _role(identity, account, unique)
        case "FederatedUser":
            return _issuer(identity, account)
        case _:
            return None


def root(account: str) -> Principal:
    """The root user of an account."""
    return Principal(PrincipalKind.ROOT, account, "root", account)


def _role(identity: Node, account: str, unique: str | None) -> Principal | None:
    issuer = node(identity, "sessionContext", "sessionIssuer")
    arn = text(issuer, "arn") or text(identity, "arn") or ""
    name = text(issuer, "userName") or role_name(arn)
    return role(name, account, text(issuer, "principalId") or unique, arn) if name else None


def role_name(arn: str) -> str | None:
    """The name in the ARN of a role, whose path comes before it, or of a session, which has none."""
    found = read_arn(arn)
    return found.role or None if found else None


def user_name(arn: str) -> str | None:
    """Return the name in the ARN of a user, whose path comes before it; None where it is no user's."""
    found = read_arn(arn)
    return found.name or None if found and found.kind == "user" else None


def role(name: str, account: str, unique_id: str | None, arn: str = "") -> Principal:
    """Return a role, with the kinds that IAM lets nobody constrain told apart by the path, which AWS alone can use.

    Anybody may choose the name. Where an event has no path, as in a session's ARN, the role is an ordinary one.
    """
    found, kind = read_arn(arn), PrincipalKind.ROLE
    if found and found.is_service_linked:
        kind = PrincipalKind.SERVICE_LINKED_ROLE
    elif found and found.is_of_identity_center:
        kind = PrincipalKind.IDENTITY_CENTER_ROLE
    return Principal(kind, account, name, unique_id)


def _issuer(identity: Node, account: str) -> Principal | None:
    issuer = node(identity, "sessionContext", "sessionIssuer")
    if text(issuer, "type") == "Root":
        return root(account)
    name = text(issuer, "userName")
    return Principal(PrincipalKind.USER, account, name, text(issuer, "principalId")) if name else None


def root_credential(key: str | None) -> Subject:
    """The root user's, by the id of the key: whoever signed in has the key of a session."""
    long_term = key is not None and key.startswith("AKIA")
    return Subject(SubjectKind.ROOT_KEY, key) if long_term else Subject(SubjectKind.ROOT_PASSWORD)


def user_key(key: str | None) -> Subject:
    """A user's credential by its id: only `AKIA…` keys can be deactivated, `ASIA…` ones are sessions."""
    if key is None or key_id(key) is None:
        return Subject(SubjectKind.UNNAMED, key)
    if key.startswith("ASIA"):
        return Subject(SubjectKind.USER_SESSION, key)
    return Subject(SubjectKind.ACCESS_KEY if key.startswith("AKIA") else SubjectKind.UNNAMED, key)


def credential(record: Node) -> Subject:
    """The credential that made the call. A sign-in to the console has no key id, its session has one."""
    identity = node(record, "userIdentity")
    key = key_id(text(identity, "accessKeyId"))
    session = (text(identity, "principalId") or "").partition(":")[2] or None
    match text(identity, "type"):
        case "IAMUser":
            return user_key(key) if key else Subject(SubjectKind.CONSOLE_PASSWORD)
        case "Root":
            return root_credential(key)
        case "AssumedRole" | "Role":
            return Subject(SubjectKind.ROLE_SESSION, key, identity_of(identity) or session, _issued(record))
        case "FederatedUser":
            return Subject(SubjectKind.FEDERATED_SESSION, key, session)
        case _:
            return Subject(SubjectKind.UNNAMED, key)


def _issued(record: Node) -> datetime | None:
    """Return when the one session was issued; None where more of its name follow, which are as much the caller's.

    A machine gets new sessions under its name, which nobody else bears, and a console gets keys of its own. That a
    service delivered the credentials is not for a caller to write (CloudTrail user guide, "userIdentity element").
    """
    identity = node(record, "userIdentity")
    context = node(identity, "sessionContext")
    renewed = text(context, "ec2RoleDelivery") or node(identity, "inScopeOf")
    if renewed or text(record, "sessionCredentialFromConsole") or text(record, "eventType") == "AwsConsoleSignIn":
        return None
    return moment(text(context, "attributes", "creationDate"))


def identity_of(identity: Node) -> str | None:
    """Who of an identity pool of Cognito is behind a session (CloudTrail user guide, "userIdentity element")."""
    attributes = node(identity, "sessionContext", "webIdFederationData", "attributes")
    found = text(attributes, "cognito-identity.amazonaws.com:sub")
    return found if found and IDENTITY.fullmatch(found) else None


Call = tuple[str, str]
"""The service, as `eventSource` spells it, and the name of a call."""


def of_service(service: str, *names: str) -> tuple[Call, ...]:
    """Calls of one service."""
    return tuple((service, name) for name in names)


def refused(record: Node, calls: tuple[Call, ...], own_role_ids: tuple[str, ...]) -> Ignored | Malformed | None:
    """Why a family does not read the record: none, not its call, or our own, for our writes match our own rules."""
    asked, name = text(record, "eventSource"), text(record, "eventName")
    if asked is None or name is None:
        return Malformed("a CloudTrail record without eventName or eventSource")
    if (asked, name) not in calls:
        return Ignored(f"{name[:80]} is not among the credential events")
    unique = (text(record, "userIdentity", "principalId") or "").partition(":")[0]
    return Ignored("our own call") if unique in own_role_ids else None


def by_aws(record: Node) -> Ignored | None:
    """A call that AWS makes for itself shows no leak."""
    if text(record, "userIdentity", "type") == "AWSService":
        return Ignored("a call by an AWS service")
    who = caller(record)
    if who and who.kind is PrincipalKind.SERVICE_LINKED_ROLE:
        return Ignored("a call by a service-linked role")
    return None


_NAMED = {
    "userName": "user",
    "roleName": "role",
    "groupName": "group",
    "roleArn": "role",
    "policyArn": "policy",
    "policyId": "policy",
    "sAMLProviderArn": "provider",
    "openIDConnectProviderArn": "provider",
    "secretId": "secret",
    "resourceArn": "",
    "resourceId": "",
    "keyId": "key",
    "bucketName": "bucket",
    "trailName": "trail",
    "detectorId": "detector",
    "functionName": "function",
    "stackName": "stack",
    "tableName": "table",
    "rule": "rule",
    "name": "",
}
"""Parameters that name one thing, with what people call it."""


def target(record: Node) -> str | None:
    """Return what the call was about, as far as it names one thing."""
    asked = node(record, "requestParameters")
    own = _NAMED_BY.get(text(record, "eventSource") or "", {})
    kinds = {**own, **_NAMED, **own}  # first by what the service itself calls its things
    found = next(((kind, name) for key, kind in kinds.items() if (name := text(asked, key))), None)
    return " ".join(filter(None, found)) if found else None


_NAMED_BY = {
    "cloudtrail.amazonaws.com": {"name": "trail"},
    "sts.amazonaws.com": {"name": "federated user"},
    "eks.amazonaws.com": {"name": "cluster", "clusterName": "cluster"},
    "rds.amazonaws.com": {"dBInstanceIdentifier": "database", "dBClusterIdentifier": "database"},
    "redshift.amazonaws.com": {"clusterIdentifier": "cluster"},
    "glue.amazonaws.com": {"endpointName": "endpoint"},
    "iot.amazonaws.com": {"roleAlias": "role alias"},
    "rolesanywhere.amazonaws.com": {"crlId": "revocation list", "profileId": "profile"},
    "ssm.amazonaws.com": {"iamRole": "role"},
    "sso.amazonaws.com": {"principalId": "member"},
    "sso-directory.amazonaws.com": {"groupId": "group", "userId": "user"},
    "identitystore.amazonaws.com": {"groupId": "group"},
}
"""What a service calls by a parameter whose name says too little."""


def _policy_beside(record: Node) -> str | None:
    """Return the policy that somebody is given or bounded by; None where the call is about the policy itself."""
    asked = node(record, "requestParameters")
    named = (text(asked, name) for name in ("policyArn", "policyName", "permissionsBoundary"))
    found = next(filter(None, named), None)
    return None if target(record) == f"policy {found}" else found


PEOPLE = ("signin.amazonaws.com", "console.amazonaws.com", "aws-mcp.amazonaws.com")
"""Not every `invokedBy` is a service at work: older records of the console name the sign-in page, and the server that
runs people's agents calls with their own credentials."""

_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?|AWS Internal")
"""Publishers and collectors blank the member, too: what names no service is none."""


def by_caller(record: Node, sign: Sign, received: datetime) -> tuple[Signal, ...]:
    """The signal of a call that says something about whoever made it: it may be their credential that leaked."""
    return (signal(record, sign, credential(record), caller(record), received),)


def of_caller(
    record: Node, received: datetime, refusal: Ignored | Malformed | None, shows: Callable[[Node], Sign | str]
) -> Parsed:
    """The same, where the family does not refuse the record; `shows` gives its sign, or why it is of no interest."""
    reason = refusal or by_aws(record)
    if reason is not None:
        return reason
    found = shows(record)
    if not isinstance(found, Sign):
        return Ignored(found)
    is_of_root = text(record, "userIdentity", "type") == "Root"
    return by_caller(record, Sign.ROOT_USED if is_of_root and found in DAILY else found, received)


DAILY = frozenset({Sign.RIGHTS_CHANGED, Sign.PASSWORD_CHANGED, Sign.MFA_ADDED, Sign.FINDINGS_PUT_AWAY})
"""What others do every day, and what is told of root."""


def failed(record: Node) -> bool:
    """Whether the call came to nothing."""
    return bool(text(record, "errorCode") or text(record, "errorMessage")) or _answered(record) == "Failure"


def _answered(record: Node) -> str | None:
    """How the sign-in page answered, which writes that under the name of the event; not each failure has a message."""
    return text(record, "responseElements", text(record, "eventName") or "")


def _by_service(record: Node) -> bool:
    invoked = text(record, "userIdentity", "invokedBy") or ""
    return invoked not in PEOPLE and _SERVICE.fullmatch(invoked) is not None


_INSTANCE = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?")


def machine_of(record: Node) -> str | None:
    """Return the machine that has the credential of the call, as a person reads it; None for anybody else.

    A role that an instance has is delivered by its metadata service and names its sessions by the instance; of what has
    a role from another service `inScopeOf` says what it is (CloudTrail user guide, "userIdentity element").
    """
    identity = node(record, "userIdentity")
    if text(identity, "type") != "AssumedRole":
        return None
    session, scope = (text(identity, "principalId") or "").partition(":")[2], node(identity, "inScopeOf")
    if text(identity, "sessionContext", "ec2RoleDelivery") or _INSTANCE.fullmatch(session):
        return f"instance {session}"
    kind, issuer = text(scope, "issuerType"), text(scope, "credentialsIssuedTo") or text(scope, "sourceArn")
    return f"{kind or 'a service'} {issuer or session}" if kind or issuer else None


def signal(record: Node, sign: Sign, subject: Subject, owner: Principal | None, received: datetime) -> Signal:
    """The signal of one record."""
    at = seen(received, text(record, "eventTime"))
    name, asked = text(record, "eventName") or "", node(record, "requestParameters")
    return Signal(
        source="cloudtrail",
        native_id=text(record, "eventID") or f"{name}@{at.isoformat()}",
        sign=sign,
        what=name,
        at=at,
        since=at,
        account=(owner.account if owner else "") or text(record, "recipientAccountId") or "",
        region=text(record, "awsRegion") or "",
        subject=subject,
        principal=owner,
        actor=caller(record),
        failed=failed(record),
        by_service=_by_service(record),
        by_machine=machine_of(record) is not None,
        policy=text(asked, "policyArn") or text(asked, "policyName"),
        also=called_for(record),
        evidence=evidence(
            ("call", f"{text(record, 'eventSource')} {name}"),
            ("on", target(record)),
            ("policy", _policy_beside(record)),
            ("new name", text(asked, "newUserName")),
            ("by", text(record, "userIdentity", "arn")),
            ("with key", text(record, "userIdentity", "accessKeyId")),
            ("machine", machine_of(record)),
            ("task", text(asked, "taskPolicyArn", "arn")),
            ("through", text(record, "userIdentity", "invokedBy")),
            ("from address", text(record, "sourceIPAddress")),
            ("user agent", text(record, "userAgent")),
            ("MFA used", text(record, "additionalEventData", "MFAUsed")),
            ("error", text(record, "errorCode")),
        ),
    )
