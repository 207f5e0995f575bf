"""A fresh account on the embedded AWS, with what the stack stores things in and no function that could interfere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from drill import cast
from drill.cloud import lifecycle
from drill.cloud.lifecycle import Cloud

if TYPE_CHECKING:
    from pathlib import Path

_STORED = frozenset({"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::IAM::ManagedPolicy"})


class BenchError(Exception):
    """What was to be measured did not happen: a figure would say nothing."""


@dataclass(frozen=True)
class Victim:
    """A user who may do everything: its leaked key, the intruder's sessions, and the owner's with another key."""

    name: str
    user_id: str
    key: str
    stolen: tuple[boto3.Session, ...]
    sibling: boto3.Session | None = None


@dataclass
class Account:
    """The embedded AWS and the environment that a function of the stack would have on it."""

    cloud: Cloud
    environment: dict[str, str]
    _number: Iterator[int] = field(default_factory=count)

    @property
    def id(self) -> str:
        """The account's number."""
        return self.cloud.account

    def admin(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """The administrator's client."""
        return self.cloud.client(service)

    def name(self, kind: str) -> str:
        """A name that nobody has yet."""
        return f"{kind}-{next(self._number)}"

    def victim(self, *, sessions: bool = False, sibling: bool = False) -> Victim:
        """A new user whose key leaked; `sessions`: it has minted one; `sibling`: the owner has another key."""
        name = self.name("victim")
        user_id, leaked = cast.user(self.cloud, name), cast.key(self.cloud, name)
        minted = (cast.minted(self.cloud, leaked.session, "get_session_token"),) if sessions else ()
        other = cast.key(self.cloud, name).session if sibling else None
        return Victim(name, user_id, leaked.id, (leaked.session, *minted), other)

    def role(self) -> tuple[str, str, boto3.Session]:
        """A new role's name and id, and a stolen session of it named `instance`."""
        name = self.name("role")
        arn, role_id = cast.role(self.cloud, name)
        asked = {"RoleArn": arn, "RoleSessionName": "instance"}
        return name, role_id, cast.minted(self.cloud, self.cloud.session(), "assume_role", **asked)

    def may_act(self, session: boto3.Session) -> bool:
        """Whether the embedded AWS lets this session make a call."""
        try:
            session.client("sqs").list_queues()
        except ClientError:
            return False
        return True


@contextmanager
def opened(package: Path, **settings: str) -> Iterator[Account]:
    """The account, until the block ends; this process's environment is that of a function with `settings` meanwhile."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    with lifecycle.running() as cloud:
        account = Account(cloud, {**_credentials(cloud), **_stored(cloud, package), **settings})
        for name in before:
            del os.environ[name]
        os.environ.update(account.environment)
        try:
            yield account
        finally:
            for name in account.environment:
                os.environ.pop(name, None)
            os.environ.update(before)


def _credentials(cloud: Cloud) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": cloud.key,
        "AWS_SECRET_ACCESS_KEY": cloud.secret,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_REGION": cloud.region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _stored(cloud: Cloud, package: Path) -> dict[str, str]:
    """Deploy what stores something of the packaged template; the settings that name it."""
    template = json.loads((package / "sam.json").read_text())
    kept = {name: one for name, one in template["Resources"].items() if one["Type"] in _STORED}
    bare = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": kept}
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName="bench", TemplateBody=json.dumps(bare), Capabilities=["CAPABILITY_NAMED_IAM"])
    formation.get_waiter("stack_create_complete").wait(StackName="bench", WaiterConfig={"Delay": 1})
    found = formation.describe_stack_resources(StackName="bench")["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
    return {
        "ACCOUNT_ID": cloud.account,
        "STAGE": "bench",
        "MODE": "contain-confirmed",
        "TABLE_NAME": ids["LedgerTable"],
        "FOLLOW_UP_QUEUE_URL": ids["FollowUpQueue"],
        "TOPIC_ARN": ids["Topic"],
        "QUARANTINE_POLICY_ARN": ids["QuarantinePolicy"],
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "LeakResponder",
    }
