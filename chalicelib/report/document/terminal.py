"""A report as a person reads it on a terminal: the words of the Markdown, wrapped, without its marks."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from chalicelib.report.document import lines as words, still
from chalicelib.report.form import Section
from chalicelib.report.text import section, to_run, wrapped
from chalicelib.report.words import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chalicelib.report.document.form import Act, Child, Found, Report

Pairs: TypeAlias = "Iterable[tuple[str, str]]"


def render(report: Report) -> str:
    """Return the whole report, 78 columns wide but for what is to be copied."""
    return "\n\n".join(filter(None, _parts(report))) + "\n"


def _parts(report: Report) -> Iterator[str]:
    yield wrapped(f"{words.title(report)}: {report.word}", "", "  ")
    yield wrapped(report.headline, "", "")
    yield section(Section("What", pairs=(("What", report.what), ("Owner", report.owner), ("Account", report.account))))
    left = [(f"{number}", f"{one.what}: {one.why}") for number, one in enumerate(report.open, 1)]
    yield _list(still.TITLE, left or [("", still.NOTHING)])
    yield _list("Clocks", ((one.name, words.clock(one)) for one in report.clocks))
    yield from map(_section, (*report.state, *report.known))
    yield _entries(words.SECRETS, map(words.rotated, report.rotations))
    yield _entries(words.GIVEN, map(words.described_gift, report.given))
    yield from _found(report.found)
    yield to_run(report.undo) if report.undo else ""
    yield from (_section(Section(f"Ledger {one.title}", one.lines, one.pairs)) for one in report.history)
    yield f"Written {moment(report.at)} by Leak Responder."


def _found(found: Found | None) -> Iterator[str]:
    if found is None:
        yield _section(Section("What it did", (words.NOT_INQUIRED,)))
        return
    yield _section(found.leak)
    yield _acts("What it did", found.acts)
    yield _acts("What it was refused", found.refused)
    yield _tree(found.children)
    yield _entries("Who stands still without it", map(words.caller, found.callers))
    yield _entries(words.WRITTEN, map(words.written, found.written or ()))
    yield _section(words.unwritten(found))
    yield _acts("What it did before", found.before)
    yield _section(words.seen(found))
    yield _entries("What could not be seen", map(words.gap, found.gaps))


def _section(one: Section) -> str:
    return section(one) if one.lines or one.pairs else ""


def _list(title: str, pairs: Pairs) -> str:
    return _section(Section(title, pairs=tuple(pairs)))


def _entries(title: str, pairs: Pairs) -> str:
    """Each thing on a line of its own, and what there is to say of it below."""
    return _titled(
        title, (line for what, more in pairs for line in (wrapped(what, "  ", "    "), *_below(more, "    ")))
    )


def _acts(title: str, acts: Sequence[Act]) -> str:
    """Each call with its time; who made it from where is said where that changes."""
    lines = []
    for whence, same in groupby(acts, lambda one: words.act(one)[1]):
        lines.append(wrapped(whence, "  ", "    "))
        lines += [wrapped(f"{words.when(one.first, one.last)}  {words.act(one)[0]}", "    ", "      ") for one in same]
    return _titled(title, lines)


def _tree(children: Sequence[Child]) -> str:
    lines = []
    for one in children:
        name, made = words.child(one)
        indent = "  " * min(one.depth, 8)
        lines += [wrapped(name, indent, f"{indent}  "), *_below(f"{made}; {one.state}", f"{indent}  ")]
    return _titled("What it made", lines)


def _below(text: str, indent: str) -> tuple[str, ...]:
    return (wrapped(text, indent, indent),) if text else ()


def _titled(title: str, lines: Iterable[str]) -> str:
    listed = [*lines]
    return "\n".join((title.upper(), *listed)) if listed else ""
