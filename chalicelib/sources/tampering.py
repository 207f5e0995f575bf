"""CloudTrail: what would see or stop an intruder is switched off: trails, detectors, the organisation, ourselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Sign
from chalicelib.sources.cloudtrail import by_aws, by_caller, of, of_service, refused
from chalicelib.sources.reading import Node, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

_SIGNS: dict[Sign, dict[str, tuple[str, ...]]] = {
    Sign.LOGGING_CHANGED: {
        "cloudtrail": ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "DeleteEventDataStore"),
        "ec2": ("DeleteFlowLogs",),
        "bedrock": ("DeleteModelInvocationLoggingConfiguration",),
    },
    Sign.DETECTION_CHANGED: {
        "guardduty": (
            "DeleteDetector",
            "DeletePublishingDestination",
            "DisassociateFromAdministratorAccount",
            "StopMonitoringMembers",
        ),
        "securityhub": ("DisableSecurityHub",),
        "access-analyzer": ("DeleteAnalyzer",),
        "macie2": ("DisableMacie",),
        "config": ("StopConfigurationRecorder", "DeleteConfigurationRecorder"),
    },
    Sign.ORGANISATION_LEFT: {
        "organizations": ("LeaveOrganization", "DeleteOrganization"),
        "account": ("CloseAccount",),
    },
}
_PLAIN = {
    call: sign
    for sign, services in _SIGNS.items()
    for service, names in services.items()
    for call in of_service(f"{service}.amazonaws.com", *names)
}
_DETECTOR = ("guardduty.amazonaws.com", "UpdateDetector")

# By the member of the request that names one of our parts: all are called after the stack.
_OURS: dict[str, dict[str, tuple[str, ...]]] = {
    "name": {"events": ("DeleteRule", "DisableRule", "PutRule")},
    "rule": {"events": ("RemoveTargets", "PutTargets")},
    "functionName": {
        "lambda": (
            "DeleteFunction20150331",
            "UpdateFunctionCode20150331v2",
            "UpdateFunctionConfiguration20150331v2",
            "PutFunctionConcurrency20171031",
        )
    },
    "tableName": {"dynamodb": ("DeleteTable",)},
    "queueUrl": {"sqs": ("DeleteQueue", "PurgeQueue", "SetQueueAttributes")},
    "stackName": {"cloudformation": ("DeleteStack",)},
}
_OUR_CALLS = {
    call: member
    for member, services in _OURS.items()
    for service, names in services.items()
    for call in of_service(f"{service}.amazonaws.com", *names)
}
_NAME = "leak-responder-"
_NAMED = [{"wildcard": f"*{_NAME}*"}]  # a name alone, or one in an ARN or URL

CALLS = (*_PLAIN, _DETECTOR, *_OUR_CALLS)

PATTERN: dict[str, Any] = {
    "source": sorted({f"aws.{service.partition('.')[0]}" for service, _ in CALLS}),
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventName": [name for _, name in _PLAIN]},
            {"eventName": [_DETECTOR[1]], "requestParameters": {"enable": [False]}},
            *(
                {
                    "eventName": [name for names in services.values() for name in names],
                    "requestParameters": {member: _NAMED},
                }
                for member, services in _OURS.items()
            ),
        ]
    },
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope."""
    return read(of(event), received, own_role_ids)


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    reason = refused(record, CALLS, own_role_ids) or by_aws(record)
    if reason is not None:
        return reason
    found = _sign(record)
    return by_caller(record, found, received) if isinstance(found, Sign) else Ignored(found)


def _sign(record: Node) -> Sign | str:
    """What was switched off, or why it is of no interest."""
    call = (text(record, "eventSource") or "", text(record, "eventName") or "")
    asked = node(record, "requestParameters")
    if call == _DETECTOR:
        return Sign.DETECTION_CHANGED if asked.get("enable") is False else "the detector stays on"
    if call in _OUR_CALLS:
        return Sign.RESPONDER_CHANGED if _is_ours(text(asked, _OUR_CALLS[call]) or "") else "no part of the responder"
    return _PLAIN[call]


def _is_ours(name: str) -> bool:
    return name.startswith(_NAME) or f":{_NAME}" in name or f"/{_NAME}" in name
