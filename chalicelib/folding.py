"""How an incident becomes what it is: folded from the ledger's entries, one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from chalicelib.entries import (
    Approved,
    Closed,
    Did,
    Explained,
    Filed,
    Found,
    Joined,
    Lifted,
    Looked,
    Noted,
    Opened,
    Planned,
    Reached,
    Released,
    Renamed,
    Replaced,
    Restored,
    Told,
    Undone,
)
from chalicelib.incident import WAYS_OF_A_USER, Incident
from chalicelib.model import Decision, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.entries import Entry
    from chalicelib.model import Judgement, Step


def fold(incident_id: str, entries: Iterable[Entry]) -> Incident:
    """The incident that a full run of entries adds up to. ValueError where the first is not `Opened`."""
    run = iter(entries)
    first = next(run, None)
    if first is None or not isinstance(first.body, Opened):
        message = f"incident {incident_id} does not begin with Opened"
        raise ValueError(message)
    incident = _begun(incident_id, first, first.body)
    for entry in run:
        incident = after(incident, entry)
    return incident


def after(incident: Incident, entry: Entry) -> Incident:
    """The incident with one more entry."""
    return replace(_with(incident, entry), last=entry.number)


def _begun(incident_id: str, entry: Entry, opened: Opened) -> Incident:
    return Incident(
        id=incident_id,
        principal=opened.principal,
        mode=opened.mode,
        judgement=opened.judgement,
        cut_off=opened.cut_off,
        opened_at=entry.at,
        last=entry.number,
        before=opened.before,
        signals=(opened.signal,),
        steps=opened.judgement.strike,
        withheld=opened.judgement.withheld,
    )


def _with(incident: Incident, entry: Entry) -> Incident:  # noqa: C901, PLR0912 - one arm per kind of entry
    match entry.body:
        case Opened():
            return incident
        case Joined():
            return _joined(incident, entry.body)
        case Planned():
            return _planned(incident, entry.body)
        case Found():
            return replace(incident, found=(*incident.found, entry.body))
        case Renamed():
            return _renamed(incident, entry.body, entry.at)
        case Did(step=step, outcome=outcome):
            return _did(incident, step, outcome, entry.at)
        case Told(message=message, channel=channel, outcome=outcome):
            return _told(incident, (message, channel), outcome, entry.number)
        case Reached(stage=stage):
            return replace(incident, reached={**incident.reached, stage: entry.at})
        case Undone():
            return _undone(incident, entry.body)
        case Looked(unasked=unasked):
            return replace(incident, quiet=incident.quiet + 1, unasked=unasked)
        case Explained(findings=findings):
            return replace(incident, explained=incident.explained + findings)
        case Noted():
            return replace(incident, noted=(*incident.noted, entry.body), noted_at=entry.at)
        case Approved(by=by, cut_off=cut_off):
            return _cut_off_at(replace(incident, approved_by=by), cut_off or incident.cut_off)
        case Released():
            return replace(incident, released=entry.body, released_at=entry.at)
        case Replaced():
            return replace(incident, replacement=entry.body)
        case Restored(step=step, by=by, outcome=outcome, true_alarm=true_alarm):
            restored = {**incident.restored, step: outcome}
            return replace(incident, restored=restored, restored_by=by, restored_at=entry.at, given_back=true_alarm)
        case Lifted(step=step, outcome=outcome):
            return replace(incident, lifted={**incident.lifted, step: outcome})
        case Filed(outcome=outcome):
            return replace(incident, filed=outcome)
        case Closed():
            ended = replace(incident, closed=entry.body, closed_at=entry.at)
            return replace(ended, undone_by_end=len(incident.undone))
        case _:
            assert_never(entry.body)


def _joined(incident: Incident, joined: Joined) -> Incident:
    signals, judgement = (*incident.signals, joined.signal), _stronger(incident, joined.judgement)
    after = replace(incident, signals=signals, judgement=judgement, joined=(*incident.joined, joined))
    return _begun_again(_cut_off_at(after, joined.cut_off)) if joined.cut_off else after


def _cut_off_at(incident: Incident, cut_off: datetime) -> Incident:
    """The steps that were not taken yet, with the cut-off of the moment that let them be taken."""
    steps = tuple(
        replace(step, arguments={**step.arguments, "cut_off": step.cut_off_at(cut_off)})
        if "cut_off" in step.arguments and step.key not in incident.outcomes
        else step
        for step in incident.steps
    )
    return replace(incident, cut_off=cut_off, steps=steps)


def _begun_again(incident: Incident) -> Incident:
    """What follows containment follows once more, and is told once more."""
    before = incident.told_before + len({number for number, _ in incident.told})
    again = replace(incident, reached={}, told={}, attempts={}, told_before=before)
    return replace(again, begun_at=None, contained_at=None, quiet=0)


def _stronger(incident: Incident, judgement: Judgement) -> Judgement:
    order = tuple(Decision)
    return min(incident.judgement, judgement, key=lambda one: order.index(one.decision))


def _planned(incident: Incident, planned: Planned) -> Incident:
    plan = planned.plan
    if not incident.planned:  # the strike stands in the plan too, unless the facts spoke against it
        incident = replace(incident, steps=())
    known = {step.key for step in incident.steps}
    fresh = tuple(step for step in plan.steps if step.key not in known)
    withheld = tuple(dict.fromkeys((*incident.withheld, *plan.withheld)))
    return replace(
        incident,
        principal=replace(incident.principal, unique_id=incident.principal.unique_id or planned.unique_id),
        steps=(*incident.steps, *fresh),
        withheld=withheld,
        images={**planned.images, **incident.images},
        planned=True,
    )


def _renamed(incident: Incident, renamed: Renamed, at: datetime) -> Incident:
    """Every step is about the same user under the new name: what is done, read again and put back goes by it."""
    judgement = incident.judgement
    return replace(
        incident,
        principal=incident.principal.renamed(renamed.name),
        names=tuple(dict.fromkeys((*incident.names, incident.principal.name, renamed.name))),
        kept_at=renamed.lock,
        renamed_at=at,
        steps=_under(renamed.name, incident.steps),
        judgement=replace(judgement, strike=_under(renamed.name, judgement.strike)),
    )


def _under(name: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(replace(step, principal=step.principal.renamed(name)) for step in steps)


def _did(incident: Incident, step: str, outcome: Outcome, at: datetime) -> Incident:
    after = replace(incident, outcomes={**incident.outcomes, step: outcome})
    contained = incident.contained_at or (at if outcome.good and not after.unfinished() else None)
    dead = at if outcome.good and step in _of(incident, "deactivate-key") else incident.keys_dead_at
    wide = incident.widened and not (outcome.good and step in _of(incident, "narrow-user"))
    if _is_narrow_lost(incident, step, outcome):
        wide, after = True, replace(after, outcomes={**after.outcomes, **_wide_to_do(after)})
    if outcome.good:
        after = replace(after, did_at={**incident.did_at, step: at}, redone=_redone(incident, step))
        after = replace(after, undone=tuple(_done_again(one, step) for one in incident.undone))
    begun = incident.begun_at or at
    return replace(after, begun_at=begun, contained_at=contained, keys_dead_at=dead, widened=wide)


def _is_narrow_lost(incident: Incident, step: str, outcome: Outcome) -> bool:
    """Whether the narrower deny, undone by somebody, could not be put on again: the wide one was taken off for it."""
    narrowed = incident.narrowed
    return narrowed is not None and narrowed.key == step and not outcome.good


def _wide_to_do(incident: Incident) -> dict[str, Outcome]:
    wide = _of(incident, *WAYS_OF_A_USER)
    return {key: _TO_DO for key, outcome in incident.outcomes.items() if key in wide and outcome.good}


def _done_again(undone: Undone, step: str) -> Undone:
    """What we had given up stands once more, since somebody ordered what needs it."""
    return replace(undone, reapplied=True) if undone.step == step else undone


def _redone(incident: Incident, step: str) -> dict[str, datetime]:
    """With the step, where it stood as far as the ledger knows, and was contained by alone."""
    before = incident.outcomes.get(step)
    later = {one.key for one in incident.steps if one.later}
    if before is None or not before.good or step in later:
        return incident.redone
    return {step: incident.did_at[step], **incident.redone}


def _of(incident: Incident, *actions: str) -> set[str]:
    return {step.key for step in incident.steps if step.action in actions}


def _undone(incident: Incident, undone: Undone) -> Incident:
    """What was undone is to be done again. A key that works again obtains sessions which the narrower deny spares, and
    no other credential beside it has an issue time.
    """
    lost = {step.key for step in incident.steps if step.key == undone.step and undone.reapplied and not step.later}
    widened = incident.narrowed is not None and undone.step in {step.key for step in incident.steps if step.credential}
    to_do = {key: _TO_DO for key, outcome in incident.outcomes.items() if key in lost and outcome.good}
    if widened:
        to_do.update(_wide_to_do(incident))
    return replace(
        incident,
        undone=(*incident.undone, undone),
        redone={step: at for step, at in incident.redone.items() if step != undone.step},
        quiet=0,
        outcomes={**incident.outcomes, **to_do},
        widened=incident.widened or widened,
    )


_TO_DO = Outcome(Status.PENDING, retryable=True)


def _told(incident: Incident, what: tuple[int, str], outcome: Outcome, entry: int) -> Incident:
    attempts = {**incident.attempts, what: incident.attempts.get(what, 0) + 1}
    ordinals = {**incident.ordinals, entry: incident.ordinal_of(what[0])}
    return replace(incident, told={**incident.told, what: outcome}, attempts=attempts, ordinals=ordinals)
