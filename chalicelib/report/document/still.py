"""What a person still has to do, the most urgent first: a report begins with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.report.document import lines as words
from chalicelib.report.form import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.report.document.form import Report

TITLE = "Still to be done"
_MOST = 5
"""Of a kind, the first are named and the rest are counted: all of them stand further down."""

Open = tuple[str, str]
"""What is left to do, and why."""


def list_open(report: Report) -> tuple[Open, ...]:
    """Return what is left; nothing where nothing is known to be left."""
    return tuple(_all(report))


def describe(report: Report) -> Section:
    """Return what is left as a part of the report, also where that is nothing."""
    left = list_open(report)
    if not left:
        return Section(TITLE, ("Nothing that we know of.",))
    return Section(TITLE, pairs=tuple((f"{number}", f"{what}: {why}") for number, (what, why) in enumerate(left, 1)))


def _all(report: Report) -> Iterator[Open]:
    if report.found is None:
        yield "look into CloudTrail", "nobody has, so what the credential did is not known"
    else:
        children = [
            (f"contain {words.child(one)[0]}", one.state) for one in report.found.children if not one.is_contained
        ]
        yield from _some(children, "of what it made")
    secrets = [(f"rotate {words.rotation(one)[0]}", one.state) for one in report.rotations if not one.is_done]
    yield from _some(secrets, "secrets")
    given = [(f"end {words.gift(one)[0]}", words.gift(one)[1]) for one in report.given if one.outlives]
    yield from _some(given, "credentials of other services")
    if report.found and report.found.gaps:
        yield f"look at what could not be seen ({len(report.found.gaps):,})", "the list of it says where to look"


def _some(left: Sequence[Open], rest: str) -> Iterator[Open]:
    yield from left[:_MOST]
    if len(left) > _MOST:
        yield f"{len(left) - _MOST:,} more {rest}", "all of them are listed below"
