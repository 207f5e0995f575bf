"""Lambda reads a queue with the function's role, and refuses the mapping where the role may not."""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from drill.cloud.shim import authority
from drill.cloud.shim.patching import Patch

_NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def _missing(function_ref: str, queue_arn: str) -> str | None:
    function, _, _ = lambda_svc._get_func_record_for_ref(function_ref)
    if not function or ":sqs:" not in queue_arn:
        return None
    for action in _NEEDED:
        if not authority.role_may(function["config"]["Role"], action, queue_arn):
            verb = action.split(":")[1]
            return f"The provided execution role does not have permissions to call {verb} on SQS"
    return None


def _create(create: Any, data: dict[str, Any]) -> Any:
    missing = _missing(data.get("FunctionName", ""), data.get("EventSourceArn", ""))
    if missing:
        return lambda_svc.error_response_json("InvalidParameterValueException", missing, 400)
    return create(data)


def _provision(create: Any, logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
    missing = _missing(properties.get("FunctionName", ""), properties.get("EventSourceArn", ""))
    if missing:
        raise ValueError(missing)
    return create(logical_id, properties, stack_name)


PATCHES = (
    # Both ways to a mapping ask nobody.
    Patch(lambda_svc, "_create_esm", _create),
    Patch(provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"], "create", _provision),
)
USES: tuple[tuple[Any, str], ...] = (
    (lambda_svc, "_get_func_record_for_ref"),
    (lambda_svc, "error_response_json"),
)
