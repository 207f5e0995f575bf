"""IAM's quotas that containment meets: keys and managed policies of an identity, policies of an account, and sizes.

"IAM and AWS STS quotas", IAM user guide. White space does not count.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ministack.services import iam

from drill.cloud.shim.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEYS_PER_USER = 2
_POLICIES_PER_IDENTITY = 10
_POLICIES_PER_ACCOUNT = 1500
_INLINE_CHARACTERS = {"user": 2048, "role": 10240, "group": 5120}
_MANAGED_CHARACTERS = 6144


def _create_key(create: Any, parameters: dict[str, Any]) -> Any:
    user = iam._p(parameters, "UserName")
    if sum(key["UserName"] == user for key in iam._access_keys.values()) >= _KEYS_PER_USER:
        return _exceeded(f"Cannot exceed quota for AccessKeysPerUser: {_KEYS_PER_USER}")
    return create(parameters)


def _attach(kind: str, entity: Callable[[str], Any]) -> Callable[..., Any]:
    def attach(original: Any, parameters: dict[str, Any]) -> Any:
        arn = iam._p(parameters, "PolicyArn")
        held = (entity(iam._p(parameters, f"{kind}Name")) or {}).get("AttachedPolicies", [])
        if not iam._policy_exists(arn):
            return iam._error(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", ns="iam")
        if arn not in held and len(held) >= _POLICIES_PER_IDENTITY:
            return _exceeded(f"Cannot exceed quota for PoliciesPer{kind}: {_POLICIES_PER_IDENTITY}")
        return original(parameters)

    return attach


def _create_policy(create: Any, parameters: dict[str, Any]) -> Any:
    if len(iam._policies) >= _POLICIES_PER_ACCOUNT:
        return _exceeded(f"Cannot exceed quota for PoliciesPerAccount: {_POLICIES_PER_ACCOUNT}")
    return _sized(create, parameters)


def _sized(create: Any, parameters: dict[str, Any]) -> Any:
    if _size([iam._p(parameters, "PolicyDocument")]) > _MANAGED_CHARACTERS:
        return _exceeded(f"Cannot exceed quota for PolicySize: {_MANAGED_CHARACTERS}")
    return create(parameters)


def _put(kind: str, documents: Callable[[str], dict[str, str]]) -> Callable[..., Any]:
    def put(original: Any, parameters: dict[str, Any]) -> Any:
        name = iam._p(parameters, f"{kind.title()}Name")
        after = documents(name) | {iam._p(parameters, "PolicyName"): iam._p(parameters, "PolicyDocument")}
        most = _INLINE_CHARACTERS[kind]
        if _size(after.values()) > most:
            return _exceeded(f"Maximum policy size of {most} bytes exceeded for {kind} {name}")
        return original(parameters)

    return put


def _size(documents: Iterable[str]) -> int:
    return sum(len(re.sub(r"\s", "", document)) for document in documents)


def _of_user(name: str) -> dict[str, str]:
    return dict(iam._user_inline_policies.get(name) or {})


def _of_role(name: str) -> dict[str, str]:
    held = (iam._roles.get(name) or {}).get("InlinePolicies") or {}
    return {policy: text if isinstance(text, str) else json.dumps(text) for policy, text in held.items()}


def _user(name: str) -> Any:
    return iam._users.get(name)


def _role(name: str) -> Any:
    return iam._roles.get(name)


def _exceeded(message: str) -> Any:
    return iam._error(409, "LimitExceeded", message, ns="iam")


PATCHES = (
    # It has no quotas, and attaches policies that do not exist.
    Patch(iam._IAM_HANDLERS, "CreateAccessKey", _create_key),
    Patch(iam._IAM_HANDLERS, "CreatePolicy", _create_policy),
    Patch(iam._IAM_HANDLERS, "CreatePolicyVersion", _sized),
    Patch(iam._IAM_HANDLERS, "AttachUserPolicy", _attach("User", _user)),
    Patch(iam._IAM_HANDLERS, "AttachRolePolicy", _attach("Role", _role)),
    Patch(iam._IAM_HANDLERS, "PutUserPolicy", _put("user", _of_user)),
    Patch(iam._IAM_HANDLERS, "PutRolePolicy", _put("role", _of_role)),
)
USES: tuple[tuple[Any, str], ...] = (
    (iam, "_access_keys"),
    (iam, "_error"),
    (iam, "_p"),
    (iam, "_policies"),
    (iam, "_policy_exists"),
    (iam, "_roles"),
    (iam, "_user_inline_policies"),
    (iam, "_users"),
)
