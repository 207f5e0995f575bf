"""What is written into the ledger or the queue is read as it was, whoever chose its characters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given, strategies as st

from chalicelib.entries import Body
from chalicelib.ledger import codec
from chalicelib.model import Evidence, Permission, Signal, Step
from tests.ledger.scene import SIGNAL

_steps = st.builds(Step, arguments=st.dictionaries(st.text(), st.text(), max_size=3))
st.register_type_strategy(Step, _steps)  # what stands for a Mapping otherwise is no dict, and no step has one


@given(st.one_of([st.from_type(kind) for kind in get_args(Body)]))
def test_every_entry_is_read_as_it_was_written(body: Body) -> None:
    text = codec.written(body)
    assert text.isascii()
    assert "\n" not in text
    assert codec.read(type(body).__name__, text) == body


@given(st.from_type(Signal))
def test_every_signal_is_read_as_it_was_left_in_the_queue(signal: Signal) -> None:
    assert codec.read_signal(json.loads(json.dumps(codec.written(signal)))) == signal


def test_half_a_character_and_a_foreign_clock_end_no_run() -> None:
    """JSON may hold a lone surrogate, and a feed may write any zone."""
    at = datetime(2026, 11, 24, 8, 41, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    odd = replace(SIGNAL, what="\ud83d\x00\u202e", at=at, evidence=(Evidence("\ud800", "\udfff"),))
    assert codec.read_signal(codec.written(odd)) == odd


def test_an_entry_of_a_later_version_is_said_to_be_unknown() -> None:
    with pytest.raises(KeyError, match="Exorcised"):
        codec.read("Exorcised", "{}")


def test_what_does_not_belong_into_the_ledger_is_refused() -> None:
    with pytest.raises(TypeError, match="does not belong into the ledger"):
        codec.written(Permission(("a",), (object(),)))  # type: ignore[arg-type]
