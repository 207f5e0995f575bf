"""Who can own a credential, and which credentials there are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    One of Identity Center is named REGION/STORE/USERNAME, by the identity store that holds them. `was` is the name that
    a user had at first, "" where they were never renamed.
    """

    kind: PrincipalKind
    account: str
    name: str
    unique_id: str | None = None
    was: str = field(default="", compare=False)

    @property
    def first_name(self) -> str:
        """The name that people got to know them by."""
        return self.was or self.name

    def renamed(self, name: str) -> Principal:
        """Return the same one under another name."""
        return replace(self, name=name, was="" if name == self.first_name else self.first_name)

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

    Of a session that an identity pool gave it is the identity, for the name is everybody's. `issued` is when a session
    that nobody renews under its name was issued: not every feed says so, and it is the same credential without it.
    """

    kind: SubjectKind
    id: str | None = None
    session: str | None = None
    issued: datetime | None = field(default=None, compare=False)

    @property
    def identity(self) -> str | None:
        """The identity, where the session is known by one: no name has a colon (STS API reference, AssumeRole)."""
        known = self.kind is SubjectKind.ROLE_SESSION and IDENTITY.fullmatch(self.session or "")
        return self.session if known else None


HELD = (
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL,
    SubjectKind.SSH_PUBLIC_KEY,
    SubjectKind.SIGNING_CERTIFICATE,
    SubjectKind.MFA_DEVICE,
)
"""The kinds that IAM lists for a user one by one, beside access keys."""


LASTING = frozenset({SubjectKind.ACCESS_KEY, *HELD}) - {SubjectKind.MFA_DEVICE}
"""What has an id and a status, and no issue time: only its own end stops it once the deny on its user is narrower."""


NOUNS: Mapping[SubjectKind, str] = {
    SubjectKind.ACCESS_KEY: "access key",
    SubjectKind.CONSOLE_PASSWORD: "console password",
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: "service-specific credential",
    SubjectKind.SSH_PUBLIC_KEY: "SSH public key",
    SubjectKind.SIGNING_CERTIFICATE: "signing certificate",
    SubjectKind.MFA_DEVICE: "MFA device",
}
"""What a person calls each credential of a user."""
