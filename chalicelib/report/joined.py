"""What people are told of a signal that joined an incident after its first message."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.model import StepState
from chalicelib.report import commands, first, investigation, sections
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Severity
from chalicelib.report.words import credential, owner, sentence

if TYPE_CHECKING:
    from chalicelib.entries import Joined
    from chalicelib.incident import Incident
    from chalicelib.report.form import Section
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings


def joined(incident: Incident, place: int, settings: Settings, found: Investigation | None = None) -> Said:
    """Say what was done because of the signal, what a person is asked about as well, or what only a person can say."""
    one = incident.joined[place - 1]
    if not incident.acting:
        more = _MORE if one.adds else _WAITING
        asked = first.asks(incident, settings, _about(incident, one))
        return replace(asked, headline=f"{_happened(incident, one)} {more}")
    if not one.adds:
        return _question(incident, one, settings, found)
    return _also(incident, one, settings, found)


_MORE = "The plan that waits for a person deals with that, too. Nothing has been touched: it works until then."
_WAITING = "A person was asked about this owner already. Nothing has been touched: it works until the plan is approved."


def _happened(incident: Incident, one: Joined) -> str:
    what = f"{credential(one.signal.subject)} of {owner(incident.principal)}"
    return sentence(f"{plain(one.judgement.reason, 400)}: {what}")


def _question(incident: Incident, one: Joined, settings: Settings, found: Investigation | None) -> Said:
    headline = (
        f"{_happened(incident, one)} It was left as it is. If that is expected, nobody needs to act. If it is not, run "
        "the command below."
    )
    out = commands.contain(one.signal, settings, "If it is not expected, to end it")
    parts = (*_about(incident, one), *investigation.section(found))
    return Said(Kind.QUESTION, Severity.HIGH, "IS THIS EXPECTED", headline, parts, out)


def _also(incident: Incident, one: Joined, settings: Settings, found: Investigation | None) -> Said:
    left = [step for step in incident.steps if step.key in one.adds and incident.state_of(step) in _ALIVE]
    ended = "We ended that, too." if not left else "We could NOT end it: a person must, as below."
    severity = Severity.HIGH if not left else Severity.CRITICAL
    word = "ALSO CONTAINED" if not left else "NOT ALL CONTAINED"
    headline = f"{_happened(incident, one)} {ended}"
    parts = (*_about(incident, one), *sections.done(incident), *investigation.section(found))
    return Said(Kind.ALSO_CONTAINED, severity, word, headline, parts, first.ways_out(incident, settings))


_ALIVE = frozenset({StepState.PENDING, StepState.FAILED, StepState.LOST})


def _about(incident: Incident, one: Joined) -> tuple[Section, ...]:
    return (
        sections.about("What it is about", (one.signal,), incident.principal),
        *sections.known((one.signal,), one.judgement),
    )
