"""Roles that were given to services whose work is not followed: what runs there calls as the role, and is named so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.inquiry.minting import MADE
from chalicelib.model import read_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.inquiry.call import Call

_NAMED = re.compile(r".*role(arn|id)?", re.IGNORECASE)
_OF_ROLES = frozenset({"iam", "sts"})
_DEEPEST = 4  # levels of a request, as targets of a rule: in deeper ones stands what a user of the service wrote


def passed(call: Call) -> Iterator[tuple[str, str]]:
    """Service and name of each role that a call gave away, where no child of it would be seen."""
    followed = (call.service, call.name) in MADE or call.service in _OF_ROLES
    if call.worked and not followed:
        yield from ((call.service, role) for role in _roles(call.asked, _DEEPEST))


def _roles(asked: object, depth: int) -> Iterator[str]:
    """Under the names that services have for it: roleArn, taskRoleArn, serviceRole, role."""
    match asked:
        case dict() if depth:
            for name, value in asked.items():
                found = read_arn(value) if isinstance(value, str) and _NAMED.fullmatch(str(name)) else None
                if found and found.kind == "role" and found.name:
                    yield found.name
                else:
                    yield from _roles(value, depth - 1)
        case list():
            for one in asked:
                yield from _roles(one, depth)
        case _:
            return
