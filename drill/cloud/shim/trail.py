"""CloudTrail records what really happened, for EventBridge and LookupEvents; unauthenticated calls it never sees."""

from __future__ import annotations

import base64
import contextvars
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ministack.core import responses
from ministack.services import cloudtrail, eventbridge

from drill.cloud.call import Call, Response, failure
from drill.cloud.shim import trail_record
from drill.cloud.shim.key_last_used import UNAUTHENTICATED
from drill.cloud.shim.patching import Patch

RECORDED = ("iam", "sts", "secretsmanager", "ssm")
_PAGE = 50

# One thread: events leave in the order in which the calls were made, and no call waits for them.
_delivery = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drill-trail")

logger = logging.getLogger("drill.trail")


def record(call: Call, response: Response) -> None:
    failed = failure(response)
    if call.service not in RECORDED or call.caller is None or (failed and failed[0] in UNAUTHENTICATED):
        return
    try:
        written = trail_record.of(call, response)
    except Exception:  # a call that the SDK's model does not know must not fail because nobody can write it down
        logger.exception("no record of %s:%s", call.service, call.operation)
        return
    with responses.request_scope(call.account, written["awsRegion"]):
        cloudtrail._get_event_queue().append(_entry(written))
        _delivery.submit(contextvars.copy_context().run, _publish, written)


def _entry(written: dict[str, Any]) -> dict[str, Any]:
    """An event of LookupEvents."""
    who = written["userIdentity"]
    return {
        "EventId": written["eventID"],
        "EventName": written["eventName"],
        "ReadOnly": str(written["readOnly"]).lower(),
        "AccessKeyId": who["accessKeyId"],
        "EventTime": time.time(),
        "EventSource": written["eventSource"],
        "Username": who.get("userName") or who["arn"].rsplit(":", 1)[-1].rsplit("/", 1)[-1],
        "Resources": _resources(written),
        "CloudTrailEvent": json.dumps(written),
    }


def _resources(written: dict[str, Any]) -> list[dict[str, str]]:
    kinds = {"userName": "AWS::IAM::User", "roleName": "AWS::IAM::Role", "roleArn": "AWS::IAM::Role"}
    kinds |= {"policyArn": "AWS::IAM::Policy", "secretId": "AWS::SecretsManager::Secret"}
    asked = written["requestParameters"] or {}
    named = [(asked[name], kind) for name, kind in kinds.items() if name in asked]
    return [{"ResourceName": name, "ResourceType": kind} for name, kind in (*named, *_issued(written))]


def _issued(written: dict[str, Any]) -> list[tuple[str, str]]:
    """What STS issued: event history finds the call by the session's key id, and by its names."""
    answered = written["responseElements"] or {}
    if written["eventSource"] != "sts.amazonaws.com" or "credentials" not in answered:
        return []
    found = [(answered["credentials"]["accessKeyId"], "AWS::IAM::AccessKey")]
    for member, kind, id_name in (
        ("assumedRoleUser", "AWS::STS::AssumedRole", "assumedRoleId"),
        ("federatedUser", "AWS::STS::FederatedUser", "federatedUserId"),
    ):
        if who := answered.get(member):
            found += [(name, kind) for name in (who["arn"], who[id_name], who["arn"].rsplit("/", 1)[-1])]
    return found


def _publish(written: dict[str, Any]) -> None:
    eventbridge._ensure_default_bus()
    eventbridge._dispatch_event(
        {
            "EventId": written["eventID"],
            "Source": "aws." + written["eventSource"].split(".")[0],
            "DetailType": "AWS API Call via CloudTrail",
            "Detail": json.dumps(written),
            "EventBusName": "default",
            "Time": int(time.time()),
            "Resources": [],
            "Account": responses.get_account_id(),
            "Region": responses.get_region(),
        }
    )


def _look_up(_original: Any, asked: dict[str, Any]) -> Any:
    """Newest first, by one attribute, in pages."""
    attributes = asked.get("LookupAttributes") or []
    if len(attributes) > 1:
        return cloudtrail._err("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
    found = [event for event in reversed(cloudtrail._get_event_queue()) if _matches(event, asked, attributes)]
    start = int(base64.b64decode(asked["NextToken"])) if asked.get("NextToken") else 0
    end = start + min(int(asked.get("MaxResults") or _PAGE), _PAGE)
    more = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(found) else {}
    return cloudtrail._ok({"Events": found[start:end]} | more)


def _matches(event: dict[str, Any], asked: dict[str, Any], attributes: list[dict[str, str]]) -> bool:
    if not float(asked.get("StartTime") or 0) <= event["EventTime"] <= float(asked.get("EndTime") or "inf"):
        return False
    for attribute in attributes:
        name, value = attribute["AttributeKey"], attribute["AttributeValue"]
        if name in {"ResourceName", "ResourceType"}:
            return any(resource[name] == value for resource in event["Resources"])
        return bool(event.get(name) == value)
    return True


PATCHES = (
    # It knows no pages and takes any number of attributes.
    Patch(cloudtrail._DISPATCH, "LookupEvents", _look_up),
)
USES: tuple[tuple[Any, str], ...] = (
    (cloudtrail, "_err"),
    (cloudtrail, "_get_event_queue"),
    (cloudtrail, "_ok"),
    (eventbridge, "_dispatch_event"),
    (eventbridge, "_ensure_default_bus"),
)
