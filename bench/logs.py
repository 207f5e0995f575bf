"""Log files as CloudTrail writes them, of made-up calls that are the same in every run."""

from __future__ import annotations

import gzip
import json
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = dict[str, Any]

EACH = 5_000
"""Records of a file."""

ACCOUNT, ROLE, LEAKED = "111122223333", "worker", "AKIAIOSFODNN7EXAMPLE"
_CALLS = (("ec2", "DescribeInstances"), ("kms", "Decrypt"), ("sts", "AssumeRole"), ("logs", "CreateLogStream"))


def write(folder: Path, files: int, changed: Callable[[int], Json]) -> None:
    """So many files. `changed` says what is other than usual about the record of a number: mostly nothing."""
    random = Random(4)  # noqa: S311 - the same logs in every run
    for number in range(files):
        records = [{**_record(random, one), **changed(one)} for one in range(number * EACH, (number + 1) * EACH)]
        text = json.dumps({"Records": records}, separators=(",", ":"))
        name = f"{ACCOUNT}_CloudTrail_us-east-1_20261124T0000Z_{number:06}.json.gz"
        (folder / name).write_bytes(gzip.compress(text.encode(), compresslevel=6))


def by_leaked_key(number: int) -> Json:
    """One call of a hundred is made with the leaked key: every file holds some."""
    if number % 100:
        return {}
    arn = f"arn:aws:iam::{ACCOUNT}:user/deploy"
    who = {"type": "IAMUser", "principalId": "AIDADBQP57FF2AEXAMPLE", "arn": arn, "accountId": ACCOUNT}
    return {"userIdentity": {**who, "userName": "deploy", "accessKeyId": LEAKED}}


def _record(random: Random, number: int) -> Json:
    """A call by a role session, as most are."""
    service, name = random.choice(_CALLS)
    return {
        "eventVersion": "1.11",
        "userIdentity": _worker(random),
        "eventTime": f"2026-11-{number % 28 + 1:02}T02:58:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"198.51.100.{random.randrange(255)}",
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22 api/service#1.0",
        "requestParameters": {"items": [{"id": f"i-{number:017x}"}]},
        "responseElements": None,
        "requestID": f"{random.getrandbits(128):032x}",
        "eventID": f"{random.getrandbits(128):032x}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"{service}.us-east-1.amazonaws.com"},
    }


def _worker(random: Random) -> Json:
    unique, session = "AROADBQP57FF2AEXAMPLE", f"i-{random.getrandbits(64):017x}"
    issuer = {
        "type": "Role",
        "principalId": unique,
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
        "accountId": ACCOUNT,
        "userName": ROLE,
    }
    return {
        "type": "AssumedRole",
        "principalId": f"{unique}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": f"ASIA{random.getrandbits(60):016X}",
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}},
    }
