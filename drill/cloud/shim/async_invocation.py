"""Lambda's asynchronous invocation: an own queue, two retries unless configured, then the on-failure destination.

"How Lambda handles errors and retries with asynchronous invocation", Lambda developer guide. The pauses between
attempts (a minute, then two, in AWS) are scaled by LAMBDA_ASYNC_RETRY_BASE_SECONDS.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ministack.services import lambda_svc, sns

from drill.cloud.shim import authority, letters
from drill.cloud.shim.patching import Patch

_SEND = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}

logger = logging.getLogger("drill.lambda")


@dataclass(frozen=True)
class Failed:
    """Why Lambda gave up: RetriesExhausted or EventAgeExceeded, after so many attempts, with the last result."""

    condition: str
    attempts: int
    result: dict[str, Any]


def invoke(_original: Any, function: dict[str, Any], event: Any) -> None:
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_see_through, function, event), daemon=True).start()


def _see_through(function: dict[str, Any], event: Any) -> None:
    configured = lambda_svc._event_invoke_config(function, None) or lambda_svc._event_invoke_config(function, "$LATEST")
    failed = _attempts(function, event, configured or {})
    if failed:
        _tell(function, event, configured or {}, failed)


def _attempts(function: dict[str, Any], event: Any, configured: dict[str, Any]) -> Failed | None:
    began, attempts, pause = time.monotonic(), 0, lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS
    retries = int(configured.get("MaximumRetryAttempts", 2))
    while True:
        result = lambda_svc._execute_function_with_config_scope(function, event)
        if not result.get("error"):
            return None
        if not result.get("throttle"):
            attempts += 1
            logger.info("%s failed: %s", function["config"]["FunctionName"], result.get("log") or result.get("body"))
        elif lambda_svc._reserved_concurrency(function, function["config"]) == 0:
            return Failed("RetriesExhausted", attempts, result)  # a function that is switched off is not tried again
        if attempts > retries:
            return Failed("RetriesExhausted", attempts, result)
        if time.monotonic() - began + pause > int(configured.get("MaximumEventAgeInSeconds", 21600)):
            return Failed("EventAgeExceeded", attempts, result)
        time.sleep(pause)
        pause *= 2 if attempts else 1


def _tell(function: dict[str, Any], event: Any, configured: dict[str, Any], failed: Failed) -> None:
    config = function["config"]
    destination = configured.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    dead_letters = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if destination:
        _deliver(config, destination, json.dumps(_record(config, event, failed)), {})
    if dead_letters:
        _deliver(config, dead_letters, json.dumps(event), {"RequestID": str(uuid.uuid4()), "ErrorCode": "200"})


def _record(config: dict[str, Any], event: Any, failed: Failed) -> dict[str, Any]:
    """As an on-failure destination receives it ("Capturing records of Lambda asynchronous invocations")."""
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": config["FunctionArn"] + ":$LATEST",
            "condition": failed.condition,
            "approximateInvokeCount": failed.attempts,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": failed.result.get("function_error") or "Unhandled",
        },
        "responsePayload": failed.result.get("body"),
    }


def _deliver(config: dict[str, Any], destination: str, body: str, attributes: dict[str, str]) -> None:
    service = destination.split(":")[2]
    if not authority.role_may(config["Role"], _SEND[service], destination):
        logger.warning("%s may not %s on %s: the event is lost", config["Role"], _SEND[service], destination)
    elif service == "sqs":
        letters.post(destination, body, attributes)
    elif service == "sns":
        sns.publish_internal(destination, body, "")
    else:
        found, target, _ = lambda_svc._get_func_record_for_ref(destination)
        lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(found, target), json.loads(body))


def _must_be_reachable(put: Any, name: str, qualifier: str | None, data: dict[str, Any]) -> Any:
    """Lambda refuses a destination that the function's role may not send to."""
    destination = data.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    function = lambda_svc._functions.get(name)
    if destination and function:
        action = _SEND[destination.split(":")[2]]
        if not authority.role_may(function["config"]["Role"], action, destination):
            message = f"The function execution role does not have permissions to call {action.split(':')[1]}"
            return lambda_svc.error_response_json(
                "InvalidParameterValueException", f"{message} on the {destination} destination", 400
            )
    return put(name, qualifier, data)


PATCHES = (
    # It counts throttles as attempts, always reports three, and sends without asking the function's role.
    Patch(lambda_svc, "invoke_async_with_retry", invoke),
    # It accepts any destination.
    Patch(lambda_svc, "_put_event_invoke_config", _must_be_reachable),
)
USES: tuple[tuple[Any, str], ...] = (
    (lambda_svc, "_LAMBDA_ASYNC_RETRY_BASE_SECONDS"),
    (lambda_svc, "_event_invoke_config"),
    (lambda_svc, "_execute_function_with_config_scope"),
    (lambda_svc, "_execution_record_for_config"),
    (lambda_svc, "_functions"),
    (lambda_svc, "_get_func_record_for_ref"),
    (lambda_svc, "_reserved_concurrency"),
    (lambda_svc, "error_response_json"),
    (sns, "publish_internal"),
)
