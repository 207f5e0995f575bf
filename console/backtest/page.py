"""The result as one page that needs nothing but itself, to be sent to whoever decides about the mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.report.html import element, page
from chalicelib.report.style import STYLE
from console.backtest.showing import DIFFERENCE, changes, head, next_step, people, tables, unread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

Json = dict[str, Any]

_MOST = 1000
"""Rows of a list; `--json` has all."""

_TABLES = """
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; }
th, td { text-align: right; padding: .3rem .5rem; border-top: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { border-top: 0; }
"""


def written(result: Json) -> str:
    """The document. Every text in it may be the intruder's: the writer of the page escapes them all."""
    title = f"Backtest, mode {result['mode']}"
    body = element(
        "main",
        element("header", element("p", "Leak Responder", class_="eyebrow"), element("h1", title)),
        element("section", *(element("p", line) for line in head(result)), element("p", f"Next: {next_step(result)}")),
        *_unread(result["files"]),
        *_compared(result.get("compared")),
        _listed("Whom", people(result)),
        *(_table(*table) for table in tables(result)),
    )
    return page(title, body, style=STYLE + _TABLES)


def _unread(files: Json) -> Iterable[Element]:
    if lines := list(unread(files)):
        yield element("section", element("h2", "What was not read"), *(element("p", line) for line in lines))


def _compared(compared: Json | None) -> Iterable[Element]:
    if compared:
        yield _listed(DIFFERENCE, changes(compared))


def _listed(title: str, rows: Iterable[tuple[str, str]]) -> Element:
    shown = list(rows)
    items = [element("li", said, element("small", more)) for said, more in shown[:_MOST]]
    left = [element("p", f"and {len(shown) - _MOST:,} more: --json has all")] if len(shown) > _MOST else []
    return element(
        "section", element("h2", title), element("ul", *(items or [element("li", "nobody")]), class_="rows"), *left
    )


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Element:
    head = element("thead", element("tr", *(element("th", one) for one in columns)))
    body = element("tbody", *(element("tr", *(element("td", one) for one in row)) for row in rows))
    return element("section", element("h2", title), element("table", head, body))
