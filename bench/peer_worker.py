"""One contender in a fresh process of its own environment: loaded, given events, its AWS calls recorded.

Reads {"contender": "ours" | "custodian", "events": […]} from stdin and writes one JSON document. Besides the standard
library it needs what both environments have: botocore.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from bench import calls

if TYPE_CHECKING:
    from collections.abc import Callable


class Context:
    """What Lambda tells a function about its call."""

    function_name = "bench"
    aws_request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """A minute."""
        return 60_000


def main() -> None:
    """Load the contender, then let it answer each event."""
    job, out = json.load(sys.stdin), sys.stdout
    sys.stdout = sys.stderr  # a function may print
    calls.install()
    answer = _LOADED[job["contender"]]()
    json.dump({"runs": [_run(answer, event) for event in job["events"]]}, out)


def _run(answer: Callable[[Any], object], event: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    error = ""
    began = time.monotonic()
    with calls.recorded() as made:
        try:
            answer(event)
        except Exception as caught:  # noqa: BLE001 - whatever it is, Lambda would report it
            error = f"{type(caught).__name__}: {caught}"
    ended = time.monotonic()
    rows = [(call.name, call.began, call.ended) for call in made]
    return {"began": began, "ended": ended, "error": error, "calls": rows}


def _ours() -> Callable[[Any], object]:
    import app

    return lambda event: app.guardduty_finding(event, None)


def _custodian() -> Callable[[Any], object]:
    from c7n import handler  # type: ignore[import-not-found] # only in the peers' environment

    return lambda event: handler.dispatch_event(event, Context)


_LOADED: dict[str, Callable[[], Callable[[Any], object]]] = {"ours": _ours, "custodian": _custodian}


if __name__ == "__main__":
    main()
