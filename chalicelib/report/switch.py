"""The pause switch: whoever turns it, people are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.report import commands
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Section, Severity

if TYPE_CHECKING:
    from chalicelib.settings import Settings


def paused(by: str, reason: str, settings: Settings) -> Said:
    """From now on a leaked credential works until a person stops it."""
    headline = f"The responder was paused by {plain(by)}. Until it is resumed, leaks are reported but not contained."
    lines = (
        "A signal is still told, with what a person must do by hand.",
        "Open incidents are left as they stand: nothing is read again, done again, narrowed or lifted.",
        "If nobody of you meant to pause it, an intruder did: resume it, and contain whoever it was.",
    )
    return Said(
        Kind.PAUSED,
        Severity.CRITICAL,
        "PAUSED",
        headline,
        (_why(reason), Section("What that means", lines)),
        (commands.resume_responder(settings),),
    )


def resumed(by: str, reason: str) -> Said:
    """It contains again; what came meanwhile was only told."""
    headline = f"The responder was resumed by {plain(by)}: it contains leaked credentials again."
    line = (
        "What was told during the pause was not contained. Replay each finding of that time with "
        "`leak-responder replay`; open incidents go on by themselves within some minutes."
    )
    return Said(Kind.RESUMED, Severity.MEDIUM, "RESUMED", headline, (_why(reason), Section("What to do now", (line,))))


def _why(reason: str) -> Section:
    return Section("Why", (plain(reason, 400),), foreign=True)
