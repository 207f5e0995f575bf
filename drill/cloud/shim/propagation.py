"""IAM takes seconds to apply a change everywhere: when asked for, what decides lags behind what is shown.

The stores of IAM show the present, except while a call is being judged: then they show how things stood before the
first change that is younger than the delay.
"""

from __future__ import annotations

import copy
import time
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator
from ministack.core.responses import AccountScopedDict
from ministack.services import iam, sts

from drill.cloud.shim.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drill.cloud.call import Call, Response

_STORES = (
    "_users",
    "_roles",
    "_groups",
    "_policies",
    "_access_keys",
    "_user_inline_policies",
    "_group_inline_policies",
)

_seconds = 0.0
# When a change began, and what the stores held before it.
_changes: deque[tuple[float, dict[str, Any]]] = deque()
_judged_by: ContextVar[dict[str, Any] | None] = ContextVar("drill_judged_by", default=None)


class _Store(AccountScopedDict):  # type: ignore[misc]
    """A store of ministack's, which keeps everything in `_data`."""

    __slots__ = ("_name", "_present")

    def __init__(self, name: str, present: dict[Any, Any]) -> None:
        self._name, self._present = name, present

    @property
    def _data(self) -> Any:
        past = _judged_by.get()
        return self._present if past is None else past[self._name]


def delay(seconds: float) -> None:
    """From now on, changes of IAM decide this many seconds after they were made."""
    global _seconds  # noqa: PLW0603 - one server, one clock
    _seconds = seconds
    _changes.clear()


def present_delay() -> float:
    return _seconds


async def remember(call: Call) -> Response | None:
    """Keeps what a change of IAM is about to replace."""
    if _seconds and call.service == "iam" and not call.operation.startswith(("Get", "List")):
        _changes.append((time.monotonic(), {name: copy.deepcopy(getattr(iam, name)._present) for name in _STORES}))
    return None


@contextmanager
def as_propagated() -> Iterator[None]:
    """Judge as IAM would by now: what is younger than the delay has not happened yet."""
    while _changes and _changes[0][0] <= time.monotonic() - _seconds:
        _changes.popleft()
    token = _judged_by.set(_changes[0][1] if _changes else None)
    try:
        yield
    finally:
        _judged_by.reset(token)


def _judge(decide: Any, *arguments: Any, **named: Any) -> Any:
    with as_propagated():
        return decide(*arguments, **named)


def replace_stores() -> None:
    for name in _STORES:
        setattr(iam, name, _Store(name, getattr(iam, name)._data))


PATCHES = (
    # Signature, key status and policies are all judged in here.
    Patch(iam_evaluator, "enforce", _judge),
    # STS looks once more whose key it is.
    Patch(sts, "_caller_identity", _judge),
)
USES: tuple[tuple[Any, str], ...] = tuple((iam, name) for name in _STORES)
