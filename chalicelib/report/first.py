"""The first message: what leaked, what we did within seconds, and what a person must do now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.model import Confidence, PrincipalKind
from chalicelib.report import commands, dangers, investigation, sections
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Section, Severity
from chalicelib.report.words import leak, moment, owner, span

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.report.form import Command
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings


def contained(incident: Incident, settings: Settings, found: Investigation | None = None) -> Said:
    """Contained, partly contained, or not; or nothing that could be."""
    kind, severity, word, headline = _how_far(incident)
    failed = () if kind is Kind.NOTHING_TO_CONTAIN else dangers.failures(incident)
    return Said(
        kind,
        severity,
        word,
        f"{leak(incident.signals, incident.principal, incident.judgement)} {headline}",
        (
            *failed,
            *sections.withheld(incident.withheld),
            *_leaked(incident),
            *sections.done(incident),
            *sections.left_by(incident),
            *investigation.section(found),
            *((sections.breaks(incident),) if incident.is_denied else ()),
            dangers.survivors(incident, settings, found),
            *((_next(incident, settings),) if kind is not Kind.NOTHING_TO_CONTAIN else ()),
        ),
        ways_out(incident, settings),
    )


def _how_far(incident: Incident) -> tuple[Kind, Severity, str, str]:
    denied, left = incident.is_denied, (*incident.unfinished(), *(step for step in incident.lost if not step.later))
    if denied and not left:
        clock = incident.contained_at or incident.opened_at
        after = span(clock - incident.latest)
        text = f"{_ended(incident)}: contained at {moment(clock)}, {after} after the last sign of it."
        return Kind.CONTAINED, Severity.HIGH, "CONTAINED", text
    if denied:
        text = f"A deny stands, so it can do nothing at the moment, but {_steps(len(left))}: read on."
        return Kind.PARTLY_CONTAINED, Severity.HIGH, "PARTLY CONTAINED", text
    if why := dangers.nothing_to_contain(incident):
        text = f"There is nothing to contain: {plain(why, 400)}."
        return Kind.NOTHING_TO_CONTAIN, Severity.MEDIUM, "NOTHING TO CONTAIN", text
    text = f"We could NOT stop it: {dangers.still_open(incident)}. Somebody must act by hand now."
    return Kind.NOT_CONTAINED, Severity.CRITICAL, "NOT CONTAINED", text


def _ended(incident: Incident) -> str:
    """A token that is checked by its signature alone is asked about nowhere."""
    match incident.principal.kind:
        case PrincipalKind.COGNITO_USER:
            return "Nobody signs in with it any more, and Cognito refuses every token of before"
        case PrincipalKind.IDENTITY_CENTER_USER:
            return (
                "All account access is removed and existing role sessions are denied; every account follows in minutes"
            )
        case _:
            return "It can do nothing any more"


_REDO = "we re-apply it and tell you."


def _steps(count: int) -> str:
    return "one step is not done" if count == 1 else f"{count} steps are not done"


def _next(incident: Incident, settings: Settings) -> Section:
    who, watch = owner(incident.principal), span(timedelta(seconds=settings.watch))
    if incident.is_denied:
        line = f"We read all of this again, tell you whether it holds, and then watch {who} for {watch}."
    else:
        line = f"We look at {who} for {watch}, try again what failed, and tell you how it stands."
    return Section("What happens next", (f"{line} If anyone reverts what we did in that time, {_REDO}",))


def ways_out(incident: Incident, settings: Settings) -> tuple[Command, ...]:
    """What to run, the most urgent first. A release is offered only where it would be accepted."""
    broken = () if dangers.nothing_to_contain(incident) else incident.broken
    again = any(not dangers.is_lost(incident, step) for step in broken) and not incident.closed
    sound = (step for step in broken if not incident.outcome(step).unsound)
    mend = (*commands.by_hand(sound), *((commands.resume(incident, settings),) if again else ()))
    return (*mend, *_release(incident, settings), commands.restore(incident, settings))


def _release(incident: Incident, settings: Settings) -> tuple[Command, ...]:
    """A role's fresh sessions work without one; of a user, what leaked must be dead first. It does again what it needs
    and somebody undid.
    """
    if incident.principal.kind is PrincipalKind.COGNITO_USER and incident.is_denied:
        return (commands.enable(incident, settings),)
    if incident.principal.kind is PrincipalKind.IDENTITY_CENTER_USER and incident.is_denied:
        return commands.let_in(incident, settings)
    user = incident.principal.kind is PrincipalKind.USER
    stands = incident.is_denied or any(dangers.is_lost(incident, step) for step in incident.broken)
    if not user or incident.released or not stands:
        return ()
    if not incident.leaked:
        return (commands.release_unnamed(incident, settings),)
    return (commands.release(incident, settings),) if incident.is_dead else ()


def asks(incident: Incident, settings: Settings, about: tuple[Section, ...] = ()) -> Said:
    """Return the question about a plan that waits. `about` says why it is told now, where that is not all signals."""
    sure = incident.judgement.confidence is Confidence.CONFIRMED
    return Said(
        Kind.APPROVAL_WANTED,
        Severity.CRITICAL if sure else Severity.HIGH,
        "APPROVAL WANTED",
        f"{leak(incident.signals, incident.principal, incident.judgement)} "
        "Nothing has been touched: it works until somebody approves the plan.",
        (
            *(about or _leaked(incident)),
            sections.planned("What we would do", incident.steps),
            *sections.withheld_by_plan(incident.withheld),
            *sections.left_by(incident),
            sections.would_break(incident.principal, incident.steps),
        ),
        (commands.approve(incident, settings), commands.decline(incident, settings)),
    )


def _leaked(incident: Incident) -> tuple[Section, ...]:
    return (
        sections.about("What leaked", incident.signals, incident.principal),
        *sections.known(incident.signals, incident.judgement),
    )
