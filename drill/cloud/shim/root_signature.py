"""The signature of root is checked like everybody's: ministack takes root's key with any secret.

So does it take any account number as the key of that account's root. Whoever finds the socket would be an
administrator, and a person who types the wrong secret would never know.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core import iam_evaluator

from drill.cloud.shim.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHECKING: ContextVar[bool] = ContextVar("drill_checking_root", default=False)


@contextmanager
def _checking() -> Iterator[None]:
    """Root's key is one among others within the block: what is signed with it is kept, to be compared."""
    before = _CHECKING.set(True)
    try:
        yield
    finally:
        _CHECKING.reset(before)


def _pin(pin: Any, *request: Any, **more: Any) -> None:
    with _checking():
        pin(*request, **more)


def _is_verified(verified: Any, access_key_id: str, account_id: str) -> bool:
    with _checking():
        return bool(verified(access_key_id, account_id))


def _is_root(is_root: Any, access_key_id: str) -> bool:
    return not _CHECKING.get() and bool(is_root(access_key_id))


PATCHES = (
    Patch(app, "pin_signed_request", _pin),
    Patch(iam_evaluator, "caller_verified", _is_verified),
    Patch(iam_evaluator, "_is_root_key", _is_root),
)
USES: tuple[tuple[Any, str], ...] = ((iam_evaluator, "authenticate"), (iam_evaluator, "resolve_credential"))
