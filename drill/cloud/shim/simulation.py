"""SimulatePrincipalPolicy: every resource, the context that the caller hands over, and the boundary count.

"SimulatePrincipalPolicy", IAM API reference.
"""

from __future__ import annotations

from itertools import count, takewhile
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import iam

from drill.cloud.shim.patching import Patch

_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}


def _simulate(_answer: Any, parameters: dict[str, Any]) -> Any:
    arn = iam._p(parameters, "PolicySourceArn")
    if _entity(arn) is None:
        return iam._error(404, "NoSuchEntity", f"There is no principal {arn}.", ns="iam")
    results = "".join(
        _result(action, resource, _decision(parameters, arn, action, resource))
        for action in _members(parameters, "ActionNames.member.{}")
        for resource in _members(parameters, "ResourceArns.member.{}") or ["*"]
    )
    answer = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    body = f"<SimulatePrincipalPolicyResult>{answer}</SimulatePrincipalPolicyResult>"
    return iam._xml(200, "SimulatePrincipalPolicyResponse", body, ns="iam")


def _entity(arn: str) -> dict[str, Any] | None:
    known = iam._users if _kind(arn) == "user" else iam._roles
    found: dict[str, Any] | None = known.get(arn.rsplit("/", 1)[-1])
    return found if found and found["Arn"] == arn else None


def _kind(arn: str) -> str:
    """Return the kind of principal, by the field and not by a search: a path may hold `:user/`."""
    return arn.split(":", 5)[-1].partition("/")[0]


def _members(parameters: dict[str, Any], form: str) -> list[str]:
    return list(takewhile(bool, (iam._p(parameters, form.format(place)) for place in count(1))))


def _decision(parameters: dict[str, Any], arn: str, action: str, resource: str) -> str:
    account, name, user = responses.get_account_id(), arn.rsplit("/", 1)[-1], _kind(arn) == "user"
    gather = iam_evaluator._gather_user_policies if user else iam_evaluator._gather_role_policies
    context = iam_evaluator.EvalContext(
        principal_arn=arn,
        principal_type="User" if user else "AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context=_context(parameters),
    )
    limits = iam_evaluator._permissions_boundary(iam._users if user else iam._roles, name, account)
    found = iam_evaluator.evaluate(context, gather(name, account), *limits).decision
    return _DECISIONS.get(found, "implicitDeny")


def _context(parameters: dict[str, Any]) -> dict[str, str]:
    entry = "ContextEntries.member.{}"
    names = _members(parameters, f"{entry}.ContextKeyName")
    values = _members(parameters, f"{entry}.ContextKeyValues.member.1")
    return dict(zip(map(str.lower, names), values, strict=True))


def _result(action: str, resource: str, decision: str) -> str:
    return (
        f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>"
        f"<EvalDecision>{decision}</EvalDecision><MatchedStatements/><MissingContextValues/></member>"
    )


PATCHES = (
    # It hears the first resource alone, no context, and no boundary.
    Patch(iam._IAM_HANDLERS, "SimulatePrincipalPolicy", _simulate),
)
USES: tuple[tuple[Any, str], ...] = (
    (iam, "_error"),
    (iam, "_p"),
    (iam, "_roles"),
    (iam, "_users"),
    (iam, "_xml"),
    (iam_evaluator, "EvalContext"),
    (iam_evaluator, "_gather_role_policies"),
    (iam_evaluator, "_gather_user_policies"),
    (iam_evaluator, "_permissions_boundary"),
    (iam_evaluator, "evaluate"),
)
