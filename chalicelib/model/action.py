"""One change to AWS, how it ended, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from chalicelib.model.facts import Facts
from chalicelib.model.plan import Step

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


class Status(StrEnum):
    """How one step, message or check ended."""

    DONE = "done"
    ALREADY = "already"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """The end of one attempt. `retryable` says whether trying again can help without a person.

    `unsound` says that the deny rests on a policy which does not say what was deployed, or of which nobody can tell:
    then trying again cannot help, and another policy has to deny.
    """

    status: Status
    detail: str = ""
    retryable: bool = False
    unsound: bool = False

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

    `look` reads beside `apply` whether the policy that the deny rests on says what was deployed; None where `apply`
    writes the text itself. `overwrite` puts it back over what somebody did since; where it is None nothing can be in
    the way. `renew` mends what the deny was copied from, or stands in for, and says None where nothing is amiss;
    `unrenewed` is what a person does where that failed. `replaced` is what a restore has to put back once the step is
    taken again over what stands there now: the image that it is given, unless somebody set something else since. It is
    None where taking a step again loses nothing.
    `leaves` is what is in place once it is done, as a noun: `{}` stands for its target, `{cut_off}` for its cut-off.
    `image_first` says that it changes something that existed before us, so that its before-image comes first. `breaks`
    is a sentence on whose work stands still and for how long, "" where the deny on the principal says it all;
    `service` is what a person administers who can do it by hand.
    """

    name: str
    summary: str
    leaves: str
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
    look: Callable[[Clients, Step], Outcome] | None = None
    overwrite: Callable[[Clients, Step, Image], Outcome] | None = None
    renew: Callable[[Clients, Step], Outcome | None] | None = None
    replaced: Callable[[Clients, Step, Image], Image] | None = None
    unrenewed: str = ""
    image_first: bool = False
    breaks: str = ""
    service: str = "IAM"
