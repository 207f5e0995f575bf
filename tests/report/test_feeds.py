"""Every feed has a name that people know it by."""

from __future__ import annotations

import pytest

from chalicelib import sources
from chalicelib.report.words import FEEDS
from tests.routes import bodies
from tests.sources import events, trail
from tests.sources.events import RECEIVED, Json


def feeds_of(event: Json) -> set[str]:
    """The feeds that its signals name; nothing where it says nothing."""
    found = sources.read_any(event, RECEIVED)
    return {one.source for one in found} if isinstance(found, tuple) else set()


EVENTS: dict[str, Json] = {
    **events.of_every_kind(),
    **{case: events.called(record) for case, (record, _) in trail.SAYS.items()},
    "an alert of GitHub": bodies.alert(),
    "a token from GitLab": {"tokens": [bodies.token()]},
}
"""An event of every source: another test sees to it that none is missing."""


@pytest.mark.parametrize("case", EVENTS)
def test_a_feed_is_told_by_a_name_of_its_own(case: str) -> None:
    assert feeds_of(EVENTS[case]) != set()
    assert feeds_of(EVENTS[case]) <= set(FEEDS)


def test_no_feed_is_called_as_the_code_calls_it() -> None:
    assert not set(FEEDS) & set(FEEDS.values())
    assert len(set(FEEDS.values())) == len(FEEDS)


def test_what_comes_without_an_event_has_a_name_too() -> None:
    assert {"report", "inquiry"} <= set(FEEDS)
