"""GuardDuty findings whose subject is a credential, as EventBridge, exports and the API spell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import (
    INSTANCE_PROFILE,
    Finding,
    Ignored,
    Malformed,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Subject,
    SubjectKind,
)
from chalicelib.sources.cloudtrail import role, role_name, root, root_credential, user_key, user_name
from chalicelib.sources.reading import Node, document, evidence, key_id, node, nodes, seen, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Evidence, Parsed

_NAMED = ("accessKeyId", "userName", "userType")
_IDENTITIES = ("AttackSequence:", ":IAMUser/", ":IAM/")
_REBOUND = "/MetadataDNSRebind"
"""Ends the types that say that somebody may have read the credentials of an instance or container."""

_TAKEN = tuple(f"{what}:{where}/" for what in ("Backdoor", "CryptoCurrency", "Trojan") for where in ("EC2", "Runtime"))
"""An instance, or a container on one, that does what an intruder would: who rules it has its profile's credentials."""

_ENTERED = (".SuccessfulLogin", ".SuccessfulBruteForce")

PATTERN: dict[str, Any] = {
    "source": ["aws.guardduty"],
    "detail-type": ["GuardDuty Finding"],
    "detail": {
        "$or": [
            # findings about buckets, clusters and functions name the key that was used, too
            *({"resource": {"accessKeyDetails": {member: [{"exists": True}]}}} for member in _NAMED),
            {"resource": {"lambdaDetails": {"role": [{"exists": True}]}}},
            # the findings of custom detection rules may name who acted as sequences do
            {"service": {"detection": {"sequence": {"uid": [{"exists": True}]}}}},
            {
                "type": [
                    {"prefix": "AttackSequence:"},
                    {"wildcard": "*:IAMUser/*"},
                    {"wildcard": "*:IAM/*"},
                    {"suffix": _REBOUND},
                    *({"suffix": end} for end in _ENTERED),
                ]
            },
            {
                "type": [{"prefix": kind} for kind in _TAKEN],
                "resource": {"instanceDetails": {"iamInstanceProfile": {"arn": [{"exists": True}]}}},
            },
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
    finding = camel(finding)
    if not text(finding, "type") or not text(finding, "id"):
        return Malformed("a GuardDuty finding without type or id")
    if node(finding, "service").get("archived") in (True, "true"):
        return Ignored("the finding is archived: if it should be answered, unarchive it in GuardDuty first")
    subjects = _subjects(finding)
    if not subjects and not _about_identity(finding):
        return Ignored("the finding names no credential")
    subjects = subjects or [(Subject(SubjectKind.UNNAMED), None)]
    return tuple(_signal(finding, subject, owner, received) for subject, owner in dict.fromkeys(subjects))


def _about_identity(finding: Node) -> bool:
    """Whether some credential is concerned, though the finding does not say which."""
    kind = text(finding, "type") or ""
    if kind.startswith(_TAKEN):
        return text(finding, "resource", "instanceDetails", "iamInstanceProfile", "arn") is not None
    return kind.endswith((_REBOUND, *_ENTERED)) or any(mark in kind for mark in _IDENTITIES)


def camel(tree: Any, depth: int = _DEEPEST) -> Any:  # noqa: ANN401 - any JSON
    """`GetFindings` through boto3 spells the same tree in PascalCase."""
    if depth == 0:
        return None
    if isinstance(tree, dict):
        return {str(name)[:1].lower() + str(name)[1:]: camel(value, depth - 1) for name, value in tree.items()}
    return [camel(value, depth - 1) for value in tree] if isinstance(tree, list) else tree


SIGNS = (
    ("CredentialAccess:IAMUser/CompromisedCredentials", Sign.COMPROMISED),
    ("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration", Sign.EXFILTRATED),
    ("UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration", Sign.EXFILTRATED),
    ("AttackSequence:", Sign.ATTACK_SEQUENCE),
    ("Policy:IAMUser/RootCredentialUsage", Sign.ROOT_USED),
    ("Policy:IAMUser/ShortTermRootCredentialUsage", Sign.ROOT_USED),
    ("Policy:", Sign.NOTICED),
    ("Impact:IAMUser/PromptInjection", Sign.NOTICED),  # by whoever talks to the workload, with its own credential
    ("Stealth:IAMUser/PasswordPolicyChange", Sign.PASSWORD_RULES_CHANGED),
    ("Stealth:", Sign.LOGGING_CHANGED),
    ("DefenseEvasion:IAMUser/BedrockLoggingDisabled", Sign.LOGGING_CHANGED),
    ("UnauthorizedAccess:EC2/MetadataDNSRebind", Sign.WORKLOAD_TAKEN),
    ("UnauthorizedAccess:Runtime/MetadataDNSRebind", Sign.WORKLOAD_TAKEN),
    ("Backdoor:Lambda/", Sign.WORKLOAD_TAKEN),
    ("CryptoCurrency:Lambda/", Sign.WORKLOAD_TAKEN),
    ("Trojan:Lambda/", Sign.WORKLOAD_TAKEN),
    ("UnauthorizedAccess:Lambda/", Sign.WORKLOAD_TAKEN),
    *((kind, Sign.WORKLOAD_TAKEN) for kind in _TAKEN),
    ("CredentialAccess:RDS/AnomalousBehavior", Sign.DATABASE_ENTERED),
    ("CredentialAccess:RDS/MaliciousIPCaller", Sign.DATABASE_ENTERED),
    ("CredentialAccess:RDS/TorIPCaller", Sign.DATABASE_ENTERED),
)


def _sign(finding: Node) -> Sign:
    """By type, never by severity but of custom rules: stolen keys that call models are rated low.

    Credentials used from an account that GuardDuty knows as affiliated may only have gone through a shared network:
    it rates that lower (GuardDuty user guide, "InstanceCredentialExfiltration.InsideAWS"), and a person decides.
    What a custom detection rule finds is suspicious like the rest: whoever switched the rule on does not expect it
    there (GuardDuty user guide, "Custom Detection Rules").
    """
    kind = text(finding, "type") or ""
    found = next((sign for prefix, sign in SIGNS if kind.startswith(prefix)), Sign.SUSPICIOUS)
    if found is Sign.SUSPICIOUS and _is_minor(finding):
        return Sign.NOTICED
    return Sign.SUSPICIOUS if found is Sign.EXFILTRATED and _is_affiliated(finding) else found


def _is_minor(finding: Node) -> bool:
    """Say whether a custom rule found it that its owner rated low: then it is told, as CloudTrail's own event is."""
    severity = finding.get("severity")
    custom = text(document(finding, "service", "additionalInfo"), "customDetectionRuleName")
    return custom is not None and isinstance(severity, int | float) and severity < _MEDIUM


_MEDIUM = 4  # GuardDuty user guide, "Severity levels": low is 1.0 to 3.9


def _is_affiliated(finding: Node) -> bool:
    other = node(finding, "service", "action", "awsApiCallAction", "remoteAccountDetails")
    return other.get("affiliated") is True


Named = tuple[Subject, Principal | None]
"""A credential, and its owner where the finding says whose it is."""


def _subjects(finding: Node) -> list[Named]:
    account, details = text(finding, "accountId") or "", node(finding, "resource", "accessKeyDetails")
    found = [*_of_sequence(finding, account), _of_details(details, text(details, "accessKeyId"), account)]
    return [one for one in found if one is not None] or _of_function(finding, account) or _of_database(finding, account)


def _of_sequence(finding: Node, account: str) -> list[Named | None]:
    """Every actor of an attack sequence, and every access key among its resources that no actor used."""
    sequence = node(finding, "service", "detection", "sequence")
    if not (text(sequence, "uid") or (text(finding, "type") or "").startswith("AttackSequence:")):
        return []
    actors = [_of_actor(actor, account) for actor in nodes(sequence, "actors")]
    used = {named[0].id for named in actors if named}
    keys = [one for one in nodes(sequence, "resources") if text(one, "uid") not in used]
    return [*actors, *(_of_key(one, account) for one in keys)]


def _of_function(finding: Node, account: str) -> list[Named]:
    """The session of the function itself, where nobody else is named: Lambda gives it the function's name."""
    told = node(finding, "resource", "lambdaDetails")
    arn = text(told, "role") or ""
    name = role_name(arn)
    if not name:
        return []
    return [(Subject(SubjectKind.ROLE_SESSION, None, text(told, "functionName")), role(name, account, None, arn))]


def _of_database(finding: Node, account: str) -> list[Named]:
    """The login to a database, which is no credential of AWS; of one that failed there is nothing to say."""
    name = text(finding, "resource", "rdsDbUserDetails", "user")
    if not name or not (text(finding, "type") or "").endswith(_ENTERED):
        return []
    return [(Subject(SubjectKind.DATABASE_LOGIN, None, name), Principal(PrincipalKind.OTHER, account, name))]


def _of_key(resource: Node, account: str) -> Named | None:
    if text(resource, "resourceType") != "ACCESS_KEY":
        return None
    owner_account = text(resource, "accountId") or account
    return _of_details(node(resource, "data", "accessKey"), key_id(text(resource, "uid")), owner_account)


def _of_details(details: Node, key: str | None, account: str) -> Named | None:
    return _owned(text(details, "userType"), text(details, "userName"), text(details, "principalId"), key, account)


def _of_actor(actor: Node, account: str) -> Named | None:
    """`credentialUid` is the key id; the session's issuer is the role to revoke, or the user who federated."""
    user, issuer = node(actor, "user"), text(actor, "session", "issuer") or ""
    account = text(user, "account", "uid") or account
    uid, key, kind = text(user, "uid"), text(user, "credentialUid"), text(user, "type")
    name = role_name(issuer)
    if name:
        unique, _, session = (uid or "").partition(":")
        owner = role(name, account, unique if unique.startswith("AROA") else None, issuer)
        return Subject(SubjectKind.ROLE_SESSION, key, session or None), owner
    if kind == "FederatedUser" and (federating := user_name(issuer)):
        owner = Principal(PrincipalKind.USER, account, federating)
        return Subject(SubjectKind.FEDERATED_SESSION, key, text(user, "name")), owner
    return _owned(kind, text(user, "name"), uid, key, account)


def _owned(kind: str | None, name: str | None, uid: str | None, key: str | None, account: str) -> Named | None:
    unique, _, session = (uid or "").partition(":")
    match _kind(kind, unique):
        case "Root":
            return root_credential(key), root(account)
        case "AWSService" | "AWSAccount":
            return None
        case _ if not name and not key:
            return None
        case "AssumedRole" | "Role":
            owner = role(name, account, unique or None) if name else None
            return Subject(SubjectKind.ROLE_SESSION, key, session or None), owner
        case "FederatedUser":  # the name is the session's; whose it is, only CloudTrail knows
            return Subject(SubjectKind.FEDERATED_SESSION, key, session or name), None
        case "IAMUser":
            return user_key(key), Principal(PrincipalKind.USER, account, name, unique or None) if name else None
        case _:
            return _unknown(user_key(key), name, unique, account)


def _kind(kind: str | None, unique: str) -> str | None:
    """The type of user, by the first letters of the unique id where the finding has a word that we do not know."""
    if kind in {"Root", "AWSService", "AWSAccount", "AssumedRole", "Role", "FederatedUser", "IAMUser"}:
        return kind
    return {"AIDA": "IAMUser", "AROA": "AssumedRole"}.get(unique[:4], kind)


def _unknown(subject: Subject, name: str | None, unique: str, account: str) -> Named:
    """Of whoever it is: only a user can hold an access key, and IAM says which; all else belongs to an outsider."""
    if subject.kind is SubjectKind.ACCESS_KEY or not name:
        return subject, None
    return subject, Principal(PrincipalKind.OTHER, account, name, unique or None)


def _sample(finding: Node) -> bool:
    """The flag is a member of additionalInfo, which may be JSON as text, or only inside the JSON text of its value."""
    info = document(finding, "service", "additionalInfo")
    if info.get("sample") in {True, "true"} if isinstance(info.get("sample"), bool | str) else False:
        return True
    if (text(finding, "title") or "").startswith("[SAMPLE]"):
        return True
    return document(info, "value").get("sample") is True


def _signal(finding: Node, subject: Subject, owner: Principal | None, received: datetime) -> Signal:
    service = node(finding, "service")
    at = seen(received, text(service, "eventLastSeen"), text(finding, "updatedAt"), text(finding, "createdAt"))
    return Signal(
        source="guardduty",
        native_id=text(finding, "id") or "",
        sign=_sign(finding),
        what=(text(finding, "type") or "")[:200],
        at=at,
        since=seen(at, text(service, "eventFirstSeen")),
        account=owner.account if owner and owner.account else text(finding, "accountId") or "",
        region=text(finding, "region") or "",
        subject=subject,
        principal=owner,
        sample=_sample(finding),
        evidence=_evidence(finding),
        finding=_collected(text(finding, "arn") or ""),
    )


def _collected(arn: str) -> Finding | None:
    """Security Hub goes by the finding's ARN, in the Region of the finding."""
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] != "guardduty":  # noqa: PLR2004 - the parts of an ARN
        return None
    return Finding(arn, f"arn:{parts[1]}:securityhub:{parts[3]}::product/aws/guardduty")


_WORKLOADS = ("EC2_", "IAM_INSTANCE_PROFILE", "EKS_", "ECS_", "LAMBDA", "CONTAINER", "KUBERNETES")


def _named_resources(sequence: Node) -> str:
    """The workloads of a sequence that names no credential: a person finds by them whose role it is."""
    found = [one for one in nodes(sequence, "resources") if (text(one, "resourceType") or "").startswith(_WORKLOADS)]
    return ", ".join((text(one, "uid") or "").rpartition(":")[2] for one in found)


def _profiles_of(sequence: Node) -> str:
    """Return the ARNs of the instance profiles of a sequence: of the profiles themselves, and of its instances."""
    named = (
        text(one, "uid")
        if text(one, "resourceType") == "IAM_INSTANCE_PROFILE"
        else text(one, "data", "ec2Instance", "iamInstanceProfile", "arn")
        for one in nodes(sequence, "resources")
    )
    return ", ".join(dict.fromkeys(filter(None, named)))


def _evidence(finding: Node) -> tuple[Evidence, ...]:
    call = node(finding, "service", "action", "awsApiCallAction")
    login = node(finding, "service", "action", "rdsLoginAttemptAction")
    address, other = node(call or login, "remoteIpDetails"), node(call, "remoteAccountDetails")
    sequence, resource = node(finding, "service", "detection", "sequence"), node(finding, "resource")
    return evidence(
        ("finding", text(finding, "title")),
        ("sequence", text(sequence, "description")),
        ("resources", _named_resources(sequence)),
        ("rule", text(document(finding, "service", "additionalInfo"), "customDetectionRuleName")),
        ("call", " ".join(filter(None, (text(call, "serviceName"), text(call, "api"))))),
        ("error", text(call, "errorCode")),
        ("from address", text(address, "ipAddressV4") or text(address, "ipAddressV6")),
        ("country", text(address, "country", "countryName")),
        ("network", text(address, "organization", "asnOrg")),
        ("from account", text(other, "accountId")),
        ("user agent", text(call, "userAgent")),
        ("function", text(resource, "lambdaDetails", "functionArn")),
        ("instance", text(resource, "instanceDetails", "instanceId")),
        (INSTANCE_PROFILE, text(resource, "instanceDetails", "iamInstanceProfile", "arn") or _profiles_of(sequence)),
        ("database", text(resource, "rdsDbInstanceDetails", "dbInstanceArn")),
        ("severity", finding.get("severity")),
        ("finding id", text(finding, "id")),
    )
