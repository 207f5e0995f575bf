"""The words of the house, as frozen data. Everything else is written in them; nothing here knows AWS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_guardduty import GuardDutyClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_identitystore import IdentityStoreClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_rolesanywhere import IAMRolesAnywhereClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sso_admin import SSOAdminClient


class Confidence(StrEnum):
    """How sure a signal is, in ascending order."""

    INFORMATIONAL = "informational"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


class Mode(StrEnum):
    """How far the responder may go unasked: the words of AWS Security Incident Response, and `observe`."""

    OBSERVE = "observe"
    APPROVAL_REQUIRED = "approval-required"
    CONTAIN_CONFIRMED = "contain-confirmed"
    CONTAIN_SUSPECTED = "contain-suspected"


class Decision(StrEnum):
    """What is done about one signal."""

    ACT = "act"
    ASK = "ask"
    TELL = "tell"
    IGNORE = "ignore"


class PrincipalKind(StrEnum):
    """Who can own a credential."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"
    SERVICE_LINKED_ROLE = "service-linked-role"
    IDENTITY_CENTER_ROLE = "identity-center-role"
    COGNITO_USER = "cognito-user"
    IDENTITY_CENTER_USER = "identity-center-user"
    OTHER = "other"


@dataclass(frozen=True)
class Principal:
    """Who owns a subject. `unique_id` is the `AIDA…`/`AROA…` id, None where the feed does not say.

    A user of a Cognito user pool is named POOL/USERNAME, where the pool's id begins with its Region; `sub` is their id.
    One of Identity Center is named REGION/STORE/USERNAME, by the identity store that holds them.
    """

    kind: PrincipalKind
    account: str
    name: str
    unique_id: str | None = None

    @property
    def lock(self) -> str:
        """Names are unique per account and kind at any one time, so this is what an incident is opened on."""
        return f"{self.account}/{self.kind}/{self.name}"


class SubjectKind(StrEnum):
    """The credentials that a signal can be about."""

    ACCESS_KEY = "access-key"
    USER_SESSION = "user-session"
    FEDERATED_SESSION = "federated-session"
    ROLE_SESSION = "role-session"
    CONSOLE_PASSWORD = "console-password"  # noqa: S105 - the name of a kind, not a password
    ROOT_KEY = "root-key"
    ROOT_PASSWORD = "root-password"  # noqa: S105 - the name of a kind, not a password
    SERVICE_SPECIFIC_CREDENTIAL = "service-specific-credential"
    SSH_PUBLIC_KEY = "ssh-public-key"
    SIGNING_CERTIFICATE = "signing-certificate"
    MFA_DEVICE = "mfa-device"
    DATABASE_LOGIN = "database-login"
    COGNITO_SIGN_IN = "cognito-sign-in"
    IDENTITY_CENTER_SIGN_IN = "identity-center-sign-in"
    UNNAMED = "unnamed-credential"


POOL_SESSION = "CognitoIdentityCredentials"
"""What an identity pool of Cognito calls the sessions of all its users."""

IDENTITY = re.compile("[a-z0-9-]{4,32}:[0-9a-f-]{36}")
"""As Cognito writes an identity: its Region and a UUID."""


@dataclass(frozen=True)
class Subject:
    """The credential. `id` is its key or credential id, `session` the role session or federated user name.

    Of a session that an identity pool gave it is the identity, for the name is everybody's.
    """

    kind: SubjectKind
    id: str | None = None
    session: str | None = None

    @property
    def identity(self) -> str | None:
        """The identity, where the session is known by one: no name has a colon (STS API reference, AssumeRole)."""
        known = self.kind is SubjectKind.ROLE_SESSION and IDENTITY.fullmatch(self.session or "")
        return self.session if known else None


class Sign(StrEnum):
    """What a signal shows; the playbook gives each its confidence."""

    DECOY_USED = "decoy-used"
    EXPOSED = "exposed"
    QUARANTINED_BY_AWS = "quarantined-by-aws"
    QUARANTINE_LIFTED = "quarantine-lifted"
    COMPROMISED = "compromised"
    EXFILTRATED = "exfiltrated"
    ATTACK_SEQUENCE = "attack-sequence"
    SUSPICIOUS = "suspicious"
    CREATED = "created"
    REVIVED = "revived"
    PASSWORD_SET = "password-set"  # noqa: S105 - the name of a sign, not a password
    SESSION_MINTED = "session-minted"
    CONTAINMENT_UNDONE = "containment-undone"
    BOUNDARY_CHANGED = "boundary-changed"
    ROOT_ASSUMED = "root-assumed"
    ROOT_KEY_CREATED = "root-key-created"
    ROOT_SIGN_IN = "root-sign-in"
    ROOT_RECOVERED = "root-recovered"
    ROOT_USED = "root-used"
    ROOT_WITHOUT_MFA = "root-without-mfa"
    ROOT_MFA_REMOVED = "root-mfa-removed"
    USER_CREATED = "user-created"
    USER_WITHOUT_MFA = "user-without-mfa"
    MFA_REMOVED = "mfa-removed"
    MFA_ADDED = "mfa-added"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of a sign, not a password
    PASSWORD_RULES_CHANGED = "password-rules-changed"  # noqa: S105 - the name of a sign, not a password
    RIGHTS_GRANTED = "rights-granted"
    RIGHTS_TAKEN = "rights-taken"
    VERSION_SWITCHED = "version-switched"
    RIGHTS_CHANGED = "rights-changed"
    TRUST_OPENED = "trust-opened"
    TRUST_PUBLIC = "trust-public"
    PROVIDER_CHANGED = "provider-changed"
    SESSION_OBTAINED = "session-obtained"
    SECRETS_READ = "secrets-read"
    KEY_TESTED = "key-tested"
    LOGGING_CHANGED = "logging-changed"
    DETECTION_CHANGED = "detection-changed"
    RESPONDER_CHANGED = "responder-changed"
    ENCRYPTION_THREATENED = "encryption-threatened"
    SHARED_OUTSIDE = "shared-outside"
    ORGANISATION_LEFT = "organisation-left"
    GUARDRAIL_LIFTED = "guardrail-lifted"
    WORKLOAD_TAKEN = "workload-taken"
    DATABASE_ENTERED = "database-entered"
    WARNED = "warned"
    NOTICED = "noticed"
    CREDENTIALS_STORED = "credentials-stored"
    ROTATION_FAILED = "rotation-failed"
    REPORTED = "reported"
    MINTED = "minted"
    FOUND = "found"
    FOUND_WORKING = "found-working"


@dataclass(frozen=True)
class Evidence:
    """One fact a person wants to see, as the feed wrote it: the intruder may have chosen every character."""

    label: str
    value: str


@dataclass(frozen=True)
class Finding:
    """A finding as Security Hub goes by it: its id, and the ARN of the product that made it."""

    id: str
    product: str


OURSELVES = "leak-responder"
"""How we sign what we write where others write too."""


@dataclass(frozen=True)
class Signal:
    """Our reading of one event: this credential is, or may be, in the wrong hands.

    `native_id` is the feed's own id, `what` its finding type, event name or Health code; `at` the newest activity it
    reports and `since` the earliest sign of the leak. `actor` made the call where that is not the owner; `failed`
    is set when the call itself was refused, `by_service` when an AWS service made it on the actor's behalf; `policy`
    is the ARN or name of the policy that the call named, which may be anybody's; `also` is what is to be
    done beside containment: what a person asks for, as they wrote it, or what the event itself calls for. `finding` is
    what Security Hub has, or will have within minutes, where the feed is one that it collects.
    """

    source: str
    native_id: str
    sign: Sign
    what: str
    at: datetime
    since: datetime
    account: str
    region: str
    subject: Subject
    principal: Principal | None
    actor: Principal | None = None
    failed: bool = False
    by_service: bool = False
    policy: str | None = None
    sample: bool = False
    evidence: tuple[Evidence, ...] = ()
    also: tuple[str, ...] = ()
    finding: Finding | None = None


@dataclass(frozen=True)
class Ignored:
    """The event is well formed and none of our business."""

    reason: str


@dataclass(frozen=True)
class Malformed:
    """The event claims to be ours and cannot be read."""

    reason: str


Parsed = tuple[Signal, ...] | Ignored | Malformed


@dataclass(frozen=True)
class Key:
    """An access key of a user, as IAM lists it."""

    id: str
    active: bool
    created: datetime


@dataclass(frozen=True)
class Credential:
    """What a user holds beside keys and password. `service` is the only one that it opens, "" where it opens more."""

    kind: SubjectKind
    id: str
    active: bool
    created: datetime
    service: str = ""


HELD = (
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL,
    SubjectKind.SSH_PUBLIC_KEY,
    SubjectKind.SIGNING_CERTIFICATE,
    SubjectKind.MFA_DEVICE,
)
"""The kinds that IAM lists for a user one by one, beside access keys."""

LASTING = frozenset({SubjectKind.ACCESS_KEY, *HELD}) - {SubjectKind.MFA_DEVICE}
"""What has an id and a status, and no issue time: only its own end stops it once the deny on its user is narrower."""


@dataclass(frozen=True)
class Facts:
    """What AWS says now about a principal. None is unknown, never a guess; `boundary` is "" where none is set.

    `held` has a kind only where IAM has said what there is of it. A strike does not wait for it. `permission_sets` are
    those that lead a user of Identity Center into accounts.
    """

    exists: bool | None = None
    unique_id: str | None = None
    keys: tuple[Key, ...] | None = None
    console_password: bool | None = None
    attached: tuple[str, ...] | None = None
    boundary: str | None = None
    held: Mapping[SubjectKind, tuple[Credential, ...]] = field(default_factory=dict)
    permission_sets: tuple[str, ...] | None = None

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Whatever is known to be held, keys included."""
        keys = (Credential(SubjectKind.ACCESS_KEY, key.id, key.active, key.created) for key in self.keys or ())
        return (*keys, *(one for kind in HELD for one in self.held.get(kind, ())))

    def of(self, kind: SubjectKind) -> tuple[Credential, ...] | None:
        """What is held of one kind; None where that is unknown."""
        if kind is SubjectKind.ACCESS_KEY:
            return None if self.keys is None else tuple(one for one in self.credentials if one.kind is kind)
        return self.held.get(kind)

    def before(self, moment: datetime) -> Facts:
        """The facts without the credentials that were made since."""
        keys = self.keys and tuple(key for key in self.keys if key.created < moment)
        held = {kind: tuple(one for one in these if one.created < moment) for kind, these in self.held.items()}
        return replace(self, keys=keys, held=held)

    @property
    def unread(self) -> bool:
        """Whether anything is unknown that decides how narrow the deny on a user may be."""
        return None in {self.keys, self.console_password, self.boundary} or any(kind not in self.held for kind in HELD)


@dataclass(frozen=True)
class Context:
    """What the ledger knows beyond the signal itself. An incident that only asks has nobody contained.

    `contained_lately` are the principals contained within the hour, as far as the circuit breaker counts them.
    `undoes_containment` says that the signal is about what a closed incident of its owner left standing.
    """

    owner_has_incident: bool = False
    actor_is_contained: bool = False
    contained_lately: int = 0
    undoes_containment: bool = False


@dataclass(frozen=True)
class Step:
    """One action on one principal, with the arguments it needs, and why.

    `later` steps wait until the principal is contained: they are slow, or safe only then.
    """

    action: str
    principal: Principal
    reason: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    later: bool = False

    @property
    def credential(self) -> str | None:
        """The id of the one credential that it sets inactive, where that is what it does."""
        return self.arguments.get("key_id") or self.arguments.get("credential_id")

    @property
    def key(self) -> str:
        """The same action with the same arguments is the same step, however often it is planned."""
        return ":".join((self.action, *(f"{name}={value}" for name, value in sorted(self.arguments.items()))))


@dataclass(frozen=True)
class Withheld:
    """What was not done, why, and what a person must do instead."""

    action: str
    reason: str
    instead: str


@dataclass(frozen=True)
class Judgement:
    """The decision about one signal and the reason, before anything about the principal is looked up.

    `why_not` is the first condition that kept it from acting unasked; "" where it acts.
    `counted` is set where the circuit breaker counts the containment.
    """

    decision: Decision
    confidence: Confidence
    reason: str
    dry: bool = False
    strike: tuple[Step, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    why_not: str = ""
    counted: bool = False


@dataclass(frozen=True)
class Plan:
    """Ordered steps with reasons, and what is withheld. Decided once, stored, only ever added to."""

    steps: tuple[Step, ...]
    withheld: tuple[Withheld, ...] = ()


class Status(StrEnum):
    """How one step, message or check ended."""

    DONE = "done"
    ALREADY = "already"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """The end of one attempt. `retryable` says whether trying again can help without a person."""

    status: Status
    detail: str = ""
    retryable: bool = False

    @property
    def good(self) -> bool:
        """Whether the world is now as the step wants it."""
        return self.status in {Status.DONE, Status.ALREADY}


DONE = Outcome(Status.DONE)
ALREADY = Outcome(Status.ALREADY)


class Undo(StrEnum):
    """What can be done about an action afterwards. Only reversible ones run unasked."""

    REVERSIBLE = "reversible"
    COMPENSABLE = "compensable"
    IRREVERSIBLE = "irreversible"


@dataclass(frozen=True)
class Permission:
    """What a part may call. `resource` and the condition's values are `Fn::Sub` texts of the deployed stack."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Clients(Protocol):
    """The AWS clients an action may use, made when first asked for."""

    def iam(self) -> IAMClient:
        """IAM is global: one client serves all Regions."""

    def secretsmanager(self, region: str) -> SecretsManagerClient:
        """A secret lives in one Region."""

    def ec2(self, region: str) -> EC2Client:
        """An instance lives in one Region."""

    def cloudtrail(self, region: str) -> CloudTrailClient:
        """A trail has one home Region."""

    def guardduty(self, region: str) -> GuardDutyClient:
        """A detector watches one Region."""

    def kms(self, region: str) -> KMSClient:
        """An encryption key lives in one Region."""

    def rolesanywhere(self, region: str) -> IAMRolesAnywhereClient:
        """A trust anchor lives in one Region."""

    def cognito(self, region: str) -> CognitoIdentityProviderClient:
        """A user pool lives in one Region."""

    def sso_admin(self, region: str) -> SSOAdminClient:
        """Identity Center is administered in one Region."""

    def identity_store(self, region: str) -> IdentityStoreClient:
        """The users and groups of Identity Center live where it is administered."""


class UnseenError(Exception):
    """What a step is about cannot be seen from here, which does not mean that it is gone; the text says what to do."""


Image = dict[str, str]
"""What stood there before us, as text; empty for an action that overwrites nothing."""


@dataclass(frozen=True)
class Moved:
    """The world is not as we left it: to put back what stood before would overwrite what somebody did since."""

    left: str
    now: str
    back: str


@dataclass(frozen=True)
class Action:
    """One change to AWS. Applied twice it is applied once; `restore` puts the before-image back, or says why not.

    `overwrite` puts it back over what somebody did since; where it is None nothing can be in the way.
    `image_first` says that it changes something that existed before us, so that its before-image comes first. `breaks`
    is a sentence on whose work stands still and for how long, "" where the deny on the principal says it all;
    `service` is what a person administers who can do it by hand.
    """

    name: str
    summary: str
    undo: Undo
    undone_by: str
    judged_by: str
    still_works: str
    by_hand: str
    permissions: tuple[Permission, ...]
    restore_permissions: tuple[Permission, ...]
    capture: Callable[[Clients, Step, Facts], Image]
    apply: Callable[[Clients, Step], Outcome]
    verify: Callable[[Clients, Step], Outcome]
    restore: Callable[[Clients, Step, Image], Outcome | Moved]
    overwrite: Callable[[Clients, Step, Image], Outcome] | None = None
    image_first: bool = False
    breaks: str = ""
    service: str = "IAM"
