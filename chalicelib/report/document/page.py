"""A report as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.report.document import lines as words, still
from chalicelib.report.document.drawing import Lane, Mark, Stroke, drawing, glyph
from chalicelib.report.form import Severity
from chalicelib.report.html import coded, element, page
from chalicelib.report.words import moment, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from chalicelib.report.document.form import Act, Child, Clock, Found, Given, Report, Rotation
    from chalicelib.report.form import Command, Section


def render(report: Report) -> str:
    """The whole page."""
    body = (_head(report), *filter(None, _parts(report)), _foot())
    return page(f"{words.title(report)}: {report.word}", element("main", *body))


def _head(report: Report) -> Element:
    facts = (("Owner", report.owner), ("Account", report.account or "unknown"), ("Written", moment(report.at)))
    return element(
        "header",
        element("p", words.title(report), class_="eyebrow"),
        element("h1", f"{report.what[:1].upper()}{report.what[1:]}"),
        element("span", report.word, class_=f"word {_colour(report)}"),
        element("dl", *(_fact(*one) for one in facts), class_="facts"),
    )


def _colour(report: Report) -> str:
    return report.severity if report.severity in _LOUD or not report.open else Severity.HIGH


_LOUD = frozenset({Severity.CRITICAL, Severity.HIGH})


def _fact(label: str, value: str, *, foreign: bool = False) -> Element:
    """With commands as code, but none that an intruder may have written."""
    return element("div", element("dt", label), element("dd", *([value] if foreign else coded(value))))


def _parts(report: Report) -> Iterator[Element | None]:
    yield element(
        "section", element("p", *coded(report.headline), class_="lead"), class_="alarm" if _is_open(report) else ""
    )
    yield _still(report)
    yield _clocks(report.clocks)
    yield from _drawn(report)
    for one in report.state:
        yield _section(one)
    yield _secrets(report.rotations)
    yield _given(report.given)
    yield from _found(report.found)
    for one in report.known:
        yield _section(one)
    yield _undo(report.undo)
    yield _history(report.history)


def _still(report: Report) -> Element:
    """What a person still has to do, with its colour: a page with open work is not calm."""
    left = [element("li", _said((one.what, one.why))) for one in report.open]
    inside = element("ol", *left, class_="rows counted") if left else element("p", still.NOTHING)
    return element("section", element("h2", still.TITLE), inside, class_="alarm" if left else "")


def _is_open(report: Report) -> bool:
    return report.severity == "critical"


def _clocks(clocks: Sequence[Clock]) -> Element | None:
    if not clocks:
        return None
    return _titled("Clocks", element("ol", *(_clock(n, one) for n, one in enumerate(clocks, 1)), class_="clocks"))


def _clock(number: int, one: Clock) -> Element:
    if one.at is None:
        shown: tuple[str, ...] = ("–", one.note)
    elif one.after is not None:
        shown = (span(one.after), f"after {one.since}", f"{one.at:%H:%M:%S} UTC")
    else:
        shown = (f"{one.at:%H:%M:%S}", f"{one.at:%Y-%m-%d} UTC", one.note)
    return element(
        "li",
        element("b", f"{number} {one.name}"),
        element("strong", shown[0]),
        *(element("small", line) for line in shown[1:]),
        class_="not" if one.at is None else "",
    )


_LANES = 24


def _drawn(report: Report) -> Iterator[Element | None]:
    """All of it to scale, and the response once more: seconds cannot be seen beside days."""
    marks = [Mark(one.at, n, f"{one.name}, {words.clock(one)}") for n, one in enumerate(report.clocks, 1) if one.at]
    ours = Lane("what we did", tuple(_ours(report)))
    lanes = [*_lanes(report.found), *((ours,) if ours.strokes else ())]
    yield _figure("Timeline, to scale", drawing("Timeline, to scale", lanes, marks), lanes)
    late = [one for one in marks if one.number > 1]
    steps = [Lane(one.hint, (one,)) for one in ours.strokes[:_LANES]]
    title = "The response, enlarged"
    yield _figure(title, drawing(title, steps, late), steps) if steps else None


def _ours(report: Report) -> Iterator[Stroke]:
    for one in report.deeds:
        yield Stroke(one.at, one.at, "ours" if one.worked else "failed", one.what)


def _lanes(found: Found | None) -> Iterator[Lane]:
    acts = [*((one, "") for one in found.acts), *((one, "refused") for one in found.refused)] if found else []
    bearers = list(dict.fromkeys(one.by for one, _ in acts))
    for bearer in bearers[:_LANES]:
        yield Lane(bearer, tuple(_stroke(one, sort) for one, sort in acts if one.by == bearer))
    if rest := [_stroke(one, sort) for one, sort in acts if one.by in bearers[_LANES:]]:
        yield Lane(f"{len(bearers) - _LANES:,} more", tuple(rest))


def _stroke(one: Act, sort: str) -> Stroke:
    return Stroke(one.first, one.last, sort, f"{words.when(one.first, one.last)}: {words.act(one)[0]}")


_KEY = {
    "": "calls that worked",
    "refused": "calls that were refused",
    "ours": "what we did",
    "failed": "what we tried, and failed",
}
"""What each sort of stroke is."""


def _figure(title: str, drawn: Element | None, lanes: Sequence[Lane]) -> Element | None:
    """With a legend of what is there."""
    if drawn is None:
        return None
    sorts = {one.sort for lane in lanes for one in lane.strokes}
    legend = [element("span", _sample(sort), said) for sort, said in _KEY.items() if sort in sorts]
    return _titled(title, drawn, element("p", *legend, class_="key"))


def _sample(sort: str) -> Element:
    return element("svg", glyph(sort), viewBox="-6 -6 12 12", width="12", height="12", aria_hidden="true")


def _found(found: Found | None) -> Iterator[Element | None]:
    if found is None:
        yield _titled("What it did", element("p", words.NOT_INQUIRED))
        return
    yield _section(found.leak)
    yield _tree(found.children)
    yield _acts("What it did", found.acts)
    yield _acts("What it was refused", found.refused)
    yield _rows("Who stands still without it", map(words.caller, found.callers))
    yield _rows(words.WRITTEN, map(words.written, found.written or ()))
    yield _section(words.unwritten(found))
    yield _acts("What it did before", found.before)
    yield _section(words.seen(found))
    yield _rows("What could not be seen", map(words.gap, found.gaps))


def _tree(children: Sequence[Child]) -> Element | None:
    """Each below what made it. Depths are trusted only as far as they grow by one."""
    if not children:
        return None
    top = element("ul")
    open_lists = [top]
    for one in children:
        del open_lists[max(one.depth, 1) :]
        item = _child(one)
        open_lists[-1].append(item)
        open_lists.append(element("ul"))
        item.append(open_lists[-1])
    _prune(top)
    return _titled("What it made", element("div", top, class_="tree"))


def _prune(top: Element) -> None:
    for item in top.iter("li"):
        for below in [one for one in item if one.tag == "ul" and not len(one)]:
            item.remove(below)


def _child(one: Child) -> Element:
    name, made = words.child(one)
    state = element("span", one.state, class_=f"state {'done' if one.is_contained else 'open'}")
    return element("li", element("span", name, class_="name"), element("small", made), state)


def _acts(title: str, acts: Sequence[Act]) -> Element | None:
    items = [element("li", element("time", words.when(one.first, one.last)), _said(words.act(one))) for one in acts]
    return _titled(title, element("ol", *items, class_="rows dated")) if items else None


def _rows(title: str, pairs: Iterable[tuple[str, str]]) -> Element | None:
    items = [element("li", _said(one)) for one in pairs]
    return _titled(title, element("ol", *items, class_="rows")) if items else None


def _secrets(rotations: Sequence[Rotation]) -> Element | None:
    items = [
        element("li", _said((name, more)), element("span", state, class_=f"state {'done' if one.at else 'open'}"))
        for one in rotations
        for name, state, more in (words.rotation(one),)
    ]
    return _titled(words.SECRETS, element("ol", *items, class_="rows")) if items else None


def _given(given: Sequence[Given]) -> Element | None:
    items = [
        element("li", _said((name, more)), element("span", state, class_=f"state {'open' if one.outlives else 'done'}"))
        for one in given
        for name, state, more in (words.gift(one),)
    ]
    return _titled(words.GIVEN, element("ol", *items, class_="rows")) if items else None


def _said(pair: tuple[str, str]) -> Element:
    return element("div", element("span", pair[0]), element("small", *coded(pair[1])))


def _section(one: Section, heading: str = "h2") -> Element | None:
    if not one.lines and not one.pairs:
        return None
    alarm = "alarm" if one.title.startswith(("FAILED", "UNDONE")) else ""
    return element("section", element(heading, one.title), *_inside(one), class_=alarm)


def _inside(one: Section) -> Iterator[Element]:
    yield from (element("p", *coded(line)) for line in one.lines)
    if one.pairs:
        yield element("dl", *(_fact(*pair, foreign=one.foreign) for pair in one.pairs), class_="pairs")


def _undo(commands: Sequence[Command]) -> Element | None:
    if not commands:
        return None
    inside = []
    for when in dict.fromkeys(one.when for one in commands):
        typed = "\n".join(one.line for one in commands if one.when == when)
        inside += [element("p", when), _typed(typed)]
    return _titled("How to go on, and how to undo", *inside)


def _typed(text: str) -> Element:
    made = element("pre")
    for number, line in enumerate(text.split("\n")):
        made.append(element("code", ("\n" if number else "") + line))
    return made


def _history(days: Sequence[Section]) -> Element | None:
    parts = [part for day in days for part in (element("h3", day.title), *_inside(day))]
    return _titled("The ledger, entry by entry", *parts) if parts else None


def _titled(title: str, *inside: Element) -> Element:
    return element("section", element("h2", title), *inside)


def _foot() -> Element:
    return element("footer", "Written by Leak Responder. This page loads nothing and runs nothing.")
