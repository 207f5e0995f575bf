"""What gives a contained principal its rights, or lets others in as it, is another than at the first look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.entries import TRUST
from chalicelib.report import commands, investigation
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Section, Severity
from chalicelib.report.words import owner, sentence

if TYPE_CHECKING:
    from chalicelib.entries import Noted
    from chalicelib.incident import Incident
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings

_TEXT = 4096  # characters of a trust policy at most (IAM user guide, "IAM and AWS STS quotas")


def changed(incident: Incident, number: int, settings: Settings, found: Investigation | None = None) -> Said:
    """The n-th time: what stood, what stands, by whom, and what that lets through."""
    before, now = incident.changes[number - 1]
    others = differing(before, now)
    opened = TRUST in others
    headline = (
        f"While we watch {owner(incident.principal)}, somebody changed {' and '.join(map(_called, others))}. "
        f"{_DENIED if incident.is_denied else _NOT_DENIED} {_LETS_IN if opened else _GIVES}"
    )
    by = (f"CloudTrail says that it was {plain(now.by)}.",) if now.by else ()
    seen = tuple(_seen(what, before, now) for what in others)
    who = Section("Who did it", by or ("CloudTrail does not say yet.",))
    parts = (*seen, who, *investigation.section(found))
    severity = Severity.HIGH if opened else Severity.MEDIUM
    back = commands.trust(incident, settings) if opened else ()
    return Said(Kind.RIGHTS_CHANGED, severity, "RIGHTS CHANGED", headline, parts, back)


_DENIED, _NOT_DENIED = "Our deny stands.", "No deny of ours stands."
_LETS_IN = (
    "But whoever the new trust policy lets in comes with fresh sessions, which a deny on older ones spares. If nobody "
    "of yours did it, put the earlier one back."
)
_GIVES = "If nobody of yours did it, undo it before the owner may work again: it gives rights, or takes some."


def differing(before: Noted, now: Noted) -> list[str]:
    """What of it is another, by its name."""
    return [what for what, was in before.rights.items() if now.rights[what] != was]


def _called(what: str) -> str:
    return f"its {what}"


def _seen(what: str, before: Noted, now: Noted) -> Section:
    pairs = (("Stood", before.rights[what]), ("Stands", now.rights[what]))
    return Section(
        sentence(what).rstrip("."), pairs=tuple((label, plain(text, _TEXT) or "none") for label, text in pairs)
    )


def at_the_end(incident: Incident) -> str:
    """Half a sentence for whoever reads only the end; "" where nothing changed."""
    others = dict.fromkeys(what for one in incident.changes for what in differing(*one))
    if not others:
        return ""
    return f" Meanwhile somebody changed {' and '.join(map(_called, others))}: see the message that said so."
