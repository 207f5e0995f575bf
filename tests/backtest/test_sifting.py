"""The cheap look that nearly every record gets changes no decision and no delivery."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from ministack.services import eventbridge

from chalicelib import sources
from chalicelib.inquiry.formats.records import identity_of
from chalicelib.model import Ignored, Malformed
from console.backtest import sifting
from console.backtest.counting import Tally
from console.reference.deliveries import MIX, record
from drill.cloud.patterns import matcher
from tests.backtest import logs
from tests.sources import events, trail
from tests.sources.events import RECEIVED

BLANKS = st.sampled_from(["", " ", "\t", "\xa0", " " * 2_000])
WORDS = st.sampled_from(
    [
        *sifting._CALLS,
        "DescribeInstances",
        "",
        "x" * 80,
        "iam.amazonaws.com",
        "sts.amazonaws.com",
        "signin.amazonaws.com",
    ]
)
TEXTS = st.builds(lambda before, word, after: before + word + after, BLANKS, WORDS, BLANKS) | st.text()
VALUES = TEXTS | st.none() | st.integers() | st.dictionaries(st.text(), st.text())
WHO: list[Any] = [events.root_identity(), {"type": " Root"}, {"type": ["Root"]}, events.role_identity(), [], None]
RECORDS = st.builds(
    lambda changes: {**events.key_created(), **changes},
    st.dictionaries(st.sampled_from(["eventName", "eventSource", "eventType", "shape", "detail-type"]), VALUES)
    | st.fixed_dictionaries({"eventName": TEXTS, "userIdentity": st.sampled_from(WHO)}),
)


@given(RECORDS)
def test_what_is_passed_over_no_source_reads_and_no_pattern_lets_through(record: Any) -> None:
    if sifting.is_plain(record):
        assert isinstance(sources.read_any(record, RECEIVED), Ignored)
        assert sifting.delivered(record) == []


def test_nearly_every_record_is_passed_over() -> None:
    assert sifting.is_plain(logs.call())
    assert not any(sifting.is_plain(one["detail"]) for one in events.of_every_kind().values())
    assert [case for case, (record, _) in trail.SAYS.items() if sifting.is_plain(record)] == []


def asked(pattern: Any, event: Any) -> bool:
    request = {"Event": json.dumps(event), "EventPattern": json.dumps(pattern)}
    return bool(json.loads(eventbridge._test_event_pattern(request)[2])["Result"])


@given(st.sampled_from(list(events.of_every_kind().values())), st.data())
def test_a_pattern_is_matched_as_eventbridge_is_asked_to(event: Any, data: st.DataObject) -> None:
    detail = dict(event["detail"])
    detail[data.draw(st.sampled_from(sorted(detail)))] = data.draw(VALUES)
    changed = data.draw(st.sampled_from([event, {**event, "detail": detail}]))
    for source in sources.SOURCES:
        assert matcher(source.PATTERN)(changed) == asked(source.PATTERN, changed)


def test_a_pattern_that_eventbridge_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="prefiks"):
        matcher({"detail": {"type": [{"prefiks": "x"}]}})


@pytest.mark.parametrize("case", sorted(events.of_every_kind().keys() - {"picked out by a person"}))
def test_with_and_without_its_envelope_an_event_is_the_same(case: str) -> None:
    event = events.of_every_kind()[case]
    bare = event["detail"].get("findings", [event["detail"]])[0]
    reached = len(sifting.delivered(event))
    assert reached == 1 + (case == "root key")  # by the rule about all that root changes, too
    if bare.get("eventName") == "ConsoleLogin":
        bare = {**bare, "eventType": "AwsConsoleSignIn"}
    assert sifting.delivered(bare) == sifting.delivered(event)
    for one in (event, bare):
        tally = Tally()
        assert list(sifting.signals([one], tally, RECEIVED))
        assert tally.events == 1
        assert sorted(tally.seen.deliveries) == sorted(sifting.delivered(one))
        assert {bytes(held) for held in (*tally.seen.days.values(), *tally.seen.deliveries.values())} == {
            identity_of(one)
        }


def test_what_is_no_event_is_counted_as_odd() -> None:
    tally, deep = Tally(), json.loads('{"type": "x", "service": ' + '{"a":' * 900 + "1" + "}" * 901)
    odd: list[Any] = [None, 1, "x", {}, {"digestS3Bucket": "x"}, {"eventName": "x"}]
    assert list(sifting.signals([*odd, deep, {"Records": [{"Records": [{}]}]}], tally, RECEIVED)) == []
    assert tally.odd + tally.events == len(odd) + 2
    assert tally.odd >= len(odd)


def test_the_mix_of_the_reference_is_a_million_records_that_are_read() -> None:
    assert sum(count for count, *_ in MIX) == 1_000_000
    for _, service, name, _, identity in MIX:
        assert not isinstance(sources.read_any(record(service, name, identity), RECEIVED), Malformed)
