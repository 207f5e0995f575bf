"""What people are told of a signal that joined an incident after its first message."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.report import commands, first, sections
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Severity
from chalicelib.report.words import credential, owner, sentence

if TYPE_CHECKING:
    from chalicelib.entries import Joined
    from chalicelib.incident import Incident
    from chalicelib.report.form import Section
    from chalicelib.settings import Settings


def joined(incident: Incident, place: int, settings: Settings) -> Said:
    """Say what was done because of the signal, what a person has to approve as well, or what only a person can say."""
    one = incident.joined[place - 1]
    if not one.adds:
        return _question(incident, one, settings)
    if not incident.acting:
        asked = first.asks(incident, settings)
        return replace(asked, headline=f"{_happened(incident, one)} {_MORE}")
    return _also(incident, one, settings)


_MORE = "The plan that waits for a person deals with that, too. Nothing has been touched: it works until then."


def _happened(incident: Incident, one: Joined) -> str:
    what = f"{credential(one.signal.subject)} of {owner(incident.principal)}"
    return sentence(f"{plain(one.judgement.reason, 400)}: {what}")


def _question(incident: Incident, one: Joined, settings: Settings) -> Said:
    headline = (
        f"{_happened(incident, one)} It was left as it is. If that is expected, nobody needs to act. If it is not, run "
        "the command below."
    )
    out = commands.contain(one.signal, settings, "If it is not expected, to end it")
    return Said(Kind.QUESTION, Severity.HIGH, "IS THIS EXPECTED", headline, _about(incident, one), out)


def _also(incident: Incident, one: Joined, settings: Settings) -> Said:
    left = [step for step in incident.unfinished() if step.key in one.adds]
    ended = "We ended that, too." if not left else "We could NOT end it: a person must, as below."
    severity = Severity.HIGH if not left else Severity.CRITICAL
    word = "ALSO CONTAINED" if not left else "NOT ALL CONTAINED"
    headline = f"{_happened(incident, one)} {ended}"
    parts = (*_about(incident, one), *sections.done(incident))
    return Said(Kind.ALSO_CONTAINED, severity, word, headline, parts, first.ways_out(incident, settings))


def _about(incident: Incident, one: Joined) -> tuple[Section, ...]:
    return (
        sections.about("What it is about", (one.signal,), incident.principal),
        *sections.known((one.signal,), one.judgement),
    )
