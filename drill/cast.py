"""Who plays: users and roles that may do everything, what they mint, and what AWS lets each of them do right now."""

from __future__ import annotations

import base64
import io
import json
import urllib.request
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
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


@dataclass(frozen=True)
class ApiKey:
    """An API key of Bedrock: its id, and the bearer token that its holder sends."""

    endpoint: str
    id: str
    token: str = field(repr=False)

    def get(self, path: str) -> bytes:
        """What Bedrock answers to it. HTTPError where it is refused."""
        request = urllib.request.Request(self.endpoint + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return bytes(answer.read())


_PATIENCE = 20.0  # seconds


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


def role(cloud: Cloud, name: str, path: str = "/") -> tuple[str, str]:
    """A new role that everybody in the account may assume; ARN and unique id."""
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=_TRUST_ALL)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=ALLOW_ALL)
    return made["Arn"], made["RoleId"]


def fill_inline(cloud: Cloud, role: str) -> None:
    """Leave the role no room for one more inline policy, however short: together they have 10,240 characters."""
    iam, statement = cloud.client("iam"), {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    for number in range(6):
        document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Sid": "s" * 1900}]})
        with suppress(iam.exceptions.LimitExceededException):
            iam.put_role_policy(RoleName=role, PolicyName=f"full-{number}", PolicyDocument=document)


def fill_managed(cloud: Cloud, name: str, kind: str = "role") -> None:
    """Attach as many managed policies to the role or user as IAM allows."""
    iam = cloud.client("iam")
    for number in range(10):
        arn = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=ALLOW_ALL)["Policy"]["Arn"]
        getattr(iam, f"attach_{kind}_policy")(**{f"{kind.title()}Name": name}, PolicyArn=arn)


def bound(cloud: Cloud, name: str, kind: str = "role") -> str:
    """Give the role or user a boundary of its own; the ARN."""
    iam = cloud.client("iam")
    arn = str(iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=ALLOW_ALL)["Policy"]["Arn"])
    put = getattr(iam, f"put_{kind}_permissions_boundary")
    put(**{f"{kind.title()}Name": name}, PermissionsBoundary=arn)
    return arn


def function(cloud: Cloud, name: str, role_arn: str) -> boto3.Session:
    """A function that tells whoever calls it its credentials; those of the environment that it runs in by now."""
    idle_function(cloud, name, role_arn)
    return environment_of(cloud, name)


def idle_function(cloud: Cloud, name: str, role_arn: str, region: str | None = None) -> None:
    """The same function, which nobody has called yet."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("code.py", _TELLS)
    made = {"FunctionName": name, "Runtime": "python3.11", "Handler": "code.handler", "Role": role_arn, "Timeout": 10}
    cloud.client("lambda", region=region).create_function(**made, Code={"ZipFile": code.getvalue()})


def environment_of(cloud: Cloud, name: str) -> boto3.Session:
    """The credentials of a running environment of that function."""
    return cloud.session(*json.loads(cloud.client("lambda").invoke(FunctionName=name)["Payload"].read()))


_TELLS = """
import os

def handler(event, context):
    return [os.environ[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")]
"""


def minted(cloud: Cloud, session: boto3.Session, operation: str, **asked: Any) -> boto3.Session:
    """A session that STS gives to another one."""
    made = getattr(session.client("sts"), operation)(**asked)["Credentials"]
    return cloud.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def api_key(cloud: Cloud, name: str) -> ApiKey:
    """A new long-term API key of a user for Bedrock."""
    asked = {"UserName": name, "ServiceName": "bedrock.amazonaws.com"}
    made = cloud.client("iam").create_service_specific_credential(**asked)["ServiceSpecificCredential"]
    return ApiKey(cloud.endpoint, made["ServiceSpecificCredentialId"], made["ServiceCredentialSecret"])


def short_term(cloud: Cloud, session: boto3.Session) -> ApiKey:
    """A short-term one: a presigned URL, as AWS's own package aws-bedrock-token-generator makes it; no call is made."""
    host, credentials = "bedrock.amazonaws.com", session.get_credentials()
    asked = AWSRequest("POST", f"https://{host}/", headers={"host": host}, params={"Action": "CallWithBearerToken"})
    if credentials:
        SigV4QueryAuth(credentials, "bedrock", cloud.region, expires=12 * 3600).add_auth(asked)
    url = str(asked.url).removeprefix("https://") + "&Version=1"
    return ApiKey(cloud.endpoint, "", f"bedrock-api-key-{base64.b64encode(url.encode()).decode()}")


def allowed(*holders: boto3.Session | ApiKey) -> int:
    """How many of three calls each of them the embedded AWS answers."""
    return sum(_answered(call) for holder in holders for call in _calls(holder))


def denied(*holders: boto3.Session | ApiKey) -> int:
    """How many of them it refuses."""
    return CALLS * len(holders) - allowed(*holders)


def powerless(*holders: boto3.Session | ApiKey) -> bool:
    """Whether it refuses every one of them; asked until the first that it answers."""
    return not any(_answered(call) for holder in holders for call in _calls(holder))


@cache
def _calls(session: boto3.Session | ApiKey) -> tuple[Callable[[], Any], ...]:
    if isinstance(session, ApiKey):
        return tuple(partial(session.get, path) for path in _OF_BEDROCK)
    return session.client("sns").list_topics, session.client("sqs").list_queues, session.client("dynamodb").list_tables


_OF_BEDROCK = ("/foundation-models", "/custom-models", "/guardrails")


def _answered(call: Callable[[], Any]) -> bool:
    try:
        call()
    except (ClientError, HTTPError):
        return False
    return True


def text(found: Any) -> str:
    """Any answer of AWS's as text, to compare to the byte."""
    return json.dumps(found, default=str, sort_keys=True)
