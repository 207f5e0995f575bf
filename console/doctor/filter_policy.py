"""The filter policy of an SNS subscription, read for the attributes of our own messages.

SNS drops in silence what a policy does not let through ("Amazon SNS subscription filter policies", SNS developer
guide). Each answer is yes, no, or None where it cannot be told: then nobody may take it for a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Policy = Any  # plain JSON

VARIES = None
"""The value of an attribute that is there and differs from message to message."""

_OPERATORS = frozenset(
    {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}
)


def lets_through(policy: Policy, attributes: Mapping[str, str | None]) -> bool | None:
    """Return whether a message with these attributes, all of them texts, passes the policy."""
    if not isinstance(policy, dict):
        return None
    return _all(_passes(name, rules, attributes) for name, rules in policy.items())


def _passes(name: str, rules: Policy, attributes: Mapping[str, str | None]) -> bool | None:
    if not isinstance(rules, list):
        return None
    if name == "$or" and _is_alternatives(rules):
        return _any(lets_through(policy, attributes) for policy in rules)
    return _any(_fits(rule, name, attributes) for rule in rules)


def _is_alternatives(rules: list[Policy]) -> bool:
    """Return whether SNS reads `$or` as its operator, and not as the name of an attribute ("OR operator")."""
    return len(rules) > 1 and all(isinstance(rule, dict) and not _OPERATORS & set(rule) for rule in rules)


def _fits(rule: Policy, name: str, attributes: Mapping[str, str | None]) -> bool | None:
    match rule:
        case {"exists": bool(wanted)} if len(rule) == 1:
            return (name in attributes) is wanted
        case _ if name not in attributes and _is_known(rule):
            return False
    value = attributes.get(name)
    return None if value is VARIES else _matches(rule, value)


def _is_known(rule: Policy) -> bool:
    return not isinstance(rule, (dict, list)) or (isinstance(rule, dict) and len(rule) == 1 and set(rule) <= _OPERATORS)


def _matches(rule: Policy, value: str) -> bool | None:
    match rule:
        case str():
            return value == rule
        case bool() | int() | float() | None:
            return False
        case dict() if len(rule) == 1:
            ((operator, operand),) = rule.items()
            return _compares(operator, operand, value)
        case _:
            return None


def _compares(operator: str, operand: Policy, value: str) -> bool | None:
    match operator, operand:
        case "prefix", str():
            return value.startswith(operand)
        case "suffix", str():
            return value.endswith(operand)
        case "equals-ignore-case", str():
            return value.lower() == operand.lower()
        case "wildcard", str():
            return re.fullmatch(".*".join(map(re.escape, operand.split("*"))), value, re.DOTALL) is not None
        case "anything-but", list() | dict() | str() | int() | float():
            return _not(_any(_matches(rule, value) for rule in (operand if isinstance(operand, list) else [operand])))
        case (("numeric" | "cidr"), _):
            return False  # no kind, severity or other text of ours is a number or an address
        case _:
            return None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _all(answers: Iterable[bool | None]) -> bool | None:
    return _not(_any(map(_not, answers)))


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False
