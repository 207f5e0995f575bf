"""GuardDuty findings whose subject is a credential, as EventBridge, exports and the API spell them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.cloudtrail import role, user_key
from chalicelib.sources.reading import Node, evidence, moment, node, nodes, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

PATTERN: dict[str, Any] = {
    "source": ["aws.guardduty"],
    "detail-type": ["GuardDuty Finding"],
    "detail": {
        "$or": [
            {"resource": {"accessKeyDetails": {"userType": [{"exists": True}]}}},
            {"type": [{"prefix": "AttackSequence:"}]},
        ]
    },
}

_DEEPEST = 40  # findings nest about ten deep; what is deeper is not one


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope."""
    return read(node(event, "detail"), received, own_role_ids)


def read(finding: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one finding: one for each credential, several for an attack sequence with several actors."""
    del own_role_ids
    finding = _camel(finding, _DEEPEST)
    if not text(finding, "type") or not text(finding, "id"):
        return Malformed("a GuardDuty finding without type or id")
    if node(finding, "service").get("archived") is True:
        return Ignored("the finding is archived")
    subjects = _subjects(finding)
    if not subjects and not _about_identity(text(finding, "type") or ""):
        return Ignored("the finding names no credential")
    subjects = subjects or [(Subject(SubjectKind.UNNAMED), None)]
    return tuple(_signal(finding, subject, owner, received) for subject, owner in dict.fromkeys(subjects))


def _about_identity(kind: str) -> bool:
    return kind.startswith("AttackSequence:") or ":IAMUser/" in kind


def _camel(tree: Any, depth: int) -> Any:  # noqa: ANN401 - any JSON
    """`GetFindings` through boto3 spells the same tree in PascalCase."""
    if depth == 0:
        return None
    if isinstance(tree, dict):
        return {str(name)[:1].lower() + str(name)[1:]: _camel(value, depth - 1) for name, value in tree.items()}
    return [_camel(value, depth - 1) for value in tree] if isinstance(tree, list) else tree


_SIGNS = (
    ("CredentialAccess:IAMUser/CompromisedCredentials", Sign.COMPROMISED),
    ("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.", Sign.EXFILTRATED),
    ("UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.", Sign.EXFILTRATED),
    ("AttackSequence:", Sign.ATTACK_SEQUENCE),
    ("Policy:IAMUser/RootCredentialUsage", Sign.ROOT_SIGN_IN),
)


def _sign(kind: str) -> Sign:
    """By type, never by severity: stolen keys that call models are rated low."""
    return next((sign for prefix, sign in _SIGNS if kind.startswith(prefix)), Sign.SUSPICIOUS)


def _subjects(finding: Node) -> list[tuple[Subject, Principal | None]]:
    account = text(finding, "accountId") or ""
    details = node(finding, "resource", "accessKeyDetails")
    actors = nodes(finding, "service", "detection", "sequence", "actors")
    found = [_of_actor(actor, account) for actor in actors]
    if details:
        found.append(_of_details(details, account))
    return [one for one in found if one is not None]


def _of_details(details: Node, account: str) -> tuple[Subject, Principal | None] | None:
    name, kind = text(details, "userName"), text(details, "userType")
    unique, _, session = (text(details, "principalId") or "").partition(":")
    return _owned(kind, name, unique or None, session or None, text(details, "accessKeyId"), account)


def _owned(
    kind: str | None, name: str | None, unique: str | None, session: str | None, key: str | None, account: str
) -> tuple[Subject, Principal | None] | None:
    match kind:
        case "Root":
            subject = Subject(SubjectKind.ROOT_KEY if key else SubjectKind.ROOT_PASSWORD, key)
            return subject, Principal(PrincipalKind.ROOT, account, "root", account)
        case "AssumedRole" | "Role" if name:
            return Subject(SubjectKind.ROLE_SESSION, key, session), role(name, account, unique)
        case "FederatedUser" if name:
            return Subject(SubjectKind.FEDERATED_SESSION, key, session), None
        case "AWSService" | "AWSAccount":
            return None
        case _ if name or key:
            return user_key(key), Principal(PrincipalKind.USER, account, name, unique) if name else None
        case _:
            return None


def _of_actor(actor: Node, account: str) -> tuple[Subject, Principal | None] | None:
    """`credentialUid` is the key id; the session's issuer is the role to revoke."""
    user = node(actor, "user")
    issuer = text(actor, "session", "issuer") or ""
    account = text(user, "account", "uid") or account
    unique, _, session = (text(user, "uid") or "").partition(":")
    key, kind, name = text(user, "credentialUid"), text(user, "type"), text(user, "name")
    if ":role/" in issuer:
        named = role(issuer.rsplit("/", 1)[-1], account, unique or None, issuer)
        return Subject(SubjectKind.ROLE_SESSION, key, session or None), named
    return _owned(kind, name, unique or None, session or None, key, account)


def _sample(finding: Node) -> bool:
    """The flag is a member of additionalInfo, or only inside the JSON text of its value."""
    info = node(finding, "service", "additionalInfo")
    if info.get("sample") in {True, "true"} if isinstance(info.get("sample"), bool | str) else False:
        return True
    if (text(finding, "title") or "").startswith("[SAMPLE]"):
        return True
    try:
        value = json.loads(text(info, "value") or "{}")
    except (ValueError, RecursionError):
        return False
    return node(value).get("sample") is True


def _signal(finding: Node, subject: Subject, owner: Principal | None, received: datetime) -> Signal:
    service = node(finding, "service")
    created = moment(text(finding, "createdAt"))
    at = moment(text(service, "eventLastSeen")) or moment(text(finding, "updatedAt")) or created or received
    kind, call = text(finding, "type") or "", node(service, "action", "awsApiCallAction")
    address = node(call, "remoteIpDetails")
    return Signal(
        source="guardduty",
        native_id=text(finding, "id") or "",
        sign=_sign(kind),
        what=kind[:200],
        at=at,
        since=min(at, moment(text(service, "eventFirstSeen")) or at),
        account=owner.account if owner and owner.account else text(finding, "accountId") or "",
        region=text(finding, "region") or "",
        subject=subject,
        principal=owner,
        sample=_sample(finding),
        evidence=evidence(
            ("finding", text(finding, "title")),
            ("call", " ".join(filter(None, (text(call, "serviceName"), text(call, "api"))))),
            ("from address", text(address, "ipAddressV4")),
            ("country", text(address, "country", "countryName")),
            ("network", text(address, "organization", "asnOrg")),
            ("user agent", text(call, "userAgent")),
            ("severity", finding.get("severity")),
            ("finding id", text(finding, "id")),
        ),
    )
