"""The deny on old sessions has had its time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.model import PrincipalKind
from chalicelib.report import commands, investigation
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Section, Severity
from chalicelib.report.words import moment, owner, span, work

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.report.form import Command
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings


def lifted(incident: Incident, settings: Settings, found: Investigation | None = None) -> Said:
    """For programs: our deny is gone, and what leaked is as dead as before."""
    who, life = owner(incident.principal), span(_life(incident, settings))
    still = investigation.still_to_do(found)
    quiet = "" if still else "Nobody needs to act. "
    dead = " The leaked key stays inactive." if incident.is_dead else ""
    headline = (
        f"{quiet}We took our deny on old sessions of {who} off: it stopped those from before "
        f"{moment(incident.denied_before)}, and AWS lets none live longer than {life}.{dead}{still}"
    )
    parts = (_what(incident), *investigation.section(found))
    return Said(Kind.DENY_LIFTED, Severity.LOW, "DENY LIFTED", headline, parts)


def _life(incident: Incident, settings: Settings) -> timedelta:
    """The longest life of a session of this principal."""
    role = incident.principal.kind is PrincipalKind.ROLE
    return timedelta(seconds=settings.role_session if role else settings.user_session)


def not_lifted(incident: Incident, found: Investigation | None = None) -> Said:
    """It could not be taken off: nothing is in danger, and something of ours is left lying about."""
    who, parts = owner(incident.principal), (_what(incident), *investigation.section(found))
    headline = (
        f"Our deny on old sessions of {who} is no longer needed, for all of them have expired, but we could not remove "
        "it. Nobody is affected. We try again."
    )
    return Said(Kind.DENY_NOT_LIFTED, Severity.MEDIUM, "DENY NOT LIFTED", headline, parts, _by_hand(incident))


def _what(incident: Incident) -> Section:
    steps = {step.key: step for step in incident.steps}
    pairs = tuple(
        ("removed" if one.good else "FAILED", f"{work(steps[key])}{_detail(one.detail)}")
        for key, one in incident.lifted.items()
        if key in steps
    )
    return Section("The deny", pairs=pairs)


def _detail(detail: str) -> str:
    return f" ({plain(detail, 400)})" if detail else ""


def _by_hand(incident: Incident) -> tuple[Command, ...]:
    failed = [step for step in incident.steps if step.key in incident.lifted and not incident.lifted[step.key].good]
    return commands.lifting(failed)
