"""What is told of a signal that opens no incident."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib import playbook
from chalicelib.model import Confidence, Decision, Principal, PrincipalKind, Sign, Subject, SubjectKind
from chalicelib.report import commands, sections
from chalicelib.report.escape import plain
from chalicelib.report.form import Kind, Said, Section, Severity
from chalicelib.report.words import credential, leak, owner, place, sentence, thing

if TYPE_CHECKING:
    from chalicelib.model import Judgement, Signal
    from chalicelib.report.form import Command
    from chalicelib.settings import Settings

_URGENCY = {
    Confidence.CONFIRMED: Severity.CRITICAL,
    Confidence.SUSPECTED: Severity.HIGH,
    Confidence.INFORMATIONAL: Severity.LOW,
}


def said(signal: Signal, judgement: Judgement, settings: Settings) -> Said:
    """A rehearsal, something for a person to do by hand, something we only watched, or something worth a look."""
    if judgement.dry:
        return _sample(signal, judgement)
    if judgement.withheld:
        return _by_hand(signal, judgement, settings)
    if judgement.strike:
        return _observed(signal, judgement, settings)
    return _worth_a_look(signal, judgement, settings)


def _sample(signal: Signal, judgement: Judgement) -> Said:
    headline = "A sample finding, so this is a rehearsal: nothing was touched, and nobody needs to do anything."
    plan = sections.planned("What we would have done first", judgement.strike)
    return Said(Kind.SAMPLE, Severity.LOW, "SAMPLE", headline, (*_seen(signal, judgement), plan))


def _by_hand(signal: Signal, judgement: Judgement, settings: Settings) -> Said:
    """With a strike there is only something in our way: what we would have done, and may yet do, is what to run."""
    headline = f"{leak((signal,), signal.principal, judgement)} We cannot or must not stop it: a person must act."
    parts = (*sections.withheld(judgement.withheld), *_seen(signal, judgement))
    again = _again(signal, settings, "Once that is mended, to have us act on it:") if judgement.strike else ()
    out = (*commands.by_hand(judgement.strike), *again)
    return Said(Kind.BY_HAND, _URGENCY[judgement.confidence], "ACT BY HAND", headline, parts, out)


def _observed(signal: Signal, judgement: Judgement, settings: Settings) -> Said:
    headline = f"{leak((signal,), signal.principal, judgement)} {_UNTOUCHED[judgement.decision]}"
    principal = judgement.strike[0].principal
    parts = (
        *_seen(signal, judgement),
        sections.planned("What we would do first", judgement.strike),
        sections.would_break(principal, judgement.strike),
    )
    again = _again(signal, settings, "To have us act on it, once a mode is deployed that may:")
    out = (*(commands.contain(signal, settings) or commands.by_hand(judgement.strike)), *again)
    return Said(Kind.OBSERVED, _URGENCY[judgement.confidence], "OBSERVED, NOT TOUCHED", headline, parts, out)


_UNTOUCHED = {
    Decision.TELL: "Nothing was touched, because the mode is observe: it still works.",
    Decision.ASK: "Nothing was touched: in this mode we would ask a person to approve the plan.",
    Decision.ACT: "Nothing was touched: this is what we would do.",
    Decision.IGNORE: "Nothing was touched.",
}


def _again(signal: Signal, settings: Settings, when: str) -> tuple[Command, ...]:
    again = commands.replay(signal.native_id, signal.region, settings, when) if signal.source == "guardduty" else None
    return (again,) if again else ()


def _worth_a_look(signal: Signal, judgement: Judgement, settings: Settings) -> Said:
    """With what undoes it, for whoever knows that it was not expected: no incident will see to that."""
    headline = (
        f"{sentence(f'{plain(judgement.reason, 400)}: {_what(signal)}')} If that is expected, nobody needs to act."
    )
    parts = (*sections.withheld(playbook.errands(signal)), *_asking(signal), *_seen(signal, judgement))
    return Said(Kind.NOTICE, Severity.LOW, "NOTICE", headline, parts, _mending(signal, settings))


def _asking(signal: Signal) -> tuple[Section, ...]:
    """Return the next step where a notice is about caller and victim alike, and only one of them can tell."""
    victim = _quarantined(signal)
    if victim is None:
        return ()
    who, whose = owner(signal.actor), owner(victim)
    lines = (
        f"Ask {who} who attached it, and why.",
        f"If a key of {whose} did leak, contain {whose}. If nobody of yours did that, contain {who}.",
    )
    return (Section("What you should do", lines),)


def _quarantined(signal: Signal) -> Principal | None:
    """Return the user whom somebody of the account gave AWS's quarantine policy."""
    if signal.sign is not Sign.QUARANTINED_BY_HAND:
        return None
    named = next((one.value for one in signal.evidence if one.label == "on"), "")
    return Principal(PrincipalKind.USER, signal.account, named.removeprefix("user "))


def _what(signal: Signal) -> str:
    """Return the thing that it is about, and whose credential did it or is it."""
    unnamed, who = signal.subject.kind is SubjectKind.UNNAMED, owner(signal.principal)
    whose = who if unnamed and signal.principal else f"{credential(signal.subject)} of {who}"
    about = thing(signal)
    if about and unnamed and not signal.principal:
        return f"{about} in {place(signal.account)}"
    return f"{about}, by {whose} in {place(signal.account)}" if about else f"{whose} in {place(signal.account)}"


def _mending(signal: Signal, settings: Settings) -> tuple[Command, ...]:
    victim = _quarantined(signal)
    if victim:
        leaked = replace(signal, principal=victim, subject=Subject(SubjectKind.UNNAMED))
        return (
            *commands.contain(leaked, settings, f"If a key of {owner(victim)} did leak: to contain that user"),
            *commands.contain(signal, settings, f"If nobody of yours did that: to contain {owner(signal.principal)}"),
        )
    steps = playbook.called_for(signal, signal.principal) if signal.principal else ()
    if not steps:
        return ()
    ordered = commands.contain(signal, settings, "If it is not expected: to contain whoever did it and undo it")
    return (*ordered, *commands.by_hand(steps, "To undo that alone"))


def _seen(signal: Signal, judgement: Judgement) -> tuple[Section, ...]:
    title = "What it is about" if judgement.dry or judgement.confidence is Confidence.INFORMATIONAL else "What leaked"
    return (
        sections.about(title, (signal,), signal.principal),
        *sections.known((signal,), judgement),
    )
