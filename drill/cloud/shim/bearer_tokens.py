"""An API key of Bedrock is a bearer token: whose it is, whether it is alive, and what IAM lets its holder do.

A long-term key is a service-specific credential, a short-term one a presigned URL. Beside the operation itself IAM
judges `bedrock:CallWithBearerToken` of the user, or of whoever signed the URL (Bedrock user guide, "How Amazon Bedrock
API keys work" and "Handle compromised long-term and short-term Amazon Bedrock API keys").
"""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses, sigv4
from ministack.services import iam

from drill.cloud.call import Call, Response, refuse
from drill.cloud.shim import user_credentials
from drill.cloud.shim.propagation import as_propagated

if TYPE_CHECKING:
    from drill.cloud.shim.patching import Patch

_LONG, _SHORT = "ABSK", "bedrock-api-key-"
_SIGNED_HOST = "bedrock.amazonaws.com"


async def answer(call: Call) -> Response | None:
    """What Bedrock answers to a bearer token of its own; None for every other call."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token.startswith((_LONG, _SHORT)):
        return None
    service = "bedrock-runtime" if call.path.startswith("/model/") else "bedrock"
    with as_propagated():
        principal = _principal(token)
        if principal is None:
            said = "Authentication failed: Please make sure your API Key is valid."
            return refuse(call, "AccessDeniedException", said, 403)
        denied = _denied(call, service, principal, "LONG_TERM" if token.startswith(_LONG) else "SHORT_TERM")
    if denied:
        said = f"User: {principal.arn} is not authorized to perform: {denied}"
        return refuse(call, "AccessDeniedException", said, 403)
    module = app._get_module(service.replace("-", "_"))
    found: Response = await module.handle_request(call.method, call.path, call.headers, call.body, call.query)
    return found


def _principal(token: str) -> Any:
    """Who is behind the token and with what policies; None where it opens nothing."""
    credential = _of_user(token) if token.startswith(_LONG) else _of_signer(token)
    if credential is None:
        return None
    found = iam_evaluator.resolve_principal(credential.access_key_id, credential.account_id, credential)
    return None if isinstance(found, iam_evaluator.AuthError) else found


def _of_user(token: str) -> Any:
    record, now = user_credentials.bearer(token), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if record is None or record["Status"] != "Active" or record.get("ExpirationDate", now) < now:
        return None
    user = iam._users.get(record["UserName"])
    return user and iam_evaluator.ResolvedCredential(
        access_key_id=record["ServiceSpecificCredentialId"],
        secret_access_key="",
        account_id=responses.get_account_id(),
        principal_arn=user["Arn"],
        principal_id=user["UserId"],
        principal_type="User",
        principal_name=record["UserName"],
    )


def _of_signer(token: str) -> Any:
    try:
        url = base64.b64decode(token.removeprefix(_SHORT), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    asked = parse_qs(url.partition("?")[2])
    asked.pop("Version", None)  # stands behind what was signed
    signature = sigv4.parse_query_signature(asked)
    if isinstance(signature, tuple) or sigv4.presigned_request_is_expired(
        signature.amz_date, asked.get("X-Amz-Expires", ["0"])[0]
    ):
        return None
    key = asked["X-Amz-Credential"][0].partition("/")[0]
    account, session = responses.get_account_id(), asked.get("X-Amz-Security-Token", [""])[0]
    found = iam_evaluator.resolve_credential(key, account, session)
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        return None
    wrong = sigv4.header_signature_failure(
        signature, found.secret_access_key, "POST", "/", asked, {"host": _SIGNED_HOST}, b"", presigned=True
    )
    return None if wrong else found


def _denied(call: Call, service: str, principal: Any, kind: str) -> str | None:
    """The first action that IAM does not allow; None where it allows both."""
    where = (call.method, call.path, call.headers, call.body, call.query)
    operation = iam_actions.extract_iam_action(service, *where)
    resource = iam_actions.extract_resource_arn(service, *where, call.region, call.account)
    asked = (("bedrock:CallWithBearerToken", "*"), (operation, resource))
    return next((action for action, on in asked if not _may(principal, action, on, call.region, kind)), None)


def _may(principal: Any, action: str, resource: str, region: str, kind: str) -> bool:
    if principal.policies is None:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=region,
        service_context={"bedrock:bearertokentype": kind},
        principal_keys=principal.keys,
    )
    return bool(iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision == "Allow")


PATCHES: tuple[Patch, ...] = ()
USES: tuple[tuple[Any, str], ...] = (
    (app, "_get_module"),
    (iam, "_users"),
    (iam_actions, "extract_iam_action"),
    (iam_actions, "extract_resource_arn"),
    (iam_evaluator, "EvalContext"),
    (iam_evaluator, "ResolvedCredential"),
    (iam_evaluator, "evaluate"),
    (iam_evaluator, "resolve_credential"),
    (iam_evaluator, "resolve_principal"),
    (sigv4, "header_signature_failure"),
    (sigv4, "parse_query_signature"),
    (sigv4, "presigned_request_is_expired"),
)
