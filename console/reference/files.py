"""The forms in which files are read, as the reference shows them."""

from __future__ import annotations

from chalicelib.inquiry.formats.known import ENCODINGS, EVENTS, LOGS, NAMES, PACKINGS
from chalicelib.inquiry.formats.packing import UNREAD
from console.reference.markdown import table


def files() -> str:
    """The part of the reference."""
    heads = ("Logs of CloudTrail", LOGS), ("Other events", EVENTS), ("Packed in", PACKINGS), ("Written in", ENCODINGS)
    tables = "\n".join(table((head, ""), ((one.name, one.what) for one in forms)) for head, forms in heads)
    unread = "".join(f"- {reason}\n" for reason in dict.fromkeys(UNREAD.values()))
    return (
        "## Files\n\n"
        "`timeline`, `report` and `backtest` read files, folders and buckets of these forms; `explain`, `replay` and "
        "`test` read single files of them. The form is told by the content, never by the name. Forms may be nested: "
        "lines in gzip in zip, a record in a message in a list. Several files may hold the same event: it counts "
        "once.\n\n"
        "Other events decide something in `explain`, `replay`, `test` and `backtest`; `timeline` and `report` look for "
        "calls, and find none in them.\n\n"
        f"{tables}\n{NAMES}\n\n"
        "Where a file holds what is looked for and no record comes of it, or a value is in no known form, it is named "
        f"with the reason. Known, and not read:\n\n{unread}"
    )
