"""CloudTrail: an alarm of the responder deleted, silenced, written over, or set to say that all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, node, words

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SERVICE = "monitoring.amazonaws.com"
READS = False

_OF_ONE = ("PutMetricAlarm", "SetAlarmState")
_OF_MANY = ("DeleteAlarms", "DisableAlarmActions")
_MEMBERS = {**dict.fromkeys(_OF_ONE, "alarmName"), **dict.fromkeys(_OF_MANY, "alarmNames")}

CALLS = of_service(SERVICE, *_MEMBERS)

_NAME = "leak-responder-"  # CloudFormation calls each after the stack
_OURS = [{"prefix": _NAME}]

PATTERN: dict[str, Any] = {
    "source": ["aws.monitoring"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": [SERVICE],
        "$or": [
            {"eventName": list(_OF_ONE), "requestParameters": {"alarmName": _OURS}},
            {"eventName": list(_OF_MANY), "requestParameters": {"alarmNames": _OURS}},
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    member = _MEMBERS[str(record["eventName"])]
    ours = any(name.startswith(_NAME) for name in words(node(record, "requestParameters"), member))
    return Sign.RESPONDER_CHANGED if ours else "no alarm of the responder"
