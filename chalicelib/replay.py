"""Answer a finding again by hand: the plan first, and nothing more unless asked to act."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from chalicelib import playbook, sources
from chalicelib.follow_up import resume
from chalicelib.model import Ignored, Malformed, Mode, Permission
from chalicelib.respond import respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.model import Parsed, Signal
    from chalicelib.ports import Ports

PERMISSIONS = (Permission(("guardduty:ListDetectors", "guardduty:GetFindings"), ("*",)),)


class ReplayError(Exception):
    """The request cannot be replayed; the text says why and what to do."""


def replay(request: Mapping[str, Any], ports: Ports) -> dict[str, Any]:
    """The plan of a finding, incident or event; with `"yes": true` it is carried out. ReplayError with the reason."""
    ports = replace(ports, settings=replace(ports.settings, mode=lowered(request.get("mode"), ports.settings.mode)))
    if request.get("incident"):
        return _incident(str(request["incident"]), ports, act=bool(request.get("yes")))
    signals = _signals(_event(request, ports), ports)
    plans = [planned(signal, ports) for signal in signals]
    if not request.get("yes"):
        return {"plans": plans, "acted": False, "next": 'ask again with "yes" to act'}
    return {"plans": plans, "acted": True, "answers": [respond(signal, ports).what for signal in signals]}


def lowered(asked: object, allowed: Mode) -> Mode:
    """The asked mode, if it does no more than the deployed one. ReplayError otherwise: a replay raises nothing."""
    if not asked:
        return allowed
    order = tuple(Mode)
    if asked not in order:
        message = f"mode {asked!r} is unknown; choose one of {', '.join(order)}"
        raise ReplayError(message)
    mode = Mode(str(asked))
    if order.index(mode) > order.index(allowed):
        message = f"a replay may lower the mode, not raise it: {allowed} is deployed, {mode} was asked for"
        raise ReplayError(message)
    return mode


def _event(request: Mapping[str, Any], ports: Ports) -> dict[str, Any]:
    if isinstance(request.get("event"), dict):
        return dict(request["event"])
    if request.get("finding"):
        return fetched(str(request["finding"]), str(request.get("region") or ports.settings.region), ports)
    message = 'nothing to replay: give "finding", "incident" or "event"'
    raise ReplayError(message)


def fetched(finding: str, region: str, ports: Ports) -> dict[str, Any]:
    """A GuardDuty finding by id, as the API spells it, from any Region."""
    guardduty = ports.aws.guardduty(region)
    for detector in guardduty.list_detectors().get("DetectorIds", []):
        found = guardduty.get_findings(DetectorId=detector, FindingIds=[finding])["Findings"]
        if found:
            return dict(found[0])
    message = f"GuardDuty in {region} has no finding {finding}; findings are kept for 90 days, in their own Region"
    raise ReplayError(message)


def _signals(event: dict[str, Any], ports: Ports) -> tuple[Signal, ...]:
    parsed: Parsed = sources.read_any(event, ports.now(), ports.settings.own_role_ids)
    if isinstance(parsed, Malformed | Ignored):
        raise ReplayError(parsed.reason)
    return parsed


def planned(signal: Signal, ports: Ports) -> dict[str, Any]:
    """What would be done about a signal, from the signal alone."""
    judgement = playbook.strike(signal, ports.settings)
    return {
        "what": signal.what,
        "principal": signal.principal.lock if signal.principal else None,
        "subject": asdict(signal.subject),
        "decision": judgement.decision,
        "reason": judgement.reason,
        "dry": judgement.dry,
        "actions": [step.action for step in playbook.foreseen(signal, judgement, ports.settings)],
        "withheld": [asdict(one) for one in judgement.withheld],
    }


def _incident(incident_id: str, ports: Ports, *, act: bool) -> dict[str, Any]:
    incident = ports.ledger.load(incident_id)
    if incident is None:
        message = f"there is no incident {incident_id}"
        raise ReplayError(message)
    left = [step.action for step in (*incident.unfinished(), *incident.unfinished(later=True))]
    if not act:
        return {"incident": incident_id, "unfinished": left, "acted": False, "next": 'ask again with "yes" to resume'}
    return {"incident": incident_id, "acted": True, "answers": [resume(incident.principal.lock, ports).what]}
