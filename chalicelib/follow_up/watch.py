"""Look again until the watch is over; what somebody undid is done again, a few times at most, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import facts as fact_finding, playbook
from chalicelib.entries import Looked, Planned, Result, Stage
from chalicelib.follow_up import rights
from chalicelib.follow_up.narrow import narrow_if_safe
from chalicelib.follow_up.proof import Proof, prove
from chalicelib.follow_up.rotate import rotate
from chalicelib.follow_up.standing import contested, is_beaten, lost, renewed, tell_undone, unshown
from chalicelib.model import Plan, StepState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports


def watch(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """The stage: over when its time is up and the last looks found everything standing and quiet, or us beaten."""
    incident = renewed(incident, ports)
    missing = [(step, seen) for step, seen in lost(incident, ports) if incident.state_of(step) is not StepState.LOST]
    left = unshown(incident, ports)
    incident, unread = rights.noted(incident, ports)
    proof = Proof() if missing or left or is_beaten(incident) else prove(incident, ports)
    amiss = (*missing, *proof.doubts)
    for step, seen in amiss:
        incident = contested(incident, step, seen, ports)
    incident = tell_undone(incident, ports)
    if any(incident.state_of(step) is not StepState.LOST for step, _ in amiss):
        return incident, float(ports.settings.propagation)
    if left:
        return incident, left
    if not is_beaten(incident):
        incident = ports.ledger.append(
            incident, ports.now(), *_given(incident, ports), Looked((*proof.unasked, *unread))
        )
    incident, soon = _caught_up(incident, ports)
    return incident, min((*_pause(incident, ports), *soon), default=None)


def _given(incident: Incident, ports: Ports) -> Iterator[Planned]:
    """What the user was given since the deny was narrowed, once. Whoever released has given the owner something new."""
    if incident.narrowed is None or incident.released:
        return
    facts = fact_finding.look_up(ports.aws, incident.principal, ports.pool)
    stranger = incident.precedes(facts.unique_id)
    fresh = () if stranger else playbook.given_since(incident, facts)
    if unnamed := tuple(one for one in fresh if one not in incident.withheld):
        yield Planned(Plan((), unnamed))


def _pause(incident: Incident, ports: Ports) -> list[float]:
    """Seconds until the next look, longer after each quiet one; none at the end of the watch."""
    settings, left = ports.settings, (_over(incident, ports) - ports.now()).total_seconds()
    if left > 0:
        return [min(left, settings.verify_every * min(2 ** max(0, incident.quiet - 1), _LONGEST))]
    return [] if is_beaten(incident) or incident.quiet >= settings.quiet_looks else [float(settings.verify_every)]


_LONGEST = 4  # times the first pause


def _caught_up(incident: Incident, ports: Ports) -> tuple[Incident, list[float]]:
    """What had to wait for a containment that came late, or that had to be widened; and the seconds it takes yet."""
    waits = []
    for stage, go_on in ((Stage.NARROW, narrow_if_safe), (Stage.ROTATE, rotate)):
        if incident.widened or _came_late(incident, stage):
            incident, wait = go_on(incident, ports)
            waits.append(wait)
    return incident, [wait for wait in waits if wait is not None]


def _came_late(incident: Incident, stage: Stage) -> bool:
    at = incident.contained_at
    return at is not None and at > incident.reached.get(stage, at)


def _over(incident: Incident, ports: Ports) -> datetime:
    """The watch begins once everything else is done, however long an approval or a rotation took."""
    return incident.reached.get(Stage.REPORT, incident.opened_at) + timedelta(seconds=ports.settings.watch)


def result(incident: Incident) -> Result:
    """How the watch ended."""
    if incident.unfinished() or is_beaten(incident) or not incident.steps:
        return Result.FAILED  # of a plan without a step nothing holds: IAM never showed the principal that it is about
    meddled = incident.undone or any(now.hostile for _, now in incident.changes)
    return Result.CONTESTED if meddled else Result.HELD
