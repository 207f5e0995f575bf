"""The incidents of one principal, one after the other: which of them hold the same, and what one leaves to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.actions import narrow_user
from chalicelib.entries import Found
from chalicelib.model import Outcome, Status, StepState
from chalicelib.orders.entitled import RefusedError
from chalicelib.steps import attempt

if TYPE_CHECKING:
    from chalicelib.incident import Incident  # noqa: TC004 - only a checker reads the annotation
    from chalicelib.model import Image, Step
    from chalicelib.ports import Ports


@dataclass(frozen=True)
class Chain:
    """An incident with those of its principal that came after it, the newest first, and those before it."""

    named: Incident
    newer: tuple[Incident, ...] = ()
    older: tuple[Incident, ...] = ()

    @property
    def standing(self) -> tuple[Incident, ...]:
        """Return those newer ones of which something is there to be undone."""
        return tuple(one for one in self.newer if one.acting and one.steps and not one.was_restored)


def read_chain(incident_id: str, newest: Incident, ports: Ports) -> Chain:
    """Return the chain around an incident. RefusedError where the ledger does not lead from the newest one to it."""
    newer: list[Incident] = []
    incident: Incident | None = newest
    while incident and incident.id != incident_id:
        newer.append(incident)
        incident = ports.ledger.load(incident.before) if incident.before else None
    if incident is None:
        message = (
            f"incident {incident_id} was followed by {newest.id}, and the ledger does not say what came between: "
            f"restore {newest.id} first, then undo by hand what `leak-responder show {incident_id}` names"
        )
        raise RefusedError(message)
    _refuse_stranger(incident, newer)
    return Chain(incident, tuple(newer), _read_older(incident, ports))


def _refuse_stranger(incident: Incident, newer: list[Incident]) -> None:
    """A name may be given anew: what was done to the one of before is gone with it."""
    strangers = [one.id for one in newer if incident.precedes(one.principal.unique_id)]
    if strangers:
        message = (
            f"incident {incident.id} is about another {incident.principal.kind} of that name, who is gone: incident "
            f"{strangers[0]} is about the one who has it now. Nothing was changed"
        )
        raise RefusedError(message)


def _read_older(incident: Incident, ports: Ports) -> tuple[Incident, ...]:
    """Return those before it that are about the same principal, the newest first."""
    older: list[Incident] = []
    before = ports.ledger.load(incident.before) if incident.before else None
    while before and not before.precedes(incident.principal.unique_id):
        older.append(before)
        before = ports.ledger.load(before.before) if before.before else None
    return tuple(older)


def hold_on(step: Step, older: tuple[Incident, ...], ports: Ports) -> Outcome | None:
    """Leave what an older incident had done already, and do it again where it went meanwhile; None where none did."""
    holder = next((one for one in older if _holds(one, step)), None)
    if holder is None:
        return None
    outcome = attempt(step, ports)
    return Outcome(Status.ALREADY, f"incident {holder.id} had done it before") if outcome.good else outcome


def _holds(incident: Incident, step: Step) -> bool:
    same = (one for one in incident.steps if one.key == step.key)
    return any(incident.state_of(one) is StepState.STANDS for one in same)


def find_image(chain: Chain, step: Step) -> Image:
    """Return what a restore of that step puts back. The deny of an older incident that stands beneath it counts more
    than what a colleague has set since: a person says which of the two is right.
    """
    return chain.named.images.get(step.key, {}) if is_over_older(chain, step) else chain.named.image(step)


def is_over_older(chain: Chain, step: Step) -> bool:
    """Say whether the step took the place of a boundary by which an older incident denies."""
    denies = {_boundary_of(other) for one in chain.older for other in one.steps if one.stands(other)}
    return chain.named.images.get(step.key, {}).get("boundary") in denies - {""}


def inherit(incident: Incident, newer: Incident, ports: Ports) -> Incident:
    """Have an incident put back what a colleague had set over the newer one, whose boundary lay over this one's."""
    found = {
        step.key: Found(step.key, seen.image, seen.by)
        for step in incident.steps
        for other in newer.steps
        for seen in newer.found
        if _boundary_of(step) and newer.images.get(other.key, {}).get("boundary") == _boundary_of(step)
        if seen.by and seen.step == other.key and seen.image not in (newer.images[other.key], incident.image(step))
    }
    return ports.ledger.append(incident, ports.now(), *found.values()) if found else incident


def leave_to_newer(
    incident: Incident, step: Step, newer: tuple[Incident, ...], ports: Ports
) -> tuple[tuple[Incident, ...], Outcome | None]:
    """Leave to a newer incident what it holds too, with what stood before: it puts that back when its time comes.

    Return the newer ones as they are then, and the end of the step; None where no newer one needs it.
    """
    for place, one in reversed(list(enumerate(newer))):
        over = [other for other in one.steps if _lies_over(one, other, step)]
        same = [other for other in one.steps if other.key == step.key and _is_wanted(one, other)]
        if not over and not same:
            continue
        outcome = Outcome(Status.ALREADY, f"left to incident {one.id}, which holds it too")
        if step.action == "narrow-user" and over:
            outcome = narrow_user.expire(ports.aws, step)
        after = _given(one, (*over, *same), incident.id, incident.image(step), ports)
        return (*newer[:place], after, *newer[place + 1 :]), outcome
    if newer and step.action == "bound-user" and incident.is_narrow:
        return newer, Outcome(Status.ALREADY, "the narrower deny had its place already")
    return newer, None


def is_copied(incident: Incident, step: Step, newer: tuple[Incident, ...]) -> bool:
    """Say whether a newer incident has copied a boundary of this one into its own, and cannot do without it.

    Beneath the one that was copied lie its others.
    """
    bounds = [one for one in incident.steps if one.action == "bound-role"]
    over = ((one, other) for one in newer for other in one.steps if one.is_left(other))
    return step in bounds and any(_lies_over(one, other, bound) for one, other in over for bound in bounds)


def _is_wanted(incident: Incident, step: Step) -> bool:
    return incident.state_of(step) in {StepState.STANDS, StepState.PENDING, StepState.FAILED}


def _lies_over(incident: Incident, other: Step, step: Step) -> bool:
    """Say whether a newer step would put back the boundary that this one puts on."""
    return bool(_boundary_of(step)) and incident.image(other).get("boundary") == _boundary_of(step)


def _boundary_of(step: Step) -> str:
    named = _BOUNDARIES.get(step.action)
    return step.arguments[named] if named else ""


_BOUNDARIES = {"bound-user": "policy_arn", "narrow-user": "narrow_arn", "bound-role": "policy_arn"}
"""The argument that names the boundary of ours."""


def _given(incident: Incident, heirs: tuple[Step, ...], before: str, image: Image, ports: Ports) -> Incident:
    by = f"the owner before incident {before}"
    found = [
        Found(one.key, image, by) for one in {one.key: one for one in heirs}.values() if incident.image(one) != image
    ]
    return ports.ledger.append(incident, ports.now(), *found) if found else incident
