"""What a feed says: our reading of an event, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.model.principal import Principal, Subject


class Sign(StrEnum):
    """What a signal shows; the playbook gives each its confidence."""

    DECOY_USED = "decoy-used"
    EXPOSED = "exposed"
    QUARANTINED_BY_AWS = "quarantined-by-aws"
    QUARANTINED_BY_HAND = "quarantined-by-hand"
    QUARANTINE_LIFTED = "quarantine-lifted"
    COMPROMISED = "compromised"
    EXFILTRATED = "exfiltrated"
    ATTACK_SEQUENCE = "attack-sequence"
    SUSPICIOUS = "suspicious"
    CREATED = "created"
    REVIVED = "revived"
    PASSWORD_SET = "password-set"  # noqa: S105 - the name of a sign, not a password
    ACTED_AS_PERSON = "acted-as-person"
    MACHINE_SIGNED_IN = "machine-signed-in"
    SESSION_MINTED = "session-minted"
    CONTAINMENT_UNDONE = "containment-undone"
    BOUNDARY_CHANGED = "boundary-changed"
    ROOT_ASSUMED = "root-assumed"
    ROOT_KEY_CREATED = "root-key-created"
    ROOT_SIGN_IN = "root-sign-in"
    ROOT_RECOVERED = "root-recovered"
    ROOT_USED = "root-used"
    ROOT_CREDENTIALS = "root-credentials"
    SIGN_IN_TOKEN = "sign-in-token"  # noqa: S105 - the name of a sign
    ROOT_WITHOUT_MFA = "root-without-mfa"
    ROOT_MFA_REMOVED = "root-mfa-removed"
    USER_CREATED = "user-created"
    USER_RENAMED = "user-renamed"
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
    RIGHTS_DELEGATED = "rights-delegated"
    ROOT_ACCESS_OPENED = "root-access-opened"
    MACHINE_GIVEN_ROLE = "machine-given-role"
    CENTER_ACCESS_CHANGED = "center-access-changed"
    CLUSTER_ADMIN_GIVEN = "cluster-admin-given"
    DATABASE_PASSWORD_SET = "database-password-set"  # noqa: S105 - the name of a sign, not a password
    SESSION_OBTAINED = "session-obtained"
    SECRETS_READ = "secrets-read"
    KEY_TESTED = "key-tested"
    LOGGING_CHANGED = "logging-changed"
    DETECTION_CHANGED = "detection-changed"
    SECURITY_CONTACT_CHANGED = "security-contact-changed"
    FINDINGS_PUT_AWAY = "findings-put-away"
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


GIVING = frozenset({Sign.CREATED, Sign.REVIVED, Sign.PASSWORD_SET})
"""Somebody gave the owner a credential."""


UNDOING = frozenset({Sign.CONTAINMENT_UNDONE, Sign.BOUNDARY_CHANGED, Sign.QUARANTINE_LIFTED, Sign.USER_RENAMED})
"""Somebody took off what holds the owner."""


@dataclass(frozen=True)
class Evidence:
    """One fact a person wants to see, as the feed wrote it: the intruder may have chosen every character."""

    label: str
    value: str


INSTANCE_PROFILE = "instance profile"
"""The label of the ARNs of instance profiles: the next step names them to the person who contains their roles."""


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
    is set when the call itself was refused, `by_service` when an AWS service made it on the actor's behalf, and
    `by_machine` when the actor is the session of an instance, function or task; `policy`
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
    by_machine: bool = False
    policy: str | None = None
    sample: bool = False
    evidence: tuple[Evidence, ...] = ()
    also: tuple[str, ...] = ()
    finding: Finding | None = None

    @property
    def is_call(self) -> bool:
        """Say whether it is one call, whose id CloudTrail gives to no other; a finding comes again with more."""
        return self.source == "cloudtrail"


@dataclass(frozen=True)
class Ignored:
    """The event is well formed and none of our business."""

    reason: str


@dataclass(frozen=True)
class Malformed:
    """The event claims to be ours and cannot be read."""

    reason: str


Parsed = tuple[Signal, ...] | Ignored | Malformed
