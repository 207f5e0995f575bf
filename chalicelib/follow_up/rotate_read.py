"""Rotate what a contained credential has read: an inquiry finds it late, often when the incident is closed already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.entries import Planned
from chalicelib.follow_up.filed import filed
from chalicelib.follow_up.rotate import rotate, unplanned
from chalicelib.ledger import Busy, Claimed, Paused
from chalicelib.model import Plan
from chalicelib.report.form import NOT_ROTATED
from chalicelib.respond import Answer
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports, Rotations

_PAUSED = 900.0  # seconds until somebody may have ended the pause


def rotate_read(incident_id: str, secrets: Rotations, ports: Ports) -> Answer:
    """Under the lease of the principal, again and again until each is rotated or beyond our help."""
    incident, now = ports.ledger.load(incident_id), ports.now()
    if incident is None:
        return Answer("settled", f"there is no incident {incident_id}")
    match ports.ledger.take_newest(incident.lock, now):
        case Claimed(incident=newest):
            incident, wait = _rotated(newest if newest.id == incident.id else incident, secrets, ports)
            if wait is not None:
                ports.queue_rotations(incident.id, secrets, wait)
            ports.ledger.give_back(newest)
            return Answer("settled" if wait is None else "advanced", "", incident)
        case Busy(incident_id=other, until=until):
            ports.queue_rotations(incident.id, secrets, (until - now).total_seconds())
            return Answer("queued", f"incident {other} is being worked on")
        case Paused():
            ports.queue_rotations(incident.id, secrets, _PAUSED)
            return Answer("paused", "the pause switch is on")
        case _:
            return Answer("settled", f"{incident.lock} has no incident")


def _rotated(incident: Incident, secrets: Rotations, ports: Ports) -> tuple[Incident, float | None]:
    if fresh := unplanned(incident, secrets):
        incident = ports.ledger.append(incident, ports.now(), Planned(Plan(fresh)))
    incident, wait = rotate(incident, ports)
    if wait is not None:
        return incident, wait
    if incident.closed is None:  # where somebody undid the deny, it comes again
        return incident, None if incident.is_denied else float(ports.settings.verify_every)
    return _told(incident, ports), None


def _told(incident: Incident, ports: Ports) -> Incident:
    """The last message of the incident went out before, and its report said that nothing was rotated yet."""
    incident = filed(incident, ports) if incident.closed else incident
    left = incident.unrotated
    told = left and not incident.was_restored
    return tell_incident(incident, NOT_ROTATED + len(left), ports) if told else incident
