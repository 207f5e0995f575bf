"""Files as a stream of values: every layout, whatever is broken, and no more in memory than one value."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.inquiry.files import content
from chalicelib.inquiry.formats.values import values_of
from chalicelib.inquiry.reading import parsed
from console.backtest import spool
from console.backtest.counting import Tally
from console.backtest.sifting import signals
from tests.backtest import logs
from tests.sources.events import RECEIVED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

A, B = {"a": [1, {"b": ']}\\"\n'}]}, {"é": "\U0001f600", "n": -1.5e3}


def read(pieces: Iterable[str]) -> tuple[list[Any], list[str]]:
    faults: list[str] = []
    return list(parsed(pieces, faults.append)), faults


def read_file(file: Path) -> tuple[list[Any], list[str]]:
    faults: list[str] = []
    return list(values_of(content(file), faults.append)), faults


LAYOUTS: dict[str, tuple[str, list[Any]]] = {
    "log file": (json.dumps({"Records": [A, B]}), [A, B]),
    "log file, as written for people": (json.dumps({"Records": [A, B]}, indent=4), [A, B]),
    "log file with more members": (json.dumps({"Records": [A, B], "more": [1]}), [A, B]),
    "log file of nothing": ('{"Records":[]}', []),
    "findings": (json.dumps({"Findings": [A]}), [A]),
    "list": (json.dumps([A, B]), [A, B]),
    "lines": (f"{json.dumps(A)}\n\n{json.dumps(B)}", [A, B]),
    "lines of log files": (json.dumps({"Records": [A]}) + "\n" + json.dumps({"Records": [B]}), [A, B]),
    "a document": (json.dumps(A, indent=2), [A]),
    "a list further on": (json.dumps({"x": 1, "Records": [A]}), [{"x": 1, "Records": [A]}]),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_every_layout_is_read_however_it_comes_in_pieces(case: str) -> None:
    text, expected = LAYOUTS[case]
    for size in (1, 2, 7, len(text)):
        assert read(text[at : at + size] for at in range(0, len(text), size)) == (expected, [])


@pytest.mark.parametrize("case", LAYOUTS)
def test_only_what_is_wanted_is_handed_out_and_the_rest_is_read_past(case: str) -> None:
    text, expected = LAYOUTS[case]
    pieces = (text[at : at + 7] for at in range(0, len(text), 7))
    found = list(parsed(pieces, pytest.fail, lambda one: json.loads(one) != A))
    assert found == [one for one in expected if one != A]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(), one, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=6)


@given(RECORDS, st.integers(1, 40), st.sampled_from([None, 1]))
def test_any_records_are_read_as_the_whole_document_is(records: list[Any], size: int, indent: int | None) -> None:
    text = json.dumps({"Records": records}, indent=indent)
    assert read(text[at : at + size] for at in range(0, len(text), size)) == (records, [])


@given(st.text(), st.integers(1, 9))
def test_no_text_raises(text: str, size: int) -> None:
    read(text[at : at + size] for at in range(0, len(text), size))


GOOD = json.dumps(A).encode()
BROKEN: dict[str, tuple[bytes, int, str]] = {
    # content: values that are read all the same, reason
    "empty": (b"", 0, "empty"),
    "blank": (b" \n\n ", 0, "empty"),
    "no JSON": (b"hello", 0, "not JSON"),
    "a broken line": (GOOD + b"\n{oops\n" + GOOD + b"\n", 2, "not JSON"),
    "a line that was cut": (GOOD + b'\n{"a": "b\n' + GOOD, 2, "not JSON"),
    "cut at the end": (GOOD + b"\n" + GOOD[:-3], 1, "not JSON"),
    "a log file cut off": (b'{"Records":[' + GOOD + b"," + GOOD[:9], 1, "not JSON"),
    "a log file without an end": (b'{"Records":[' + GOOD + b"]", 1, "} is missing"),
    "records without a comma": (b'{"Records":[' + GOOD + GOOD + b"]}", 1, "] is missing"),
    "UTF-8 that was cut": (GOOD + b'\n{"a": "\xc3', 1, "not UTF-8"),
    "a number too long": (GOOD + b'\n{"a": ' + b"9" * 9_000 + b"}\n" + GOOD, 2, "not JSON"),
    "too deep": (GOOD + b"\n" + b'{"a":' * 200_000 + b"\n" + GOOD, 2, "nested too deeply"),
    "a huge line": (GOOD + b'\n{"a": "' + b"x" * 20_000_000 + b'"}\n' + GOOD, 2, "more than 8,388,608 characters"),
}


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_named_and_the_rest_is_read(case: str, suffix: str, tmp_path: Path) -> None:
    content, good, reason = BROKEN[case]
    found, faults = read_file(logs.raw(tmp_path / f"log{suffix}", content))
    assert found == [A] * good
    assert len(faults) == 1
    assert reason in faults[0]
    assert len(faults[0]) < 400


def test_of_what_is_no_text_the_rest_is_read(tmp_path: Path) -> None:
    content = GOOD + b'\n{"a": "\xffb"}\n' + GOOD + b'\n{"\xe9": 1}\n' + GOOD
    for size in (1, 5, len(content)):
        faults: list[str] = []
        pieces = (content[at : at + size] for at in range(0, len(content), size))
        assert list(values_of(pieces, faults.append)) == [A, {"a": "\ufffdb"}, A, {"\ufffd": 1}, A]
        assert faults == ["not UTF-8, nor UTF-16; what is no text is shown as \ufffd"]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert read_file(logs.raw(tmp_path / "a.json", b"\xef\xbb\xbf" + GOOD)) == ([A], [])


def test_compressed_members_are_read_one_after_the_other_and_by_what_they_are(tmp_path: Path) -> None:
    file = tmp_path / "named.json"  # and not .gz
    file.write_bytes(gzip.compress(GOOD + b"\n") + gzip.compress(GOOD) + b"\0" * 100)
    assert read_file(file) == ([A, A], [])


@pytest.mark.parametrize(("kept", "reason"), [(-9, "ends early"), (40, "ends early")])
def test_a_compressed_file_that_was_cut_is_named(kept: int, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json.gz"
    file.write_bytes(gzip.compress((json.dumps(A) + "\n").encode() + os.urandom(500).hex().encode())[:kept])
    assert reason in "; ".join(read_file(file)[1])


def test_a_compressed_file_that_was_damaged_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.json.gz"
    file.write_bytes(gzip.compress(GOOD)[:10] + b"\xff" * 50)
    found, faults = read_file(file)
    assert found == []
    assert any("not whole" in fault for fault in faults)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    for name, reason in {
        "pipe.json": "not a regular file",
        "loop.json": "symbolic links",
        "gone": "No such file",
    }.items():
        assert reason in read_file(tmp_path / name)[1][0]


def peak(count: int, folder: Path) -> int:
    """Bytes that are held at most while a generated log of so many records is sifted."""
    record = json.dumps(logs.call())
    text = chain(['{"Records":['], repeat(record + ",", count), [record, "]}"])
    tally = Tally()
    values = spool.put_identities(folder, parsed(text, tally.note), tally.seen)
    tracemalloc.start()
    try:
        assert list(signals(values, tally, RECEIVED)) == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert (tally.events, tally.faults) == (count + 1, 0)


def test_four_times_the_records_take_no_more_memory(tmp_path: Path) -> None:
    assert peak(44_000, tmp_path) < 1.5 * peak(11_000, tmp_path)


def test_a_bomb_is_read_in_pieces(tmp_path: Path) -> None:
    file = logs.raw(tmp_path / "bomb.json.gz", b" " * 50_000_000 + GOOD)
    tracemalloc.start()
    try:
        assert read_file(file) == ([A], [])
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
