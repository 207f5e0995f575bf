"""A small account on the embedded AWS, and a responder in it whose every call can be counted, refused or cut off."""

from __future__ import annotations

import json
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain, count
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.handlers import json_decode_policies

from chalicelib.aws import Aws
from chalicelib.ledger import Ledger
from chalicelib.ledger.table import Table
from chalicelib.model import Mode
from chalicelib.ports import Ports
from chalicelib.settings import Settings
from drill import cast
from drill.cloud import levers, lifecycle
from drill.cloud.lifecycle import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident


ACCOUNT = lifecycle.ACCOUNT
# The embedded AWS stamps keys and sessions by the clock on the wall. An hour ahead of it, everything that a test makes
# is older than the leak and than every cut-off, however slow the machine.
START = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)  # noqa: TID251 - the embedded AWS has a real clock
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'


class Serial(Executor):
    """Runs at once and in order, so that the n-th AWS call is the same in every run."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The result, already there; a kill goes straight up, as the end of a process would."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result, as executors do
            future.set_exception(error)
        return future


class KilledError(BaseException):
    """The process ended here."""


@dataclass
class Wire:
    """Every call of the responder in order, and what is to happen at some of them.

    `kill_at` ends the process before the call of that number, `lose_at` loses the answer to the write of that number
    after it took effect, `refuse` answers calls by name with an error code. `published` is what the topic was given,
    `queued` the bodies of messages, and `delays` for how many seconds each was held back.
    """

    calls: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)
    kill_at: int | None = None
    lose_at: int | None = None
    refuse: dict[str, str] = field(default_factory=dict)

    def clear(self) -> None:
        """Count from zero, and let everything pass."""
        self.calls.clear()
        self.writes.clear()
        self.published.clear()
        self.queued.clear()
        self.delays.clear()
        self.kill_at = self.lose_at = None
        self.refuse = {}

    def deny(self, *names: str) -> None:
        """Let IAM refuse these calls, and no others."""
        self.refuse = dict.fromkeys(names, "AccessDenied")

    def before(self, model: Any, params: Any, **_: object) -> Any:
        """Once for each call, however often it is sent."""
        name = f"{model.service_model.service_name}:{model.name}"
        if len(self.calls) == self.kill_at:
            raise KilledError(name)
        self.calls.append(name)
        if changes(name):
            self.writes.append(name)
        if name == "sns:Publish":
            self.published.append(params["body"]["Message"])
        if name == "sqs:SendMessage":
            asked = json.loads(params["body"])
            self.queued.append(asked["MessageBody"])
            self.delays.append(asked["DelaySeconds"])
        return _refused(name, self.refuse[name]) if name in self.refuse else None

    def after(self, response: Any, operation: Any, **_: object) -> int | None:
        """Send a call again at once where its answer was lost."""
        lost = self.lose_at is not None and len(self.writes) - 1 == self.lose_at
        if response is None or not lost or not self.writes[-1].endswith(f":{operation.name}"):
            return None
        self.lose_at = None
        return 0


def changes(call: str) -> bool:
    """Whether a call, as service:Name, may change what is there."""
    reads = ("Get", "List", "Query", "BatchGet", "Describe", "Simulate", "Lookup")
    return not call.partition(":")[2].startswith(reads)


def _refused(name: str, code: str) -> Any:
    said = f"not authorized to perform: {name}" if code == "AccessDenied" else "Rate exceeded"
    status = 403 if code == "AccessDenied" else 400
    error = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return AWSResponse("", status, HTTPHeaders(), None), error


@dataclass(frozen=True)
class Account:
    """The embedded AWS with clients that are made once: the responder's go through the wire."""

    cloud: Cloud
    wire: Wire
    aws: Aws
    session: boto3.Session = field(repr=False)
    _made: dict[str, Any] = field(default_factory=dict)

    def admin(self, service: str) -> Any:
        """The administrator's client."""
        if service not in self._made:
            self._made[service] = self.session.client(service)  # type: ignore[call-overload]
        return self._made[service]

    @property
    def verbatim(self) -> Any:
        """The administrator's client for IAM that leaves policies as the text that they are."""
        if "verbatim" not in self._made:
            session = self.cloud.session()
            session.events.unregister("after-call.iam", json_decode_policies)
            self._made["verbatim"] = session.client("iam")
        return self._made["verbatim"]


@cache
def _account(endpoint: str, folder: str, pid: int, secret: str) -> Account:
    cloud, wire = Cloud(endpoint, folder, pid, secret), Wire()
    responder = cloud.session()
    responder.events.register_first("before-call", wire.before)
    responder.events.register_first("needs-retry", wire.after)  # type: ignore[arg-type]  # botocore waits what it returns
    return Account(cloud, wire, Aws(responder, cloud.region), cloud.session())


@dataclass
class World:
    """The account, its settings, and the time."""

    account: Account
    settings: Settings
    at: datetime = START
    runs: int = 0

    @property
    def wire(self) -> Wire:
        """What the responder says to AWS."""
        return self.account.wire

    def ports(self, pool: Executor | None = None) -> Ports:
        """The ports of one more run; its calls are serial unless it is given a pool."""
        self.runs += 1
        run, aws, lease = self.runs, self.account.aws, timedelta(seconds=self.settings.lease)
        ledger = Ledger(Table(aws.dynamodb(), self.settings.table), f"run-{run}", lease)
        ids = chain((f"inc-{run}",), (f"inc-{run}-{more}" for more in count(2)))
        return Ports(self.settings, aws, ledger, pool or Serial(), lambda: self.at, lambda: next(ids))

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)

    def with_settings(self, **changes: Any) -> None:
        """Other settings from now on."""
        self.settings = replace(self.settings, **changes)

    def admin(self, service: str) -> Any:
        """The administrator's client."""
        return self.account.admin(service)

    def user(self, name: str) -> str:
        """One more user, who may do everything; the unique id."""
        made = self.admin("iam").create_user(UserName=name)["User"]
        self.admin("iam").put_user_policy(UserName=name, PolicyName="may", PolicyDocument=ALLOW)
        return str(made["UserId"])

    def role(self, name: str, path: str) -> str:
        """One more role, which may do everything and whom everybody may assume; the unique id."""
        made = self.admin("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)["Role"]
        self.admin("iam").put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=ALLOW)
        return str(made["RoleId"])

    def unique_id(self, user: str) -> str:
        """The `AIDA…` id of a user."""
        return str(self.admin("iam").get_user(UserName=user)["User"]["UserId"])

    def new_key(self, user: str) -> str:
        """The id of one more access key."""
        return key_id(self.holder(user))

    def holder(self, user: str) -> boto3.Session:
        """Whoever holds one more access key of the user."""
        made = self.admin("iam").create_access_key(UserName=user)["AccessKey"]
        return self.account.cloud.session(made["AccessKeyId"], made["SecretAccessKey"])

    def api_key(self, user: str) -> cast.ApiKey:
        """Whoever holds one more API key of the user for Bedrock."""
        return cast.api_key(self.account.cloud, user)

    def minted(self, holder: boto3.Session, operation: str = "get_session_token", **asked: Any) -> boto3.Session:
        """A session that another one gets from STS."""
        made = getattr(holder.client("sts"), operation)(**asked)["Credentials"]
        return self.account.cloud.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def assumed(self, holder: boto3.Session, session: str, role: str = "worker") -> boto3.Session:
        """A session of the role."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        return self.minted(holder, "assume_role", RoleArn=arn, RoleSessionName=session)

    def incident(self, lock: str) -> Incident | None:
        """The newest incident of a principal, as the ledger holds it."""
        table, key = self.admin("dynamodb"), {"pk": {"S": f"LOCK#{lock}"}, "sk": {"S": "LOCK"}}
        held = table.get_item(TableName=self.settings.table, Key=key, ConsistentRead=True).get("Item")
        return Ledger(Table(table, self.settings.table), "a test").load(held["incident"]["S"]) if held else None

    def queued(self) -> str:
        """The newest message that may be taken from the follow-up queue now."""
        sqs, queue = self.admin("sqs"), self.settings.follow_up_queue
        found: list[Any] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return str(found[-1]["Body"])

    def state(self) -> dict[str, Any]:
        """What stands in IAM, to the byte: what containment may change, and what it must not."""
        iam = self.account.verbatim
        account = iam.get_account_authorization_details()
        return {
            "users": {one["UserName"]: _user(iam, one) for one in account["UserDetailList"]},
            "roles": {one["RoleName"]: _inline(one["RolePolicyList"]) for one in account["RoleDetailList"]},
            "trusts": {one["RoleName"]: _role(iam, one) for one in account["RoleDetailList"]},
            "groups": {one["GroupName"]: _group(one) for one in account["GroupDetailList"]},
            "policies": {one["PolicyName"]: _versions(one) for one in account["Policies"]},
        }


def build(cloud: Cloud, **changes: Any) -> World:
    """The cloud emptied, then the stack's resources, a victim and a bystander who may do everything, and a role."""
    levers.reset(cloud)
    account = _account(cloud.endpoint, cloud.folder, cloud.pid, cloud.secret)
    account.wire.clear()
    world = _furnished(account, **changes)
    for name in ("victim", "bystander"):
        world.user(name)
    account.admin("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    account.admin("iam").put_role_policy(RoleName="worker", PolicyName="may", PolicyDocument=ALLOW)
    return world


def account_on_moto() -> Account:
    """An account for services that the embedded AWS lacks: what stands there is moto's, and no verdict. Its clients may
    be kept from one test to the next.
    """
    wire, nowhere = Wire(), Cloud("", "", 0, "")
    responder, admin = (boto3.Session(region_name=nowhere.region) for _ in range(2))
    responder.events.register_first("before-call", wire.before)
    return Account(nowhere, wire, Aws(responder, nowhere.region), admin)


def on_moto(account: Account) -> World:
    """The stack's resources in it."""
    account.wire.clear()
    return _furnished(account)


def _furnished(account: Account, **changes: Any) -> World:
    settings = Settings(
        account=ACCOUNT,
        mode=Mode.CONTAIN_CONFIRMED,
        table="ledger",
        follow_up_queue=account.admin("sqs").create_queue(QueueName="follow-up")["QueueUrl"],
        topic=account.admin("sns").create_topic(Name="leak-responder")["TopicArn"],
        quarantine_policy=_policy(account),
        quiet_looks=1,
    )
    _table(account)
    return World(account, replace(settings, **changes))


def _policy(account: Account) -> str:
    made = account.admin("iam").create_policy(
        Path="/leak-responder/", PolicyName="leak-responder-quarantine", PolicyDocument=DENY
    )
    return str(made["Policy"]["Arn"])


def _table(account: Account) -> None:
    hash_and_range = [{"AttributeName": "status", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}]
    account.admin("dynamodb").create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "status", "due")],
        GlobalSecondaryIndexes=[
            {"IndexName": "by-status", "KeySchema": hash_and_range, "Projection": {"ProjectionType": "ALL"}}
        ],
    )


def key_id(holder: boto3.Session | cast.ApiKey) -> str:
    """The id of the key that signs a session's calls."""
    assert isinstance(holder, boto3.Session)
    credentials = holder.get_credentials()
    assert credentials is not None
    return str(credentials.access_key)


def works(holder: boto3.Session | cast.ApiKey) -> bool:
    """Whether a real call succeeds. GetCallerIdentity cannot be denied, so another one is asked."""
    if isinstance(holder, cast.ApiKey):
        return not cast.powerless(holder)
    try:
        holder.client("dynamodb").list_tables()
    except ClientError:
        return False
    return True


def _user(iam: Any, user: dict[str, Any]) -> dict[str, Any]:
    """The embedded AWS leaves the boundary out of the account's details."""
    name = user["UserName"]
    keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    boundary = iam.get_user(UserName=name)["User"].get("PermissionsBoundary", {})
    return {
        "keys": {key["AccessKeyId"]: key["Status"] for key in keys},
        "attached": sorted(one["PolicyName"] for one in user["AttachedManagedPolicies"]),
        "inline": _inline(user["UserPolicyList"]),
        "groups": sorted(user["GroupList"]),
        "boundary": boundary.get("PermissionsBoundaryArn", ""),
        "password": _has_password(iam, name),
        "held": {one.id: one.status for one in held(iam, name)},
    }


def _role(iam: Any, role: dict[str, Any]) -> dict[str, Any]:
    boundary = iam.get_role(RoleName=role["RoleName"])["Role"].get("PermissionsBoundary", {})
    return {
        "trust": unquote(role["AssumeRolePolicyDocument"]),
        "attached": sorted(one["PolicyName"] for one in role["AttachedManagedPolicies"]),
        "boundary": boundary.get("PermissionsBoundaryArn", ""),
    }


def _group(group: dict[str, Any]) -> dict[str, Any]:
    attached = sorted(one["PolicyName"] for one in group["AttachedManagedPolicies"])
    return {"inline": _inline(group["GroupPolicyList"]), "attached": attached}


def _versions(policy: dict[str, Any]) -> dict[str, str]:
    return {one["VersionId"]: unquote(one["Document"]) for one in policy["PolicyVersionList"]}


def _inline(policies: list[dict[str, Any]]) -> dict[str, str]:
    return {one["PolicyName"]: unquote(one["PolicyDocument"]) for one in policies}


@dataclass(frozen=True)
class Held:
    """One credential of a user beside keys and password, as IAM lists it."""

    id: str
    status: str


def held(iam: Any, name: str) -> list[Held]:
    """All of them but MFA devices, which have no status."""
    services = iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"]
    keys = iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"]
    certificates = iam.list_signing_certificates(UserName=name)["Certificates"]
    return [
        *(Held(one["ServiceSpecificCredentialId"], one["Status"]) for one in services),
        *(Held(one["SSHPublicKeyId"], one["Status"]) for one in keys),
        *(Held(one["CertificateId"], one["Status"]) for one in certificates),
    ]


def _has_password(iam: Any, name: str) -> bool:
    try:
        iam.get_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True
