"""SecureString parameters of Parameter Store that hold what a secret keeps: whoever reads there gets the new value.

Parameter Store has no version that waits, so the new value waits in the secret and is tested there. It is written here
before the secret says that it counts: a run that dies in between is taken up, finds it written, and ends.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from chalicelib.model import Permission
from chalicelib.rotation.kind import RotationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PERMISSIONS = (
    Permission(("ssm:GetParameter", "ssm:GetParameterHistory", "ssm:PutParameter"), ("${SecretParameterArns}",)),
)

_KEPT = ("KeyId", "Tier", "DataType", "Description", "AllowedPattern")
"""What a new version would lose, if it were not said again: the key first of all ("PutParameter", API reference)."""

Store = Any  # a client of SSM, whose types are not installed


def carry(store: Callable[[str], Store], named: Sequence[str], current: str, pending: str) -> None:
    """Write the pending value into each: the ARN of a parameter, or ARN#MEMBER for one member of a JSON value.

    One that holds it already is left, so this may come again. RotationError where one holds neither value, and then
    none is written.
    """
    due = []
    for one in named:
        arn, _, member = one.partition("#")
        due.append(_due(store(arn.split(":")[3]), arn, _part(current, member), _part(pending, member)))
    for write in filter(None, due):
        write()


def _due(store: Store, arn: str, current: str, pending: str) -> Callable[[], object] | None:
    """The call that writes it; None where that was done."""
    name = name_of(arn)
    pages = store.get_paginator("get_parameter_history").paginate(Name=name)
    *_, newest = [one for page in pages for one in page["Parameters"]]
    if newest["Type"] != "SecureString":
        raise RotationError(f"{arn} is no SecureString and shows its value: make it one, then rotate again")
    now = store.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    if now == pending:
        return None
    if now != current:
        raise RotationError(
            f"{arn} holds neither the current nor the pending value of its secret, so somebody else writes it: set it "
            "to that of AWSCURRENT, or take it out of SecretParameters, then rotate again"
        )
    kept = {member: newest[member] for member in _KEPT if newest.get(member)}
    asked = {"Name": name, "Value": pending, "Type": "SecureString", "Overwrite": True, **kept, **_policies(newest)}
    return partial(store.put_parameter, **asked)


def _policies(newest: Any) -> dict[str, str]:  # noqa: ANN401 - the answer of GetParameterHistory
    texts = [json.loads(one["PolicyText"]) for one in newest.get("Policies") or ()]
    return {"Policies": json.dumps(texts)} if texts else {}


def name_of(arn: str) -> str:
    """PutParameter takes no ARN. A name of one level has no slash in front of it there, one of more levels has one."""
    name = arn.partition(":parameter/")[2]
    return f"/{name}" if "/" in name else name


def _part(value: str, member: str) -> str:
    if not member:
        return value
    try:  # json's error carries the whole text, so it is not let out of here
        found = json.loads(value)
    except ValueError:
        found = None
    text = found.get(member) if isinstance(found, dict) else None
    if not isinstance(text, str) or not text:
        raise RotationError(f"the value has no text under {member}, which SecretParameters names")
    return text
