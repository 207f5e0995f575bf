"""The result for a person. Every text of it may be the intruder's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from chalicelib.inquiry.files import Skipped
from chalicelib.model import Decision
from chalicelib.report.escape import plain

if TYPE_CHECKING:
    from rich.console import Console

Json = dict[str, Any]

_MOST = 20
"""Principals, days and files that are shown; `--json` has all."""


def show(result: Json, page: Console) -> None:
    """Most important first, and last what to do next."""
    for line in head(result):
        page.print(Text(line))
    for line in unread(result["files"]):
        page.print(Text(line, style="yellow"))
    if "compared" in result:
        _listed(DIFFERENCE, changes(result["compared"]), page)
    else:
        _listed("Whom", people(result), page)
    for title, columns, rows in tables(result):
        _table(page, title, columns, rows)
    page.print(Text(f"Next: {next_step(result)}", style="bold"))


def people(result: Json) -> list[tuple[str, str]]:
    """Whom it is about with what would have been done, and why."""
    return [(person(one), plain(one["reason"] or ", ".join(one["rules"]), 300)) for one in result["principals"]]


DIFFERENCE = "What the other settings change"


def changes(compared: Json) -> list[tuple[str, str]]:
    """Each principal about whom the two differ, with both decisions."""
    return [
        (
            f"{_DONE[one['from']]}, then {_DONE[one['to']]}: {_who(one)}",
            plain(one["reason"] or ", ".join(one["rules"]), 300),
        )
        for one in compared["principals"]
    ]


def tables(result: Json) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Title, columns and rows of each."""
    rules = [_counted(row, row["rule"]) for row in result["rules"]]
    busy = [_day(row) for row in result["days"] if sum(row[one] for one in _DECISIONS)]
    yield "Rules", ("rule", *_DECIDED, "incidents"), rules
    yield "Days", ("day", *_DECIDED, "incidents", "events"), busy
    yield "Patterns", ("pattern", "delivers", "per million"), [_pattern(row) for row in result["patterns"]]


_DECISIONS = (Decision.ACT, Decision.ASK, Decision.TELL, Decision.IGNORE)
_WORDS = {Decision.ACT: "contained", Decision.ASK: "asked about", Decision.TELL: "told about"}
_DECIDED = ("contained", "asked", "told", "nothing")
_DONE = dict(zip(_DECISIONS, _DECIDED, strict=True))


def head(result: Json) -> Iterator[str]:
    """How much was read, and what came of it."""
    events, files, incidents, signals = (result[name] for name in ("events", "files", "incidents", "signals"))
    days = [row["day"] for row in result["days"] if row["day"]]
    span = f", {days[0]} to {days[-1]}" if days else ""
    yield f"{events['read']:,} events in {files['read']:,} files{span}; {events['odd']:,} values were no event."
    if events["copies"]:
        yield f"{events['copies']:,} more were copies of these: they count once, and are decided once."
    told = len(result["principals"]) - incidents["act"] - incidents["ask"]
    yield (
        f"In mode {result['mode']}: {incidents['act']:,} principals contained, {incidents['ask']:,} asked about, "
        f"{told:,} told about."
    )
    if "compared" in result:
        yield from _differing(result["compared"])
    if signals["elsewhere"]:
        yield (
            f"{signals['elsewhere']:,} signals are of other Regions: a stack in us-east-1 gets them only where those "
            "forward their events."
        )


def _differing(compared: Json) -> Iterator[str]:
    incidents = compared["incidents"]
    for name, (mine, theirs) in compared["settings"].items():
        yield f"The other settings: {name} is {plain(theirs, 300)}, not {plain(mine, 300)}."
    yield (
        f"With them {incidents['act']:,} principals contained, {incidents['ask']:,} asked about; "
        f"{len(compared['principals']):,} fare otherwise than before."
    )


def unread(files: Json) -> Iterator[str]:
    """Each file that could not be read whole, with the reason, and what no log is by its name."""
    if files["faulty"]:
        yield f"{files['faulty']:,} files could not be read, or not all of them:"
    for one in files["faults"][:_MOST]:
        more = f" (the first of {one['places']:,})" if one["places"] > 1 else ""
        yield f"  {plain(one['file'], 300)}: {plain(one['reason'])}{more}"
    if files["faulty"] > _MOST:
        yield f"  and {files['faulty'] - _MOST:,} more: --json has all"
    if told := Skipped(Counter(files["skipped"])).told():
        yield f"{plain(told, 1000)}: no log has such a name. Name a file that is one, and it is read."


def _listed(title: str, rows: list[tuple[str, str]], page: Console) -> None:
    if rows:
        page.print(Text(f"\n{title}", style="bold"))
    for said, more in rows[:_MOST]:
        page.print(Text(f"  {said}"), Text(f"    {more}"), sep="\n")
    _more(len(rows), page)


def _table(page: Console, title: str, columns: tuple[str, ...], shown: list[tuple[str, ...]]) -> None:
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


def person(one: Json) -> str:
    """One of those that it is about, with what would have been done."""
    return f"{_WORDS[one['decision']]}: {_who(one)}"


def _who(one: Json) -> str:
    subject = one["subject"]
    name = f"{one['kind']} {one['name']}" if one["name"] else f"{subject['kind']} {subject['id'] or 'without an id'}"
    since = (one["opened"] or one["first"])[: len("2026-11-24T03:12")].replace("T", " ")
    signals = sum(one["signals"].values())
    return f"{plain(name)}, account {plain(one['account'])}, {since} UTC, {signals:,} signal{'s' * (signals > 1)}"


def _counted(row: Json, name: str) -> tuple[str, ...]:
    return (name, *(f"{row[one]:,}" for one in _DECISIONS), f"{row['incidents']:,}")


def _day(row: Json) -> tuple[str, ...]:
    return (*_counted(row, row["day"] or "undated"), f"{row['events']:,}")


def _pattern(row: Json) -> tuple[str, ...]:
    return row["source"], f"{row['deliveries']:,}", "–" if row["per_million"] is None else f"{row['per_million']:,}"


def next_step(result: Json) -> str:
    """What to do with it."""
    if not result["events"]["read"]:
        return "no event stands in what was read. Name files or folders of CloudTrail logs, events or findings."
    if result["incidents"]["act"]:
        return (
            "see whom: was each a leak? Who must never be touched goes into the parameter Protected before deploying."
        )
    if result["mode"] == "observe":
        return "mode observe touches nobody; --mode contain-confirmed shows whom that would contain."
    return "nobody would have been contained."
