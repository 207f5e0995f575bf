"""Who plays: users and roles that may do everything, what they mint, and what AWS lets each of them do right now."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3  # noqa: TC004 - only a checker reads the annotation

    from drill.cloud.lifecycle import Cloud

ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
_TRUST_ALL = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)
CALLS = 3
"""Real calls that `allowed` makes for one session."""


@dataclass(frozen=True)
class Key:
    """An access key: its id, and a session signed with it."""

    id: str
    session: boto3.Session


def user(cloud: Cloud, name: str) -> str:
    """A new user; the unique id."""
    iam = cloud.client("iam")
    made = iam.create_user(UserName=name)["User"]
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=ALLOW_ALL)
    return str(made["UserId"])


def key(cloud: Cloud, name: str) -> Key:
    """A new access key of a user."""
    made = cloud.client("iam").create_access_key(UserName=name)["AccessKey"]
    return Key(made["AccessKeyId"], cloud.session(made["AccessKeyId"], made["SecretAccessKey"]))


def role(cloud: Cloud, name: str) -> tuple[str, str]:
    """A new role that everybody in the account may assume; ARN and unique id."""
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST_ALL)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=ALLOW_ALL)
    return made["Arn"], made["RoleId"]


def minted(cloud: Cloud, session: boto3.Session, operation: str, **asked: Any) -> boto3.Session:
    """A session that STS gives to another one."""
    made = getattr(session.client("sts"), operation)(**asked)["Credentials"]
    return cloud.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def allowed(*sessions: boto3.Session) -> int:
    """How many of three signed calls a session the embedded AWS answers."""
    return sum(_answered(call) for session in sessions for call in _calls(session))


def denied(*sessions: boto3.Session) -> int:
    """How many of them it refuses."""
    return CALLS * len(sessions) - allowed(*sessions)


def powerless(*sessions: boto3.Session) -> bool:
    """Whether it refuses every one of them; asked until the first that it answers."""
    return not any(_answered(call) for session in sessions for call in _calls(session))


@cache
def _calls(session: boto3.Session) -> tuple[Callable[[], Any], ...]:
    return session.client("sns").list_topics, session.client("sqs").list_queues, session.client("dynamodb").list_tables


def _answered(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True


def text(found: Any) -> str:
    """Any answer of AWS's as text, to compare to the byte."""
    return json.dumps(found, default=str, sort_keys=True)
