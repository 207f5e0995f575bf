"""A GuardDuty with the findings that a drill publishes, in every Region: its detector is on, and tells them by id.

It sits behind the same endpoint and the same IAM as everything else; AWS_ENDPOINT_URL_GUARDDUTY leads here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from drill.cloud.call import Call, Response, refuse

_PATHS = (
    ("GET", re.compile(r"/detector"), "ListDetectors"),
    ("GET", re.compile(r"/detector/(?P<detector>[^/]+)"), "GetDetector"),
    ("POST", re.compile(r"/detector/(?P<detector>[^/]+)/findings"), "ListFindings"),
    ("POST", re.compile(r"/detector/(?P<detector>[^/]+)/findings/get"), "GetFindings"),
)
_MOST_IDS = 50  # of one GetFindings
_SERVICE_ROLE = "arn:aws:iam::{}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty"

# Region to finding id to finding, in the spelling of the wire, which is that of the events.
_findings: dict[str, dict[str, dict[str, Any]]] = {}


def publish(region: str, finding: dict[str, Any]) -> None:
    _findings.setdefault(region, {})[finding["id"]] = finding


def clear() -> None:
    _findings.clear()


def detector_of(region: str) -> str:
    """One per Region, as an account has."""
    return region.replace("-", "").ljust(32, "0")


async def answer(call: Call) -> Response | None:
    """None where the call is not for GuardDuty."""
    if call.service != "guardduty":
        return None
    matches = ((name, path.fullmatch(call.path)) for method, path, name in _PATHS if method == call.method)
    operation, match = next(((name, match) for name, match in matches if match), ("", None))
    if match is None:
        return refuse(
            call, "BadRequestException", f"{call.method} {call.path} is not among what this GuardDuty answers"
        )
    detector = match.groupdict().get("detector", "*")
    refused = _unauthorised(call, operation, detector)
    if refused:
        return refused
    if detector not in {"*", detector_of(call.region)}:
        return refuse(call, "BadRequestException", "The request is rejected because the input detectorId is not owned.")
    return _answered(call, operation)


def _unauthorised(call: Call, operation: str, detector: str) -> Response | None:
    """The same check of signature and policy that ministack makes for its own services."""
    resource = f"arn:aws:guardduty:{call.region}:{call.account}:detector/{detector}"
    key = call.caller.access_key if call.caller else ""
    action = f"guardduty:{operation}"
    denied = iam_evaluator.enforce(key, action, "guardduty", call.region, resource_arn=resource)
    if denied is None:
        return None
    if isinstance(denied, iam_evaluator.AuthError):
        return refuse(call, denied.code, denied.message, 403)
    response: Response = iam_actions.access_denied_response(
        "guardduty", action, denied.principal_arn, call.request_id, headers=call.headers, error_code="AccessDenied"
    )
    return response


def _answered(call: Call, operation: str) -> Response:
    known = _findings.get(call.region, {})
    if operation == "ListDetectors":
        return _document({"detectorIds": [detector_of(call.region)]})
    if operation == "GetDetector":
        return _document({"serviceRole": _SERVICE_ROLE.format(call.account), "status": "ENABLED"})
    if operation == "ListFindings":
        return _document({"findingIds": list(known)})
    asked = call.parameters.get("findingIds") or []
    if not 0 < len(asked) <= _MOST_IDS:
        return refuse(call, "BadRequestException", "The request is rejected because findingIds has an invalid value.")
    return _document({"findings": [_as_api(known[one]) for one in asked if one in known]})


def _as_api(finding: dict[str, Any]) -> dict[str, Any]:
    """The API carries `additionalInfo` as JSON text beside its type, where the event has the object itself."""
    more = finding.get("service", {}).get("additionalInfo")
    if not more or "value" in more:
        return finding
    wrapped = {"value": json.dumps({name: value for name, value in more.items() if name != "type"}), "type": "default"}
    return finding | {"service": finding["service"] | {"additionalInfo": wrapped}}


def _document(document: dict[str, Any]) -> Response:
    return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()
