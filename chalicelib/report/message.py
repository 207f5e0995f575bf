"""What a person is told, independent of the channel: a headline, some sections, and the commands to run next."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.actions import BY_NAME
from chalicelib.incident import Result
from chalicelib.model import Status, SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Judgement, Principal, Signal, Step, Withheld
    from chalicelib.settings import Settings


@dataclass(frozen=True)
class Section:
    """A title and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """One message about one incident or notice. `number` counts within it; `facts` is for machines."""

    incident: str
    number: int
    kind: str
    headline: str
    sections: tuple[Section, ...]
    commands: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


SURVIVORS = (
    "What outlives every deny until it expires: container registry, database and cluster tokens that were already "
    "issued, presigned URLs of other principals, open connections. IAM takes some seconds to apply a change everywhere."
)


def compose(incident: Incident, number: int, now: datetime, settings: Settings) -> Message:
    """The message of that number: 1 first, 2 follow-up, 3 end, 4 release, 5 restore."""
    kind, headline = _headline(incident, number)
    signal = incident.signals[0]
    sections = (
        Section("What leaked", _leaked(signal, incident.principal)),
        Section("How we know", _known(incident, signal)),
        Section("What was done", _done(incident)),
        Section("What is not done", _left(incident)),
        Section("What still works", (*_works(incident), SURVIVORS)),
    )
    return Message(
        incident=incident.id,
        number=number,
        kind=kind,
        headline=headline,
        sections=tuple(section for section in sections if section.lines),
        commands=_commands(incident),
        facts=_facts(incident, kind, now, settings),
    )


def notice_message(signal: Signal, judgement: Judgement, notice: str, now: datetime, settings: Settings) -> Message:
    """A signal that opens no incident: informational, observed only, a sample, or out of our reach."""
    who = whose(signal.principal, signal)
    label = "SAMPLE FINDING, nothing was touched: " if judgement.dry else ""
    would = tuple(f"{BY_NAME[step.action].summary} ({step.reason})" for step in judgement.strike)
    sections = (
        Section("What was seen", _leaked(signal, signal.principal)),
        Section("How we know", (f"{judgement.confidence}: {judgement.reason}", *_evidence(signal))),
        Section("What would have been done", would),
        Section("What a person must do", tuple(_by_person(one) for one in judgement.withheld)),
    )
    return Message(
        incident=f"notice-{notice[:12]}",
        number=1,
        kind="sample" if judgement.dry else "notice",
        headline=f"{label}{signal.what}: {named(signal)} of {who}",
        sections=tuple(section for section in sections if section.lines),
        commands=(),
        facts={
            "stage": settings.stage,
            "at": now.isoformat(),
            "decision": judgement.decision,
            "confidence": judgement.confidence,
            "dry": judgement.dry,
            "signal": asdict(signal),
        },
    )


_KINDS = {1: "contained", 2: "follow-up", 3: "closed", 4: "released", 5: "restored"}


def _headline(incident: Incident, number: int) -> tuple[str, str]:
    what, who = named(incident.signals[0]), whose(incident.principal, incident.signals[0])
    kind = _KINDS[number]
    if number == 1 and not incident.acting:
        return "approval", f"Approve or refuse: {what} of {who} may have leaked; nothing was done yet"
    if number == 1 and incident.unfinished():
        return "incomplete", f"NOT fully contained: {what} of {who} leaked"
    if number == 1 and not incident.contained_at:
        return "nothing", f"Nothing to contain: {what} of {who} leaked"
    ended = incident.closed.result if incident.closed else Result.HELD
    words = {
        "contained": f"Contained: {what} of {who} leaked and can do nothing any more",
        "follow-up": f"Checked: the containment of {who} stands",
        "closed": f"Closed as {ended}: {what} of {who}",
        "released": f"Released: {who} works again; what leaked stays dead",
        "restored": f"Restored after a false alarm: {who} is as before",
    }
    return kind, words[kind]


def named(signal: Signal) -> str:
    """The credential in words."""
    kind = str(signal.subject.kind).replace("-", " ")
    if signal.subject.kind is SubjectKind.UNNAMED:
        return "a credential that no feed names"
    return " ".join(filter(None, (kind, signal.subject.id, signal.subject.session and f"({signal.subject.session})")))


def whose(principal: Principal | None, signal: Signal) -> str:
    """The principal in words."""
    if principal is None:
        return f"an unknown principal of account {signal.account}"
    return f"{principal.kind} {principal.name} in account {principal.account}"


def _leaked(signal: Signal, principal: Principal | None) -> tuple[str, ...]:
    return (
        f"{named(signal)}, of {whose(principal, signal)}",
        f"seen {signal.at:%Y-%m-%d %H:%M:%S} UTC by {signal.source}",
    )


def _known(incident: Incident, signal: Signal) -> tuple[str, ...]:
    more = f"{len(incident.signals)} signals in all" if len(incident.signals) > 1 else ""
    judgement = incident.judgement
    lines = (f"{judgement.confidence}: {judgement.reason}", f"{signal.source}: {signal.what}", *_evidence(signal), more)
    return tuple(line for line in lines if line)


def _evidence(signal: Signal) -> tuple[str, ...]:
    return tuple(f"{one.label}: {one.value}" for one in signal.evidence)


def _done(incident: Incident) -> tuple[str, ...]:
    return tuple(_line(incident, step) for step in incident.steps if incident.outcome(step).status is not Status.FAILED)


def _line(incident: Incident, step: Step) -> str:
    outcome = incident.restored.get(step.key) or incident.outcome(step)
    word = "undone" if step.key in incident.restored else outcome.status
    target = step.arguments.get("key_id") or step.arguments.get("secret") or step.principal.name
    return f"[{word}] {BY_NAME[step.action].summary}: {target}"


def _left(incident: Incident) -> tuple[str, ...]:
    failed = (step for step in incident.steps if incident.outcome(step).status is Status.FAILED)
    lines = (
        f"{step.action} on {step.principal.name} failed: {incident.outcome(step).detail}. "
        f"You: {BY_NAME[step.action].by_hand}"
        for step in failed
        if not incident.superseded(step)
    )
    return (*lines, *(_by_person(one) for one in incident.withheld))


def _by_person(one: Withheld) -> str:
    return f"{one.action} was withheld: {one.reason}. You: {one.instead}"


def _works(incident: Incident) -> tuple[str, ...]:
    if not incident.acting:
        return ("everything: nothing is done before somebody approves",)
    return tuple(
        f"for the intruder: {BY_NAME[step.action].still_works}"
        for step in incident.steps
        if incident.outcome(step).status is Status.FAILED and not incident.superseded(step)
    )


def _commands(incident: Incident) -> tuple[str, ...]:
    if incident.closed and incident.closed.result is Result.RESTORED:
        return ()
    if not incident.acting:
        return (f"leak-responder approve {incident.id}",)
    restore = f'leak-responder restore {incident.id} --false-positive --reason "why"'
    if incident.released:
        return (restore,)
    return f'leak-responder release {incident.id} --reason "why"', restore


def _facts(incident: Incident, kind: str, now: datetime, settings: Settings) -> dict[str, Any]:
    return {
        "stage": settings.stage,
        "at": now.isoformat(),
        "kind": kind,
        "principal": asdict(incident.principal),
        "subject": asdict(incident.signals[0].subject),
        "source": incident.signals[0].source,
        "what": incident.signals[0].what,
        "decision": incident.judgement.decision,
        "confidence": incident.judgement.confidence,
        "steps": [
            {"action": step.action, "status": incident.outcome(step).status, "detail": incident.outcome(step).detail}
            for step in incident.steps
        ],
        "withheld": [asdict(one) for one in incident.withheld],
        "contained_at": incident.contained_at.isoformat() if incident.contained_at else None,
        "result": incident.closed.result if incident.closed else None,
    }
