"""What follows containment: verify, narrow, rotate, report, watch, close, and at last lift. Resumable at any point."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import facts as fact_finding
from chalicelib.delivery import answer_delivered
from chalicelib.follow_up import lift, remind, renamed, stages
from chalicelib.follow_up.beyond import beyond
from chalicelib.follow_up.rotate_read import rotate_read
from chalicelib.follow_up.session_owner import answer_session
from chalicelib.follow_up.updated import look_into
from chalicelib.gathering import tell_gathered
from chalicelib.ledger import Busy, Claimed, LeaseLostError, Paused, codec, roll
from chalicelib.respond import Answer, HandedOnError, UnansweredError, respond, work
from chalicelib.steps import failed, take_steps
from chalicelib.tell import tell_again, tell_incident, tell_joined

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

__all__ = ["follow_up", "patrol", "resume"]


def follow_up(body: str, ports: Ports) -> Answer:
    """Handle one message of the queue: a signal that had to wait, a session whose owner is searched for, an incident to
    bring further, what was read in one and is to be rotated, a look after newer findings, a deny to lift, a message
    that a channel did not take, or an operation to tell.
    """
    message = json.loads(body)
    ports = ports.following(message)
    try:
        return _handled(message, ports)
    except HandedOnError as left:
        return Answer("unfinished", str(left))
    except (ClientError, BotoCoreError, UnansweredError) as error:
        lasting = not isinstance(error, UnansweredError) and not failed(error).retryable
        if lasting or not ports.try_later(message):
            raise
        return Answer("unfinished", f"{type(error).__name__}: {error}; it is tried again by the queue")


def _handled(message: dict[str, Any], ports: Ports) -> Answer:
    if "signal" in message:
        return answer_delivered(codec.read_signal(message["signal"]), ports, respond)
    if "search" in message:
        begun = datetime.fromisoformat(message["begun"])
        return answer_session(codec.read_signal(message["search"]), begun, ports)
    if "rotate" in message:
        return rotate_read(message["rotate"], [(arn, times) for arn, times in message["secrets"]], ports)
    if "look" in message:
        return look_into(message["look"], ports)
    if "lift" in message:
        return lift.take_off(message["lift"], ports)
    if "tell" in message:
        told = tell_again(message["tell"], message["number"], ports)
        return Answer("advanced" if told else "queued", "a message that a channel had not taken", told)
    if "operation" in message:
        tell_gathered(message["operation"], ports)
        return Answer("told", "what a caller did through a service")
    if roll.expected_later(ports.ledger, message["lock"], ports.now()):
        return Answer("early", f"{message['lock']} is looked at later")
    return resume(message["lock"], ports)


def resume(lock: str, ports: Ports) -> Answer:
    """Take the principal's open incident up where it stands."""
    now = ports.now()
    match ports.ledger.take(lock, now):
        case Claimed(incident=incident):
            return _advanced_or_overtaken(incident, ports)
        case Busy(incident_id=incident_id, until=until):
            ports.queue_incident(lock, (until - now).total_seconds())
            return Answer("queued", f"incident {incident_id} is being worked on")
        case Paused():
            return Answer("paused", "the pause switch is on; patrol looks again")
        case _:
            return Answer("settled", f"{lock} has no open incident")


def _advanced_or_overtaken(incident: Incident, ports: Ports) -> Answer:
    """Advance the incident, or have it looked at soon where another run took it over: that run may queue no look."""
    try:
        return _advanced(incident, ports)
    except LeaseLostError as lost:
        ports.queue_incident(incident.lock, ports.settings.lease)
        return Answer("overtaken", str(lost))


def patrol(ports: Ports) -> int:
    """Queue every incident that somebody should have looked at by now; how many there were."""
    now = ports.now()
    stalled, rested, updated = (find(ports.ledger, now) for find in (roll.stalled, roll.rested, roll.updated))
    for lock in stalled:
        ports.queue_incident(lock, 0)
    for incident_id in rested:
        ports.queue_lift(incident_id)
    for incident_id in updated:
        ports.queue_look(incident_id, 0)
    return len(stalled) + len(rested) + len(updated)


def _advanced(incident: Incident, ports: Ports) -> Answer:
    """As far as this run can bring it. Nothing is raised for what is left: the incident comes again by itself."""
    if incident.closed:
        ports.ledger.hand_on(stages.finished(incident, ports), ports.now(), None)
        return Answer("closed", "", incident)
    if not incident.planned:
        return work(incident, fact_finding.look_up(ports.aws, incident.principal, ports.pool), ports)
    incident = renamed.follow(incident, ports)
    incident = tell_joined(tell_incident(take_steps(incident, ports), 1, ports), ports)
    if not incident.acting:
        incident, wait = remind.ask_again(incident, ports)
        ports.ledger.hand_on(incident, ports.now(), wait)
        return Answer("asked", incident.judgement.reason, incident)
    incident, left = stages.through(beyond(incident, ports), ports)
    now = ports.now()
    if left is not None:
        ports.queue_incident(incident.lock, left)
    ports.ledger.hand_on(incident, now, left)
    return Answer("closed" if incident.closed else "advanced", "", incident)
