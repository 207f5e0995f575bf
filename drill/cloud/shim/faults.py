"""What a drill lets go wrong: the next calls of somebody are denied, throttled, hang, or cost the caller its life."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase

from drill.cloud.call import Call, Response, refuse
from drill.cloud.shim import execution_roles

EFFECTS = ("access-denied", "no-such-entity", "throttle", "hang", "kill", "kill-after")


@dataclass
class Fault:
    """`kill` ends the Lambda worker instead of answering, `kill-after` when the call has taken effect.

    `service` and `operation` may hold `*`; `principal` is part of the caller's ARN. After `skip` matching calls it
    strikes `calls` times.
    """

    effect: str
    service: str = "*"
    operation: str = "*"
    principal: str = ""
    calls: int = 1
    skip: int = 0

    def concerns(self, service: str, operation: str, principal: str) -> bool:
        wanted = fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)
        return self.calls > 0 and wanted and self.principal in principal

    def take_turn(self) -> bool:
        """Whether this matching call is one of those to strike."""
        if self.skip:
            self.skip -= 1
            return False
        self.calls -= 1
        return True


_planned: list[Fault] = []
_planning = threading.Lock()
_over = asyncio.Event()


def plan(fault: Fault) -> None:
    if fault.effect not in EFFECTS:
        raise ValueError(f"no such effect: {fault.effect}; there are {', '.join(EFFECTS)}")
    with _planning:
        _planned.append(fault)


def planned() -> tuple[Fault, ...]:
    """Those that still have calls to strike."""
    with _planning:
        return tuple(fault for fault in _planned if fault.calls > 0)


def clear() -> None:
    """Calls that hang are answered now. To be called on the server's own loop."""
    global _over  # noqa: PLW0603 - the next to hang waits for the next clearing
    with _planning:
        _planned.clear()
    _over.set()
    _over = asyncio.Event()


async def strike(call: Call) -> Response | None:
    effect = _next_effect(call, after=False)
    match effect:
        case "access-denied":
            principal = call.caller.arn if call.caller else ""
            said = f"User: {principal} is not authorized to perform: {call.service}:{call.operation} (drill)"
            return refuse(call, "AccessDeniedException" if _is_json(call) else "AccessDenied", said, 403)
        case "no-such-entity":
            return refuse(call, "NoSuchEntity", "The named resource cannot be found. (drill)", 404)
        case "throttle":
            return refuse(call, "ThrottlingException" if _is_json(call) else "Throttling", "Rate exceeded", 400)
        case "hang":
            await _over.wait()
            return refuse(call, "ServiceUnavailable", "It hung until the drill went on.", 503)
        case "kill":
            _kill(call)
            return refuse(call, "ServiceUnavailable", "The caller is gone.", 503)
        case _:
            return None


def strike_after(call: Call, _response: Response) -> None:
    if _next_effect(call, after=True):
        _kill(call)


def throttles_service(service: str, operation: str, principal: str) -> bool:
    """For the calls that AWS's own services make, such as EventBridge's to Lambda."""
    with _planning:
        found = [fault for fault in _planned if fault.effect == "throttle" and fault.principal == principal]
        return any(fault.concerns(service, operation, principal) and fault.take_turn() for fault in found)


def _next_effect(call: Call, *, after: bool) -> str | None:
    principal = call.caller.arn if call.caller else ""
    with _planning:
        for fault in _planned:
            if (fault.effect == "kill-after") == after and fault.concerns(call.service, call.operation, principal):
                return fault.effect if fault.take_turn() else None
    return None


def _is_json(call: Call) -> bool:
    return "json" in call.headers.get("content-type", "")


def _kill(call: Call) -> None:
    worker = execution_roles.worker_of(call.caller.access_key) if call.caller else None
    if worker is not None and worker._proc is not None:
        worker._proc.kill()
