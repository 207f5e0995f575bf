"""From a rule to its target: what cannot be delivered goes to the target's dead-letter queue, and says why.

"Using dead-letter queues to process undelivered events", EventBridge user guide. A target that is missing or that
does not let EventBridge in is not tried again; a throttled one is, by its RetryPolicy and on a scaled clock.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge, lambda_svc, sns, sqs

from drill.cloud.shim import authority, faults, letters
from drill.cloud.shim.patching import Patch

_EVENTS = "events.amazonaws.com"
_DEFAULT_RETRIES = 185
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds; in AWS they add up to a day

logger = logging.getLogger("drill.rules")


@dataclass(frozen=True)
class Undelivered:
    """`code` is one of EventBridge's error codes."""

    code: str
    why: str


def _invoke_target(deliver: Any, target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
    view = view or eventbridge._pattern_event_view(event)
    fault = _obstacle(target, rule["Arn"])
    if fault is None:
        deliver(target, event, rule, view)
    elif fault.code == "THROTTLING":
        context = contextvars.copy_context()
        arguments = (_retry, deliver, target, event, rule, view)
        threading.Thread(target=context.run, args=arguments, daemon=True).start()
    else:
        _bury(target, rule, view, fault, {})


def _obstacle(target: dict[str, Any], rule_arn: str) -> Undelivered | None:
    arn, role = target["Arn"], target.get("RoleArn")
    service = arn.split(":")[2]
    if role and service == "events" and not authority.role_may(role, "events:PutEvents", arn):
        return Undelivered("NO_PERMISSIONS", f"{role} may not put events on {arn}.")
    if service == "lambda":
        return _obstacle_before_function(arn, rule_arn)
    if service == "sqs" and sqs._queue_by_arn(arn) is None:
        return Undelivered("NO_RESOURCE", f"The queue {arn} does not exist.")
    if service == "sqs" and not authority.service_may_send(_EVENTS, arn, rule_arn):
        return Undelivered("NO_PERMISSIONS", f"The policy of {arn} does not let {_EVENTS} send.")
    if service == "sns" and arn not in sns._topics:
        return Undelivered("NO_RESOURCE", f"The topic {arn} does not exist.")
    if service == "sns" and not sns.topic_policy_allows(arn, _EVENTS, rule_arn, responses.get_account_id()):
        return Undelivered("NO_PERMISSIONS", f"The policy of {arn} does not let {_EVENTS} publish.")
    return None


def _obstacle_before_function(arn: str, rule_arn: str) -> Undelivered | None:
    function, _, _ = lambda_svc._get_func_record_for_ref(arn)
    if not function:
        return Undelivered("NO_RESOURCE", f"The function {arn} does not exist.")
    if not authority.service_may_invoke(_EVENTS, arn, rule_arn):
        return Undelivered("NO_PERMISSIONS", f"The policy of {arn} does not let {_EVENTS} invoke it.")
    if faults.throttles_service("lambda", "Invoke", _EVENTS):
        return Undelivered("THROTTLING", "Rate exceeded")
    return None


def _retry(deliver: Any, target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any) -> None:
    allowed = int((target.get("RetryPolicy") or {}).get("MaximumRetryAttempts", _DEFAULT_RETRIES))
    pause = _FIRST_PAUSE
    fault: Undelivered | None = Undelivered("THROTTLING", "Rate exceeded")
    for _ in range(allowed):
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        fault = _obstacle(target, rule["Arn"])
        if fault is None:
            deliver(target, event, rule, view)
            return
    exhausted = {"RETRY_ATTEMPTS": str(allowed), "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"}
    _bury(target, rule, view, fault or Undelivered("UNKNOWN", ""), exhausted)


def _bury(target: dict[str, Any], rule: dict[str, Any], view: Any, fault: Undelivered, more: dict[str, str]) -> None:
    logger.warning("%s could not deliver to %s: %s", rule["Arn"], target["Arn"], fault.why)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    if not authority.service_may_send(_EVENTS, queue, rule["Arn"]):
        logger.warning("the policy of %s does not let %s send: the event is lost", queue, _EVENTS)
        return
    told = {"RULE_ARN": rule["Arn"], "TARGET_ARN": target["Arn"], "ERROR_CODE": fault.code, "ERROR_MESSAGE": fault.why}
    letters.post(queue, json.dumps(view.event_with_detail()), told | more)


def _dispatch_to_function(_original: Any, arn: str, payload: str) -> None:
    function, config, _ = lambda_svc._get_func_record_for_ref(arn)
    lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


PATCHES = (
    # It logs what it cannot deliver, asks no policy and knows no DeadLetterConfig.
    Patch(eventbridge, "_invoke_target", _invoke_target),
    # It runs the function once, whatever becomes of it; EventBridge invokes asynchronously.
    Patch(eventbridge, "_dispatch_to_lambda", _dispatch_to_function),
)
USES: tuple[tuple[Any, str], ...] = (
    (eventbridge, "_pattern_event_view"),
    (lambda_svc, "_execution_record_for_config"),
    (lambda_svc, "_get_func_record_for_ref"),
    (sns, "_topics"),
    (sns, "topic_policy_allows"),
    (sqs, "_queue_by_arn"),
)
