"""Any records, written in any composition of the forms, are read back as the same records."""

from __future__ import annotations

import base64
import codecs
import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backports import zstd
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.inquiry.call import key
from chalicelib.inquiry.formats.envelopes import Unread, events_in
from chalicelib.inquiry.formats.records import record_in
from chalicelib.inquiry.formats.values import values_of
from chalicelib.inquiry.readers.logs import Task, looked_at
from tests.formats import forms
from tests.inquiry import story
from tests.sources.events import AKIA, SIBLING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.sources.events import Json

_TEXTS = st.text(max_size=12) | st.sampled_from(
    ['"', "\\", "\r\n", "\n{", "}{", "][", "\ufeff", "a, b=c", '"Records":[']
)
_LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    _LEAVES | _TEXTS,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(_TEXTS, one, max_size=3),
    max_leaves=6,
)
_ASKED = st.none() | st.dictionaries(_TEXTS, _JSON, max_size=3)
RECORDS = st.lists(
    st.builds(
        lambda number, asked, answered, more: {
            **story.call("iam", f"Call{number}", "24T02:41:00", story.USER, asked, answered),
            "eventID": f"event-{number}",
            "userAgent": more,
        },
        st.integers(0, 10**6),
        _ASKED,
        _ASKED,
        _TEXTS,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one["eventID"],
)

Values = list[Any]


def _plainly(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def _packed(value: Any) -> str:
    return base64.b64encode(gzip.compress(json.dumps(value).encode(), mtime=0)).decode()


def _log_events(values: Values) -> Values:
    return [{"id": "1", "timestamp": 1, "message": json.dumps(one)} for one in values]


def _subscription(values: Values) -> Json:
    return {"messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": _log_events(values)}


_ARRIVED = {"approximateArrivalTimestamp": 1}
OF_RECORDS: dict[str, Callable[[Values], Values]] = {
    # what takes records alone
    "as they are": lambda records: records,
    "envelopes": lambda records: list(map(forms.enveloped, records)),
    "events of LookupEvents": lambda records: list(map(forms.looked_up, records)),
    "rows of Athena": lambda records: list(map(forms.unloaded, records)),
    "eventJson": lambda records: [{"eventJson": json.dumps(one)} for one in records],
    "GetQueryResults": lambda records: [{"QueryResultRows": [[{"eventJson": json.dumps(one)}] for one in records]}],
    "Logs Insights": lambda records: [
        {"results": [[{"field": "@message", "value": json.dumps(one)}] for one in records], "status": "Complete"}
    ],
    "OpenSearch": lambda records: [{"took": 1, "hits": {"hits": [{"_source": one} for one in records]}}],
    "Elastic": lambda records: [{"event": {"original": json.dumps(one)}} for one in records],
    "Splunk": lambda records: [{"result": {"_raw": json.dumps(one)}} for one in records],
}
AROUND: dict[str, Callable[[Values], Values]] = {
    # what takes anything
    "nothing": lambda values: values,
    "a list": lambda values: [values],
    "a log file": lambda values: [{"Records": values}],
    "a log file with more members": lambda values: [{"version": "1", "Records": values, "more": [1]}],
    "messages of SNS": lambda values: [{"TopicArn": "x", "Message": json.dumps(one)} for one in values],
    "messages of SQS": lambda values: [{"Messages": [{"Body": json.dumps(one)} for one in values]}],
    "Kinesis": lambda values: [{"Records": [{"kinesis": {"data": _plainly(one), **_ARRIVED}} for one in values]}],
    "Firehose": lambda values: [{"records": [{"recordId": "1", "data": _packed(one), **_ARRIVED} for one in values]}],
    "log events": _log_events,
    "texts": lambda values: [list(map(json.dumps, values))],
    "lines of Fluent Bit": lambda values: [{"log": json.dumps(one)} for one in values],
    "a subscription": lambda values: [_subscription(values)],
    "a subscription, as Lambda has it": lambda values: [{"awslogs": {"data": _packed(_subscription(values))}}],
}
BETWEEN = ("\n", "", "\r\n", "\n\n", " \t")
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda plain: plain,
    "gzip": lambda plain: gzip.compress(plain, mtime=0),  # the same bytes whenever it is made
    "zstd": zstd.compress,
}


@st.composite
def _texts(draw: st.DrawFn, records: Values) -> bytes:
    """One text with all of them."""
    inner = draw(st.sampled_from(sorted(OF_RECORDS)))
    values = AROUND[draw(st.sampled_from(sorted(AROUND)))](OF_RECORDS[inner](records))
    indent, is_ascii = draw(st.sampled_from([None, None, 1])), draw(st.booleans())
    spelt = [json.dumps(one, indent=indent, ensure_ascii=is_ascii) for one in values]
    text = draw(st.sampled_from(BETWEEN)).join(spelt)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]))
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    return mark + text.encode(encoding)


@st.composite
def _streams(draw: st.DrawFn, records: Values) -> bytes:
    """The text, in one packing or in pieces that are packed one after the other, and that packed again."""
    content = draw(_texts(records))
    name = draw(st.sampled_from(sorted(PACKINGS)))
    at = draw(st.integers(0, len(content)))
    pieces = [content[:at], content[at:]] if name != "nothing" and draw(st.booleans()) else [content]
    return b"".join(map(PACKINGS[name], pieces))


@dataclass(frozen=True)
class File:
    """Records, and the bytes that hold them."""

    records: Values
    content: bytes = field(repr=False)


@st.composite
def files(draw: st.DrawFn) -> File:
    """Records, and a file that holds them all: as a stream, or over several members of an archive."""
    records = draw(RECORDS)
    if draw(st.booleans()):
        return File(records, draw(_streams(records)))
    at = draw(st.integers(1, len(records)))
    parts = [part for part in (records[:at], records[at:]) if part]
    endings = st.sampled_from([".json", ".json.gz", ".log", ".JSONL", ".zst"])
    members = [(f"folder/{number}{draw(endings)}", draw(_streams(part))) for number, part in enumerate(parts)]
    archive = draw(st.sampled_from([forms.zipped, forms.tarred]))(*members)
    return File(records, draw(st.sampled_from(list(PACKINGS.values())))(archive))


def read(content: bytes, size: int = 1 << 18) -> tuple[Values, list[str]]:
    """The records of a file, and what was noted."""
    faults: list[str] = []
    pieces = (content[at : at + size] for at in range(0, len(content), size))
    events = [event for value in values_of(pieces, faults.append) for event in events_in(value, faults.append)]
    faults += [event.reason for event in events if isinstance(event, Unread)]
    return [record_in(event) or {"no record": event} for event in events if not isinstance(event, Unread)], faults


def spelt(records: Iterable[Any]) -> list[str]:
    """In an order of their own. A member without a value is one that is not there."""
    return sorted(json.dumps(_without_nulls(one), sort_keys=True) for one in records)


def _without_nulls(record: Json) -> Json:
    return {name: held for name, held in record.items() if held is not None}


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files(), st.integers(1, 5_000))
def test_records_in_any_form_are_read_back_as_they_were(made: File, size: int) -> None:
    found, faults = read(made.content, size)
    assert faults == []
    assert spelt(found) == spelt(made.records)


@dataclass(frozen=True)
class Held:
    """A log in memory."""

    held: bytes = field(repr=False)
    name: str = "log"

    def content(self) -> Iterator[bytes]:
        """All of it."""
        yield self.held


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files(), st.booleans())
def test_who_looks_for_a_key_finds_its_calls_in_any_form(made: File, is_theirs: bool) -> None:
    result = looked_at(Task(Held(made.content), frozenset({key(AKIA if is_theirs else SIBLING)})))
    found = sorted(one.id for one in result.calls)
    assert found == (sorted(one["eventID"] for one in made.records) if is_theirs else [])
    assert (result.faults, result.is_read) == ([], True)


_NAMES = st.text("ab,=.@-_+{}[]", min_size=1, max_size=9)


@settings(max_examples=300)
@given(RECORDS, _NAMES, st.sampled_from(sorted(forms.IN_CELLS)))
def test_a_table_gives_the_records_back_or_says_that_it_cannot(records: Values, name: str, form: str) -> None:
    """Names may hold what separates members in a column."""
    named = [{**one, "userIdentity": {**one["userIdentity"], "userName": name}} for one in records]
    found, faults = read(forms.IN_CELLS[form](named))
    assert faults or spelt(map(_stripped, found)) == spelt(map(_stripped, named))
    assert faults or len(found) == len(named)


def _stripped(record: Json) -> Json:
    """Without what an empty cell cannot say."""
    return {name: held for name, held in record.items() if held not in ({}, "", None)}


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files(), st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_of_a_file_that_is_cut_off_nothing_is_made_up(made: File, size: int, part: float) -> None:
    found, faults = read(made.content[: int(part * len(made.content))], size)
    assert set(spelt(one for one in found if "no record" not in one)) <= set(spelt(made.records))
    if made.content.startswith(b"PK"):
        assert faults


@st.composite
def _damaged(draw: st.DrawFn) -> File:
    """A file with some of its bytes replaced."""
    made = draw(files())
    content = bytearray(made.content)
    for _ in range(draw(st.integers(1, 4))):
        at = int(draw(st.floats(0, 1, exclude_max=True)) * len(content))
        patch = draw(st.binary(min_size=1, max_size=6))
        content[at : at + draw(st.integers(0, 6))] = patch
    return File(made.records, bytes(content))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_damaged(), st.integers(1, 5_000))
def test_whatever_is_damaged_no_reader_raises(made: File, size: int) -> None:
    found, faults = read(made.content, size)
    assert faults or found or made.content == b""
    result = looked_at(Task(Held(made.content), frozenset({key(AKIA)})))
    assert len(list(result.calls)) <= len(found)
