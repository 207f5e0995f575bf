"""The events that are answered, in the shapes that AWS delivers."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.account import Account, Victim

Event = dict[str, Any]

_COMPROMISED = "CredentialAccess:IAMUser/CompromisedCredentials"
_EXFILTRATED = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"


def compromised_key(account: Account, victim: Victim) -> Event:
    """GuardDuty: a user's key is compromised."""
    details = {
        "accessKeyId": victim.key,
        "principalId": victim.user_id,
        "userName": victim.name,
        "userType": "IAMUser",
    }
    return _finding(account, _COMPROMISED, details)


def stolen_session(account: Account, role: str, role_id: str) -> Event:
    """GuardDuty: a role session of an instance is used outside AWS."""
    details = {
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "principalId": f"{role_id}:instance",
        "userName": role,
        "userType": "AssumedRole",
    }
    return _finding(account, _EXFILTRATED, details)


def exposed_key(account: Account, victim: Victim) -> Event:
    """AWS Health: a key was found in public. Nothing but its id is told."""
    detail = {
        "eventArn": f"arn:aws:health:us-east-1::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/{uuid.uuid4()}",
        "service": "RISK",
        "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED",
        "eventTypeCategory": "issue",
        "startTime": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "affectedEntities": [{"entityValue": victim.key}],
    }
    return _envelope(account, "aws.health", "AWS Health Event", detail)


def quarantined_by_aws(account: Account, victim: Victim) -> Event:
    """CloudTrail: AWS attached its quarantine policy to the user."""
    asked = {"userName": victim.name, "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}
    return trail(account, "AttachUserPolicy", _by_root(account), requestParameters=asked)


def created_key(account: Account, victim: Victim, contained: Victim) -> Event:
    """CloudTrail: a contained user had made a key for another user."""
    by = {
        "type": "IAMUser",
        "principalId": contained.user_id,
        "arn": f"arn:aws:iam::{account.id}:user/{contained.name}",
        "accountId": account.id,
        "accessKeyId": contained.key,
        "userName": contained.name,
    }
    made = {"accessKey": {"accessKeyId": victim.key, "userName": victim.name, "status": "Active"}}
    return trail(account, "CreateAccessKey", by, requestParameters={"userName": victim.name}, responseElements=made)


def root_sign_in(account: Account) -> Event:
    """CloudTrail: root signed in. There is nothing to contain, only somebody to tell."""
    members = {
        "eventSource": "signin.amazonaws.com",
        "eventType": "AwsConsoleSignIn",
        "responseElements": {"ConsoleLogin": "Success"},
    }
    record = trail(account, "ConsoleLogin", _by_root(account), **members)
    return {**record, "source": "aws.signin", "detail-type": "AWS Console Sign In via CloudTrail"}


def queued(event: Event) -> Event:
    """As the queue of the wide rules gives it to its function."""
    return {"Records": [{"body": json.dumps(event), "receiptHandle": "one"}]}


def trail(account: Account, name: str, by: dict[str, Any], **members: object) -> Event:
    """A CloudTrail record as EventBridge delivers it."""
    record = {
        "eventVersion": "1.11",
        "userIdentity": by,
        "eventTime": _now(),
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "eventID": str(uuid.uuid4()),
        "eventType": "AwsApiCall",
        "recipientAccountId": account.id,
        **members,
    }
    return _envelope(account, "aws.iam", "AWS API Call via CloudTrail", record)


def _by_root(account: Account) -> dict[str, Any]:
    return {
        "type": "Root",
        "principalId": account.id,
        "arn": f"arn:aws:iam::{account.id}:root",
        "accountId": account.id,
    }


def _finding(account: Account, kind: str, details: dict[str, str]) -> Event:
    at = _now()
    finding = {
        "schemaVersion": "2.0",
        "accountId": account.id,
        "region": "us-east-1",
        "partition": "aws",
        "id": uuid.uuid4().hex,
        "arn": f"arn:aws:guardduty:us-east-1:{account.id}:detector/d1/finding/f1",
        "type": kind,
        "resource": {"resourceType": "AccessKey", "accessKeyDetails": details},
        "service": {"archived": False, "count": 1, "eventFirstSeen": at, "eventLastSeen": at},
        "severity": 8,
        "createdAt": at,
        "updatedAt": at,
        "title": "A credential is used in a way that nobody would expect.",
    }
    return _envelope(account, "aws.guardduty", "GuardDuty Finding", finding)


def _envelope(account: Account, source: str, kind: str, detail: dict[str, Any]) -> Event:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account.id,
        "time": _now(),
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
