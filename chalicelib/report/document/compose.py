"""The report on an incident from its ledger, and on what its credential did where somebody has inquired. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.entries import Did, Stage
from chalicelib.folding import fold
from chalicelib.report import history, record, sections
from chalicelib.report.document import found as finding, still
from chalicelib.report.document.clocks import clocks, deeds
from chalicelib.report.document.form import Report
from chalicelib.report.escape import plain
from chalicelib.report.form import Number, Severity
from chalicelib.report.investigation import TITLE
from chalicelib.report.message import compose as message
from chalicelib.report.words import named, owner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.entries import Entry
    from chalicelib.incident import Incident
    from chalicelib.report.form import Section
    from chalicelib.settings import Settings


def report(
    incident_id: str, entries: Sequence[Entry], document: finding.Json | None, now: datetime, settings: Settings
) -> Report:
    """Everything about an incident. `document` is what an inquiry answered; None where nobody has inquired."""
    incident = fold(incident_id, entries)
    looked = finding.investigation(document, incident) if document else None
    shown = finding.found(document, incident) if document else None
    rotations = finding.rotations(incident, _rotated(entries), document)
    said = message(incident, _number(incident), incident.reached.get(Stage.REPORT, now), settings, looked)
    written = Report(
        incident=incident.id,
        at=now,
        account=plain(incident.principal.account),
        what=named(incident.signals),
        owner=_owner(incident),
        severity=said.severity,
        word=said.subject.partition(":")[0],
        headline=said.headline,
        clocks=clocks(incident, entries, shown, rotations),
        deeds=deeds(incident, entries),
        known=sections.known(incident.signals, incident.judgement),
        state=_state(said.sections),
        rotations=rotations,
        given=finding.given(document, incident),
        found=shown,
        undo=said.commands,
        history=history.days(entries, incident),
        facts=record.of_incident(incident, settings),
    )
    return still.with_open(written, incident, settings)


def inquired(document: finding.Json, now: datetime) -> Report:
    """What a credential did, where there is no incident."""
    leaked = " and ".join(f"{one['kind']} {plain(finding.short(one['name']))}" for one in document["leaked"])
    calls, children, read = document["calls"], len(document["children"]), len(document["rotate"])
    given = finding.given(document, None)
    written = Report(
        incident="",
        at=now,
        account=", ".join(_accounts(document)),
        what=leaked,
        owner=finding.whose(document),
        severity=Severity.HIGH if children or read or given else Severity.MEDIUM,
        word="INQUIRY",
        headline=(
            f"{calls:,} calls with it and with what it made. It made {children:,} credentials, principals or "
            f"workloads, read {read:,} secrets, parameters and data keys, and got "
            f"{len(document.get('issued', ())):,} credentials of other services. This contained and changed nothing."
        ),
        rotations=finding.rotations(None, {}, document),
        given=given,
        found=finding.found(document, None),
    )
    return still.with_open(written)


def _accounts(document: finding.Json) -> list[str]:
    """Return the accounts of what leaked; where it names none, those of its owners."""
    named = {one["account"] for one in document["leaked"]} - {"", "*"}
    owners = {owner.rpartition("account ")[2] for owner in document["owners"]}
    return sorted(map(plain, named or owners))


def _number(incident: Incident) -> Number:
    """The newest message that says how the whole stands."""
    if incident.closed:
        return Number.END
    if incident.released:
        return Number.RELEASED
    return Number.FOLLOW_UP if incident.acting and Stage.REPORT in incident.reached else Number.FIRST


def _state(these: tuple[Section, ...]) -> tuple[Section, ...]:
    """Without what a report says elsewhere and at length."""
    elsewhere = {"How we know", "Evidence, in the words of the feed", "What happens next", "Secrets", TITLE, *_ABOUT}
    return tuple(one for one in these if one.title not in elsewhere)


_ABOUT = ("What leaked", "What it was about")


def _owner(incident: Incident) -> str:
    unique = incident.principal.unique_id
    return f"{owner(incident.principal)} ({plain(unique)})" if unique else owner(incident.principal)


def _rotated(entries: Sequence[Entry]) -> dict[str, datetime]:
    return {one.body.step: one.at for one in entries if isinstance(one.body, Did) and one.body.outcome.good}
