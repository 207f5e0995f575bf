"""Where the embedded AWS is kinder than AWS, or says less, this makes it honest. Pinned to one version by the lock.

Run as `python -m drill.shim`, with the environment that ministack reads.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
import re
import signal
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import ministack.app as server
import ministack.core.iam_actions as actions
import ministack.core.iam_evaluator as evaluator
import ministack.services.eventbridge as bus
import ministack.services.lambda_svc as functions
import ministack.services.secretsmanager as secrets
from ministack.core import responses
from ministack.services import iam, sts

Json = dict[str, Any]
_EVERY_READ = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
# EventBridge counts these among the read-only events (EventBridge user guide, events from AWS services)
_READ_ONLY = ("Get", "List", "Describe", "AssumeRole", "BatchGetSecretValue")


def event_sources() -> None:
    """Let the rehearsal speak for AWS's services: in AWS nobody else may use a source `aws.*`."""
    put = bus._put_events
    bus._put_events = lambda data, allow_aws_source=True: put(data, allow_aws_source=allow_aws_source or True)


def rule_state() -> None:
    """A plain rule sees no read-only call; one in the special state sees them all."""
    dispatch = bus._dispatch_event

    def honest(event: Json, view: Any = None) -> None:
        shown = _seen_by(_is_read(event))
        kept = {key: rule.get("State") for key, rule in bus._rules.items()}
        for rule in bus._rules.values():
            rule["State"] = "ENABLED" if rule.get("State") in shown else "DISABLED"
        try:
            dispatch(event, view)
        finally:
            for key, state in kept.items():
                bus._rules[key]["State"] = state

    bus._dispatch_event = honest


def _seen_by(read: bool) -> tuple[str, ...]:
    return (_EVERY_READ,) if read else ("ENABLED", _EVERY_READ)


def _is_read(event: Json) -> bool:
    if "via CloudTrail" not in event.get("DetailType", ""):
        return False
    name = json.loads(event.get("Detail", "{}")).get("eventName", "")
    return str(name).startswith(_READ_ONLY)


def rule_delivery() -> None:
    """A rule's target is invoked asynchronously: with Lambda's retries and its on-failure destination."""

    def deliver(arn: str, payload: str) -> None:
        found, config, _ = functions._get_func_record_for_ref(arn)
        if found and config:
            functions.invoke_async_with_retry(
                functions._execution_record_for_config(found, config), json.loads(payload)
            )

    bus._dispatch_to_lambda = deliver


def concurrency() -> None:
    """Two workers a function; more events wait, as they do in Lambda's own queue. Cold starts would eat two cores."""
    execute = functions._execute_function
    turns: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(_WORKERS))

    def in_turn(func: Json, event: Json, *rest: Any, **named: Any) -> Any:
        with turns[(func.get("config") or func).get("FunctionName", "")]:
            return execute(func, event, *rest, **named)

    functions._execute_function = in_turn


_WORKERS = 2


def rotation() -> None:
    """RotateSecret calls the rotation function four times; without one it is refused."""

    def rotate(data: Json) -> Any:
        _, secret = secrets._resolve(data.get("SecretId"))
        if not secret:
            return responses.error_response_json("ResourceNotFoundException", "no such secret", 400)
        arn = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
        if not arn:
            return responses.error_response_json("InvalidRequestException", "No Lambda rotation function ARN", 400)
        secret.update(RotationLambdaARN=arn, RotationEnabled=True)
        version = data.get("ClientRequestToken") or str(uuid.uuid4())
        if data.get("RotateImmediately", True):
            stages = {
                "SecretString": None,
                "SecretBinary": None,
                "CreatedDate": int(time.time()),
                "Stages": ["AWSPENDING"],
            }
            secret["Versions"].setdefault(version, stages)
            _in_background(lambda: _four_steps(arn, secret["ARN"], version))
        return responses.json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version})

    secrets._rotate_secret = rotate


def _four_steps(arn: str, secret: str, version: str) -> None:
    found, config, _ = functions._get_func_record_for_ref(arn)
    record = functions._execution_record_for_config(found, config)
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        event = {"Step": step, "SecretId": secret, "ClientRequestToken": version}
        if functions._execute_function_with_config_scope(record, event).get("error"):
            return


def _in_background(work: Any) -> None:
    threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()


def policy_conditions() -> None:
    """`iam:PolicyARN` and `iam:PermissionsBoundary`, on which our least privilege rests."""
    context = actions.request_tag_context

    def completed(service: str, action: str, body: bytes, params: Json) -> Json:
        found = dict(context(service, action, body, params))
        if service == "iam":
            asked = _form(body)
            found |= {"iam:PolicyARN": asked["PolicyArn"]} if "PolicyArn" in asked else {}
            boundary = asked.get("PermissionsBoundary") or _boundary(asked.get("UserName", ""))
            found |= {"iam:PermissionsBoundary": boundary} if boundary else {}
        return found

    actions.request_tag_context = completed


def _boundary(user: str) -> str:
    record = iam._users.get(user) or {}
    held = record.get("PermissionsBoundary") or ""
    return held.get("PermissionsBoundaryArn", "") if isinstance(held, dict) else str(held)


def key_limit() -> None:
    """Two access keys per user, ten managed policies."""
    create, attach = iam._create_access_key, iam._attach_user_policy

    def two(params: Json) -> Any:
        user = iam._p(params, "UserName")
        held = [key for key in iam._access_keys.values() if key["UserName"] == user]
        if len(held) >= _KEYS:
            return iam._error(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", ns="iam")
        return create(params)

    handlers = iam._ACTION_HANDLERS if hasattr(iam, "_ACTION_HANDLERS") else _handlers()
    handlers["CreateAccessKey"] = two
    handlers["AttachUserPolicy"] = attach


_KEYS = 2


def _handlers() -> Json:
    """The table of IAM's operations, whatever ministack calls it."""
    for value in vars(iam).values():
        if isinstance(value, dict) and "CreateAccessKey" in value:
            return value
    message = "ministack's table of IAM operations is gone: check the pin"
    raise RuntimeError(message)


def trail() -> None:
    """Management calls become CloudTrail events with names, identities and answers, without any secret in them."""
    for service in ("iam", "sts"):
        server.SERVICE_HANDLERS[service] = _recorded(service, server.SERVICE_HANDLERS[service])


def _recorded(service: str, handler: Any) -> Any:
    async def handle(method: str, path: str, headers: Json, body: bytes, query: Json) -> Any:
        _kill_if_asked(_form(body).get("Action", ""))
        answer = await handler(method, path, headers, body, query)
        asked = _form(body)
        name = asked.pop("Action", "")
        if name and not (service == "iam" and name.startswith(("Get", "List"))):
            key = server.extract_access_key_id(headers, query) or ""
            record = _record(service, name, asked, key, answer)
            record["userAgent"] = headers.get("user-agent", "")
            _in_background(lambda: _emit(service, record))
        return answer

    return handle


def _kill_if_asked(name: str) -> None:
    """A file `kill` in the cloud's folder names an operation and a function, whose workers end at that call."""
    order = Path(tempfile.gettempdir(), "kill")
    wanted, _, function = order.read_text().partition(" ") if order.exists() else ("", "", "")
    if not name or wanted != name:
        return
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            child = f"\nPPid:\t{os.getpid()}\n" in (process / "status").read_text()
            if child and function.encode() in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


def _emit(service: str, record: Json) -> None:
    responses.set_request_region("us-east-1")
    entry = {"Source": f"aws.{service}", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(record)}
    bus._put_events({"Entries": [entry]})


def _record(service: str, name: str, asked: Json, key: str, answer: Any) -> Json:
    status, text = answer[0], answer[2].decode("utf-8", "replace") if isinstance(answer[2], bytes) else str(answer[2])
    record = {
        "eventVersion": "1.11",
        "eventID": str(uuid.uuid4()),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "eventType": "AwsApiCall",
        "readOnly": name.startswith(_READ_ONLY),
        "recipientAccountId": responses.get_account_id(),
        "requestParameters": {member[:1].lower() + member[1:]: value for member, value in asked.items()},
        "responseElements": _answered(name, text) if status == _OK else None,
        "userIdentity": _identity(key),
    }
    record["requestParameters"].pop("version", None)
    record["requestParameters"].pop("password", None)
    if status != _OK:
        record["errorCode"] = (re.findall(r"<Code>([^<]+)", text) or ["Failed"])[0]
    return record


_OK = 200


def _answered(name: str, text: str) -> Json | None:
    members = dict(re.findall(r"<(AccessKeyId|UserName|Status|Expiration|FederatedUserId|Arn)>([^<]+)<", text))
    key = members.get("AccessKeyId")
    if name == "CreateAccessKey":
        return {"accessKey": {"accessKeyId": key, "userName": members.get("UserName"), "status": "Active"}}
    if name.startswith(("AssumeRole", "GetFederationToken", "GetSessionToken")):
        return {"credentials": {"accessKeyId": key, "expiration": members.get("Expiration")}}
    return None


def _identity(key: str) -> Json:
    found = evaluator.resolve_credential(key, responses.get_account_id())
    kind = getattr(found, "principal_type", "Root")
    account, arn = getattr(found, "account_id", responses.get_account_id()), getattr(found, "principal_arn", "")
    base = {"arn": arn, "accountId": account, "accessKeyId": key, "principalId": getattr(found, "principal_id", "")}
    if kind == "User":
        name = found.principal_name
        return {**base, "type": "IAMUser", "userName": name, "principalId": iam._users[name]["UserId"]}
    if kind == "AssumedRole":
        _, role, session = arn.rsplit("/", 2)
        role_id = iam._roles[role]["RoleId"]
        issuer = {"type": "Role", "principalId": role_id, "userName": role, "accountId": account}
        context = {"sessionIssuer": {**issuer, "arn": f"arn:aws:iam::{account}:role/{role}"}}
        return {**base, "type": "AssumedRole", "principalId": f"{role_id}:{session}", "sessionContext": context}
    if kind == "FederatedUser":
        name = (sts._sessions.get(key) or {}).get("PrincipalName", "")
        issuer = {"type": "IAMUser", "userName": name, "principalId": (iam._users.get(name) or {}).get("UserId")}
        return {**base, "type": "FederatedUser", "sessionContext": {"sessionIssuer": issuer}}
    return {**base, "type": "Root", "principalId": account}


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((body or b"").decode("utf-8", "replace")).items()}


SHIMS = (event_sources, rule_state, rule_delivery, concurrency, rotation, policy_conditions, key_limit, trail)


def main() -> None:
    """Complete ministack, then run it. AttributeError at once where the pinned version has changed."""
    for shim in SHIMS:
        shim()
    server.main()


if __name__ == "__main__":
    main()
