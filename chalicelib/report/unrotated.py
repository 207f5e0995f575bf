"""Secrets that were read with what leaked, and that still have the value that was read, once the incident is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.report import commands, investigation
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Section, Severity
from chalicelib.report.words import deed, owner

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.report.investigation import Investigation


def unrotated(incident: Incident, found: Investigation | None = None) -> Said:
    """What an inquiry found too late for the last message, and no rotation made worthless."""
    left = incident.unrotated
    many = "1 secret was" if len(left) == 1 else f"{len(left)} secrets were"
    still = "it still has the value" if len(left) == 1 else "they still have the values"
    headline = (
        f"The incident of {owner(incident.principal)} is closed, but {many} read with what leaked and could not be "
        f"rotated: {still} that the intruder knows. Nobody tries again: give each a new value, or mend what stands in "
        "the way and begin its rotation."
    )
    pairs = tuple(("not rotated", f"{deed(step)} ({plain(_why(incident, step), 400)})") for step in left)
    return Said(
        Kind.NOT_ROTATED,
        Severity.HIGH,
        "NOT ROTATED",
        headline,
        (Section("What to rotate", pairs=pairs), *investigation.section(found)),
        commands.by_hand(left, "Once its cause is mended"),
    )


def _why(incident: Incident, step: Step) -> str:
    return incident.outcome(step).detail or "no deny stood any more, so the intruder would have read the new value too"
