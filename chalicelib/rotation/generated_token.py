"""A token that we generate and tell nobody: whoever sends it and whoever takes it reads it in the secret.

The value is JSON with `token`, and without `service`, which would have to be told. Other members are kept as they are.
Whoever takes it accepts that of AWSPREVIOUS too until everybody reads the new one, or refuses for that long.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.rotation.kind import Kind, RotationError

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = 40  # characters of [A-Za-z0-9]: 238 bits


def kind(draw: Callable[[int], str]) -> Kind:
    """The kind: `draw` gives a token of so many letters and digits."""
    return Kind(
        "generated-token",
        fits,
        lambda current, _before: json.dumps({**_json(current), "token": draw(_LENGTH)}),
        check,
        check,
        lambda _current: None,
    )


def fits(text: str) -> bool:
    """Whether a value is of this kind."""
    value = _json(text)
    return isinstance(value.get("token"), str) and bool(value["token"]) and "service" not in value


def check(current: str, pending: str) -> None:
    """Refuse what somebody else may have written as the pending version. There is nobody to ask or to tell."""
    old, new = _json(current), _json(pending)
    token = new.get("token")
    drawn = isinstance(token, str) and len(token) == _LENGTH and token.isascii() and token.isalnum()
    if not drawn or token == old["token"] or {**new, "token": ""} != {**old, "token": ""}:
        raise RotationError("the pending version is not one that this function made of the current one: rotate again")


def _json(text: str) -> dict[str, Any]:
    # json's error carries the whole text, so it is not let out of here.
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
