"""The result for a person. Every text of it may be the intruder's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from chalicelib.model import Decision
from chalicelib.report.escape import plain

if TYPE_CHECKING:
    from rich.console import Console

Json = dict[str, Any]

_MOST = 20
"""Principals, days and files that are shown; `--json` has all."""


def show(result: Json, page: Console) -> None:
    """Most important first, and last what to do next."""
    for line in _head(result):
        page.print(Text(line))
    _files(result["files"], page)
    _people(result["principals"], page)
    _table(page, "Rules", ("rule", *_DECIDED, "incidents"), (_counted(row, row["rule"]) for row in result["rules"]))
    busy = [row for row in result["days"] if sum(row[one] for one in _DECISIONS)]
    _table(page, "Days", ("day", *_DECIDED, "incidents", "events"), (_day(row) for row in busy))
    _table(page, "Patterns", ("pattern", "delivers", "per million"), map(_pattern, result["patterns"]))
    page.print(Text(f"Next: {_next(result)}", style="bold"))


_DECISIONS = (Decision.ACT, Decision.ASK, Decision.TELL, Decision.IGNORE)
_WORDS = {Decision.ACT: "contained", Decision.ASK: "asked about", Decision.TELL: "told about"}
_DECIDED = ("contained", "asked", "told", "nothing")


def _head(result: Json) -> Iterable[str]:
    events, files, incidents, signals = (result[name] for name in ("events", "files", "incidents", "signals"))
    days = [row["day"] for row in result["days"] if row["day"]]
    span = f", {days[0]} to {days[-1]}" if days else ""
    yield f"{events['read']:,} events in {files['read']:,} files{span}; {events['odd']:,} values were no event."
    told = len(result["principals"]) - incidents["act"] - incidents["ask"]
    yield (
        f"In mode {result['mode']}: {incidents['act']:,} principals contained, {incidents['ask']:,} asked about, "
        f"{told:,} told about."
    )
    if signals["elsewhere"]:
        yield (
            f"{signals['elsewhere']:,} signals are of other Regions: a stack in us-east-1 gets them only where those "
            "forward their events."
        )


def _files(files: Json, page: Console) -> None:
    if files["faulty"]:
        page.print(Text(f"{files['faulty']:,} files could not be read, or not all of them:", style="yellow"))
    for one in files["faults"][:_MOST]:
        more = f" (the first of {one['places']:,})" if one["places"] > 1 else ""
        page.print(Text(f"  {plain(one['file'], 300)}: {plain(one['reason'])}{more}"))
    _more(len(files["faults"]), page)


def _people(people: list[Json], page: Console) -> None:
    if people:
        page.print(Text("\nWhom", style="bold"))
    for one in people[:_MOST]:
        page.print(Text(f"  {_person(one)}"))
        page.print(Text(f"    {plain(one['reason'] or ', '.join(one['rules']), 300)}"))
    _more(len(people), page)


def _table(page: Console, title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    shown = list(rows)
    if not shown:
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=True)
    for row in shown[:_MOST]:
        table.add_row(*map(Text, row))
    page.print(Text(f"\n{title}", style="bold"), table, sep="\n", end="")
    _more(len(shown), page)


def _more(count: int, page: Console) -> None:
    if count > _MOST:
        page.print(Text(f"  and {count - _MOST:,} more: --json has all"))


def _person(one: Json) -> str:
    subject = one["subject"]
    name = f"{one['kind']} {one['name']}" if one["name"] else f"{subject['kind']} {subject['id'] or 'without an id'}"
    since = (one["opened"] or one["first"])[: len("2026-11-24T03:12")].replace("T", " ")
    signals = sum(one["signals"].values())
    said = f"{plain(name)}, account {plain(one['account'])}, {since} UTC, {signals:,} signal{'s' * (signals > 1)}"
    return f"{_WORDS[one['decision']]}: {said}"


def _counted(row: Json, name: str) -> tuple[str, ...]:
    return (name, *(f"{row[one]:,}" for one in _DECISIONS), f"{row['incidents']:,}")


def _day(row: Json) -> tuple[str, ...]:
    return (*_counted(row, row["day"] or "undated"), f"{row['events']:,}")


def _pattern(row: Json) -> tuple[str, ...]:
    return row["source"], f"{row['deliveries']:,}", "–" if row["per_million"] is None else f"{row['per_million']:,}"


def _next(result: Json) -> str:
    if not result["events"]["read"]:
        return "nothing could be read. Name files or folders of CloudTrail logs, events or findings."
    if result["incidents"]["act"]:
        return (
            "see whom: was each a leak? Who must never be touched goes into the parameter Protected before deploying."
        )
    if result["mode"] == "observe":
        return "mode observe touches nobody; --mode contain-confirmed shows whom that would contain."
    return "nobody would have been contained."
