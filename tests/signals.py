"""Events of our own making, in the shapes that AWS delivers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.world import ACCOUNT, START

_SEEN = START - timedelta(minutes=2)
SEEN = f"{_SEEN:%Y-%m-%dT%H:%M:%S}.000Z"
COMPROMISED = "CredentialAccess:IAMUser/CompromisedCredentials"


def envelope(source: str, kind: str, detail: dict[str, Any], region: str = "us-east-1") -> dict[str, Any]:
    """An EventBridge event."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": f"{START:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [],
        "detail": detail,
    }


def finding(key: str | None, kind: str = COMPROMISED, user: str = "victim", **changes: Any) -> dict[str, Any]:
    """A GuardDuty finding about a user's key."""
    details = {"accessKeyId": key, "userName": user, "userType": "IAMUser", **changes.pop("details", {})}
    return {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": "us-east-1",
        "id": "16afba5c5c43e07c9e3e5e2e544e95df",
        "type": kind,
        "resource": {"resourceType": "AccessKey", "accessKeyDetails": details},
        "service": {
            "action": {
                "awsApiCallAction": {
                    "api": "ListBuckets",
                    "serviceName": "s3.amazonaws.com",
                    "remoteIpDetails": {"ipAddressV4": "198.51.100.7", "country": {"countryName": "Nowhere"}},
                }
            },
            "eventFirstSeen": SEEN,
            "eventLastSeen": SEEN,
            "archived": False,
            "count": 1,
        },
        "severity": 8,
        "createdAt": SEEN,
        "updatedAt": SEEN,
        "title": "The credentials of victim may be compromised.",
        **changes,
    }


def long_ago(event: dict[str, Any]) -> dict[str, Any]:
    """The finding with a first sign before anything that a test makes, so that all of it may be the intruder's."""
    first = START - timedelta(days=1)
    event["detail"]["service"]["eventFirstSeen"] = f"{first:%Y-%m-%dT%H:%M:%S}.000Z"
    return event


def guardduty(key: str | None, **changes: Any) -> dict[str, Any]:
    """The same as EventBridge delivers it."""
    return envelope("aws.guardduty", "GuardDuty Finding", finding(key, **changes))


def exfiltration(role: str, role_id: str, session: str) -> dict[str, Any]:
    """Credentials of an instance used from outside AWS."""
    details = {"userName": role, "userType": "AssumedRole", "principalId": f"{role_id}:{session}"}
    kind = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"
    return envelope("aws.guardduty", "GuardDuty Finding", finding("ASIAIOSFODNN7EXAMPLE", kind, role, details=details))


def health(key: str) -> dict[str, Any]:
    """AWS Health naming nothing but a key."""
    detail = {
        "eventArn": "arn:aws:health:us-east-1::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/one",
        "service": "RISK",
        "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED",
        "eventTypeCategory": "issue",
        "startTime": f"{_SEEN:%a, %d %b %Y %H:%M:%S} GMT",
        "eventDescription": [{"language": "en_US", "latestDescription": "A key was found in a public place."}],
        "affectedEntities": [{"entityValue": key}],
    }
    return envelope("aws.health", "AWS Health Event", detail)


def record(name: str, *, by: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A CloudTrail record of an IAM call."""
    return {
        "eventVersion": "1.11",
        "userIdentity": by or user_identity("admin"),
        "eventTime": f"{_SEEN:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2",
        "requestParameters": None,
        "responseElements": None,
        "eventID": "0bd7f6c4-0f6a-4f3c-9b0e-1c2d3e4f5a6b",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **members,
    }


def user_identity(name: str, key: str = "AKIAIOSFODNN7EXAMPLE") -> dict[str, Any]:
    """An IAM user as the caller."""
    return {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "userName": name,
    }


def call(name: str, **members: Any) -> dict[str, Any]:
    """The record as EventBridge delivers it."""
    return envelope("aws.iam", "AWS API Call via CloudTrail", record(name, **members))
