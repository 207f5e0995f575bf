"""What each deployed pattern lets through of a million calls, of an account that goes about its work."""

from __future__ import annotations

from collections import Counter
from typing import Any

from console.backtest.sifting import PATTERNS, delivered
from console.reference.markdown import code, table

Json = dict[str, Any]

_ACCOUNT = "111122223333"
_ROLE: Json = {
    "type": "AssumedRole",
    "principalId": "AROADBQP57FF2AEXAMPLE:i-0a1b2c3d4e5f60718",
    "arn": f"arn:aws:sts::{_ACCOUNT}:assumed-role/worker/i-0a1b2c3d4e5f60718",
    "accountId": _ACCOUNT,
    "accessKeyId": "ASIADBQP57FF2AEXAMPLE",
    "sessionContext": {
        "sessionIssuer": {
            "type": "Role",
            "principalId": "AROADBQP57FF2AEXAMPLE",
            "arn": f"arn:aws:iam::{_ACCOUNT}:role/worker",
            "accountId": _ACCOUNT,
            "userName": "worker",
        },
        "attributes": {"mfaAuthenticated": "false"},
    },
}
_USER: Json = {
    "type": "IAMUser",
    "principalId": "AIDADBQP57FF2AEXAMPLE",
    "arn": f"arn:aws:iam::{_ACCOUNT}:user/deploy",
    "accountId": _ACCOUNT,
    "accessKeyId": "AKIADBQP57FF2AEXAMPLE",
    "userName": "deploy",
}
_ROOT: Json = {
    "type": "Root",
    "principalId": _ACCOUNT,
    "arn": f"arn:aws:iam::{_ACCOUNT}:root",
    "accountId": _ACCOUNT,
    "accessKeyId": "ASIADBQP57FF2AEXAMPLE",
}
_SERVICE: Json = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}

MIX: tuple[tuple[int, str, str, str, Json], ...] = (
    # calls of a million, service, call, by whom, identity
    (240_000, "sts", "AssumeRole", "a service", _SERVICE),
    (170_000, "kms", "Decrypt", "a role", _ROLE),
    (120_000, "ec2", "DescribeInstances", "a role", _ROLE),
    (90_000, "logs", "CreateLogStream", "a role", _ROLE),
    (80_000, "kms", "GenerateDataKey", "a role", _ROLE),
    (60_000, "sts", "AssumeRole", "a role", _ROLE),
    (50_000, "ssm", "UpdateInstanceInformation", "a role", _ROLE),
    (40_000, "ecr", "GetAuthorizationToken", "a role", _ROLE),
    (30_000, "secretsmanager", "GetSecretValue", "a role", _ROLE),
    (30_000, "ssm", "GetParameters", "a role", _ROLE),
    (25_000, "sts", "GetCallerIdentity", "a role", _ROLE),
    (20_000, "iam", "GetRole", "a role", _ROLE),
    (20_000, "cloudformation", "DescribeStacks", "a role", _ROLE),
    (12_000, "sts", "AssumeRole", "a user's key", _USER),
    (6_000, "sts", "GetCallerIdentity", "a user's key", _USER),
    (3_000, "secretsmanager", "GetSecretValue", "a user's key", _USER),
    (2_000, "iam", "ListAccessKeys", "a user's key", _USER),
    (1_000, "sts", "GetSessionToken", "a user's key", _USER),
    (400, "iam", "CreateRole", "a role", _ROLE),
    (300, "iam", "AttachRolePolicy", "a role", _ROLE),
    (200, "iam", "PutRolePolicy", "a role", _ROLE),
    (60, "iam", "CreateAccessKey", "a user's key", _USER),
    (35, "iam", "UpdateAccessKey", "a user's key", _USER),
    (3, "health", "DescribeEventAggregates", "root in the console", _ROOT),
    (2, "s3", "PutBucketPolicy", "root in the console", _ROOT),
)


_ASKED: dict[str, Json] = {
    "AttachRolePolicy": {"roleName": "resize", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    "PutRolePolicy": {"roleName": "resize", "policyName": "reads", "policyDocument": "{}"},
}
"""What a call asks for that a pattern looks at."""


def deliveries() -> str:
    """Which of the calls that fill a log reach a function, and which EventBridge drops before anybody pays for them."""
    through = [
        (count, f"{call} by {by}", delivered(record(service, call, who))) for count, service, call, by, who in MIX
    ]
    sums = Counter({name: sum(count for count, _, names in through if name in names) for name in PATTERNS})
    calls = [(f"{count:,}", call, ", ".join(map(code, names))) for count, call, names in through]
    return (
        "## Deliveries\n\n"
        f"Of {sum(one[0] for one in MIX):,} CloudTrail events in the mix below, EventBridge delivers {sums.total():,}. "
        "The mix is made up; `leak-responder backtest AWSLogs/` counts your own logs, by pattern and per million.\n\n"
        f"{table(('pattern', 'delivers per million'), ((code(name), f'{count:,}') for name, count in sums.items()))}\n"
        f"{table(('events', 'call', 'delivered by'), calls)}"
    )


def record(service: str, call: str, identity: Json) -> Json:
    """Such a call, as CloudTrail writes it."""
    made = {"accessKey": {"userName": "deploy", "accessKeyId": "AKIADBQP57FF2EXAMPLE", "status": "Active"}}
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": "2026-11-24T02:58:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": call,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22",
        "requestParameters": _ASKED.get(call, {"userName": "deploy", "status": "Inactive"}),
        "responseElements": made if call == "CreateAccessKey" else None,
        "eventID": "0a0a0a0a-0000-4000-8000-000000000000",
        "readOnly": call.startswith(("Get", "Describe", "List")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": _ACCOUNT,
        "eventCategory": "Management",
    }
