"""What happened to an incident, entry after entry, as the ledger has it."""

from __future__ import annotations

from datetime import UTC
from itertools import groupby
from typing import TYPE_CHECKING, assert_never

from chalicelib.digest import digest
from chalicelib.entries import (
    Approved,
    Closed,
    Did,
    Entry,
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
from chalicelib.model import Judgement, Outcome, Plan, Signal, Status
from chalicelib.report.escape import plain
from chalicelib.report.form import Section
from chalicelib.report.words import credential, deed, feed, owner, sentence, work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.incident import Incident

_DETAIL = 400


def days(entries: Sequence[Entry], incident: Incident) -> tuple[Section, ...]:
    """A part for each day, and for each entry the time and one paragraph or more. Times are UTC."""
    return tuple(
        Section(f"{day:%Y-%m-%d} UTC", pairs=lines(tuple(some), incident), foreign=True)
        for day, some in groupby(entries, lambda entry: entry.at.astimezone(UTC).date())
    )


def lines(entries: Sequence[Entry], incident: Incident) -> tuple[tuple[str, str], ...]:
    """For each entry the time and one paragraph or more, of which the first alone says the time."""
    deeds = {step.key: deed(step) for step in incident.steps}
    works = {step.key: work(step) for step in incident.steps}
    return tuple(pair for entry in entries for pair in _lines(entry, deeds, works, incident))


def _lines(
    entry: Entry, deeds: Mapping[str, str], works: Mapping[str, str], incident: Incident
) -> tuple[tuple[str, str], ...]:
    first, *rest = map(sentence, _told(entry, deeds, works, incident))
    return (f"{entry.at.astimezone(UTC):%H:%M:%S}", first), *(("", one) for one in rest)


def _told(entry: Entry, deeds: Mapping[str, str], works: Mapping[str, str], incident: Incident) -> tuple[str, ...]:  # noqa: C901, PLR0912 - one arm per kind of entry
    match entry.body:
        case Opened(signal=signal, judgement=judgement, mode=mode):
            return f"opened in mode {mode}: {_signal(signal)}", *_judged(signal, judgement)
        case Joined(signal=signal, judgement=judgement):
            return f"joined: {_signal(signal)}", *_judged(signal, judgement)
        case Planned(plan=plan):
            return _plan(plan)
        case Found(step=key, image=image, by=by):
            what = ", ".join(f"{name} {value or 'none'}" for name, value in image.items())
            place = works.get(key, plain(key))
            return (f"found what {plain(by) or 'somebody'} had set there, beneath {place}{_more(what)}",)
        case Renamed(name=name):
            return (f"the user was renamed, and is called {plain(name)} now",)
        case Did(step=key, outcome=outcome):
            return (_ended("", deeds.get(key, plain(key)), outcome),)
        case Told(message=message, channel=channel, outcome=outcome):
            return (
                _ended("", f"message {incident.ordinals.get(entry.number, message)} over {plain(channel)}", outcome),
            )
        case Reached(stage=stage, detail=detail):
            return (f"stage {stage} is complete{_more(detail)}",)
        case Undone(step=key, detail=detail, reapplied=reapplied, by=by):
            again = "we do it again" if reapplied else "we do NOT do it again"
            return (f"{plain(by) or 'somebody'} undid {works.get(key, plain(key))}; {again}{_more(detail)}",)
        case Looked(unasked=unasked):
            return (f"looked again, and found nothing amiss{_more('; '.join(unasked))}",)
        case Explained(findings=findings, unasked=unasked):
            times = "one more finding" if findings == 1 else f"{findings:,} more findings"
            said = f"explained {times} about what is stopped: no call of it succeeded"
            return (f"{said}{_more('; '.join(unasked))}",)
        case Noted(rights=rights, by=by):
            seen = "; ".join(f"{what}: {text or 'none'}" for what, text in rights.items())
            return (f"noted what it is given{', changed by ' + plain(by) if by else ''}{_more(seen)}",)
        case Approved(by=by):
            return (f"approved by {plain(by)}",)
        case Released(by=by, reason=reason):
            return (f"released by {plain(by)}{_more(reason)}",)
        case Replaced(key=key, secret=secret, reader=reader, by=by, reason=reason):
            made = f"access key {plain(key)} was made and kept" if key else "an access key is about to be made and kept"
            return (f"{made} in {plain(secret)} for {plain(reader)} by order of {plain(by)}{_more(reason)}",)
        case Restored(step=key, by=by, reason=reason, outcome=outcome, true_alarm=true_alarm):
            alarm = "after a true alarm" if true_alarm else "after a false alarm"
            return (_removed(f"{plain(by)}, {alarm}{_more(reason)}", works.get(key, plain(key)), outcome),)
        case Lifted(step=key, outcome=outcome):
            return (_removed("us, for its time was over", works.get(key, plain(key)), outcome),)
        case Filed(outcome=outcome):
            return (_ended("", "the report written to the bucket", outcome),)
        case Closed(result=result, detail=detail):
            return (f"closed, {result}{_more(detail)}",)
        case _:
            assert_never(entry.body)


def _signal(signal: Signal) -> str:
    who = f"{credential(signal.subject)} of {owner(signal.principal)}"
    return f"{feed(signal)} says {plain(signal.what)} about {who} ({signal.sign})"


def _judged(signal: Signal, judgement: Judgement) -> tuple[str, ...]:
    said = tuple(f"{plain(one.label, 32)}: {plain(one.value)}" for one in signal.evidence)
    return *said, f"decided: {judgement.decision}, {judgement.confidence}, because {plain(judgement.reason, _DETAIL)}"


def _plan(plan: Plan) -> tuple[str, ...]:
    steps = (f"{'then' if number > 1 else 'first'} {deed(step)}" for number, step in enumerate(plan.steps, 1))
    withheld = (f"withheld {plain(one.action)}: {plain(one.reason, _DETAIL)}" for one in plan.withheld)
    return f"planned {digest(plan.steps, plan.withheld)}", *steps, *withheld


_ENDED = {
    Status.DONE: "done",
    Status.ALREADY: "stood already",
    Status.PENDING: "begun",
    Status.FAILED: "FAILED",
}


def _removed(by: str, what: str, outcome: Outcome) -> str:
    """How the undoing of what a step left in place went, by whom and why."""
    said = {
        Status.DONE: f"removed by {by}: {what}",
        Status.ALREADY: f"nothing to remove: {what}, by {by}",
        Status.PENDING: f"removing begun by {by}: {what}",
        Status.FAILED: f"NOT removed by {by}: {what}",
    }
    return f"{said[outcome.status]}{_more(outcome.detail)}"


def _ended(before: str, what: str, outcome: Outcome) -> str:
    return f"{_ENDED[outcome.status]}: {before}{what}{_more(outcome.detail)}"


def _more(detail: str) -> str:
    return f" ({plain(detail, _DETAIL)})" if detail else ""
