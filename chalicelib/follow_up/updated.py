"""What feeds still say about a credential that is stopped: one look for all of it finds whether a call succeeded.

GuardDuty counts denied calls too, and updates its finding for as long as somebody calls. CloudTrail says which calls
succeeded, but as late as a quarter of an hour after them. So the look is taken again until it must have said so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.entries import Explained
from chalicelib.follow_up.narrow import narrow_if_safe
from chalicelib.follow_up.proof import Proof, prove_since
from chalicelib.follow_up.standing import contested, is_beaten, lost, tell_undone
from chalicelib.ledger import Busy, Claimed, LeaseLostError, Paused, updates
from chalicelib.model import StepState
from chalicelib.respond import Answer
from chalicelib.steps import take_steps

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ledger.rows import Updates
    from chalicelib.ports import Ports

_EVERY, _DELIVERED = 5, 15
"""Looks of the watch between two of these, and until CloudTrail has delivered: five minutes and fifteen, unless a
rehearsal is in a hurry. CloudTrail user guide, "How CloudTrail works": within about five minutes on average.
"""


def look_into(incident_id: str, ports: Ports) -> Answer:
    """Look at an incident about whose credentials feeds have said more, and again until CloudTrail has said it all."""
    incident, now = ports.ledger.load(incident_id), ports.now()
    if incident is None or not updates.waits(ports.ledger, incident_id):
        return Answer("settled", f"no finding about incident {incident_id} waits")
    match ports.ledger.take_newest(incident.lock, now):
        case Claimed(incident=newest):
            try:
                return _looked(newest if newest.id == incident_id else incident, ports)
            except LeaseLostError as lost_lease:
                ports.queue_look(incident_id, ports.settings.lease)
                return Answer("overtaken", str(lost_lease))
            finally:
                ports.ledger.give_back(newest)
        case Busy(incident_id=other, until=until):
            ports.queue_look(incident_id, (until - now).total_seconds())
            return Answer("queued", f"incident {other} is being worked on")
        case Paused():
            return Answer("paused", "the pause switch is on; patrol looks again")
        case _:
            return Answer("settled", f"{incident.principal.lock} has no incident")


def _looked(incident: Incident, ports: Ports) -> Answer:
    now, every = ports.now(), timedelta(seconds=_EVERY * ports.settings.verify_every)
    seen = updates.begin(ports.ledger, incident.id, now, every)
    if seen is None:
        ports.queue_look(incident.id, every.total_seconds())
        return Answer("early", f"incident {incident.id} was looked at within the last {every.total_seconds():.0f} s")
    if incident.was_restored:
        updates.settle(ports.ledger, incident.id, seen, now)
        return Answer("settled", f"incident {incident.id} was restored: it stops nothing any more")
    unasked: tuple[str, ...] = ()
    if incident.closed:  # until then the watch looks
        incident, unasked = _made_sure(incident, seen, ports)
    delivered = timedelta(seconds=_DELIVERED * ports.settings.verify_every)
    sure = incident.closed is not None and not incident.unfinished() and not incident.widened
    if not sure or seen.noted_at + delivered > now:
        ports.queue_look(incident.id, every.total_seconds() if sure else ports.settings.propagation)
        return Answer("advanced", f"{seen.count} findings are explained so far", incident)
    incident = ports.ledger.append(incident, now, Explained(seen.count, unasked))
    if not updates.settle(ports.ledger, incident.id, seen, now - delivered):
        ports.queue_look(incident.id, every.total_seconds())
    return Answer("explained", f"{seen.count} findings about what incident {incident.id} stopped", incident)


def _made_sure(incident: Incident, seen: Updates, ports: Ports) -> tuple[Incident, tuple[str, ...]]:
    """What does not stand is done again, and so is what a call got past; that is told. Nothing else is touched."""
    incident = take_steps(incident, ports)
    missing = [(step, found) for step, found in lost(incident, ports) if incident.state_of(step) is not StepState.LOST]
    proof = Proof() if missing or is_beaten(incident) else prove_since(incident, seen.read_until, ports)
    for step, found in (*missing, *proof.doubts):
        incident = contested(incident, step, found, ports)
    incident = tell_undone(incident, ports)
    if incident.widened:
        incident, _ = narrow_if_safe(incident, ports)
    return incident, proof.unasked
