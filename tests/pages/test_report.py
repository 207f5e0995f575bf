"""The report in a real browser: it loads nothing, runs nothing, fits a phone, a screen and paper."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.report import html
from chalicelib.report.document import page
from chalicelib.report.document.drawing import Lane, Mark, Stroke, drawing
from tests.pages import browser
from tests.report import reports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    """One for all tests of this file."""
    if browser.CHROMIUM is None:
        pytest.skip("LEFT OUT: no page was looked at, for there is no Chromium here. Debian: apt-get install chromium")
    try:
        opened = browser.opened(tmp_path_factory.mktemp("profile"))
        page = opened.__enter__()
    except browser.SilentError:
        pytest.skip(f"LEFT OUT: no page was looked at, for {browser.CHROMIUM} does not start here")
    yield page
    opened.__exit__(None, None, None)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of which every name was chosen by an intruder."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(page.render(reports.hostile()))
    return file


BEYOND = """[...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 200))"""
COVERED = """["[role=img] > text:not(.label)", ".badge"].flatMap(kind => {
    const boxes = [...document.querySelectorAll(kind)].map(one => one.getBoundingClientRect());
    return boxes.filter((one, n) => boxes.slice(0, n).some(
        other => other.top === one.top && other.right > one.left && one.right > other.left));
}).length"""
FOREIGN = "document.querySelectorAll('script, img, iframe, object, a, link, form, base, [onerror], [style]').length"


@pytest.mark.parametrize("width", WIDTHS)
def test_it_opens_without_error_asks_for_nothing_and_fits(width: int, chromium: browser.Page, hostile: Path) -> None:
    chromium.open(hostile, width)
    assert [one["request"]["url"] for one in chromium.said("Network.requestWillBeSent")] == [hostile.as_uri()]
    assert chromium.said("Log.entryAdded") == []
    assert chromium.said("Runtime.exceptionThrown") == []
    assert chromium.evaluate(FOREIGN) == 0
    assert reports.MARKUP in chromium.evaluate("document.body.innerText")
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.evaluate(BEYOND) == []
    taken = chromium.picture()
    assert struct.unpack(">I", taken[16:20])[0] in range(width - 20, width + 1)
    blank = hostile.with_name("blank.html")
    blank.touch()
    chromium.open(blank, width)
    assert len(taken) > 5 * len(chromium.picture())  # a picture of nothing is packed to next to nothing


def test_every_clock_is_drawn_where_it_is_seen(chromium: browser.Page, hostile: Path) -> None:
    chromium.open(hostile, 360)
    drawn = chromium.evaluate("[...document.querySelectorAll('svg .badge')].map(one => one.getBoundingClientRect().x)")
    assert drawn
    assert all(0 <= place <= 340 for place in drawn)


SPANS = (1, 9, 42, 61, 99, 300, 470, 481, 3600, 50_000, 200_000, 3_000_000)


def _drawn(begin: datetime, whole: timedelta) -> Element | None:
    """Something that lasted so long, with clocks that lie apart, and close together."""
    marks = [Mark(begin + whole * part, n, "x") for n, part in enumerate((0.2, 0.29, 0.31, 0.38, 0.5, 0.57, 1), 1)]
    return drawing("x", [Lane("x", (Stroke(begin, begin + whole, "", "x"),))], marks)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_time_or_clock_of_a_drawing_covers_another(width: int, chromium: browser.Page, tmp_path: Path) -> None:
    begin = datetime(2026, 11, 24, 2, 59, 57, tzinfo=UTC)
    drawn = list(filter(None, (_drawn(begin, timedelta(seconds=one)) for one in SPANS)))
    file = tmp_path / "drawings.html"
    file.write_text(html.page("drawings", html.element("main", html.element("section", *drawn))))
    chromium.open(file, width)
    timed = "[...document.querySelectorAll('[role=img]')].filter(one => one.querySelector(':scope > text:not(.label)'))"
    assert chromium.evaluate(f"{timed}.length") == len(SPANS)
    assert chromium.evaluate(COVERED) == 0


def test_what_is_smuggled_into_the_page_is_neither_run_nor_loaded(chromium: browser.Page, hostile: Path) -> None:
    chromium.open(hostile, 1280)
    chromium.evaluate("""
        document.body.insertAdjacentHTML("beforeend", "<img src=http://127.0.0.1:9/x onerror='window.ran = 1'>");
        const smuggled = document.createElement("script");
        smuggled.textContent = "window.ran = 1";
        document.body.append(smuggled);
    """)
    assert chromium.evaluate("window.ran") is None
    loaded = [one["request"]["url"] for one in chromium.said("Network.requestWillBeSent")]
    blocked = {one["requestId"] for one in chromium.said("Network.loadingFailed") if one.get("blockedReason") == "csp"}
    sent = [one for one in chromium.said("Network.requestWillBeSent") if one["requestId"] not in blocked]
    assert [one["request"]["url"] for one in sent] == [hostile.as_uri()], loaded


def test_it_prints(chromium: browser.Page, hostile: Path) -> None:
    chromium.open(hostile, 1280, scheme="dark")
    printed = chromium.printed()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 1
    chromium.ask("Emulation.setEmulatedMedia", media="print", features=[])
    assert chromium.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    kept = "[...document.querySelectorAll('.key path')].map(one => getComputedStyle(one).printColorAdjust)"
    assert set(chromium.evaluate(kept)) == {"exact"}
