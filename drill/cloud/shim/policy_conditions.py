"""What a policy may ask about a call: of IAM its policy, the boundary concerned, the role behind a session, whose key;
of Secrets Manager which function rotates the secret.

"Actions, resources, and condition keys" for both, service authorization reference.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam, secretsmanager

from drill.cloud.call import CURRENT
from drill.cloud.shim.patching import Patch

# These bring the boundary that they set; the others are judged by the boundary that is there.
_SETS_BOUNDARY = frozenset(
    {"CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"},
)
_UNDER_BOUNDARY = frozenset(
    f"{verb}{kind}{what}"
    for kind in ("Role", "User")
    for verb, what in (
        ("Attach", "Policy"),
        ("Detach", "Policy"),
        ("Put", "Policy"),
        ("Delete", "Policy"),
        ("Delete", "PermissionsBoundary"),
    )
)
_ABOUT_THE_CALLER = frozenset({"ChangePassword", "CreateAccessKey", "GetUser", "ListAccessKeys", "UpdateAccessKey"})


def _context(tags_of: Any, service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
    context: dict[str, Any] = tags_of(service, action, body, parameters)
    if service == "secretsmanager":
        return context | _rotated_by(body)
    if service != "iam":
        return context
    operation, asked = action.split(":", 1)[-1], CURRENT.get().parameters
    if operation.startswith(("Attach", "Detach")) and asked.get("PolicyArn"):
        context = context | {"iam:PolicyARN": asked["PolicyArn"]}
    boundary = None
    if operation in _SETS_BOUNDARY:
        boundary = asked.get("PermissionsBoundary")
    elif operation in _UNDER_BOUNDARY:
        boundary = (_entity(asked) or {}).get("PermissionsBoundary")
    return context | {"iam:PermissionsBoundary": boundary} if boundary else context


def _rotated_by(body: bytes) -> dict[str, Any]:
    """There is no such key for a secret that no function rotates."""
    _, secret = secretsmanager._resolve(json.loads(body or b"{}").get("SecretId"))
    function = (secret or {}).get("RotationLambdaARN")
    return {"secretsmanager:resource/AllowRotationLambdaArn": function} if function else {}


def _entity(asked: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = iam._users.get(asked.get("UserName")) or iam._roles.get(asked.get("RoleName"))
    return found


def _resource(extract: Any, service: str, *arguments: Any) -> str:
    """The ARN with the entity's path; the owner's for a key; of whom a simulation is; the caller's where nobody is
    named.
    """
    arn: str = extract(service, *arguments)
    if service != "iam":
        return arn
    call = CURRENT.get()
    if call.operation == "CreatePolicy":
        path, name = call.parameters.get("Path") or "/", call.parameters.get("PolicyName", "")
        return f"arn:aws:iam::{call.account}:policy{path}{name}"
    if call.operation == "SimulatePrincipalPolicy":
        return str(call.parameters.get("PolicySourceArn", arn))
    entity = _entity(call.parameters)
    if entity:
        return str(entity["Arn"])
    key = iam._access_keys.get(call.parameters.get("AccessKeyId"))
    if call.operation == "GetAccessKeyLastUsed" and key:
        return str(iam._users[key["UserName"]]["Arn"])
    if call.operation in _ABOUT_THE_CALLER and arn == "*" and call.caller:
        return call.caller.arn
    return arn


def _key(resolve: Any, key: str, context: Any) -> Any:
    """For a role session `aws:PrincipalArn` is the role's ARN, with its path (global condition keys, IAM)."""
    if key.lower() == "aws:principalarn" and context.principal_type == "AssumedRole":
        role = iam_evaluator._role_name_from_assumed_arn(context.principal_arn)
        found = iam._roles.get_scoped(context.principal_account, None, role)
        return (found or {}).get("Arn", context.principal_arn)
    if key.lower() == "aws:securetransport":
        return "true"  # loopback stands for the TLS that every call to AWS's own endpoints goes over
    return resolve(key, context)


PATCHES = (
    # The one place that adds a request's own condition keys.
    Patch(iam_actions, "request_tag_context", _context),
    # It leaves out paths, and judges a call that names no user against the resource "*".
    Patch(iam_actions, "extract_resource_arn", _resource),
    # It gives the session's ARN.
    Patch(iam_evaluator, "_resolve_condition_key", _key),
)
USES: tuple[tuple[Any, str], ...] = (
    (iam, "_access_keys"),
    (iam, "_roles"),
    (iam, "_users"),
    (secretsmanager, "_resolve"),
    (iam_evaluator, "_role_name_from_assumed_arn"),
)
