"""Give the owner's other credentials back, where that is safe."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import facts as fact_finding, playbook
from chalicelib.actions import narrow_user
from chalicelib.entries import Did, Planned
from chalicelib.follow_up.standing import is_early
from chalicelib.model import Plan, PrincipalKind
from chalicelib.steps import attempt, take_missed

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Facts, Step
    from chalicelib.ports import Ports


def narrow_if_safe(incident: Incident, ports: Ports) -> tuple[Incident, float | None]:
    """The stage: narrow, or write down why not. A person may have done so by a release, or undone it by a restore."""
    if incident.principal.kind is not PrincipalKind.USER or not incident.contained_at or incident.is_narrow:
        return incident, None
    facts = fact_finding.look_up(ports.aws, incident.principal, ports.pool)
    if facts.unread and facts.exists is not False and is_early(incident, ports):
        return incident, ports.settings.propagation
    ended, incident = incident.ended, take_missed(incident, facts, ports)
    if incident.ended != ended:
        return incident, ports.settings.propagation
    withheld = playbook.may_narrow(incident, replace(facts, boundary=foreign_boundary(incident, facts, ports)))
    if withheld in incident.withheld:
        return incident, None
    if withheld:
        return ports.ledger.append(incident, ports.now(), Planned(Plan((), (withheld,)))), None
    incident = narrow(incident, facts, ports)
    return incident, (ports.settings.propagation if _may_succeed(incident) and is_early(incident, ports) else None)


def _may_succeed(incident: Incident) -> bool:
    steps = [step for step in incident.steps if step.action == "narrow-user"]
    return any(not incident.outcome(step).good and incident.outcome(step).retryable for step in steps)


def narrow(incident: Incident, facts: Facts, ports: Ports) -> Incident:
    """Put the narrower deny in the place of the wider one, and of an older incident's narrower one."""
    step = _step(incident, ports)
    if step not in incident.steps:
        earlier = _beneath(incident, facts) or ""
        images = {step.key: {"boundary": earlier}} if earlier else {}
        incident = ports.ledger.append(incident, ports.now(), Planned(Plan((step,)), images))
    return ports.ledger.append(incident, ports.now(), Did(step.key, attempt(step, ports)))


def _step(incident: Incident, ports: Ports) -> Step:
    """The one of an attempt that was cut off, or that failed with the cut-off that is right still; a new one else."""
    cut_off = _cut_off(incident, ports)
    wanted, steps = f"{cut_off:%Y-%m-%dT%H:%M:%SZ}", [one for one in incident.steps if one.action == "narrow-user"]
    if steps and (steps[-1].key not in incident.outcomes or steps[-1].arguments["cut_off"] == wanted):
        return steps[-1]
    return playbook.narrow_step(incident, ports.settings, cut_off)


def _cut_off(incident: Incident, ports: Ports) -> datetime:
    """A denied key still obtains sessions: GetSessionToken takes no permission (IAM user guide, "Permissions for
    GetSessionToken"). So the cut-off is not before the last key that may have leaked was dead, which is now at the
    latest.
    """
    dead = incident.keys_dead_at or ports.now()
    ahead = timedelta(seconds=ports.settings.cut_off_ahead)
    return incident.cut_off if dead <= incident.cut_off else dead + ahead


def foreign_boundary(incident: Incident, facts: Facts, ports: Ports) -> str | None:
    """A boundary of the user's own, whose place ours would take; "" where there is none, None where it is unknown.

    Beneath a deny of ours may lie that of an older incident, and theirs beneath that one.
    """
    beneath = _beneath(incident, facts)
    while beneath == ports.settings.quarantine_policy and incident.before:
        before = ports.ledger.load(incident.before)
        if before is None:
            break
        incident, beneath = before, _beneath(before, facts)
    return "" if beneath and narrow_user.is_ours(beneath) else beneath


def _beneath(incident: Incident, facts: Facts) -> str | None:
    """What the boundary is beside what this incident put there: of several of ours, what was there before the first."""
    bounds = [step for step in incident.steps if step.action == "bound-user"]
    beneath = facts.boundary
    for step in reversed(bounds):
        if beneath == step.arguments["policy_arn"]:
            beneath = (incident.doubted(step) or incident.image(step)).get("boundary", "")
    return beneath
