"""One typed object for everything that can be set. Every fault is reported at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.model import Mode

HOME_REGION = "us-east-1"


class SettingsError(Exception):
    """The environment does not describe a responder. `faults` has one line for each thing to mend."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Keep the faults, and read as all of them."""
        super().__init__("settings: " + "; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Protected:
    """A principal that is never touched unasked. Both are compared: a re-created user of the name is a stranger."""

    arn: str
    unique_id: str


@dataclass(frozen=True)
class Settings:
    """What the stack says about itself and what its owner chose. Durations are in seconds.

    `user_session` and `role_session` are the longest lives that AWS gives a session of a user and of a role (STS API
    reference: GetSessionToken 36 hours, AssumeRole 12): only a rehearsal may scale them down.
    """

    account: str = ""
    region: str = HOME_REGION
    stage: str = "dev"
    mode: Mode = Mode.OBSERVE
    most_an_hour: int = 20
    table: str = ""
    follow_up_queue: str = ""
    topic: str = ""
    bus: str = "default"
    slack_secret: str = ""
    hub_product: str = ""
    github_secret: str = ""
    github_token: str = ""
    github_api: str = "https://api.github.com"
    gitlab_secret: str = ""
    wide_queue: str = ""
    inquiry_queue: str = ""
    inquire: bool = False
    trail_bucket: str = ""
    trail_prefix: str = ""
    trail_database: str = ""
    trail_table: str = ""
    trail_workgroup: str = "primary"
    report_bucket: str = ""
    sign_links: bool = False
    quarantine_policy: str = ""
    own_role_ids: tuple[str, ...] = ()
    protected: tuple[Protected, ...] = ()
    linked_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rotate_if_read: tuple[str, ...] = ()
    key_secrets: Mapping[str, str] = field(default_factory=dict)
    secret_parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    automation: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    decoys: tuple[str, ...] = ()
    lease: int = 10
    cut_off_ahead: int = 30
    propagation: int = 5
    verify_every: int = 60
    watch: int = 1800
    quiet_looks: int = 3
    tell_attempts: int = 5
    reapply_limit: int = 3
    remind_every: int = 3600
    user_session: int = 36 * 3600
    role_session: int = 12 * 3600


_REQUIRED = ("ACCOUNT_ID", "TABLE_NAME", "FOLLOW_UP_QUEUE_URL", "TOPIC_ARN", "QUARANTINE_POLICY_ARN")


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of a deployed function. SettingsError names every fault at once."""
    if found := faults(environment):
        raise SettingsError(tuple(found.values()))
    given = ((field_name, reader, environment.get(name)) for name, field_name, reader in _READERS)
    values: dict[str, Any] = {field_name: reader(text) for field_name, reader, text in given if text}
    return Settings(**values)


def faults(environment: Mapping[str, str]) -> dict[str, str]:
    """One line for each variable that is to be mended, by its name."""
    missing = {name: f"{name} is not set" for name in _REQUIRED if not environment.get(name)}
    read = {name: fault(name, environment.get(name, "")) for name in VARIABLES}
    return {**missing, **{name: f"{name}: {wrong}" for name, wrong in read.items() if wrong}}


def mended(environment: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """The environment, and what cannot be read of it as it could be read before."""
    return {**environment, **{name: kept[name] for name in faults(environment) if name in kept}}


def fault(name: str, text: str) -> str:
    """Why a deployed function could not read this variable of its environment; "" where it can."""
    readers = (reader for known, _, reader in _READERS if known == name)
    return next((_fault(reader, text) for reader in readers), "") if text else ""


def _fault(reader: Callable[[str], object], text: str) -> str:
    try:
        reader(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _count(text: str) -> int:
    """A number that may be zero, where zero is said to mean something."""
    number = int(text)
    if number < 0:
        message = "must not be negative"
        raise ValueError(message)
    return number


def _above_zero(text: str) -> int:
    number = _count(text)
    if number == 0:
        message = "must not be 0"
        raise ValueError(message)
    return number


def _protected(text: str) -> tuple[Protected, ...]:
    return tuple(Protected(_arn(one["arn"], "iam"), _id(one["unique_id"])) for one in json.loads(text))


def _linked(text: str) -> dict[str, tuple[str, ...]]:
    return {_arn(principal, "iam"): _secrets(secrets) for principal, secrets in json.loads(text).items()}


def _key_secrets(text: str) -> dict[str, str]:
    return {_arn(secret, "secretsmanager"): _arn(user, "iam") for secret, user in json.loads(text).items()}


def secret_parameters(text: str) -> dict[str, tuple[str, ...]]:
    """For the ARN of each secret the parameters that hold its value: their ARNs, or ARN#MEMBER."""
    return {_arn(secret, "secretsmanager"): _parameters(named) for secret, named in json.loads(text).items()}


def _parameters(named: object) -> tuple[str, ...]:
    if not isinstance(named, list):
        message = "each secret has a list of parameters"
        raise TypeError(message)
    return tuple(_arn(one, "ssm") for one in named)


def _automation(text: str) -> dict[str, tuple[str, ...]]:
    return {_arn(principal, "iam"): _calls(calls) for principal, calls in json.loads(text).items()}


def _calls(calls: object) -> tuple[str, ...]:
    if not isinstance(calls, list) or not all(isinstance(call, str) and call.isalnum() for call in calls):
        message = "each principal has a list of calls as CloudTrail names them, as CreateRole; no patterns"
        raise TypeError(message)
    return tuple(calls)


def _secrets(secrets: object) -> tuple[str, ...]:
    if not isinstance(secrets, list):
        message = "each principal has a list of secrets"
        raise TypeError(message)
    return tuple(_arn(secret, "secretsmanager") for secret in secrets)


def _arn(text: object, service: str) -> str:
    """A name alone would match nothing, or the wrong Region, on the day it is needed."""
    parts = text.split(":") if isinstance(text, str) else []
    if len(parts) < 6 or (parts[0], parts[2]) != ("arn", service):  # noqa: PLR2004 - arn:partition:service:region:account:name
        message = f"{text!r} is not the ARN of anything in {service}"
        raise ValueError(message)
    return str(text)


def _id(text: object) -> str:
    if not isinstance(text, str) or not text:
        message = "unique_id must be the AIDA… or AROA… id, which a re-created principal of the name does not have"
        raise ValueError(message)
    return text


def _switch(text: str) -> bool:
    if text not in {"true", "false"}:
        message = "must be true or false"
        raise ValueError(message)
    return text == "true"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


_READERS: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("ACCOUNT_ID", "account", str),
    ("AWS_REGION", "region", str),
    ("STAGE", "stage", str),
    ("MODE", "mode", Mode),
    ("CONTAINMENTS_PER_HOUR", "most_an_hour", _above_zero),
    ("TABLE_NAME", "table", str),
    ("FOLLOW_UP_QUEUE_URL", "follow_up_queue", str),
    ("TOPIC_ARN", "topic", str),
    ("BUS_NAME", "bus", str),
    ("SLACK_SECRET_ID", "slack_secret", str),
    ("HUB_PRODUCT_ARN", "hub_product", str),
    ("GITHUB_SECRET_ID", "github_secret", str),
    ("GITHUB_TOKEN_ID", "github_token", str),
    ("GITHUB_API", "github_api", str),
    ("GITLAB_SECRET_ID", "gitlab_secret", str),
    ("WIDE_QUEUE_URL", "wide_queue", str),
    ("INQUIRY_QUEUE_URL", "inquiry_queue", str),
    ("INQUIRE", "inquire", _switch),
    ("TRAIL_BUCKET", "trail_bucket", str),
    ("TRAIL_PREFIX", "trail_prefix", str),
    ("TRAIL_DATABASE", "trail_database", str),
    ("TRAIL_TABLE", "trail_table", str),
    ("TRAIL_WORKGROUP", "trail_workgroup", str),
    ("REPORT_BUCKET", "report_bucket", str),
    ("SIGN_REPORT_LINKS", "sign_links", _switch),
    ("QUARANTINE_POLICY_ARN", "quarantine_policy", str),
    ("OWN_ROLE_IDS", "own_role_ids", _words),
    ("PROTECTED", "protected", _protected),
    ("LINKED_SECRETS", "linked_secrets", _linked),
    ("ROTATE_IF_READ", "rotate_if_read", lambda text: _secrets(text.split(","))),
    ("ACCESS_KEY_SECRETS", "key_secrets", _key_secrets),
    ("SECRET_PARAMETERS", "secret_parameters", secret_parameters),
    ("AUTOMATION", "automation", _automation),
    ("ALSO", "also", _words),
    ("DECOYS", "decoys", _words),
    ("LEASE_SECONDS", "lease", _above_zero),
    ("CUT_OFF_AHEAD_SECONDS", "cut_off_ahead", _count),
    ("PROPAGATION_SECONDS", "propagation", _above_zero),
    ("VERIFY_EVERY_SECONDS", "verify_every", _above_zero),
    ("WATCH_SECONDS", "watch", _count),
    ("QUIET_LOOKS", "quiet_looks", _above_zero),
    ("TELL_ATTEMPTS", "tell_attempts", _above_zero),
    ("REAPPLY_LIMIT", "reapply_limit", _count),
    ("REMIND_EVERY_SECONDS", "remind_every", _count),
    ("USER_SESSION_SECONDS", "user_session", _above_zero),
    ("ROLE_SESSION_SECONDS", "role_session", _above_zero),
)

VARIABLES = tuple(name for name, _, _ in _READERS)
"""What a deployed function reads of its environment."""
