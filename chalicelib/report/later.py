"""The messages after the first: whether it holds, how it ended, and how it was undone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from chalicelib.entries import Result, Stage
from chalicelib.incident import DENIES
from chalicelib.model import PrincipalKind, Status, StepState, describe_holdings
from chalicelib.report import commands, dangers, investigation, sections
from chalicelib.report.changed import at_the_end
from chalicelib.report.escape import plain
from chalicelib.report.first import ways_out
from chalicelib.report.form import Kind, Said, Section, Severity
from chalicelib.report.words import moment, named, owner, sentence, span, work

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.entries import Closed, Released
    from chalicelib.incident import Incident
    from chalicelib.model import Step
    from chalicelib.report.investigation import Investigation
    from chalicelib.settings import Settings


def follow_up(incident: Incident, now: datetime, settings: Settings, found: Investigation | None = None) -> Said:
    """After verifying, narrowing and rotating: what holds, and what still stands still."""
    severity, word, headline = _held_so_far(incident, now)
    until = moment(now + timedelta(seconds=settings.watch))
    return Said(
        Kind.NOTHING_TO_CONTAIN if dangers.is_needless(incident) else Kind.FOLLOW_UP,
        severity,
        word,
        f"{headline}{investigation.still_to_do(found)} We watch until {until}.",
        _state(incident, settings, found),
        ways_out(incident, settings),
    )


def _held_so_far(incident: Incident, now: datetime) -> tuple[Severity, str, str]:
    who = owner(incident.principal)
    if dangers.is_needless(incident):
        return Severity.MEDIUM, "NOTHING TO CONTAIN", f"There is nothing to contain: {_gone(incident)}."
    if not incident.is_denied:
        text = (
            f"The containment of {who} does NOT stand: {dangers.still_open(incident)}. Somebody must act by hand now."
        )
        return Severity.CRITICAL, "NOT CONTAINED", text
    if incident.unfinished() or incident.broken:
        text = f"The deny on {who} stands, so {_what(incident)} can do nothing, but not everything worked: read on."
        return Severity.HIGH, "INCOMPLETE", text
    if _unread(incident):
        text = f"The deny on {who} was put on, and was not all seen to stand: nothing proves that it does. Read on."
        return Severity.HIGH, "INCOMPLETE", text
    read = incident.reached.get(Stage.VERIFY, now)
    free = f" The other credentials of {who} work again." if incident.narrowed else ""
    text = f"It holds: at {moment(read)} we read again all that we did to {who}, and it stands."
    return Severity.MEDIUM, "HOLDS", f"{text} {_capital(incident)} is dead.{free}"


def _gone(incident: Incident) -> str:
    return plain(dangers.nothing_to_contain(incident), 400)


def _unread(incident: Incident) -> bool:
    """Whether we may not see some of what we did, or our functions not what a person's order did."""
    return any(one.action == "verify" for one in incident.withheld)


def _what(incident: Incident) -> str:
    return named(incident.signals)


def _capital(incident: Incident) -> str:
    what = _what(incident)
    return f"{what[:1].upper()}{what[1:]}"


def _state(incident: Incident, settings: Settings, found: Investigation | None) -> tuple[Section, ...]:
    denied = incident.is_denied
    withheld = [one for one in incident.withheld if denied or one.action != "narrow-user"]
    return (
        *dangers.failures(incident),
        *sections.withheld(withheld),
        *sections.undone(incident),
        *sections.done(incident),
        *sections.besides(incident),
        *sections.left_by(incident),
        *investigation.section(found),
        *((sections.breaks(incident),) if denied else ()),
        dangers.survivors(incident, settings, found),
        sections.about("What leaked", incident.signals, incident.principal),
    )


def closed(incident: Incident, end: Closed, settings: Settings, found: Investigation | None = None) -> Said:
    """How it ended."""
    kind, severity, word, headline = _end(incident, end)
    if investigation.is_left(found) and kind in {Kind.HELD, Kind.CONTESTED, Kind.FAILED, Kind.RELEASED}:
        severity = min(severity, Severity.HIGH, key=tuple(Severity).index)
        headline += investigation.still_to_do(found)
    over = end.result in {Result.RESTORED, Result.DECLINED} or dangers.is_needless(incident)
    out = () if over else ways_out(incident, settings)
    about = sections.about("What it was about", incident.signals, incident.principal)
    parts = (about,) if end.result is Result.DECLINED else _state(incident, settings, found)
    return Said(kind, severity, word, headline, (*parts, *_filed(incident, settings)), out)


def _filed(incident: Incident, settings: Settings) -> tuple[Section, ...]:
    """Where the report lies. It is opened with a person's own rights."""
    if incident.filed is None:
        return ()
    command = f"`leak-responder report {incident.id} --html FILE`"
    if not incident.filed.good:
        why = sentence(plain(incident.filed.detail, 400))
        return (Section("The report", (f"It could NOT be written to the bucket: {why}", f"{command} writes it.")),)
    console = f"https://{settings.region}.console.aws.amazon.com/s3/object/{settings.report_bucket}"
    lines = (
        f"{plain(incident.filed.detail, 400)}, with its evidence and a manifest of hashes beside it",
        f"{console}?region={settings.region}&prefix={incident.id}/report.html opens it for whoever may read the bucket",
        f"{command} writes it as it stands now",
    )
    return (Section("The report", lines),)


def _end(incident: Incident, end: Closed) -> tuple[Kind, Severity, str, str]:
    who = owner(incident.principal)
    until = moment(incident.closed_at) if incident.closed_at else "now"
    detail = f" {sentence(plain(end.detail, 400))}" if end.detail else ""
    match end.result:
        case Result.HELD:
            kind, severity, text = _held(incident, until)
            return kind, severity, _WORDS[kind], f"{text}{detail}"
        case Result.CONTESTED:
            text = (
                f"Contested. While we watched {who} until {until}, {_AGAINST_US if incident.undone else _BESIDE_US} "
                f"{_STANDS_NOW if incident.is_denied else _let_go(incident)}{at_the_end(incident)}{detail}"
            )
            return Kind.CONTESTED, Severity.HIGH, "CONTESTED", text
        case Result.FAILED:
            return Kind.FAILED, Severity.CRITICAL, "FAILED", f"Failed. {_failed(incident)}{detail}"
        case Result.RESTORED:
            return Kind.RESTORED, Severity.LOW, "RESTORED", f"Closed as a false alarm: {who}.{detail}"
        case Result.DECLINED:
            text = f"Declined: nothing was done to {who}, and nothing will be on this alarm.{detail}"
            return Kind.DECLINED, Severity.LOW, "DECLINED", text
        case Result.FOLLOWED:
            text = f"The watch over {who} ended at {until}, before its time: a new incident took over.{detail}"
            return Kind.FOLLOW_UP, Severity.MEDIUM, "INCOMPLETE", text
        case _:
            assert_never(end.result)


_WORDS = {
    Kind.HELD: "HELD",
    Kind.RELEASED: "RELEASED",
    Kind.RESTORED: "RESTORED",
}


def _held(incident: Incident, until: str) -> tuple[Kind, Severity, str]:
    """What held, and what else there is to say about it."""
    who, new = owner(incident.principal), _new(incident)
    if not incident.is_denied:
        kind = Kind.RELEASED if incident.given_back else Kind.RESTORED
        return kind, Severity.MEDIUM, f"The watch over {who} ended at {until}. {_let_go(incident)}{new}"
    new, but = f"{new}{at_the_end(incident)}", " Not everything else worked: read on." if incident.broken else ""
    severity = Severity.HIGH if but or _unread(incident) else Severity.MEDIUM if new else Severity.LOW
    return Kind.HELD, severity, f"Held. We watched {who} until {until}: {_quiet(incident)}.{but}{new}"


def _failed(incident: Incident) -> str:
    who = owner(incident.principal)
    if dangers.is_needless(incident):
        return f"Nothing was contained: {_gone(incident)}. No deny stands, so a person must look: read on."
    if incident.is_denied:
        return f"The deny on {who} stands, but not everything that contains worked. A person must act now: read on."
    return f"The containment of {who} does not stand: {dangers.still_open(incident)}. A person must act now: read on."


def _let_go(incident: Incident) -> str:
    """Why no deny stands although nothing of ours failed."""
    by = plain(incident.restored_by or "a person")
    if incident.given_back:
        return f"No deny stands: {by} took ours off and said that this is safe by now."
    return f"No deny stands, so what leaked may work: {by} took ours off."


_AGAINST_US = "somebody undid what we did, or got past it. Find out who has that right."
_BESIDE_US = "a contained principal changed what it is given. Find out how it still could."
_STANDS_NOW = "A deny stands now, so what leaked can do nothing."


def _new(incident: Incident) -> str:
    given = any(one.action == "deactivate-newer" for one in incident.withheld)
    who = owner(incident.principal)
    return f" Meanwhile {who} was given something new, which no deny stops: ask the owner." if given else ""


def _quiet(incident: Incident) -> str:
    """What the looks of the watch found, and what they could not see."""
    stood = "all that we could read in place" if _unread(incident) else "everything in place"
    if not incident.quiet:
        return f"each look found {stood}"
    times = f"the last {incident.quiet} looks" if incident.quiet > 1 else "the last look"
    asked = "no call that got through, as far as IAM and CloudTrail say"
    unseen = f". Not checked: {plain('; '.join(incident.unasked), 300)}" if incident.unasked else ""
    return f"{times} found {stood} and {asked}{unseen}"


def released(incident: Incident, release: Released, settings: Settings, found: Investigation | None = None) -> Said:
    """The owner works again; what leaked stays dead."""
    who = owner(incident.principal)
    if incident.principal.kind is PrincipalKind.ROLE:
        works = f"fresh sessions of {who} worked all the time, so nothing was changed"
    else:
        works = f"{who} may work again"
    still = investigation.still_to_do(found)
    headline = f"Released by {plain(release.by)}: {works}. {_stays_dead(incident, settings)}{still}"
    why = Section("Why", (sentence(plain(release.reason, 400) or "no reason was given"),))
    parts = (
        why,
        *dangers.failures(incident),
        *_works_again(release),
        *sections.done(incident),
        *investigation.section(found),
        sections.breaks(incident),
        _stays(incident, settings, found),
    )
    severity = Severity.HIGH if investigation.is_left(found) or not incident.is_denied else Severity.MEDIUM
    return Said(Kind.RELEASED, severity, "RELEASED", headline, parts, (commands.restore(incident, settings),))


def _works_again(release: Released) -> tuple[Section, ...]:
    """Return each credential that the user may work with, when it was made and by whom."""
    lines = tuple(sentence(plain(describe_holdings((holding,)), 400)) for holding in release.lets_in)
    return (Section("What works again", lines),) if lines else ()


def _stays_dead(incident: Incident, settings: Settings) -> str:
    """Why what leaked does not work again, where it does not."""
    if not incident.is_denied:
        return f"No deny of ours stands: {dangers.still_open(incident)}."
    cut_off = moment(incident.denied_before)
    dead = "the leaked key stays inactive, and " if incident.is_dead else ""
    if not _is_timed(incident):
        return f"What leaked stays dead: {dead}sessions from before {cut_off} have all expired."
    life = _hours(settings.role_session if incident.principal.kind is PrincipalKind.ROLE else settings.user_session)
    return (
        f"What leaked stays dead: {dead}sessions from before {cut_off} stay denied, for the {life} that AWS lets one "
        "live."
    )


def _is_timed(incident: Incident) -> bool:
    """Whether the deny on old sessions is there still, rather than taken off when its time was over."""
    return all(incident.state_of(step) is not StepState.EXPIRED for step in incident.steps)


def _hours(seconds: int) -> str:
    return span(timedelta(seconds=seconds))


def _stays(incident: Incident, settings: Settings, found: Investigation | None) -> Section:
    line = (
        "Close the way by which the sessions got out, or the next ones will."
        if incident.principal.kind is PrincipalKind.ROLE
        else f"Give {owner(incident.principal)} a new key if they need one; never make the leaked one active again."
    )
    return Section("What to remember", (line, *dangers.survivors(incident, settings, found).lines))


def restored(incident: Incident, settings: Settings, found: Investigation | None = None) -> Said:
    """Exactly what stood before, as far as it went."""
    if incident.given_back and not incident.was_restored:
        return _given_back(incident, settings, found)
    who = owner(incident.principal)
    kept = [step for step in incident.steps if _is_kept(incident, step)]
    whole = incident.was_restored
    by = plain(incident.restored_by) if incident.restored_by else "A person"
    if whole and incident.closed and incident.closed.beneath:
        headline = (
            f"{by} called it a false alarm, and not the newer incident {plain(incident.closed.beneath)}: of what we "
            f"changed on {who} all is as it was before us that the newer one does not hold."
        )
    elif whole and not kept:
        headline = f"{by} called it a false alarm: {who} is as it was before us."
    else:
        headline = f"{by} put back some of what we changed on {who}, not all of it. {dangers.how_it_stands(incident)}"
    reason = incident.closed.detail if incident.closed and whole else ""
    why = (Section("Why", (sentence(plain(reason, 400)),)),) if reason else ()
    warning = Section(
        "What to remember",
        (
            (
                "If the alarm was true after all, the intruder is in again, with the sessions of before too: run "
                "`leak-responder replay` on the finding at once."
            ),
        ),
    )
    out = () if whole else (commands.restore(incident, settings),)
    looked = investigation.stays(found) if whole else investigation.section(found)
    parts = (*why, *sections.done(incident), *looked, warning)
    return Said(Kind.RESTORED, Severity.MEDIUM, "RESTORED", headline, parts, out)


def _given_back(incident: Incident, settings: Settings, found: Investigation | None) -> Said:
    """What a person gave back after a true alarm, by their word that it is safe."""
    by = plain(incident.restored_by or "a person")
    back = [work(step) for step in incident.steps if incident.state_of(step) is StepState.PUT_BACK]
    headline = f"{_regained(incident, by)} By their word it is safe to remove {'; '.join(back)}."
    parts = (
        *dangers.failures(incident),
        *sections.done(incident),
        *investigation.section(found),
        dangers.survivors(incident, settings, found),
    )
    severity = Severity.HIGH if investigation.is_left(found) else Severity.MEDIUM
    still, out = investigation.still_to_do(found), ways_out(incident, settings)
    return Said(Kind.RELEASED, severity, "RELEASED", f"{headline}{still}", parts, out)


def _regained(incident: Incident, by: str) -> str:
    """What the owner can do again by that."""
    who = owner(incident.principal)
    if incident.is_denied:
        return f"Released in part by {by}: {who} stays denied. {dangers.how_it_stands(incident)}"
    if any(incident.stands(step) for step in incident.steps if step.action in DENIES):
        return f"Released in part by {by}: {who} got some of their access back, and the rest of our denies stands."
    return f"Released by {by}: {who} may work again. No deny stands any more."


def _is_kept(incident: Incident, step: Step) -> bool:
    """Whether what it did is still there, as far as the ledger knows; a secret that was rotated stays so."""
    back = incident.restored.get(step.key)
    begun = back is not None and back.status is Status.PENDING
    return step.action != "rotate-secret" and (incident.is_left(step) or begun)
