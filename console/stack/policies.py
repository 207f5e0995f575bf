"""What each function may do: the permissions that its parts declare, and its own log group."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from console.stack.functions import Function, Trigger
from console.stack.parameters import DERIVED, OPTIONAL, PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.model import Permission

Json = dict[str, Any]


def parts() -> dict[str, tuple[Permission, ...]]:
    """Every part of the code that calls AWS, by the name that `Function.needs` uses."""
    from chalicelib import facts, filing, hosts, ports, rotation, routes, tell
    from chalicelib.actions import ACTIONS
    from chalicelib.follow_up import lift, proof, remedies, turns
    from chalicelib.inquiry.readers import configured
    from chalicelib.ledger import table
    from chalicelib.notifiers import NOTIFIERS
    from chalicelib.orders import replay

    return {
        "facts": facts.PERMISSIONS,
        "names": facts.NAMES,
        "ledger": table.PERMISSIONS,
        "queue": ports.PERMISSIONS,
        "inquiries": ports.INQUIRIES,
        "inquiry": (*configured.PERMISSIONS, *remedies.PERMISSIONS),
        "replay": replay.PERMISSIONS,
        "rotation": rotation.PASSWORDS,
        "key-rotation": rotation.KEYS,
        "routes": routes.PERMISSIONS,
        "filing": filing.PERMISSIONS,
        "links": tell.LINKS,
        "hosts": hosts.PERMISSIONS,
        "lift": lift.PERMISSIONS,
        "proof": proof.PERMISSIONS,
        "turns": turns.PERMISSIONS,
        "notifiers": tuple(chain.from_iterable(one.permissions for one in NOTIFIERS if one.notices)),
        "incident-notifiers": tuple(chain.from_iterable(one.permissions for one in NOTIFIERS if not one.notices)),
        **{action.name: action.permissions for action in ACTIONS},
    }


def policy(function: Function, declared: Mapping[str, tuple[Permission, ...]]) -> Json:
    """The policy of one function: one statement for each resource under one condition."""
    gathered: dict[tuple[str, tuple[tuple[str, str, str], ...]], set[str]] = {}
    for permission in (*_own(function), *chain.from_iterable(declared[need] for need in function.needs)):
        for resource in permission.resources:
            gathered.setdefault((resource, _flat(permission.condition)), set()).update(permission.actions)
    return {"Version": "2012-10-17", "Statement": _statements(gathered)}


def _own(function: Function) -> tuple[Permission, ...]:
    """What Lambda does in the function's name."""
    from chalicelib.model import Permission

    logs = Permission(("logs:CreateLogStream", "logs:PutLogEvents"), (f"${{{function.logs_id}.Arn}}",))
    if function.trigger is Trigger.QUEUE:
        reads = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        return (logs, Permission(reads, (f"${{{function.queue}.Arn}}",)))
    if not function.asynchronous:
        return (logs,)
    return (logs, Permission(("sqs:SendMessage",), ("${FailedInvocations.Arn}",)))


Condition = tuple[tuple[str, str, str], ...]


def _flat(condition: Mapping[str, Mapping[str, str]]) -> Condition:
    return tuple(sorted((test, key, value) for test, pairs in condition.items() for key, value in pairs.items()))


def _statements(gathered: Mapping[tuple[str, Condition], set[str]]) -> list[Json]:
    """Resources that allow the same under the same condition share a statement."""
    shared: dict[tuple[tuple[str, ...], Condition, str], list[str]] = {}
    for (resource, condition), actions in sorted(gathered.items()):
        alone = resource if _is_list(resource) else OPTIONAL.get(_named(resource), "")
        shared.setdefault((tuple(sorted(actions)), condition, alone), []).append(resource)
    ordered = sorted(shared.items(), key=lambda one: (one[0][0], one[0][1], one[1]))
    return [_statement(actions, condition, resources) for (actions, condition, _), resources in ordered]


def _statement(actions: tuple[str, ...], condition: Condition, resources: list[str]) -> Json:
    only_list = len(resources) == 1 and _is_list(resources[0])
    statement: Json = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": {"Ref": _named(resources[0])} if only_list else [substituted(one) for one in resources],
    }
    if condition:
        statement["Condition"] = {}
        for test, key, value in condition:
            statement["Condition"].setdefault(test, {})[key] = substituted(value)
    needs = OPTIONAL.get(_named(resources[0]))
    return {"Fn::If": [needs, statement, {"Ref": "AWS::NoValue"}]} if needs else statement


def _named(text: str) -> str:
    """The one name a text consists of, "" where it is more than that."""
    whole = text.startswith("${") and text.endswith("}") and text.count("${") == 1
    return text[2:-1] if whole else ""


def _is_list(resource: str) -> bool:
    return str(PARAMETERS.get(_named(resource), {}).get("Type", "")) == "CommaDelimitedList"


def substituted(text: str) -> str | Json:
    """A text for `Fn::Sub`, or itself where there is nothing to fill in."""
    if "${" not in text:
        return text
    name = _named(text)
    if name in DERIVED:
        return dict(DERIVED[name])
    return {"Ref": name} if name and "." not in name else {"Fn::Sub": text}
