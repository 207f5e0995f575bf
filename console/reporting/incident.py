"""`leak-responder report INCIDENT`: from the ledger, and from CloudTrail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from chalicelib.incident import fold
from chalicelib.inquiry.family import Bounds, Member, leaked_key, leaked_role, leaked_user
from chalicelib.model import PrincipalKind, SubjectKind
from chalicelib.report.document import as_json, markdown, ocsf, page, support
from chalicelib.report.document.compose import report
from chalicelib.report.document.found import at, foreign
from console.deployed import ask, refusing
from console.show import recorded
from console.terminal import say, written
from console.timeline.command import answered

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.incident import Incident
    from chalicelib.model import Signal
    from chalicelib.report.document.form import Report


@dataclass(frozen=True)
class Form:
    """As what it is written: a page where a file for it is named, Markdown where nothing is said."""

    html: str | None
    as_json: bool
    support: bool
    ocsf: bool


def write(incident: str, form: Form, stack: str, logs: str | None, *, inquiring: bool) -> None:
    """The report, to where it was asked for. Nothing is changed."""
    with refusing(stack):
        ports = ask(stack)
        entries = recorded(incident, ports)
        found = _inquired(fold(incident, entries), logs) if inquiring else None
    _written(report(incident, entries, found, ports.now(), ports.settings), form)


def _written(done: Report, form: Form) -> None:
    if form.html:
        written(form.html, page.render(done))
    if form.support:
        typer.echo(support.render(done), nl=False)
    elif form.ocsf:
        typer.echo(ocsf.render(done), nl=False)
    elif form.as_json:
        typer.echo(as_json.render(done), nl=False)
    elif not form.html:
        typer.echo(markdown.render(done), nl=False)


def _inquired(incident: Incident, logs: str | None) -> dict[str, Any] | None:
    leaked = _leaked(incident)
    if not leaked:
        say("no trail is asked: the incident names nothing that can be looked for", "yellow")
        return None
    found = answered(logs, leaked, Bounds(since=incident.since))
    begun = _begun(found)
    return answered(logs, leaked, Bounds(since=begun)) if begun and begun < incident.since else found


def _begun(found: dict[str, Any]) -> datetime | None:
    """When it fell into the wrong hands, by its calls: what was made and read before a feed's first sign counts too.

    Where the owner's habits are not known, nobody can tell the two apart, and all of it counts.
    """
    return foreign(found) if found["leak"]["compared"] else at(found["first"])


def _leaked(incident: Incident) -> list[Member]:
    """What the signals name, each once."""
    members = {one.key: one for signal in incident.signals if (one := _member(signal, incident))}
    return list(members.values())


def _member(signal: Signal, incident: Incident) -> Member | None:
    subject, owner = signal.subject, signal.principal or incident.principal
    if subject.kind is SubjectKind.ROLE_SESSION and owner.kind is PrincipalKind.ROLE:
        return leaked_role(owner.name, subject.session, owner.account)
    if subject.id and subject.kind is not SubjectKind.CONSOLE_PASSWORD:
        return leaked_key(subject.id)
    match owner.kind:
        case PrincipalKind.USER:
            return leaked_user(owner.name, owner.account)
        case PrincipalKind.ROLE:
            return leaked_role(owner.name, None, owner.account)
        case _:
            return None
