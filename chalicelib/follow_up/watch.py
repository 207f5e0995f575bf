"""Look again until the watch is over; what somebody undid is done again, a few times at most, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.entries import Did, Result, Stage, Undone
from chalicelib.follow_up.standing import lost
from chalicelib.report.message import UNDONE
from chalicelib.steps import attempt
from chalicelib.tell import tell_incident

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Outcome, Step
    from chalicelib.ports import Ports


def watch(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """The stage: over when its time is up and the last look found everything standing, or us beaten."""
    again = False
    for step, outcome in lost(incident, ports):
        if not given_up(incident, step):
            incident = _contested(incident, step, outcome, ports)
            again = again or not given_up(incident, step)
    for number in range(1, len(incident.undone) + 1):
        incident = tell_incident(incident, UNDONE + number, ports)
    left = (_over(incident, ports) - ports.now()).total_seconds()
    if again:
        return incident, float(ports.settings.propagation)
    return incident, (min(left, ports.settings.verify_every) if left > 0 else None)


def given_up(incident: Incident, step: Step) -> bool:
    """Whether it was undone so often that a person has to say what they want."""
    return any(one.step == step.key and not one.reapplied for one in incident.undone)


def _contested(incident: Incident, step: Step, outcome: Outcome, ports: Ports) -> Incident:
    again = sum(one.step == step.key for one in incident.undone) < ports.settings.reapply_limit
    incident = ports.ledger.append(incident, ports.now(), Undone(step.key, outcome.detail, reapplied=again))
    if not again:
        return incident
    return ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))


def _over(incident: Incident, ports: Ports) -> datetime:
    """The watch begins once everything else is done, however long an approval or a rotation took."""
    return incident.reached.get(Stage.REPORT, incident.opened_at) + timedelta(seconds=ports.settings.watch)


def result(incident: Incident) -> Result:
    """How the watch ended."""
    if incident.unfinished() or any(not one.reapplied for one in incident.undone):
        return Result.FAILED
    return Result.CONTESTED if incident.undone else Result.HELD
