"""The answers for a person, narrow or wide. Every text may be the intruder's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chalicelib.report.document.found import elsewhere, few, hours, short
from chalicelib.report.escape import plain
from chalicelib.report.text import wrapped

if TYPE_CHECKING:
    from rich.console import Console

Json = dict[str, Any]

_MOST = 40
"""Lines of each part that are shown; `--json` has all."""
_WIDEST = 100
_MINUTE = len("2026-11-24T03:12")


def show(found: Json, page: Console, following: str) -> None:
    """What matters most first, what could not be seen and what to do next last."""
    write = _Writer(page)
    write.line(_head(found), style="bold")
    write.line(
        f"{found['calls']:,} calls with it and with what it made. Read: {plain(found['complete']['seen'], 400)}."
    )
    write.part("How it leaked", _leak(found))
    write.part("What it made", (_child(one, found) for one in found["children"]))
    write.part("What was read: make it worthless, in this order", map(_reading, found["rotate"]))
    write.part("What other services gave it: make it worthless, in this order", _issued(found["issued"]))
    since = f" since {_minute(found['since'])}" if found["since"] else ""
    write.part(f"What it did{since}", _lines(found["timeline"]))
    write.part("What it was refused", _lines(found["refused"]))
    write.part("What breaks without it", map(_caller, found["breaks"]))
    write.part("What it did before", _lines(found["before"]))
    write.part("What could not be seen", map(_gap, found["complete"]["gaps"]))
    write.line(f"\nNext: {following}", style="bold")


class _Writer:
    """Lines of the page's width, each with its own indent."""

    def __init__(self, page: Console) -> None:
        self._page, self._width = page, min(page.width, _WIDEST)

    def line(self, text: str, indent: str = "", style: str = "") -> None:
        """One paragraph. What does not fit goes on further to the right."""
        start = "\n" if text.startswith("\n") else ""
        self._page.print(Text(f"{start}{wrapped(text.strip(), indent, f'{indent}    ', self._width)}", style=style))

    def part(self, title: str, entries: Iterable[tuple[int, str]]) -> None:
        """A title, and its entries with how far in they stand. Nothing where there are none."""
        shown = list(entries)
        if not shown:
            return
        self.line(f"\n{title}", style="bold")
        for depth, text in shown[:_MOST]:
            self.line(text, "  " * (depth + 1))
        if len(shown) > _MOST:
            self.line(f"and {len(shown) - _MOST:,} more: --json has all", "  ", "dim")


def _head(found: Json) -> str:
    leaked = " and ".join(_named(one["kind"], one["name"]) for one in found["leaked"])
    owners = "; ".join(plain(one) for one in found["owners"][:3])
    return f"{leaked}: {owners}" if owners else f"{leaked}: nothing was found that it called"


def _named(kind: str, name: str) -> str:
    return f"{kind} {plain(short(name))}"


def _minute(written: str) -> str:
    return f"{written[:_MINUTE].replace('T', ' ')} UTC"


def _leak(found: Json) -> Iterator[tuple[int, str]]:
    foreign, compared = found["leak"]["foreign"], found["leak"]["compared"]
    if not foreign:
        if found["calls"]:
            yield 0, "no call came from a network that its owner does not use"
        return
    first = foreign[0]
    if compared:
        said = "earliest call from a network that its owner did not use before"
    elif found["since"]:
        said = "no habit of its owner is known to compare with; the earliest call since the exposure"
    else:
        said = "its owner and others cannot be told apart without --since; the earliest call of all"
    yield 0, f"{said}: {_minute(first['at'])}, {_call(first)}"
    yield 1, f"from {plain(first['address'])}, network {plain(first['network'])}"
    yield 1, f"with {plain(first['agent'], 120) or 'no user agent'}"
    if len(foreign) > 1:
        others = ", ".join(plain(one["network"]) for one in foreign[1:6])
        yield 1, f"{len(foreign) - 1:,} more such networks: {others}{', …' if len(foreign) > 6 else ''}"  # noqa: PLR2004


def _call(one: Json) -> str:
    return f"{plain(one['service'])} {plain(one['call'])}"


def _child(one: Json, found: Json) -> tuple[int, str]:
    note = f" ({plain(one['note'])})" if one["note"] else ""
    owner = one["principal"]
    of = f" of {owner['kind']} {plain(owner['name'])}" if owner and owner["name"] != one["name"] else ""
    when = f"{one['made_by']}, {_minute(one['at'])}" if one["at"] else plain(one["made_by"] or "")
    return one["depth"] - 1, f"{_named(one['kind'], one['name'])}{of}{elsewhere(one, found)}{note}: {when}"


def _reading(one: Json) -> tuple[int, str]:
    often = f", {one['count']:,} times" if one["count"] > 1 else ""
    what = f"{_named(one['kind'], one['name'])} in {plain(one['region'])}, account {plain(one['account'])}"
    return 0, f"{what}: {_minute(one['first'])}{often}, by {plain(one['by'])}"


def _issued(issued: list[Json]) -> Iterator[tuple[int, str]]:
    """Each with how long it lasts, and the command on a line of its own."""
    for one in issued:
        what = " ".join(filter(None, (plain(one["gives"]), plain(short(one["name"])))))
        lasts = f"until {_minute(one['until'])} at the latest" if one["until"] else "until somebody ends it"
        where = f"{plain(one['region']) or 'no Region'}, account {plain(one['account'])}"
        yield 0, f"{what} in {where}: outlives a containment, works {lasts}"
        often = f", {one['count']:,} times" if one["count"] > 1 else ""
        yield 1, f"{plain(one['service'])} {plain(one['call'])}, {_minute(one['first'])}{often}, by {plain(one['by'])}"
        command = f"`{plain(one['command'], 2_000)}`" if one["command"] else ""
        yield from ((1, said) for said in (command, plain(one["beside"] or "", 2_000)) if said)


def _lines(lines: list[Json]) -> Iterator[tuple[int, str]]:
    """Who, when and from where is said where it changes."""
    said = ""
    for one in lines:
        whence, where = few(one["addresses"], 2) or "an unknown address", ", ".join(map(plain, one["regions"][:4]))
        about = f"{one['first'][:_DAY]}, {plain(one['by'])}, {whence}, {where}:"
        if about != said:
            yield 0, about
            said = about
        yield 1, _line(one)


_DAY = len("2026-11-24")


def _line(one: Json) -> str:
    often = f" × {one['count']:,}" if one["count"] > 1 else ""
    error = f" [{plain(one['error'], 60)}]" if one["error"] else ""
    things = few({**one["things"], "named": [short(thing) for thing in one["things"]["named"]]}, 3)
    return f"{_span(one)}  {_call(one)}{often}{error}{f': {things}' if things else ''}"


def _span(one: Json) -> str:
    first, last = one["first"][_DAY + 1 : _MINUTE], one["last"][_DAY + 1 : _MINUTE]
    if one["last"][:_DAY] != one["first"][:_DAY]:
        return f"{first}–{one['last'][:_DAY]} {last}"
    return first if last == first else f"{first}–{last}"


def _caller(one: Json) -> tuple[int, str]:
    who = f"{plain(one['address'])} with {plain(one['agent']) or 'no user agent'}: {plain(one['service'])}"
    often = f"{one['calls']:,} calls on {one['days']:,} days, {hours(one['hours'])}"
    return 0, f"{who}, {often}, last {_minute(one['last'])}"


def _gap(one: Json) -> tuple[int, str]:
    instead = f" ({plain(one['instead'])})" if one["instead"] else ""
    return 0, f"{plain(one['what'], 300)}: {plain(one['why'])}{instead}"
