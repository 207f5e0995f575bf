"""A report as Markdown, for a ticket or a wiki. Nothing that an intruder wrote becomes a link, markup or HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.report.document import lines as words, still
from chalicelib.report.words import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from chalicelib.report.document.form import Found, Report
    from chalicelib.report.form import Command, Section

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&!@^$]")
_BEGIN = re.compile(r"^(\s*)([-+=]|\d+[.)])")
_LINK = re.compile(r"(?i)(:)(?=//)|(www)(\.)|(mailto|xmpp)(:)")
"""GitHub makes links of bare addresses too (GitHub Flavored Markdown, "Autolinks (extension)")."""


def coded(text: str) -> str:
    """Return the same words, with commands of ours as code: nothing in it is markup or a link (CommonMark 6.1)."""
    parts = _COMMAND.split(text)
    return "".join(part if number % 2 else escaped(part) for number, part in enumerate(parts))


_COMMAND = re.compile(r"(`(?:leak-responder|aws) [^`\\\n]*`)")


def escaped(text: str) -> str:
    """The same words, whatever stands in them: a backslash before punctuation takes its meaning (CommonMark 2.4)."""
    quiet = _MARKUP.sub(r"\\\g<0>", text)
    quiet = _LINK.sub(lambda found: f"{found[2] or found[4] or ''}\\{found[1] or found[3] or found[5]}", quiet)
    return _BEGIN.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", quiet)


def render(report: Report) -> str:
    """The whole report."""
    return "\n".join(_parts(report)).rstrip() + "\n"


def _parts(report: Report) -> Iterator[str]:
    yield f"# {escaped(words.title(report))}: {escaped(report.word)}\n"
    yield f"{coded(report.headline)}\n"
    yield from _pairs((("What", report.what), ("Owner", report.owner), ("Account", report.account)))
    yield from _list(still.TITLE, [(one.what, one.why) for one in report.open] or [("", still.NOTHING)])
    yield from _list("Clocks", ((one.name, words.clock(one)) for one in report.clocks))
    for one in (*report.state, *report.known):
        yield from _section(one)
    yield from _list(words.SECRETS, map(words.rotated, report.rotations))
    yield from _list(words.GIVEN, map(words.described_gift, report.given))
    yield from _found(report.found)
    yield from _undo(report.undo)
    if report.history:
        yield "## The ledger, entry by entry\n"
    for one in report.history:
        yield from _section(one, "###")
    yield f"Written {moment(report.at)} by Leak Responder."


def _found(found: Found | None) -> Iterator[str]:
    if found is None:
        yield f"## What it did\n\n{escaped(words.NOT_INQUIRED)}\n"
        return
    yield from _section(found.leak)
    yield from _list("What it did", (_dated(one.first, one.last, words.act(one)) for one in found.acts))
    yield from _list("What it was refused", (_dated(one.first, one.last, words.act(one)) for one in found.refused))
    if found.children:
        yield "## What it made\n"
        for child in found.children:
            name, made = words.child(child)
            yield f"{'  ' * min(child.depth - 1, 8)}- **{escaped(name)}**: {escaped(made)}; {escaped(child.state)}"
        yield ""
    yield from _list("Who stands still without it", map(words.caller, found.callers))
    yield from _list(words.WRITTEN, map(words.written, found.written or ()))
    yield from _section(words.unwritten(found))
    yield from _list("What it did before", (_dated(one.first, one.last, words.act(one)) for one in found.before))
    yield from _section(words.seen(found))
    yield from _list("What could not be seen", map(words.gap, found.gaps))


def _dated(first: datetime, last: datetime, said: tuple[str, str]) -> tuple[str, str]:
    return words.when(first, last), f"{said[0]} ({said[1]})"


def _undo(commands: tuple[Command, ...]) -> Iterator[str]:
    if commands:
        yield "## How to go on, and how to undo\n"
    for when in dict.fromkeys(one.when for one in commands):
        yield f"{escaped(when)}\n"
        yield from (f"    {one.line}" for one in commands if one.when == when)
        yield ""


def _section(one: Section, level: str = "##") -> Iterator[str]:
    if one.lines or one.pairs:
        yield f"{level} {escaped(one.title)}\n"
        yield from (f"{coded(line)}\n" for line in one.lines)
        yield from _pairs(one.pairs, foreign=one.foreign)


def _list(title: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    listed = list(pairs)
    if listed:
        yield f"## {title}\n"
        yield from _pairs(listed)


def _pairs(pairs: Iterable[tuple[str, str]], *, foreign: bool = False) -> Iterator[str]:
    """With commands as code, but none that an intruder may have written."""
    said = escaped if foreign else coded
    for label, value in pairs:
        yield f"- **{escaped(label)}**: {said(value)}" if label else f"- {said(value)}"
    yield ""
