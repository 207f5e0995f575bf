"""Results in CSV: gitleaks 7 and 8, betterleaks. The columns are named as the members of the same tool's JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.scans.findings import Fault, Finding
from console.scans.formats import betterleaks, gitleaks

if TYPE_CHECKING:
    from console.scans.formats.form import JsonFormat

_LONGEST_FIELD = 10_000_000
_FORMATS = (*gitleaks.JSON, *betterleaks.JSON)


def find_table_format(text: str) -> JsonFormat | None:
    """Return the format whose columns the first line names; None if no scanner that we know writes these."""
    try:
        header = next(csv.reader(io.StringIO(text.partition("\n")[0])), [])
    except csv.Error:  # a line that is too long to be a header
        return None
    return next((known for known in _FORMATS if known.marks <= set(header)), None)


def read_table(text: str, known: JsonFormat) -> Iterator[Finding | Fault]:
    """Read the rows of a table whose format is known."""
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(rows)
        if len(set(header)) < len(header):
            yield Fault("two columns of the table have one name")
        for row in rows:
            if len(row) == len(header):
                yield from known.read(dict(zip(header, row, strict=True)))
            elif row:
                yield Fault("a row of the table has more or fewer fields than its first line: it is not whole")
    except csv.Error:
        yield Fault("the table is not whole, or no CSV")
