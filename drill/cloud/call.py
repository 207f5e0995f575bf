"""One AWS API call as it arrives at the embedded AWS, and its reply."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ET
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses, router

# What a response is to ministack: status, headers, body.
Response = tuple[int, dict[str, str], bytes]

_SIGNED_FOR = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Caller:
    """Whose access key signed the call. `kind` is Root, User, AssumedRole or FederatedUser."""

    kind: str
    arn: str
    unique_id: str
    account: str
    access_key: str
    session: dict[str, Any] | None = None


@dataclass(frozen=True)
class Call:
    """`parameters` as sent: the form of a query call (every value a string), the document of a JSON call, or empty."""

    service: str
    operation: str
    region: str
    account: str
    caller: Caller | None
    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: bytes
    request_id: str
    parameters: dict[str, Any]
    at: float = field(default_factory=time.time)

    @property
    def source_address(self) -> str:
        """An intruder of a drill may say where it calls from: everything here really comes from loopback."""
        claimed: str = self.headers.get("x-forwarded-for", responses.get_request_client_ip())
        return claimed.split(",", maxsplit=1)[0].strip()


CURRENT: ContextVar[Call] = ContextVar("drill_current_call")


def read(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str) -> Call:
    routed = app._routing_params(method, path, headers, body, query)
    signed_for = _SIGNED_FOR.search(headers.get("authorization", ""))
    if signed_for and signed_for.group(1) == "guardduty":  # a service that ministack has no name for
        service = "guardduty"
    else:
        service = router.detect_service(method, path, headers, routed)
    return Call(
        service=service,
        operation=_operation(service, method, path, headers, body, routed),
        region=router.extract_region(headers, query),
        account=responses.get_account_id(),
        caller=identify(router.extract_access_key_id(headers, query)),
        method=method,
        path=path,
        headers=headers,
        query=query,
        body=body,
        request_id=request_id,
        parameters=_parameters(headers, body, query),
    )


def _operation(service: str, method: str, path: str, headers: dict[str, str], body: bytes, routed: Any) -> str:
    if target := headers.get("x-amz-target"):
        return target.rsplit(".", 1)[-1]
    if named := routed.get("Action"):
        return str(named[0] if isinstance(named, list) else named)
    action: str | None = iam_actions.extract_iam_action(service, method, path, headers, body, routed)
    return action.split(":", 1)[1] if action else f"{method} {path}"


def _parameters(headers: dict[str, str], body: bytes, query: dict[str, Any]) -> dict[str, Any]:
    if headers.get("content-type", "").startswith(_FORM):
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in (query | form).items()}
    try:
        document = json.loads(body) if body else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def identify(access_key: str) -> Caller | None:
    """Who would be calling with this key: also for a key that is inactive or a signature that is wrong."""
    identity = iam_evaluator.resolve_caller_identity(access_key)
    if identity is None:
        return None
    session = identity["session"]
    arn = identity["userArn"]
    kind = (session or {}).get("PrincipalType") or iam_evaluator._principal_type(arn, "")
    return Caller(kind, arn, identity["userId"], identity["accountId"], access_key, session)


def failure(response: Response) -> tuple[str, str] | None:
    """Code and message of an error response, in whichever protocol."""
    status, headers, body = response
    if status < 400:  # noqa: PLR2004 - HTTP
        return None
    if body.lstrip().startswith(b"<"):
        found = {element.tag.rsplit("}", 1)[-1]: element.text or "" for element in ET.fromstring(body).iter()}  # noqa: S314 - written by ministack
        return found.get("Code", str(status)), found.get("Message", "")
    try:
        document = json.loads(body)
    except ValueError:
        return str(status), ""
    code = document.get("__type") or headers.get("x-amzn-errortype") or document.get("code") or str(status)
    return code.rsplit("#", 1)[-1].split(":")[0], document.get("message") or document.get("Message") or ""


def refuse(call: Call, code: str, message: str, status: int = 400) -> Response:
    """An error as this call's own protocol carries it."""
    if call.headers.get("content-type", "").startswith(_FORM):
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>{call.request_id}</RequestId></ErrorResponse>"
        return status, {"Content-Type": "text/xml", "x-amzn-requestid": call.request_id}, body.encode()
    body = json.dumps({"__type": code, "message": message})
    headers = {"Content-Type": "application/json", "x-amzn-errortype": code, "x-amzn-requestid": call.request_id}
    return status, headers, body.encode()
