"""From the leak to the last rotated secret: six moments, each with what it counts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.entries import Did, Stage, Told
from chalicelib.model import StepState
from chalicelib.report.document.form import Clock, Deed
from chalicelib.report.words import deed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from chalicelib.entries import Entry
    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.report.document.form import Found, Rotation


def clocks(
    incident: Incident, entries: Sequence[Entry], shown: Found | None, rotations: Sequence[Rotation] = ()
) -> tuple[Clock, ...]:
    """Return the six clocks. The leak is not later than the earliest call since the exposure that the report shows."""
    calls = [one.first for one in (*shown.acts, *shown.refused)] if shown else []
    leaked = min((incident.since, *calls))
    whence = (
        "the earliest sign that a feed gives" if leaked == incident.since else "the earliest call that is shown here"
    )
    found = incident.opened_at
    return (
        Clock("leaked", leaked, whence),
        Clock("detected", found, "the incident was opened", found - leaked, "the leak"),
        _after("told", _told(entries), found, "no channel took a message"),
        _after("contained", incident.contained_at, found, _UNCONTAINED[incident.acting]),
        _after("verified", incident.reached.get(Stage.VERIFY), found, "not read again yet"),
        _rotated(incident, entries, rotations),
    )


_UNCONTAINED = {True: "not every step that contains has worked", False: "nobody has approved the plan"}


def _after(name: str, at: datetime | None, found: datetime, otherwise: str) -> Clock:
    return Clock(name, at, after=at - found, since="detection") if at else Clock(name, None, otherwise)


def _told(entries: Sequence[Entry]) -> datetime | None:
    return next((one.at for one in entries if isinstance(one.body, Told) and one.body.outcome.good), None)


def _rotated(incident: Incident, entries: Sequence[Entry], rotations: Sequence[Rotation]) -> Clock:
    left = sum(not one.is_done for one in rotations)
    if left:
        return Clock("rotated", None, f"{len(rotations) - left} of {len(rotations)} secrets so far")
    keys = {step.key for step in incident.steps if step.action == "rotate-secret"}
    ended = {one.body.step: one.at for one in entries if isinstance(one.body, Did) and one.body.outcome.good}
    done = [ended[key] for key in keys if key in ended]
    if not keys:
        return Clock("rotated", None, "no secret is linked to the owner, and none that was read is ours to rotate")
    if len(done) < len(keys):
        return Clock("rotated", None, f"{len(done)} of {len(keys)} rotations so far")
    return _after("rotated", max(done), incident.opened_at, "")


def deeds(incident: Incident, entries: Sequence[Entry]) -> tuple[Deed, ...]:
    """How each attempt at a step ended, in order of time."""
    return tuple(_deeds(incident, entries))


def _deeds(incident: Incident, entries: Sequence[Entry]) -> Iterator[Deed]:
    steps = {step.key: step for step in incident.steps}
    for one in entries:
        if isinstance(one.body, Did) and one.body.step in steps:
            step = steps[one.body.step]
            yield Deed(one.at, deed(step), one.body.outcome.good, _since(incident, step))


def _since(incident: Incident, step: Step) -> str:
    return _SINCE.get(incident.state_of(step), "")


_SINCE = {
    StepState.SUPERSEDED: "replaced by another deny",
    StepState.PUT_BACK: "put back",
    StepState.LOST: "undone by somebody",
    StepState.EXPIRED: "taken off when its time was over",
}
