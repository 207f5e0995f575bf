"""RotateSecret makes no value itself: it labels a version AWSPENDING and calls the rotation function four times.

"Rotation by Lambda function" and "Troubleshoot rotation", Secrets Manager user guide; AWS's own rotation templates
refuse a version that does not carry the label yet.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
import uuid
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import lambda_svc, secretsmanager

from drill.cloud.call import CURRENT
from drill.cloud.shim import authority
from drill.cloud.shim.patching import Patch

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_PRINCIPAL = "secretsmanager.amazonaws.com"

# What this server is rotating now: (secret ARN, version).
_under_way: set[tuple[str, str]] = set()
# The tests of configurations that run: by secret ARN the version and the thread. A rotation that begins meanwhile takes
# the label from it, and waits for its end before the first step; what AWS does then is documented nowhere.
_tests: dict[str, tuple[str, threading.Thread]] = {}

logger = logging.getLogger("drill.rotation")


def _rotate(_original: Any, data: dict[str, Any]) -> Any:
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if not secret or secret.get("DeletedDate"):
        return secretsmanager._describe_secret(data) if not secret else _refused("The secret was marked for deletion.")
    function = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    refused = _refusal(function, secret)
    if refused:
        return refused
    secret.update(RotationEnabled=True, RotationLambdaARN=function)
    secret["RotationRules"] = data.get("RotationRules") or secret.get("RotationRules")
    if data.get("RotateImmediately") is False:
        _test(secret)
        return _answer(secret, None)
    return _start(secret, data.get("ClientRequestToken") or str(uuid.uuid4()))


def _refusal(function: str | None, secret: dict[str, Any]) -> Any:
    if not function:
        return _refused("No Lambda rotation function ARN is associated with this secret.")
    if not authority.service_may_invoke(_PRINCIPAL, function, secret["ARN"]):
        return _refused(
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
            f"access to the principal {_PRINCIPAL}.",
            "AccessDeniedException",
        )
    call = CURRENT.get()
    key = call.caller.access_key if call.caller else ""
    if iam_evaluator.enforce(key, "lambda:InvokeFunction", "lambda", call.region, resource_arn=function):
        return _refused(f"You need lambda:InvokeFunction on {function}.", "AccessDeniedException")
    return None


def _start(secret: dict[str, Any], token: str) -> Any:
    pending, _ = secretsmanager._find_stage_version(secret, "AWSPENDING")
    current, _ = secretsmanager._find_stage_version(secret, "AWSCURRENT")
    test = _tests.get(secret["ARN"])
    tested = test[0] if test else None
    stranded = pending if pending not in (current, tested) else None
    if token == current:
        return _answer(secret, token)  # asked again after it was done
    if stranded is None:
        version: dict[str, Any] = {
            "SecretString": None,
            "SecretBinary": None,
            "CreatedDate": int(time.time()),
            "Stages": [],
        }
        secret["Versions"].setdefault(token, version)
        secretsmanager._remove_stage_everywhere(secret, "AWSPENDING")
        secretsmanager._add_stage(secret, token, "AWSPENDING")
    _attempt(secret, stranded or token)
    if stranded not in (None, token):
        return _refused("A previous rotation isn't complete. That rotation will be reattempted.")
    return _answer(secret, token)


def _test(secret: dict[str, Any]) -> None:
    """Call testSecret alone, with a version that is labelled AWSPENDING for that long ("RotateSecret", API reference).

    What it holds is documented nowhere. AWS's own rotation templates read its value in this step, so it has one here.
    """
    token, present = str(uuid.uuid4()), secretsmanager._find_stage_version(secret, "AWSCURRENT")[1]
    pending, current = (secretsmanager._find_stage_version(secret, stage)[0] for stage in ("AWSPENDING", "AWSCURRENT"))
    if present is None or pending not in (None, current) or secret["ARN"] in _tests:
        return  # without a value, or amid a rotation or another test, there is nothing to test with
    secret["Versions"][token] = {**present, "Stages": []}
    secretsmanager._remove_stage_everywhere(secret, "AWSPENDING")
    secretsmanager._add_stage(secret, token, "AWSPENDING")
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(_tested, secret, token), daemon=True)
    _tests[secret["ARN"]] = token, thread
    thread.start()


def _tested(secret: dict[str, Any], token: str) -> None:
    try:
        _taken(secret, token, "testSecret")
    finally:
        secret["Versions"].pop(token, None)
        _tests.pop(secret["ARN"], None)


def _attempt(secret: dict[str, Any], token: str) -> None:
    if (secret["ARN"], token) not in _under_way:
        _under_way.add((secret["ARN"], token))
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_steps, secret, token), daemon=True).start()


def _steps(secret: dict[str, Any], token: str) -> None:
    """The first step that fails ends the attempt, and leaves AWSPENDING where it is."""
    try:
        if test := _tests.get(secret["ARN"]):
            test[1].join()
        if all(_taken(secret, token, step) for step in _STEPS):
            secret["LastRotatedDate"] = int(time.time())
    finally:
        _under_way.discard((secret["ARN"], token))


def _taken(secret: dict[str, Any], token: str, step: str) -> bool:
    """Whether the function took the step."""
    function, config, _ = lambda_svc._get_func_record_for_ref(secret["RotationLambdaARN"])
    record = lambda_svc._execution_record_for_config(function, config)
    event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": token}
    result = lambda_svc._execute_function_with_config_scope(record, event)
    if result.get("error"):
        logger.warning("%s of %s failed: %s", step, secret["Name"], result.get("log") or result.get("body"))
    return not result.get("error")


def _describe(describe: Any, data: dict[str, Any]) -> Any:
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    status, headers, body = describe(data)
    if secret and secret.get("LastRotatedDate"):
        body = body.rstrip()[:-1] + f', "LastRotatedDate": {secret["LastRotatedDate"]}}}'.encode()
    return status, headers, body


def _answer(secret: dict[str, Any], token: str | None) -> Any:
    version = {"VersionId": token} if token else {}
    return secretsmanager.json_response({"ARN": secret["ARN"], "Name": secret["Name"]} | version)


def _refused(message: str, code: str = "InvalidRequestException") -> Any:
    return secretsmanager.error_response_json(code, message, 400)


PATCHES = (
    # It promotes a copy of the present value, and never calls the function.
    Patch(secretsmanager, "_rotate_secret", _rotate),
    # It does not know when a secret was rotated last.
    Patch(secretsmanager, "_describe_secret", _describe),
)
USES: tuple[tuple[Any, str], ...] = (
    (iam_evaluator, "enforce"),
    (lambda_svc, "_execute_function_with_config_scope"),
    (lambda_svc, "_execution_record_for_config"),
    (lambda_svc, "_get_func_record_for_ref"),
    (secretsmanager, "_add_stage"),
    (secretsmanager, "_find_stage_version"),
    (secretsmanager, "_remove_stage_everywhere"),
    (secretsmanager, "_resolve"),
    (secretsmanager, "error_response_json"),
    (secretsmanager, "json_response"),
)
