"""One leak as CloudTrail recorded it: an owner's month, then an intruder's night. Every record by its name."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, SECRET, TOKEN, Json

SINCE = "2026-11-24T00:00Z"
INTRUDER, OWNER = "203.0.113.66", "198.51.100.7"
BACKUP_KEY, SERVICE_KEY = "AKIABACKUP0000000001", "ACCABACKUP00000000001"
FEDERATED, FIRST_HOP, SECOND_HOP, OUTSIDE = (f"ASIA{one:016}" for one in range(1, 5))
ANCHOR = f"arn:aws:rolesanywhere:eu-west-1:{ACCOUNT}:trust-anchor/0a1b"
STRANGER = "999988887777"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:cleanup"
INSTANCE = "i-0abc1234567890def"

_ids = count()
USER, ADA = events.user_identity("deploy", AKIA), events.user_identity("ada", "AKIA5")


def call(
    service: str, name: str, when: str, who: Json, asked: Json | None = None, answered: Json | None = None, **more: Any
) -> Json:
    """A record with an id of its own."""
    members: Json = {"eventSource": f"{service}.amazonaws.com", "eventTime": f"2026-11-{when}Z", "userIdentity": who}
    members |= {"eventID": f"event-{next(_ids)}", "sourceIPAddress": INTRUDER, "userAgent": "aws-cli/2.31 md/x"}
    return events.record(name, asked, answered, **{**members, **more})


def user(name: str, key: str, **members: Any) -> Json:
    """Somebody of the account."""
    return events.user_identity(name, key, **members)


def session(role: str, own: str, key: str) -> Json:
    """A role session as the caller."""
    return {**events.role_identity(role, own), "accessKeyId": key}


def minted(key: str, role: str, own: str) -> Json:
    """The answer of AssumeRole."""
    credentials = {"accessKeyId": key, "sessionToken": TOKEN, "expiration": "Nov 24, 2026, 4:00:00 AM"}
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{own}"
    return {"credentials": credentials, "assumedRoleUser": {"assumedRoleId": f"AROA:{own}", "arn": arn}}


def arn(role: str) -> str:
    """A role's ARN."""
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def habits() -> list[Json]:
    """A nightly backup from the owner's network, for ten days, and one read of a secret."""
    mine: Json = {"sourceIPAddress": OWNER, "userAgent": "Boto3/1.43 md/Botocore"}
    nights = [
        call("s3", "PutObject", f"{day:02}T03:0{minute}:00", USER, {"bucketName": "backups"}, **mine)
        for day in range(10, 20)
        for minute in range(3)
    ]
    return [*nights, call("secretsmanager", "GetSecretValue", "12T09:00:00", USER, {"secretId": "own"}, **mine)]


def night() -> dict[str, Json]:
    """What the intruder did, and what its children did."""
    backup, fed = user("backup", BACKUP_KEY), {**events.federated_identity("bob"), "accessKeyId": FEDERATED}
    first, second = session("build", "x", FIRST_HOP), session("deployer", "y", SECOND_HOP)
    west: Json = {"awsRegion": "eu-west-1"}
    created = {"accessKey": {"userName": "backup", "accessKeyId": BACKUP_KEY, "status": "Active"}}
    own = {"serviceSpecificCredentialId": SERVICE_KEY, "userName": "backup", "serviceName": "bedrock.amazonaws.com"}
    machine = {"instancesSet": {"items": [{"instanceId": INSTANCE}]}}
    return {
        "looked": call("sts", "GetCallerIdentity", "24T02:41:00", USER),
        "denied": call("s3", "ListBuckets", "24T02:42:00", USER, errorCode="AccessDenied", **west),
        "throttled": call("ssm", "PutParameter", "24T02:43:00", USER, errorCode="ThrottlingException"),
        "new user": call("iam", "CreateUser", "24T02:45:00", USER, {"userName": "backup"}),
        "new key": call("iam", "CreateAccessKey", "24T02:46:00", USER, {"userName": "backup"}, created),
        "refused key": call("iam", "CreateAccessKey", "24T02:46:30", USER, None, None, errorCode="LimitExceeded"),
        "password": call("iam", "UpdateLoginProfile", "24T02:47:00", USER, {"userName": "ada"}),
        "federation": call(
            "sts",
            "GetFederationToken",
            "24T02:48:00",
            USER,
            {"name": "bob"},
            {"credentials": {"accessKeyId": FEDERATED, "sessionToken": TOKEN}},
        ),
        "first hop": call(
            "sts", "AssumeRole", "24T02:50:00", backup, {"roleArn": arn("build")}, minted(FIRST_HOP, "build", "x")
        ),
        "second hop": call(
            "sts",
            "AssumeRole",
            "24T02:51:00",
            first,
            {"roleArn": arn("deployer")},
            minted(SECOND_HOP, "deployer", "y"),
            **west,
        ),
        "service": call(
            "iam",
            "CreateServiceSpecificCredential",
            "24T02:52:00",
            backup,
            {"userName": "backup", "serviceName": "bedrock.amazonaws.com"},
            {"serviceSpecificCredential": own},
        ),
        "trust": call("iam", "UpdateAssumeRolePolicy", "24T02:53:00", second, {"roleName": "audit"}),
        "anchor": call(
            "rolesanywhere",
            "CreateTrustAnchor",
            "24T02:54:00",
            second,
            {"name": "ca"},
            {"trustAnchor": {"trustAnchorArn": ANCHOR}},
            **west,
        ),
        "function": call(
            "lambda",
            "CreateFunction20150331",
            "24T02:55:00",
            second,
            {"functionName": "cleanup", "role": arn("worker")},
            {"functionArn": FUNCTION, "functionName": "cleanup", "role": arn("worker")},
            **west,
        ),
        "instance": call(
            "ec2",
            "RunInstances",
            "24T02:56:00",
            second,
            {"iamInstanceProfile": {"name": "worker"}},
            machine,
        ),
        "stranger": call(
            "sts",
            "AssumeRole",
            "24T03:00:00",
            {"type": "AWSAccount", "principalId": "AIDASTRANGER", "accountId": STRANGER},
            {"roleArn": arn("audit")},
            minted(OUTSIDE, "audit", "z"),
        ),
        "read a": call("secretsmanager", "GetSecretValue", "24T03:01:00", fed, {"secretId": "db/prod"}),
        "read b": call(
            "secretsmanager",
            "GetSecretValue",
            "24T03:02:00",
            second,
            {"secretId": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:api-AbCdEf"},
            **west,
        ),
        "read c": call(
            "ssm", "GetParameters", "24T03:03:00", second, {"names": ["/app/token:2"], "withDecryption": True}
        ),
        "plain": call("ssm", "GetParameter", "24T03:03:30", second, {"name": "/app/size"}),
        "no read": call(
            "secretsmanager", "GetSecretValue", "24T03:04:00", second, {"secretId": "x"}, errorCode="AccessDenied"
        ),
        "decrypted": call(
            "kms",
            "Decrypt",
            "24T03:05:00",
            second,
            {
                "encryptionContext": {"PARAMETER_ARN": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/token"},
                "keyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k-1",
            },
        ),
        "ran": call("s3", "DeleteObject", "24T03:10:00", session("worker", "cleanup", "ASIA9"), {"bucketName": "b"}),
        "mined": call("ec2", "DescribeInstances", "24T03:11:00", session("worker", INSTANCE, "ASIA8")),
        "audited": call("iam", "ListUsers", "24T03:12:00", session("audit", "z", OUTSIDE)),
        "chatted": call("bedrock", "InvokeModel", "24T03:13:00", user("backup", "", credentialId=SERVICE_KEY)),
        "signed in": call(
            "signin",
            "ConsoleLogin",
            "24T03:14:00",
            user("ada", ""),
            None,
            {"ConsoleLogin": "Success"},
            eventType="AwsConsoleSignIn",
        ),
    }


def bystanders() -> list[Json]:
    """Calls of others, who use the same roles and names, and the same words."""
    return [
        call("s3", "GetObject", "24T03:00:00", user("ada", events.SIBLING), {"bucketName": AKIA}),
        call("s3", "GetObject", "24T03:00:00", session("worker", "other", "ASIA7"), {"bucketName": "b"}),
        call("s3", "GetObject", "24T03:00:00", session("build", "x", "ASIA6"), {"bucketName": FIRST_HOP}),
        call("iam", "CreateUser", "24T03:00:00", user("admin", events.SIBLING), {"userName": "eve"}),
        call(
            "sts",
            "AssumeRole",
            "24T03:00:00",
            user("ada", "AKIA5"),
            {"roleArn": arn("audit")},
            minted("ASIA5", "audit", "q"),
        ),
        call("secretsmanager", "GetSecretValue", "24T03:01:00", ADA, {"secretId": "hers"}),
        {"eventVersion": "1.08", "userIdentity": {"accountId": ACCOUNT}, "eventType": "AwsServiceEvent"},
        {"nothing": SECRET},
    ]


def everything() -> list[Json]:
    """In order of time."""
    return [*habits(), *night().values(), *bystanders()]
