"""Which message an incident or a signal asks for, with what every message carries. Pure, and total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.report import (
    changed,
    first,
    joined,
    later,
    lifted,
    meanwhile,
    notice as notices,
    record,
    switch,
    unrotated,
)
from chalicelib.report.escape import ascii_line, plain
from chalicelib.report.form import (
    JOINED,
    NOT_ROTATED,
    PUT_BACK,
    REMINDED,
    RIGHTS,
    SOON,
    UNDONE,
    Command,
    Kind,
    Message,
    Number,
    Said,
    Section,
    Severity,
)
from chalicelib.report.words import owner, thing

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Judgement, Signal
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings

__all__ = [
    "JOINED",
    "REMINDED",
    "SOON",
    "UNDONE",
    "Command",
    "Kind",
    "Message",
    "Number",
    "Section",
    "Severity",
    "compose",
    "is_outdated",
    "notice_message",
    "switch_message",
]

_SUBJECT = 99  # characters; SNS wants ASCII, "less than 100 characters long" (API reference, Publish)


def compose(
    incident: Incident, number: int, now: datetime, settings: Settings, found: Investigation | None = None
) -> Message:
    """The message of that number; one that has no text of its own says what the state asks for.

    `found` is what the investigation found; None where nobody has looked.
    """
    said, ordinal = _said(incident, number, now, settings, found), incident.ordinal_of(number)
    return Message(
        incident=incident.id,
        number=number,
        kind=said.kind,
        severity=said.severity,
        at=now,
        account=incident.principal.account,
        subject=_subject(said.word, owner(incident.principal), incident.principal.account, f"{incident.id} #{ordinal}"),
        headline=said.headline,
        sections=said.sections,
        commands=said.commands,
        facts=record.of_incident(incident, settings),
        ordinal=ordinal,
        taken_by=frozenset(channel for (_, channel), outcome in incident.told.items() if outcome.good),
    )


def is_outdated(incident: Incident, number: int) -> bool:
    """Whether a message that comes again would be wrong: it says what stands today, and of some a later one tells."""
    if incident.closed is None:
        return incident.acting and (number > REMINDED or _joined_a_question(incident, number))
    if incident.was_restored:
        return number != Number.RESTORED and not PUT_BACK < number <= RIGHTS
    match number:
        case Number.DENY_NOT_LIFTED:
            return all(one.good for one in incident.lifted.values())
        case _ if NOT_ROTATED < number <= JOINED:
            return not incident.unrotated
        case _:
            undone = UNDONE < number <= UNDONE + incident.undone_by_end
            put_back = UNDONE + len(incident.undone) < number <= PUT_BACK
            return number in _MEANWHILE or undone or put_back or RIGHTS < number <= NOT_ROTATED or number > JOINED


def _joined_a_question(incident: Incident, number: int) -> bool:
    """Say whether it tells of a signal that came while a person was asked: the message about the answer has it, too."""
    place = number - JOINED
    return 0 < place <= len(incident.joined) and incident.joined[place - 1].asked


_MEANWHILE = frozenset({Number.FIRST, Number.FOLLOW_UP, Number.APPROVED})
"""What the end tells, too."""


def _said(incident: Incident, number: int, now: datetime, settings: Settings, found: Investigation | None) -> Said:
    match number:
        case Number.FOLLOW_UP:
            return later.follow_up(incident, now, settings, found)
        case Number.END if incident.closed:
            return later.closed(incident, incident.closed, settings, found)
        case Number.RELEASED if incident.released:
            return later.released(incident, incident.released, settings, found)
        case Number.RESTORED:
            return later.restored(incident, settings, found)
        case Number.DENY_LIFTED:
            return lifted.lifted(incident, settings, found)
        case Number.DENY_NOT_LIFTED:
            return lifted.not_lifted(incident, found)
        case _:
            return _recurring(incident, number, now, settings, found) or _first(incident, settings, found)


def _recurring(
    incident: Incident, number: int, now: datetime, settings: Settings, found: Investigation | None
) -> Said | None:
    """What may be told more than once, each time under a number of its own."""
    match number:
        case _ if number > REMINDED:
            return None if incident.acting else meanwhile.reminder(incident, number - REMINDED, now, settings)
        case _ if number > JOINED:
            return joined.joined(incident, number - JOINED, settings, found)
        case _ if number > NOT_ROTATED:
            return unrotated.unrotated(incident, found)
        case _ if number > RIGHTS:
            return changed.changed(incident, number - RIGHTS, settings, found)
        case _ if number > PUT_BACK:
            return later.restored(incident, settings, found)
        case _ if UNDONE < number <= UNDONE + len(incident.undone):
            return meanwhile.undone(incident, number - UNDONE, settings, found)
        case _:
            return None


def _first(incident: Incident, settings: Settings, found: Investigation | None) -> Said:
    return first.contained(incident, settings, found) if incident.acting else first.asks(incident, settings)


def switch_message(*, on: bool, by: str, reason: str, now: datetime, settings: Settings) -> Message:
    """The pause switch was turned."""
    said = switch.paused(by, reason, settings) if on else switch.resumed(by, reason)
    known = f"pause-{now:%Y%m%d-%H%M%S}"
    return Message(
        incident=known,
        number=1,
        kind=said.kind,
        severity=said.severity,
        at=now,
        account=settings.account,
        subject=_subject(said.word, "the responder", settings.account, known),
        headline=said.headline,
        sections=said.sections,
        commands=said.commands,
        facts={"stage": settings.stage, "paused": on, "by": plain(by), "reason": plain(reason, 400)},
    )


def notice_message(signal: Signal, judgement: Judgement, notice: str, now: datetime, settings: Settings) -> Message:
    """A signal that opens no incident: observed only, out of our reach, a sample, or worth a look."""
    said = notices.said(signal, judgement, settings)
    known = f"notice-{plain(notice)[:12]}"
    return Message(
        incident=known,
        number=1,
        kind=said.kind,
        severity=said.severity,
        at=now,
        account=plain(signal.account),
        subject=_subject(said.word, _whom(signal), signal.account, known),
        headline=said.headline,
        sections=said.sections,
        commands=said.commands,
        facts=record.of_notice(signal, judgement, settings),
    )


def _whom(signal: Signal) -> str:
    return owner(signal.principal) if signal.principal else thing(signal) or owner(None)


def _subject(word: str, who: str, account: str, known: str) -> str:
    end = f", account {ascii_line(account, 12) or 'unknown'} [{ascii_line(known, 30)}]"
    start = f"{word}: "
    return start + ascii_line(who, _SUBJECT - len(start) - len(end)) + end
