"""Every call that reached the embedded AWS, for counting and for proof that nothing unrelated was touched."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from drill.cloud.call import Call, Response, failure

_MOST = 20_000

_calls: deque[dict[str, Any]] = deque(maxlen=_MOST)
_numbers = count(1)


def write(call: Call, response: Response) -> None:
    failed = failure(response)
    _calls.append(
        {
            "number": next(_numbers),
            "at": call.at,
            "service": call.service,
            "operation": call.operation,
            "region": call.region,
            "principal": call.caller.arn if call.caller else None,
            "access_key": call.caller.access_key if call.caller else None,
            "status": response[0],
            "error": failed[0] if failed else None,
        }
    )


def since(number: int) -> list[dict[str, Any]]:
    """Those with a higher number, oldest first."""
    return [call for call in _calls if call["number"] > number]


def clear() -> None:
    """Numbers go on where they were."""
    _calls.clear()
