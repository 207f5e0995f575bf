"""The one place where every AWS call passes: what may happen to it before, and what is noted about it after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack import app

from drill.cloud import control, guardduty
from drill.cloud.call import CURRENT, Call, Response, read
from drill.cloud.shim import bearer_tokens, call_log, faults, key_last_used, propagation, trail
from drill.cloud.shim.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# The first that answers, answers.
BEFORE: tuple[Callable[[Call], Awaitable[Response | None]], ...] = (
    faults.strike,
    propagation.remember,
    guardduty.answer,
    bearer_tokens.answer,
)
AFTER: tuple[Callable[[Call, Response], None], ...] = (
    call_log.write,
    key_last_used.note,
    trail.record,
    faults.strike_after,
)


async def _pass(dispatch: Any, *request: Any) -> Response:
    call = read(*request)
    CURRENT.set(call)
    response = await _before(call)
    if response is None:
        passed: Response = await dispatch(*request)
        response = passed
    for note in AFTER:
        note(call, response)
    return response


async def _before(call: Call) -> Response | None:
    for step in BEFORE:
        response = await step(call)
        if response is not None:
            return response
    return None


async def _levers(shortcuts: Any, method: str, path: str, headers: Any, body: bytes, *more: Any) -> Any:
    if path.startswith(control.PATH):
        return control.answer(method, path, more[0], body)
    return await shortcuts(method, path, headers, body, *more)


def _reset(reset: Any) -> None:
    reset()
    control.reset()


PATCHES = (
    Patch(app, "_dispatch_service_request", _pass),
    # Looked at before anything is taken for an AWS call.
    Patch(app, "_handle_post_body_shortcuts", _levers),
    # A reset of ministack is one of the drill's levers, too.
    Patch(app, "_reset_all_state", _reset),
)
USES: tuple[tuple[Any, str], ...] = ((app, "_routing_params"),)
