"""What a person still has to do, the most urgent first: a report begins with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.model import PrincipalKind
from chalicelib.report import commands, dangers
from chalicelib.report.document import lines as words
from chalicelib.report.document.form import Open
from chalicelib.report.escape import plain
from chalicelib.report.words import credential, deed, owner, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.incident import Incident
    from chalicelib.report.document.form import Found, Report
    from chalicelib.settings import Settings

TITLE = "Still to be done"
NOTHING = "Nothing that we know of."
_MOST = 5
"""Of a kind, the first are named and the rest are counted: all of them stand further down."""


def with_open(report: Report, incident: Incident | None = None, settings: Settings | None = None) -> Report:
    """Return the report with what is left to do; nothing where nothing is known to be left."""
    asked = () if incident is None or settings is None else _asked(incident, settings)
    after = () if incident is None else _afterwards(incident)
    left = (*asked, *_found(report.found), *_worthless(report), *after, *_written(report.found), *_unseen(report.found))
    return replace(report, open=tuple(Open(sentence(one.what).rstrip("."), sentence(one.why)) for one in left))


def _asked(incident: Incident, settings: Settings) -> tuple[Open, ...]:
    """Return what waits for an answer or for a person's hand; nothing after a false alarm."""
    if incident.was_restored or dangers.is_needless(incident):
        return ()
    questions = () if incident.closed else _questions(incident, settings)
    return (*questions, *((*_failed(incident), *_withheld(incident)) if incident.acting else ()))


def _questions(incident: Incident, settings: Settings) -> Iterator[Open]:
    if not incident.acting:
        ways = (commands.approve(incident, settings), commands.decline(incident, settings))
        typed = " or ".join(f"`{one.line}`" for one in ways)
        yield Open("approve the plan or decline it", f"it works until somebody answers: {typed}")
    for one in incident.joined:
        if one.told_apart and not one.adds:
            what = f"{credential(one.signal.subject)} of {owner(incident.principal)}"
            why = f"it was left as it is: {plain(one.judgement.reason, 400)}"
            yield Open(f"say whether this is expected: {what}", why)


def _failed(incident: Incident) -> Iterator[Open]:
    for step in incident.broken:
        why = incident.why_lost(step) or incident.outcome(step).detail
        yield Open(f"do by hand: {deed(step)}", plain(why, 400) or "AWS gave no reason")


def _withheld(incident: Incident) -> Iterator[Open]:
    for one in incident.withheld:
        if one.action not in _NO_TASK:
            yield Open(plain(one.instead, 400), plain(one.reason, 400))


_NO_TASK = frozenset({"deactivate-others", "contain"})
"""What was left active on purpose, and what was not there to be contained."""


def _found(found: Found | None) -> Iterator[Open]:
    if found is None:
        yield Open("look into CloudTrail", "nobody has, so what the credential did is not known")
        return
    children = (Open(f"contain {words.child(one)[0]}", one.state) for one in found.children if not one.is_contained)
    yield from _some(children, "of what it made")


def _worthless(report: Report) -> Iterator[Open]:
    secrets = (Open(f"rotate {words.rotation(one)[0]}", one.state) for one in report.rotations if not one.is_done)
    yield from _some(secrets, "secrets to rotate")
    given = (Open(f"end {words.gift(one)[0]}", words.gift(one)[1]) for one in report.given if one.outlives)
    yield from _some(given, "credentials of other services to end")


def _afterwards(incident: Incident) -> Iterator[Open]:
    """Yield what the owner needs to work again: the deny gone, and another key in the place of each that leaked."""
    who = owner(incident.principal)
    if incident.was_restored:
        return
    if incident.is_denied and not incident.narrowed and incident.principal.kind in _PEOPLE:
        yield Open(f"let {who} work again, once that is safe", f"all that {who} does is denied; the way is at the end")
    if incident.replacement and incident.replacement.key:
        return
    ended = {step.credential for step in incident.steps if step.credential and incident.stands(step)}
    for one in dict.fromkeys(signal.subject for signal in incident.signals):
        if one.id in ended & incident.leaked:
            yield Open(f"replace {credential(one)} where it is still needed", "it is inactive, and stays so")


_PEOPLE = frozenset({PrincipalKind.USER, PrincipalKind.COGNITO_USER, PrincipalKind.IDENTITY_CENTER_USER})
"""Of a role, sessions that are newer than the deny work."""


def _written(found: Found | None) -> Iterator[Open]:
    places = (
        Open(f"take {one.key} out of {one.where}", one.instead) for one in (found.written if found else None) or ()
    )
    yield from _some(places, "places where the key is written down")


def _unseen(found: Found | None) -> Iterator[Open]:
    if found and found.gaps:
        yield Open(f"look at what could not be seen ({len(found.gaps):,})", "the list of it says where to look")


def _some(left: Iterable[Open], rest: str) -> Iterator[Open]:
    listed = [*left]
    yield from listed[:_MOST]
    if len(listed) > _MOST:
        yield Open(f"{len(listed) - _MOST:,} more {rest}", "all of them are listed below")
