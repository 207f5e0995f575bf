"""`leak-responder show`: what happened in an incident, step by step, from the ledger."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.digest import digest_of
from chalicelib.entries import TRUST
from chalicelib.folding import fold
from chalicelib.ledger import codec, notices
from chalicelib.orders.entitled import NOTICE, RefusedError, name_missing
from chalicelib.report import first, history, later, text
from chalicelib.report.words import moment, named, owner
from console.deployed import STACK, AsJson, IncidentId, Stack, ask, refusing
from console.terminal import document, print_result, refuse

if TYPE_CHECKING:
    from chalicelib.entries import Entry
    from chalicelib.incident import Incident
    from chalicelib.ports import Ports
    from chalicelib.report.form import Command
    from chalicelib.settings import Settings


def show(
    incident: IncidentId,
    *,
    trust: Annotated[
        bool, typer.Option("--trust", help="Print the trust policy that the role had at the first look, and no more.")
    ] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Say what happened in an incident, step by step, or what a notice said. Nothing is changed."""
    with refusing(stack):
        ports = ask(stack)
        if incident.startswith(NOTICE):
            _show_notice(incident, ports, as_json=as_json)
            return
        entries = recorded(incident, ports)
    found = fold(incident, entries)
    if trust:
        typer.echo(_trust(found))
    elif as_json:
        document(_document(found, entries))
    else:
        _tell(found, entries, ports.settings)


def _show_notice(shown_id: str, ports: Ports, *, as_json: bool) -> None:
    """Print what a notice said. Its events may be told again after that, so the ledger keeps it for a week."""
    found = notices.read_text(ports.ledger, shown_id)
    if found is None:
        message = f"there is no notice {shown_id}: notices are kept for {notices.DAYS} days; the message says it all"
        raise RefusedError(message)
    if as_json:
        document({"notice": shown_id, "at": found.at.isoformat(), "subject": found.subject, "text": found.text})
    else:
        print_result(f"{found.subject}\n", "bold")
        print_result(found.text)


def _trust(found: Incident) -> str:
    """As IAM takes it."""
    stood = found.noted[0].rights.get(TRUST) if found.noted else None
    if stood is None:
        refuse(f"incident {found.id} holds no trust policy: {owner(found.principal)} has none, or it was never read")
    return stood


def recorded(incident: str, ports: Ports) -> list[Entry]:
    """All its entries."""
    entries = ports.ledger.entries(incident)
    if not entries:
        raise name_missing(incident)
    return entries


def _tell(found: Incident, entries: list[Entry], settings: Settings) -> None:
    print_result(f"incident {found.id}: {named(found.signals)} of {owner(found.principal)}", "bold")
    print_result(f"account {found.principal.account}; {state(found)}", "" if found.acting or found.closed else "yellow")
    for section in history.days(entries, found):
        print_result(f"\n{text.section(section)}")
    if out := _ways_out(found, settings):
        print_result(f"\n{text.to_run(out)}")


def state(found: Incident) -> str:
    """Where it stands, in half a sentence."""
    match found:
        case _ if found.closed:
            return f"closed, {found.closed.result}"
        case _ if not found.acting:
            return "it waits for an answer, and the credential works"
        case _ if amiss := trouble(found):
            return amiss
        case _ if found.contained_at:
            return f"contained at {moment(found.contained_at)}{', released' if found.released else ''}"
        case _:
            return "nothing to contain"


def trouble(found: Incident) -> str:
    """What does not stand of an incident that acts, in half a sentence; "" where all of it does."""
    if left := found.unfinished():
        return f"NOT done: {', '.join(step.action for step in left)}"
    if found.lost:
        return f"UNDONE by somebody, and not done again: {', '.join(step.action for step in found.lost)}"
    return "contained once, and no deny stands any more" if found.contained_at and not found.is_denied else ""


def _ways_out(found: Incident, settings: Settings) -> tuple[Command, ...]:
    if found.closed:
        return later.closed(found, found.closed, settings).commands
    return first.ways_out(found, settings) if found.acting else first.asks(found, settings).commands


def _document(found: Incident, entries: list[Entry]) -> dict[str, Any]:
    return {
        "incident": found.id,
        "principal": asdict(found.principal),
        "waits_for_approval": not found.acting and not found.closed,
        "plan": digest_of(found),
        "result": found.closed.result if found.closed else None,
        "entries": [entry_document(entry) for entry in entries],
    }


def entry_document(entry: Entry) -> dict[str, Any]:
    """One line of the ledger, as it stands there."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "kind": type(entry.body).__name__,
        **json.loads(codec.written(entry.body)),
    }
