"""Answer a finding again by hand: the plan first, and nothing more unless asked to act."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import playbook, sources
from chalicelib.follow_up import resume
from chalicelib.ledger import roll
from chalicelib.model import Decision, Ignored, Malformed, Mode, Permission, refusal_words
from chalicelib.orders.entitled import name_missing
from chalicelib.respond import respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.model import Judgement, Parsed, Signal, Step
    from chalicelib.ports import Ports

PERMISSIONS = (Permission(("guardduty:ListDetectors", "guardduty:GetFindings"), ("*",)),)


class ReplayError(Exception):
    """The request cannot be replayed; the text says why and what to do."""


def replay(request: Mapping[str, Any], ports: Ports) -> dict[str, Any]:
    """The plan of a finding, incident or event; with `"yes": true` it is carried out. ReplayError with the reason."""
    ports = replace(ports, settings=replace(ports.settings, mode=lowered(request.get("mode"), ports.settings.mode)))
    if request.get("incident"):
        return _incident(request, ports)
    signals = _signals(_event(request, ports), ports)
    plans = [planned(signal, ports) for signal in signals]
    if request.get("yes") is not True:
        return {"plans": plans, "acted": False, "next": 'ask again with "yes" to act'}
    return {"plans": plans, "acted": True, "answers": [_answer(signal, ports) for signal in signals]}


def _answer(signal: Signal, ports: Ports) -> str:
    """What came of it. Whoever replays what was restored says that the alarm was true after all: it counts as new."""
    answer = respond(signal, ports)
    explained = ports.ledger.load(answer.explained_by) if answer.explained_by else None
    if explained and explained.was_restored:
        return respond(replace(signal, at=ports.now()), ports).what
    return answer.what


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
    """A GuardDuty finding by id, as the API spells it, from any Region and whichever detector has it."""
    try:
        guardduty = ports.aws.guardduty(region)
        for page in guardduty.get_paginator("list_detectors").paginate():
            for detector in page["DetectorIds"]:
                found = guardduty.get_findings(DetectorId=detector, FindingIds=[finding])["Findings"]
                if found:
                    return dict(found[0])
    except ClientError as error:
        words = refusal_words(error.response)
        message = f"GuardDuty in {region} refused {error.operation_name}: {words}; {_NEEDED}"
        raise ReplayError(message) from error
    except BotoCoreError as error:
        message = f"GuardDuty in {region} did not answer: {error}; is that the Region of the finding?"
        raise ReplayError(message) from error
    message = f"GuardDuty in {region} has no finding {finding}; findings are kept for 90 days, in their own Region"
    raise ReplayError(message)


_NEEDED = "replaying takes guardduty:ListDetectors and guardduty:GetFindings, and a finding id of 32 hexadecimal digits"


def _signals(event: dict[str, Any], ports: Ports) -> tuple[Signal, ...]:
    parsed: Parsed = sources.read_any(event, ports.now(), ports.settings.own_role_ids, ports.settings.decoys)
    if isinstance(parsed, Malformed | Ignored):
        message = f"there is nothing to answer: {parsed.reason}"
        raise ReplayError(message)
    return parsed


def planned(signal: Signal, ports: Ports) -> dict[str, Any]:
    """What would be done about a signal; where IAM has yet to say whose key it is, what it would be for any user."""
    judgement = playbook.strike(signal, ports.settings, roll.context(ports.ledger, signal, ports.now()))
    owned = signal if signal.principal or not signal.subject.id else playbook.presumed(signal)
    foreseen = replace(judgement, strike=judgement.strike or _blow(owned, judgement, ports))
    return {
        "what": signal.what,
        "principal": signal.principal.lock if signal.principal else None,
        "subject": asdict(signal.subject),
        "decision": judgement.decision,
        "reason": judgement.reason,
        "dry": judgement.dry,
        "actions": [step.action for step in playbook.foreseen(owned, foreseen, ports.settings)],
        "withheld": [asdict(one) for one in judgement.withheld],
    }


def _blow(owned: Signal, judgement: Judgement, ports: Ports) -> tuple[Step, ...]:
    acts = judgement.decision in {Decision.ACT, Decision.ASK} and not judgement.withheld
    return playbook.blow(owned, ports.settings) if acts else ()


def _incident(request: Mapping[str, Any], ports: Ports) -> dict[str, Any]:
    incident_id = str(request["incident"])
    if request.get("mode"):
        message = f"incident {incident_id} keeps the plan it has: a mode is for findings and events"
        raise ReplayError(message)
    incident = ports.ledger.load(incident_id)
    if incident is None:
        raise ReplayError(str(name_missing(incident_id)))
    answer: dict[str, Any] = {
        "incident": incident_id,
        "principal": incident.principal.lock,
        "result": incident.closed.result if incident.closed else None,
        "unfinished": [step.action for step in (*incident.unfinished(), *incident.unfinished(later=True))],
    }
    if not incident.acting:
        return {**answer, "acted": False, "next": f"it waits for `leak-responder approve {incident_id}`"}
    if incident.closed:
        return {**answer, "acted": False, "next": "it is closed: nothing is left to resume"}
    if request.get("yes") is not True:
        return {**answer, "acted": False, "next": 'ask again with "yes" to resume'}
    return {**answer, "acted": True, "answers": [resume(incident.lock, ports).what]}
