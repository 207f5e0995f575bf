"""A small AWS account on moto, and a responder in it whose every call can be counted or cut off."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from chalicelib.aws import Aws
from chalicelib.ledger import Ledger
from chalicelib.model import Mode
from chalicelib.ports import Ports
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "123456789012"
START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
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
    """Every call that goes out, and what is to happen at some of them."""

    calls: list[str] = field(default_factory=list)
    kill_at: int | None = None
    deny: frozenset[str] = frozenset()

    def before(self, model: Any, **_: object) -> Any:
        """Count the call; end the process before it, or answer that it is denied."""
        name = f"{model.service_model.service_name}:{model.name}"
        self.calls.append(name)
        if self.kill_at is not None and len(self.calls) > self.kill_at:
            raise KilledError(name)
        if name in self.deny:
            return _denied(name)
        return None


def _denied(name: str) -> Any:
    error = {"Code": "AccessDenied", "Message": f"not authorized to perform {name}"}
    return AWSResponse("", 403, HTTPHeaders(), None), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}


@dataclass
class World:
    """The account, the wire, and the time."""

    settings: Settings
    wire: Wire = field(default_factory=Wire)
    at: datetime = START
    runs: int = 0

    def ports(self) -> Ports:
        """The ports of one more run."""
        self.runs += 1
        session = boto3.Session(region_name="us-east-1")
        session.events.register("before-call", self.wire.before)
        aws = Aws(session, "us-east-1")
        ledger = Ledger(aws.dynamodb(), self.settings.table, f"run-{self.runs}", timedelta(seconds=self.settings.lease))
        return Ports(self.settings, aws, ledger, Serial(), lambda: self.at, lambda: f"inc-{self.runs}")

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)

    def with_settings(self, **changes: Any) -> None:
        """Other settings from now on."""
        self.settings = replace(self.settings, **changes)


def build(**changes: Any) -> World:
    """A fresh account: the stack's resources, a victim with two keys, a bystander, a role."""
    iam = boto3.client("iam")
    policy = iam.create_policy(PolicyName="leak-responder-quarantine", PolicyDocument=DENY)["Policy"]["Arn"]
    for name in ("victim", "bystander"):
        iam.create_user(UserName=name)
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    topic = boto3.client("sns").create_topic(Name="leak-responder")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="follow-up")["QueueUrl"]
    _table()
    settings = Settings(
        account=ACCOUNT,
        mode=Mode.CONTAIN_CONFIRMED,
        table="ledger",
        follow_up_queue=queue,
        topic=topic,
        quarantine_policy=policy,
        bus="default",
    )
    return World(replace(settings, **changes))


def _table() -> None:
    boto3.client("dynamodb").create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "status", "due")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-status",
                "KeySchema": [
                    {"AttributeName": "status", "KeyType": "HASH"},
                    {"AttributeName": "due", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def new_key(user: str) -> str:
    """The id of one more access key."""
    return boto3.client("iam").create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]


def state() -> dict[str, Any]:
    """What stands in IAM about every user and role: what containment may change, and what it must not."""
    iam = boto3.client("iam")
    users = {user["UserName"]: _user(iam, user["UserName"]) for user in iam.list_users()["Users"]}
    roles = {role["RoleName"]: _role(iam, role["RoleName"]) for role in iam.list_roles()["Roles"]}
    return {"users": users, "roles": roles}


def _user(iam: Any, name: str) -> dict[str, Any]:
    keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    return {
        "keys": {key["AccessKeyId"]: key["Status"] for key in keys},
        "attached": sorted(one["PolicyName"] for one in attached),
        "inline": sorted(iam.list_user_policies(UserName=name)["PolicyNames"]),
    }


def _role(iam: Any, name: str) -> dict[str, Any]:
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names}
