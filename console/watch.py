"""`leak-responder incidents watch`: an open incident followed live, entry by entry, until it is closed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from chalicelib.entries import Result
from chalicelib.folding import fold
from chalicelib.ledger import roll
from chalicelib.model import StepState
from chalicelib.orders.entitled import RefusedError, name_missing
from chalicelib.report import history
from chalicelib.report.text import clean
from chalicelib.report.words import deed, named, owner
from console.deployed import STACK, AsJson, Stack, ask, refusing
from console.show import entry_document, state
from console.terminal import console, document, say

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from chalicelib.entries import Entry
    from chalicelib.incident import Incident
    from chalicelib.ledger import Ledger

_FAILED = 1
_SHOWN = 14  # of the newest lines on a terminal; all of them stand in `show`


def watch(
    incident: Annotated[
        str | None, typer.Argument(help="The id in every message; none where only one is open.", metavar="INCIDENT")
    ] = None,
    *,
    every: Annotated[float, typer.Option(help="Seconds between looks.", min=1, metavar="SECONDS")] = 2,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Follow an open incident live until it is closed. Nothing is changed; Ctrl-C ends the watching alone.

    A picture that keeps itself up to date on a terminal, a line for each thing that happens in a pipe, and one JSON
    object a line with --json.
    """
    with refusing(stack):
        ledger = ask(stack).ledger
        news = followed(ledger, _chosen(incident, ledger), lambda: time.sleep(every))
        last = told(news, console(stderr=False), as_json=as_json)
    if last and last.closed and last.closed.result is Result.FAILED:
        raise typer.Exit(_FAILED)


def _chosen(incident: str | None, ledger: Ledger) -> str:
    if incident:
        return incident
    found = roll.open_incidents(ledger)
    if len(found) == 1:
        return found[0]
    message = f"say which incident; open are {', '.join(found)}" if found else "no incident is open"
    raise RefusedError(message)


News = Iterator[tuple["Incident", list["Entry"]]]
"""The incident at each look, and the entries since the last one."""


def followed(ledger: Ledger, incident_id: str, wait: Callable[[], None]) -> News:
    """Look after look until it is closed. RefusedError where there is no such incident."""
    seen = 0
    while True:
        entries = ledger.entries(incident_id)
        if not entries:
            raise name_missing(incident_id)
        found = fold(incident_id, entries)
        yield found, entries[seen:]
        if found.closed:
            return
        seen = len(entries)
        wait()


def told(news: News, page: Console, *, as_json: bool) -> Incident | None:
    """The news as they come, in the form for whoever reads them; the incident as it was last seen."""
    seen: deque[Incident] = deque(maxlen=1)
    try:
        seen.extend(_written(news) if as_json else _drawn(news, page) if page.is_terminal else _printed(news, page))
    except KeyboardInterrupt:
        say("not watched any more; the incident goes on by itself")
    return seen[0] if seen else None


def _written(news: News) -> Iterator[Incident]:
    for found, fresh in news:
        for entry in fresh:
            document({"incident": found.id, **entry_document(entry)})
        yield found


def _printed(news: News, page: Console) -> Iterator[Incident]:
    for found, fresh in news:
        for line in _lines(fresh, found):
            page.print(Text(line))
        yield found


def _lines(entries: list[Entry], incident: Incident) -> list[str]:
    return [clean(f"{at or '':10}{words}") for at, words in history.lines(entries, incident)]


def _drawn(news: News, page: Console) -> Iterator[Incident]:
    lines: list[str] = []
    with Live(console=page, auto_refresh=False) as picture:
        for found, fresh in news:
            lines += _lines(fresh, found)
            picture.update(_picture(found, lines[-_SHOWN:]), refresh=True)
            yield found


def _picture(found: Incident, lines: list[str]) -> RenderableType:
    head = f"incident {found.id}: {named(found.signals)} of {owner(found.principal)}"
    steps = Table(Column(width=8), Column(overflow="fold"), box=None, show_header=False)
    for step in found.steps:
        word, style = _STYLE[found.state_of(step)]
        steps.add_row(Text(word, style=style), Text(clean(deed(step))))
    well = bool(found.contained_at) and not found.unfinished() and not found.broken
    standing = Text(f"account {found.principal.account}; {state(found)}", style="green" if well else "yellow")
    return Group(Text(clean(head), style="bold"), standing, steps, *(Text(line, style="dim") for line in lines))


_STYLE = {
    StepState.STANDS: ("done", "green"),
    StepState.SUPERSEDED: ("replaced", "green"),
    StepState.EXPIRED: ("ended", "green"),
    StepState.PENDING: ("waits", "yellow"),
    StepState.PUT_BACK: ("undone", "yellow"),
    StepState.LOST: ("UNDONE", "red"),
    StepState.FAILED: ("FAILED", "red"),
}
