"""The drill's own endpoints on the embedded AWS, under /_drill: JSON in, JSON out. `levers` calls them.

GET    /_drill/                 {"pid", "account"}
GET    /_drill/calls?since=N    {"calls": [...]}, see `shim.call_log`
GET    /_drill/faults           {"faults": [...]}, those still to come
POST   /_drill/faults           one fault, see `shim.faults.Fault`
DELETE /_drill/faults           none any more; calls that hang are answered
GET    /_drill/propagation      {"seconds": 0}
POST   /_drill/propagation      {"seconds": 3}
POST   /_drill/findings         {"region", "findings": [...]}, for GuardDuty
DELETE /_drill/findings
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ministack.core import responses

from drill.cloud import guardduty
from drill.cloud.shim import call_log, faults, key_last_used, propagation, user_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from drill.cloud.call import Response

PATH = "/_drill/"

_Query = dict[str, list[str]]


def answer(method: str, path: str, query: _Query, body: bytes) -> Response:
    action = _ACTIONS.get((method, path.removeprefix(PATH).rstrip("/")))
    if action is None:
        known = ", ".join(f"{verb} {PATH}{name}" for verb, name in _ACTIONS)
        return _json({"message": f"There is no {method} {path} here, but {known}."}, 404)
    try:
        return _json(action(query, json.loads(body or b"{}")))
    except (KeyError, TypeError, ValueError) as wrong:
        return _json({"message": f"{type(wrong).__name__}: {wrong}"}, 400)


def reset() -> None:
    propagation.delay(0)
    faults.clear()
    call_log.clear()
    key_last_used.forget()
    user_credentials.forget()
    guardduty.clear()


def _about(_query: _Query, _body: Any) -> dict[str, Any]:
    return {"pid": os.getpid(), "account": responses.get_account_id()}


def _calls(query: _Query, _body: Any) -> dict[str, Any]:
    return {"calls": call_log.since(int(query.get("since", ["0"])[0]))}


def _faults(_query: _Query, _body: Any) -> dict[str, Any]:
    return {"faults": [asdict(fault) for fault in faults.planned()]}


def _plan(query: _Query, body: Any) -> dict[str, Any]:
    faults.plan(faults.Fault(**body))
    return _faults(query, body)


def _no_faults(query: _Query, body: Any) -> dict[str, Any]:
    faults.clear()
    return _faults(query, body)


def _propagation(_query: _Query, _body: Any) -> dict[str, Any]:
    return {"seconds": propagation.present_delay()}


def _delay(query: _Query, body: Any) -> dict[str, Any]:
    propagation.delay(float(body["seconds"]))
    return _propagation(query, body)


def _publish(_query: _Query, body: Any) -> dict[str, Any]:
    for finding in body["findings"]:
        guardduty.publish(body["region"], finding)
    return {"detector": guardduty.detector_of(body["region"])}


def _no_findings(_query: _Query, _body: Any) -> dict[str, Any]:
    guardduty.clear()
    return {}


_ACTIONS: dict[tuple[str, str], Callable[[_Query, Any], dict[str, Any]]] = {
    ("GET", ""): _about,
    ("GET", "calls"): _calls,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _plan,
    ("DELETE", "faults"): _no_faults,
    ("GET", "propagation"): _propagation,
    ("POST", "propagation"): _delay,
    ("POST", "findings"): _publish,
    ("DELETE", "findings"): _no_findings,
}


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()
