"""What a drill can pull at a running embedded AWS: the functions before the endpoints of `control`."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drill.cloud.lifecycle import Cloud

Effect = Literal["access-denied", "no-such-entity", "throttle", "hang", "kill", "kill-after"]

_PATIENCE = 10.0  # seconds


def fail(  # noqa: PLR0913 - a fault is what it is
    cloud: Cloud,
    effect: Effect,
    *,
    service: str = "*",
    operation: str = "*",
    principal: str = "",
    calls: int = 1,
    skip: int = 0,
) -> None:
    """Lets the next `calls` matching calls fail, after `skip` that do not; see `shim.faults.Fault` for the rest."""
    fault = {"effect": effect, "service": service, "operation": operation, "principal": principal}
    _ask(cloud, "POST", "faults", fault | {"calls": calls, "skip": skip})


def faults_to_come(cloud: Cloud) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _ask(cloud, "GET", "faults")["faults"]
    return found


def no_more_faults(cloud: Cloud) -> None:
    _ask(cloud, "DELETE", "faults")


def calls(cloud: Cloud, since: int = 0) -> list[dict[str, Any]]:
    """Every AWS call after number `since`, oldest first; the keys are those of `shim.call_log`."""
    found: list[dict[str, Any]] = _ask(cloud, "GET", f"calls?since={since}")["calls"]
    return found


def delay_iam(cloud: Cloud, seconds: float) -> None:
    """From now on, a change of IAM decides only so many seconds after it was made; 0 is at once."""
    _ask(cloud, "POST", "propagation", {"seconds": seconds})


def publish_findings(cloud: Cloud, findings: Iterable[Mapping[str, Any]], region: str | None = None) -> str:
    """Makes findings, spelt as in events, known to GuardDuty; the id of the Region's detector."""
    body = {"region": region or cloud.region, "findings": list(findings)}
    return str(_ask(cloud, "POST", "findings", body)["detector"])


def reset(cloud: Cloud) -> None:
    """Empties the cloud: resources, identities, faults, findings, calls."""
    _request(f"{cloud.endpoint}/_ministack/reset", "POST", None)


def _ask(cloud: Cloud, method: str, what: str, body: Any = None) -> Any:
    return _request(f"{cloud.endpoint}/_drill/{what}", method, body)


def _request(url: str, method: str, body: Any) -> Any:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:
        return json.load(reply)
