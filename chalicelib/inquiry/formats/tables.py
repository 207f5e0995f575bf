"""Rows of a CSV, as Athena, CloudTrail Lake, the console's event history, Logs Insights and Splunk let people save."""

from __future__ import annotations

import csv
from itertools import chain
from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.reading import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.inquiry.reading import Note, Wanted

_KNOWN = (
    {"eventname", "eventsource"},
    {"event name", "event source"},
    {"eventjson"},
    {"cloudtrailevent"},
    {"@message"},
    {"_raw"},
)
"""Columns of which a table of events has one set, in lower case."""

_LONGEST_HEADER = 1 << 14
_SEPARATORS = ",;\t"  # spreadsheets write the others
_BEFORE = "\ufeff \t\r\n"


def begun(pieces: Iterable[str]) -> tuple[str, Iterator[str]]:
    """The first line of a text, as far as a header may reach, and all of the text again."""
    coming, head, line = iter(pieces), "", ""
    for piece in coming:
        head += piece
        line = head[:_LONGEST_HEADER].lstrip(_BEFORE)
        if "\n" in line or line[:1] in {"{", "["} or len(head) >= _LONGEST_HEADER:
            break
    return line.partition("\n")[0], chain((head,), coming)


def columns(line: str) -> list[str] | None:
    """The columns that a first line names, where it is that of a table of events."""
    if line[:1] in {"", "{", "["}:
        return None
    for separator in _SEPARATORS:
        named = _split(line, separator)
        if any(known <= {one.strip().lower() for one in named} for known in _KNOWN):
            return named
    return None


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.strip()], delimiter=separator), [])
    except csv.Error:
        return []


def rows(pieces: Iterable[str], note: Note, wanted: Wanted | None) -> Iterator[dict[str, Any]]:
    """Each row that is wanted, by the names of its columns. An empty cell is a member that was not there."""
    line, whole = begun(pieces)
    separator = next(one for one in _SEPARATORS if columns(line) == _split(line, one))
    csv.field_size_limit(LONGEST)  # the default is less than an event may have; the limit is one for the process
    reader = csv.reader(_lines(whole), delimiter=separator, strict=True)
    names = [one.strip("\ufeff ") for one in next(reader)]
    try:
        for cells in reader:
            if len(cells) > len(names):
                note(f"row {reader.line_num:,} has more cells than the table has columns")
            elif wanted is None or any(map(wanted, cells)):
                yield {name: cell for name, cell in zip(names, cells, strict=False) if cell}
    except csv.Error as error:
        note(f"not CSV: {error}")


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Each line with its end. A line of any length comes in parts, which csv takes for one."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > LONGEST:
            raise csv.Error("a line that is longer than any event")
    if rest:
        yield rest
