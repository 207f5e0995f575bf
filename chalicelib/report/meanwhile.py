"""What people are told between the first message and the last: a reminder, and what somebody undid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.model import StepState
from chalicelib.report import dangers, first, investigation, sections
from chalicelib.report.escape import plain
from chalicelib.report.form import SOON, Kind, Said, Section, Severity
from chalicelib.report.words import leak, moment, owner, sentence, span, work

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.entries import Undone
    from chalicelib.incident import Incident
    from chalicelib.model import Image, Step
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings


def reminder(incident: Incident, number: int, now: datetime, settings: Settings) -> Said:
    """The same question, for how long nobody has answered it, and in the end as loud as can be."""
    left = SOON - number
    more = "We ask every day until somebody does." if left <= 0 else f"We ask {_TIMES[left]}, then every day."
    since = f"since {moment(incident.opened_at)}, for {span(now - incident.opened_at)}"
    headline = (
        f"{leak(incident.signals, incident.principal, incident.judgement)} Nobody has answered {since}. "
        f"Nothing has been touched: it still works. {more}"
    )
    asked = first.asks(incident, settings)
    loud = asked.severity if left > 0 else Severity.CRITICAL
    return replace(asked, kind=Kind.APPROVAL_REMINDER, severity=loud, word="STILL WAITING", headline=headline)


_TIMES = {1: "once more soon", 2: "twice more soon"}


def undone(incident: Incident, number: int, settings: Settings, found: Investigation | None = None) -> Said:
    """The n-th time that somebody undid a step: done again, or not any more."""
    so_far = incident.undone[:number]
    one = so_far[-1]
    step = _step(incident, one)
    what = work(step) if step else plain(one.step)
    by = (f"A feed or CloudTrail says that it was {plain(one.by)}.",) if one.by else ()
    kept = _kept(incident, one)
    seen = Section("What we saw", (sentence(plain(one.detail, 400)), f"Undone: {what}.", *by, *kept))
    if one.reapplied:
        return _reapplied(incident, number, seen, settings, found)
    times = sum(other.step == one.step for other in incident.undone)
    stopped = (
        f"Somebody undid the same thing {times} times, so we stop doing it again."
        if times > 1
        else "Somebody undid it in a way that we cannot mend."
    )
    headline = (
        f"{stopped} {dangers.how_it_stands(incident)} Is it a false alarm, or the intruder? A person must decide."
    )
    parts = (seen, *dangers.failures(incident), *sections.done(incident), *investigation.section(found))
    out = first.ways_out(incident, settings)
    return Said(Kind.GIVEN_UP, Severity.CRITICAL, "UNDONE, GIVEN UP", headline, parts, out)


def _kept(incident: Incident, undone: Undone) -> tuple[str, ...]:
    """What they had set there is not lost."""
    step = _step(incident, undone)
    if step is None or not any(one.step == undone.step for one in incident.found):
        return ()
    if since := incident.doubted(step):
        return (f"Nothing says who set {_shown(since)}: a restore asks whether it is to come back.",)
    return (f"A restore puts back {_shown(incident.image(step))}.",)


def _shown(image: Image) -> str:
    return plain(", ".join(f"{name} {value or 'none'}" for name, value in image.items()) or "what stood before us", 400)


def _reapplied(incident: Incident, number: int, seen: Section, settings: Settings, found: Investigation | None) -> Said:
    """What was done again, or could not be."""
    so_far, step = incident.undone[:number], _step(incident, incident.undone[number - 1])
    failed = step is not None and incident.state_of(step) in {StepState.FAILED, StepState.PENDING}
    again = "and doing it again has failed so far" if failed else "and we did it again"
    word = "UNDONE, STILL OPEN" if failed else "UNDONE, DONE AGAIN"
    headline = (
        f"Somebody undid what we did to {owner(incident.principal)}, or got past it, {again}{_times(number)}. If it "
        f"was you: restore or release instead, as below. If it was not: find out who has that right. "
        f"{dangers.how_it_stands(incident)} {_still(so_far, settings)}"
    )
    parts = (seen, *dangers.failures(incident), *sections.done(incident), *investigation.section(found))
    loud = Severity.HIGH if incident.is_denied else Severity.CRITICAL
    return Said(Kind.UNDONE, loud, word, headline, parts, first.ways_out(incident, settings))


def _step(incident: Incident, undone: Undone) -> Step | None:
    return next((step for step in incident.steps if step.key == undone.step), None)


def _times(number: int) -> str:
    return f" ({number} times so far)" if number > 1 else ""


def _still(so_far: tuple[Undone, ...], settings: Settings) -> str:
    """How often we do the last of these again after this."""
    if so_far[-1].hostile:
        return "They are contained themselves, so we do it again for as long as it takes."
    left = settings.reapply_limit - sum(one.step == so_far[-1].step and not one.hostile for one in so_far)
    times = "once more" if left == 1 else f"{left} times more"
    return f"We do it again {times}, then ask." if left > 0 else "We do not do it again a next time, but ask."
