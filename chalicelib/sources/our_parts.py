"""CloudTrail: a part of the responder itself changed or deleted: what it runs, may do, keeps, and whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, node, text, words

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

# By the member of the request that names one of our parts: all are called after the stack.
_NAMING: dict[str, dict[str, tuple[str, ...]]] = {
    "name": {"events": ("DeleteRule", "DisableRule", "PutRule")},
    "rule": {"events": ("RemoveTargets", "PutTargets")},
    "functionName": {
        "lambda": (
            "DeleteFunction20150331",
            "UpdateFunctionCode20150331v2",
            "UpdateFunctionConfiguration20150331v2",
            "PutFunctionConcurrency20171031",
            "AddPermission20150331v2",
            "AddPermission20150331",
            "RemovePermission20150331v2",
            "UpdateFunctionEventInvokeConfig",
            "PutFunctionEventInvokeConfig",
            "DeleteFunctionEventInvokeConfig",
        )
    },
    "topicArn": {"sns": ("DeleteTopic", "SetTopicAttributes")},
    "subscriptionArn": {"sns": ("Unsubscribe", "SetSubscriptionAttributes")},
    "logGroupName": {"logs": ("DeleteLogGroup",)},
    "tableName": {"dynamodb": ("DeleteTable", "UpdateTable", "UpdateTimeToLive")},
    "roleName": {"iam": ("DeleteRole", "AttachRolePolicy", "DetachRolePolicy", "DeleteRolePolicy")},
    "policyArn": {"iam": ("DeletePolicy", "DeletePolicyVersion")},
    "queueUrl": {"sqs": ("DeleteQueue", "PurgeQueue", "SetQueueAttributes")},
    "stackName": {"cloudformation": ("DeleteStack", "UpdateTerminationProtection")},
}
_MEMBERS = {
    call: member
    for member, services in _NAMING.items()
    for service, names in services.items()
    for call in of_service(f"{service}.amazonaws.com", *names)
}
_MAPPINGS = of_service("lambda.amazonaws.com", "DeleteEventSourceMapping20150331", "UpdateEventSourceMapping20150331")
"""What feeds a queue to a function. The request names it by a number, the answer says whose it is."""

_NAME = "leak-responder-"
_PASSING = ("/leak-responder/narrow/", "/leak-responder/role/")
"""Where denies of one incident are, which whoever restores it deletes: one that stands cannot be deleted, and taking it
off a user or role first is a sign of its own.
"""

CALLS = (*_MEMBERS, *_MAPPINGS)

_WANTED = [{"wildcard": f"*{_NAME}*"}]  # a name alone, or one in an ARN or URL
_DEPLOYED = [{"wildcard": f"*:policy/leak-responder/{_NAME}*"}]  # and not what denies in one incident

PATTERN: dict[str, Any] = {
    "source": sorted({f"aws.{service.partition('.')[0]}" for service, _ in CALLS}),
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        # each name beside its own member would be longer than EventBridge takes
        "eventName": [name for _, name in CALLS],
        "$or": [
            *({"requestParameters": {one: _DEPLOYED if one == "policyArn" else _WANTED}} for one in _NAMING),
            {"responseElements": {"functionArn": _WANTED}},
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    call = (text(record, "eventSource") or "", text(record, "eventName") or "")
    told, member = ("responseElements", "functionArn") if call in _MAPPINGS else ("requestParameters", _MEMBERS[call])
    ours = any(map(_is_ours, words(node(record, told), member)))
    return Sign.RESPONDER_CHANGED if ours else "no part of the responder"


def _is_ours(name: str) -> bool:
    named = name.startswith(_NAME) or f":{_NAME}" in name or f"/{_NAME}" in name
    return named and not any(path in name for path in _PASSING)
