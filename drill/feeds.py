"""What AWS's own services would say, as entries for PutEvents."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from drill.cloud.lifecycle import ACCOUNT, REGION

Entry = dict[str, Any]

COMPROMISED = "CredentialAccess:IAMUser/CompromisedCredentials"
EXFILTRATED = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"


def finding(kind: str, details: dict[str, str], **more: Any) -> dict[str, Any]:
    """A GuardDuty finding about a call that was made just now."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    call = {
        "api": "ListBuckets",
        "serviceName": "s3.amazonaws.com",
        "callerType": "Remote IP",
        "remoteIpDetails": {"ipAddressV4": "198.51.100.7", "organization": {"asnOrg": "Somewhere Else"}},
        "userAgent": "aws-cli/2.15.0",
    }
    return {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": REGION,
        "partition": "aws",
        "id": uuid.uuid4().hex,
        "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/d1/finding/f1",
        "type": kind,
        "resource": {"resourceType": "AccessKey", "accessKeyDetails": details},
        "service": {
            "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": call},
            "archived": False,
            "count": 1,
            "eventFirstSeen": at,
            "eventLastSeen": at,
            "serviceName": "guardduty",
        },
        "severity": 8,
        "createdAt": at,
        "updatedAt": at,
        "title": "A credential is used in a way that its owner never used it.",
        "description": "A rehearsal.",
        **more,
    }


def about_user(name: str, user_id: str, key_id: str, kind: str = COMPROMISED) -> dict[str, Any]:
    """A finding about a user's access key."""
    return finding(kind, {"accessKeyId": key_id, "principalId": user_id, "userName": name, "userType": "IAMUser"})


def seen_again(found: dict[str, Any]) -> dict[str, Any]:
    """The same finding after one more call of just now, whether or not that was denied."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    service = {**found["service"], "eventLastSeen": at, "count": found["service"]["count"] + 1}
    return {**found, "service": service, "updatedAt": at}


def about_session(role: str, role_id: str, session: str, key_id: str = "ASIAIOSFODNN7EXAMPLE") -> dict[str, Any]:
    """A finding that an instance's credentials are used from elsewhere."""
    details = {
        "accessKeyId": key_id,
        "principalId": f"{role_id}:{session}",
        "userName": role,
        "userType": "AssumedRole",
    }
    return finding(EXFILTRATED, details)


def about_federated(name: str, key_id: str) -> dict[str, Any]:
    """A finding about a federated session, which names the session and not the user who obtained it."""
    principal = f"{ACCOUNT}:{name}"
    details = {"accessKeyId": key_id, "principalId": principal, "userName": name, "userType": "FederatedUser"}
    return finding(COMPROMISED, details)


def sample(found: dict[str, Any]) -> dict[str, Any]:
    """The finding as CreateSampleFindings would have made it."""
    info = {"value": json.dumps({"sample": True}), "type": "default"}
    return {**found, "title": f"[SAMPLE] {found['title']}", "service": {**found["service"], "additionalInfo": info}}


def guardduty(found: dict[str, Any]) -> Entry:
    """A finding on the bus."""
    return _entry("aws.guardduty", "GuardDuty Finding", found)


def exposed(key_id: str) -> Entry:
    """AWS Health found a key in public, and names nothing else."""
    code = "AWS_RISK_CREDENTIALS_EXPOSED"
    detail = {
        "eventArn": f"arn:aws:health:{REGION}::event/RISK/{code}/{uuid.uuid4().hex}",
        "service": "RISK",
        "eventTypeCode": code,
        "eventTypeCategory": "issue",
        "startTime": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "eventDescription": [{"language": "en_US", "latestDescription": "We found a key of yours in public."}],
        "affectedEntities": [{"entityValue": key_id}],
    }
    return _entry("aws.health", "AWS Health Event", detail)


def flagged(key_id: str, user: str) -> Entry:
    """Trusted Advisor flags a key as exposed, and names a user beside it."""
    item = {
        "Access Key ID": key_id,
        "User Name (IAM or Root)": user,
        "Fraud Type": "Exposed",
        "Case ID": str(uuid.uuid4()),
        "Time Updated": f"{datetime.now(UTC).timestamp() * 1000:.0f}",
    }
    detail = {"check-name": "Exposed Access Keys", "check-item-detail": item, "status": "ERROR"}
    return _entry("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification", detail)


def called(service: str, call: str, asked: dict[str, str], name: str, user_id: str, key_id: str) -> Entry:
    """CloudTrail's record of a call that a user made with that key."""
    who = {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key_id,
        "userName": name,
    }
    record = {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": call,
        "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": asked,
        "responseElements": None,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
    }
    return _entry(f"aws.{service}", "AWS API Call via CloudTrail", record)


def _entry(source: str, kind: str, detail: dict[str, Any]) -> Entry:
    return {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
