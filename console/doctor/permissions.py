"""Whether IAM would let each function do what its policy says: IAM itself is asked, with every limit on the role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.doctor.patient import well, wrong
from console.stack import FUNCTIONS, policy
from console.stack.policies import parts

if TYPE_CHECKING:
    from console.doctor.patient import Line, Patient
    from console.stack import Function

_ANYONE = "leak-responder-doctor"  # stands for any name where a policy has a wildcard


@dataclass(frozen=True)
class Question:
    """What may be done to one resource, under the condition of the statement that allows it."""

    actions: tuple[str, ...]
    resource: str
    context: tuple[tuple[str, str], ...]


def look(patient: Patient) -> Iterator[Line]:
    """Whether every function has the rights that its code needs, and nothing takes them away."""
    asked = [one for one in FUNCTIONS if one.role_id in patient.resources]
    lines = [line for one in asked for line in _function(one, patient)]
    yield from lines
    if not lines:
        yield well(f"the roles of {len(asked)} functions may do what their code needs, as IAM simulates it")


def _function(function: Function, patient: Patient) -> Iterator[Line]:
    iam, role = patient.client("iam"), patient.resources[function.role_id]
    held = [
        statement
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        for statement in listed(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"])
    ]
    missing = sorted(needed(function) - {action for one in held for action in listed(one["Action"])})
    if missing:
        yield wrong(f"function {function.name} has no right to {', '.join(missing)}", patient.revert)
    arn = str(iam.get_role(RoleName=role)["Role"]["Arn"])
    kept = [one for question in _questions(held) for one in refused(iam, arn, question)]
    if kept:
        look = f"aws iam get-role --role-name {role}, for a boundary; aws iam list-role-policies --role-name {role}"
        yield wrong(f"function {function.name} is kept from {'; '.join(dict.fromkeys(kept))}", look)


def needed(function: Function) -> set[str]:
    """What every stack needs; a statement under a condition of the template is not one."""
    statements = (one for one in policy(function, parts())["Statement"] if "Action" in one)
    return {action for one in statements for action in one["Action"]}


def _questions(held: list[Any]) -> Iterator[Question]:
    for statement in held:
        if statement["Effect"] == "Allow":
            actions = tuple(listed(statement["Action"]))
            context = tuple(_context(statement.get("Condition", {})))
            yield from (Question(actions, _one(resource), context) for resource in listed(statement["Resource"]))


def _context(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for pairs in condition.values():
        yield from ((key, _one(listed(value)[0])) for key, value in pairs.items())


def _one(pattern: str) -> str:
    return pattern if pattern == "*" else pattern.replace("*", _ANYONE)


def refused(iam: Any, arn: str, question: Question) -> Iterator[str]:  # noqa: ANN401 - boto3's client
    """What IAM would not let a principal do, and why."""
    entries = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in question.context
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn,
        ActionNames=list(question.actions),
        ResourceArns=[question.resource],
        ContextEntries=entries,
    )
    for one in (found for page in pages for found in page["EvaluationResults"]):
        if one["EvalDecision"] != "allowed":
            yield f"{one['EvalActionName']} ({_why(one)})"


def _why(found: Any) -> str:  # noqa: ANN401 - any JSON
    organisation = found.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True)
    boundary = found.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True)
    if not organisation:
        return "a policy of the organisation"
    return str(found["EvalDecision"]) if boundary else "a permissions boundary"


def listed(one: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """IAM writes a list of one as that one."""
    return one if isinstance(one, list) else [one]
