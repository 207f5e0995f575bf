"""What a policy lets its holder do: actions, resources and conditions matched as IAM matches them.

IAM user guide: "IAM JSON policy elements", "Policy variables", "Multivalued context keys".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from chalicelib.sources.policies import statements
from chalicelib.sources.reading import Node, node, text, words

Substitutes = dict[str, str] | None
"""The variables of a caller; None in a policy of the older version, which has none."""


@dataclass(frozen=True)
class Request:
    """A call as IAM authorises it: `iam:PutUserPolicy`, the ARN that it is about, and what a condition may compare.

    `keys` holds members of the request by their names in lower case, None for one that this request has not. Of any
    other member nobody knows here whether it has it. `variables` holds what a policy may name of the caller.
    """

    action: str
    resource: str
    keys: dict[str, str | None]
    variables: dict[str, str]


def is_allowed(policy: Node, request: Request) -> bool:
    """Say whether a policy by itself allows a request to a caller who can meet each condition that is not known.

    So a statement that allows counts unless a known member fails its condition, and one that denies counts only where
    all that it compares is known and holds: whoever can choose the place, time or tag of a call meets the one and
    avoids the other.
    """
    substitutes = request.variables if text(policy, "Version") == "2012-10-17" else None
    applying = [one for one in statements(policy) if _is_about(one, request, substitutes)]
    denied = any(one.get("Effect") == "Deny" and _holds(one, request, substitutes) is True for one in applying)
    return not denied and any(
        one.get("Effect") == "Allow" and _holds(one, request, substitutes) is not False for one in applying
    )


def _is_about(statement: Node, request: Request, substitutes: Substitutes) -> bool:
    return _names_action(statement, request.action) and _names_resource(statement, request.resource, substitutes)


def _names_action(statement: Node, action: str) -> bool:
    """Say whether a statement is about an action. IAM takes no notice of case there, and has no variables."""
    excluded = "NotAction" in statement
    named = words(statement, "NotAction" if excluded else "Action")
    found = any(is_like(action.lower(), one.lower()) for one in named)
    return found is not excluded and (excluded or bool(named))


def _names_resource(statement: Node, resource: str, substitutes: Substitutes) -> bool:
    """Say whether a statement is about a resource.

    A variable without a value stands for no resource. What a deny excludes by one, IAM may take for an invalid
    statement, so such a deny does not count.
    """
    excluded = "NotResource" in statement
    named = words(statement, "NotResource" if excluded else "Resource")
    if excluded and statement.get("Effect") == "Deny" and any(_is_unresolved(one, substitutes) for one in named):
        return False
    found = any(is_like_arn(resource, one, substitutes) for one in named)
    return found is not excluded and (excluded or bool(named))


def _is_unresolved(pattern: str, substitutes: Substitutes) -> bool:
    return _as_glob(pattern.split(":", _FIELDS - 1)[-1], substitutes) is None


def is_like(value: str, pattern: str, substitutes: Substitutes = None, *, wild: bool = True) -> bool:
    """Say whether a text matches a pattern in which `*` stands for any characters and `?` for one, if it is `wild`."""
    found = _as_glob(pattern, substitutes, wild=wild)
    return found is not None and fnmatchcase(value, found)


_FIELDS = 6
"""Of an ARN: `arn`, partition, service, Region, account and what it names."""


def is_like_arn(arn: str, pattern: str, substitutes: Substitutes = None) -> bool:
    """Say the same of an ARN, field by field; a `*` at the end of a field may stand for colons, too.

    Where the pattern has fewer fields, IAM takes any value for the rest. Variables count after the fifth colon alone.
    """
    fields, wanted = arn.split(":", _FIELDS - 1), pattern.split(":", _FIELDS - 1)
    wanted += ["*"] * (_FIELDS - len(wanted))
    by_field = all(map(is_like, fields[:-1], wanted[:-1])) and is_like(fields[-1], wanted[-1], substitutes)
    return len(fields) == _FIELDS and (by_field or ("*:" in pattern and is_like(arn, pattern)))


_PIECE = re.compile(r"\$\{\s*(?P<name>[^},]*?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}|(?P<wild>[*?])|\[|[^*?\[$]+|\$")


def _as_glob(pattern: str, substitutes: Substitutes, *, wild: bool = True) -> str | None:
    """Return the pattern as Python's matcher takes it; None where it names a variable that the caller does not have."""
    pieces = [_piece(match, substitutes, wild=wild) for match in _PIECE.finditer(pattern)]
    return None if None in pieces else "".join(filter(None, pieces))


def _piece(match: re.Match[str], substitutes: Substitutes, *, wild: bool) -> str | None:
    """Return a part of it. `${*}`, `${?}` and `${$}` are the characters themselves; a variable may have a default."""
    name = match["name"]
    if match["wild"] and wild:
        return match[0]
    if name is None or substitutes is None:
        return _literally(match[0])
    value = name if name in {"*", "?", "$"} else substitutes.get(name.lower(), match["default"])
    return None if value is None else _literally(value)


def _literally(written: str) -> str:
    return re.sub(r"[\[*?]", r"[\g<0>]", written)


_OPERATOR = re.compile(
    r"(?:(?P<any>foranyvalue:)|(?P<all>forallvalues:))?"
    r"(?P<of>string|arn)(?P<not>not)?(?P<how>equals|like)(?P<case>ignorecase)?(?P<exists>ifexists)?"
)


def _holds(statement: Node, request: Request, substitutes: Substitutes) -> bool | None:
    """Say whether the condition of a statement holds; None where that depends on what nobody knows here."""
    found = [
        _compares(str(operator).lower(), request.keys[str(key).lower()], words(pairs, key), substitutes)
        if str(key).lower() in request.keys
        else None
        for operator, pairs in node(statement, "Condition").items()
        for key in node(pairs)
    ]
    return False if False in found else None if None in found else True


def _compares(operator: str, value: str | None, wanted: tuple[str, ...], substitutes: Substitutes) -> bool | None:
    """Say whether a member of a request, None where it has none, is as a condition wants it; None if nobody knows."""
    if operator == "null":
        return (value is None) is ("true" in (one.lower() for one in wanted))
    found = _OPERATOR.fullmatch(operator)
    if found is None:
        return None
    if value is None:
        absent = bool(found["all"] or found["exists"])
        return absent or (bool(found["not"]) and not found["any"])
    alike = any(_is_alike(found, value, one, substitutes) for one in wanted)
    return alike is not bool(found["not"])


def _is_alike(how: re.Match[str], value: str, wanted: str, substitutes: Substitutes) -> bool:
    if how["of"] == "arn":
        return is_like_arn(value, wanted, substitutes)
    if how["case"]:
        value, wanted = value.lower(), wanted.lower()
    return is_like(value, wanted, substitutes, wild=how["how"] == "like")
