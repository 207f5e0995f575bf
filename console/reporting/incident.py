"""`leak-responder report INCIDENT`: from the ledger, and from CloudTrail."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from chalicelib.folding import fold
from chalicelib.inquiry import kept, subjects, tree
from chalicelib.inquiry.begin import from_its_begin
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds
from chalicelib.report.document import as_json, markdown, ocsf, page, support, terminal
from chalicelib.report.document.compose import report
from console.deployed import ask, refusing
from console.show import recorded
from console.terminal import say, written
from console.timeline.command import answered

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports
    from chalicelib.report.document.form import Report


@dataclass(frozen=True)
class Form:
    """As what it is written: a page where a file for it is named; where nothing is said, plain text on a terminal and
    Markdown elsewhere.
    """

    html: str | None
    markdown: bool
    as_json: bool
    support: bool
    ocsf: bool


def write(incident: str, form: Form, stack: str, logs: str | None, *, inquiring: bool) -> None:
    """The report, to where it was asked for. Nothing is changed."""
    with refusing(stack):
        ports = ask(stack)
        entries = recorded(incident, ports)
        found = _found(fold(incident, entries), logs, ports) if inquiring else None
    _written(report(incident, entries, found, ports.now(), ports.settings), form)


def _written(done: Report, form: Form) -> None:
    if form.html:
        written(form.html, page.render(done))
    if form.support:
        typer.echo(support.render(done), nl=False)
        for reminder in support.list_reminders(done):
            say(f"before you send it: {reminder}")
    elif form.ocsf:
        typer.echo(ocsf.render(done), nl=False)
    elif form.as_json:
        typer.echo(as_json.render(done), nl=False)
    elif form.markdown or not form.html:
        typer.echo(read(done, form, on_terminal=sys.stdout.isatty()), nl=False)


def read(done: Report, form: Form, *, on_terminal: bool) -> str:
    """Return the report in words: Markdown takes escapes that nobody wants to read, so it is for files and pipes."""
    return terminal.render(done) if on_terminal and not form.markdown else markdown.render(done)


def _found(incident: Incident, logs: str | None, ports: Ports) -> dict[str, Any] | None:
    """What the deployed inquiry found, unless there was none or logs are named."""
    held = None if logs else kept.newest(ports.ledger.table, incident.id)
    found = held or _inquired(incident, logs)
    return tree.with_states(found, ports.ledger) if found else None


def _inquired(incident: Incident, logs: str | None) -> dict[str, Any] | None:
    leaked = subjects.leaked(incident)
    if not leaked:
        say("no trail is asked: the incident names nothing that can be looked for", "yellow")
        return None
    try:
        return document(from_its_begin(lambda bounds: answered(logs, leaked, bounds), Bounds(since=incident.since)))
    except typer.Exit:
        say(f"to write what the ledger has all the same: `leak-responder report {incident.id} --no-inquiry`", "yellow")
        raise
