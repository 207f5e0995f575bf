"""Time drawn to scale: a lane for each bearer, a stroke for each act, and the clocks across them.

Along the time all places are in per cent and across it in pixels, so that one drawing fits a phone and paper, and its
letters stay as large as the page's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from typing import TYPE_CHECKING

from chalicelib.report.html import element

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element


@dataclass(frozen=True)
class Stroke:
    """Something that went on from `first` to `last`; `sort` is how it is drawn, `hint` what a pointer shows."""

    first: datetime
    last: datetime
    sort: str
    hint: str


@dataclass(frozen=True)
class Lane:
    """Whose strokes these are."""

    label: str
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True)
class Mark:
    """A moment across all lanes."""

    at: datetime
    number: int
    hint: str


_LANE, _TOP = 34, 26
_LABEL = 44
"""Letters of a label that fit on a phone."""


@dataclass(frozen=True)
class Scale:
    """Where a moment lies, in per cent."""

    begin: datetime
    end: datetime

    def place(self, at: datetime) -> float:
        """A per cent is left free on both sides, for what is drawn with a width."""
        whole = (self.end - self.begin).total_seconds() or 1
        return 1.5 + 97 * min(max((at - self.begin).total_seconds() / whole, 0), 1)


def drawing(title: str, lanes: Sequence[Lane], marks: Sequence[Mark]) -> Element | None:
    """The drawing; None where there is nothing that took any time, or nothing but the marks."""
    moments = [at for lane in lanes for one in lane.strokes for at in (one.first, one.last)] + [one.at for one in marks]
    if not lanes or not moments or min(moments) == max(moments):
        return None
    scale = Scale(min(moments), max(moments))
    top = _TOP if marks else 0
    bottom = top + _LANE * len(lanes) + 4
    return element(
        "svg",
        element("title", title),
        *_grid(scale, top, bottom),
        *(_bar(top + _LANE * number) for number in range(len(lanes))),
        *(_across(one, scale, bottom) for one in marks),
        *(one for number, lane in enumerate(lanes) for one in _lane(lane, scale, top + _LANE * number)),
        *(_badge(these, scale) for these in _together(marks, scale)),
        role="img",
        height=str(bottom + 20),
    )


_PHONE = 280
"""Pixels that a drawing is wide on a phone, or more."""


def _together(marks: Sequence[Mark], scale: Scale) -> list[list[Mark]]:
    """Marks whose badges would cover each other on a phone share one, which is wider than theirs."""
    shared: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda one: one.at):
        shared.append([mark])
        while len(shared) > 1 and _meet(shared[-2], shared[-1], scale):
            last = shared.pop()
            shared[-1] += last
    return shared


def _meet(left: Sequence[Mark], right: Sequence[Mark], scale: Scale) -> bool:
    apart = (_middle(right, scale) - _middle(left, scale)) * _PHONE / 100
    return apart < _half(_numbers(left)) + _half(_numbers(right)) + 1


def _across(mark: Mark, scale: Scale, bottom: int) -> Element:
    x = _percent(scale.place(mark.at))
    return element("line", x1=x, x2=x, y1="16", y2=str(bottom), class_="moment")


def _badge(these: Sequence[Mark], scale: Scale) -> Element:
    written = _numbers(these)
    half = _half(written)
    return element(
        "svg",
        element("rect", x=str(-half), y="0", width=str(2 * half), height="16", rx="8", class_="badge"),
        element("text", written, x="0", y="12", text_anchor="middle", class_="number"),
        element("title", "; ".join(one.hint for one in these)),
        x=_percent(_middle(these, scale)),
        y="0",
    )


def _numbers(these: Sequence[Mark]) -> str:
    numbers = sorted(one.number for one in these)
    run = numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 1
    return f"{numbers[0]}–{numbers[-1]}" if run else ", ".join(map(str, numbers))


def _half(written: str) -> int:
    """Half of a badge's width, in pixels."""
    return 5 + 3 * len(written)


def _middle(these: Sequence[Mark], scale: Scale) -> float:
    return (scale.place(these[0].at) + scale.place(these[-1].at)) / 2


def _bar(top: int) -> Element:
    line = str(top + 23)
    return element("line", x1="1.5%", x2="98.5%", y1=line, y2=line, class_="lane")


def _lane(lane: Lane, scale: Scale, top: int) -> Iterator[Element]:
    label = lane.label if len(lane.label) <= _LABEL else f"{lane.label[: _LABEL - 1]}…"
    line = str(top + 23)
    yield element("text", label, element("title", lane.label), x="1.5%", y=str(top + 12), class_="label")
    for one in lane.strokes:
        x1, x2 = scale.place(one.first), scale.place(one.last)
        end = _percent(max(x2, x1 + 0.01))  # a line of no length is not drawn everywhere
        drawn = {"x1": _percent(x1), "x2": end, "y1": line, "y2": line, "class_": f"act {one.sort}"}
        yield element("line", element("title", one.hint), **drawn)
        if one.sort:
            yield element("svg", glyph(one.sort), element("title", one.hint), x=_percent(x1), y=line)


def glyph(sort: str) -> Element:
    """Return the form of a sort around the origin: whoever sees no colours tells them apart by it."""
    return element("path", d=GLYPHS[sort], class_=f"glyph {sort}")


GLYPHS = {
    "": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",  # a disc
    "refused": "M-4-4L4 4M-4 4L4-4",  # a cross
    "ours": "M0-5L5 4H-5z",  # a triangle that stands on its base
    "failed": "M0 5L5-4H-5z",  # one that stands on its tip, hollow
}


def _grid(scale: Scale, top: int, bottom: int) -> Iterator[Element]:
    """A line for each tick, and its time where that covers none before it on a phone."""
    taken = 0.0
    for tick in _ticks(scale):
        place, written = scale.place(tick), _written(tick, scale)
        x = _percent(place)
        yield element("line", x1=x, x2=x, y1=str(top), y2=str(bottom), class_="grid")
        anchor = "start" if place < _EDGE else "end" if place > 100 - _EDGE else "middle"
        begin = place - _BEFORE[anchor] * _LETTER * len(written)
        if begin >= taken:
            taken = begin + _LETTER * (len(written) + 1)
            yield element("text", written, x=x, y=str(bottom + 15), text_anchor=anchor)


_LETTER = 2.3
"""Per cent of a phone's width that a letter of a time takes."""

_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a text lies before its place."""

_EDGE = 4  # per cent; what stands over goes into the margin of its section
_STEPS = tuple(
    timedelta(seconds=one)
    for one in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
)
_MOST = 4  # ticks that a phone has room for


def _ticks(scale: Scale) -> Iterator[datetime]:
    """Round times, as many as can be read."""
    whole, day = scale.end - scale.begin, timedelta(days=1)
    step = next((one for one in _STEPS if whole / one <= _MOST), day * (whole // (day * _MOST) + 1))
    start = datetime(1970, 1, 1, tzinfo=UTC) + -(-(scale.begin - datetime(1970, 1, 1, tzinfo=UTC)) // step) * step
    yield from takewhile(lambda at: at <= scale.end, (start + number * step for number in count()))


def _written(at: datetime, scale: Scale) -> str:
    whole, utc = scale.end - scale.begin, at.astimezone(UTC)
    if whole > timedelta(days=3):
        return f"{utc:%m-%d}"
    return f"{utc:%H:%M:%S}" if whole < timedelta(minutes=8) else f"{utc:%H:%M}"


def _percent(place: float) -> str:
    return f"{place:.2f}%"
