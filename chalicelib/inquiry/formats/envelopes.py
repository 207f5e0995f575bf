"""What carries events: lists, messages of SNS and SQS, requests of webhooks, log events, answers of AWS's own calls."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.inquiry.formats import packing, rows
from chalicelib.inquiry.reading import LISTS, LONGEST, Note, parsed, parsed_strictly, raw_decode_strictly

Json = dict[str, Any]

_DEEPEST = 16  # wrappers; a row of Lake in a subscription, as Lambda has it, stands in eight
_ALONE = frozenset({"detail-type", "eventName", "finding_info", "ProductArn"})
"""Members of events themselves: whatever else they hold is part of them."""

MARKS = ("pproximateArrivalTimestamp", '"awslogs"')
"""What stands beside records in Base64, where a search for a word does not find it: in messages of Kinesis and Firehose
(Lambda and GetRecords write the first letter differently), and of a subscription of CloudWatch Logs.
"""


@dataclass(frozen=True)
class Unread:
    """What should hold an event, and why none can be read of it. `written` is its text, None where it has none."""

    reason: str
    written: str | None


def events_in(value: Any, note: Note = lambda _: None, depth: int = _DEEPEST) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Each event, as it stands alone. What carries nothing that we know is taken for an event itself.

    Notes what of an event could not be read back.
    """
    if not depth:
        yield value
    elif isinstance(value, list):
        yield from _of_list(value, note, depth)
    elif isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        yield from events_in(_parsed(value), note, depth - 1)
    elif opener := _opener(value):
        try:
            opened = opener(value, note)
        except rows.UnreadableRow as error:
            opened = Unread(str(error), json.dumps(value))
        yield from events_in(opened, note, depth - 1)
    else:
        yield value


def _of_list(value: list[Any], note: Note, depth: int) -> Iterator[Any]:
    if value and all(map(_is_token, value)):  # GitLab sends a bare list
        yield {"tokens": value}
    elif value and (row := _row(value)):
        yield from events_in(row, note, depth - 1)
    else:
        for one in value:
            yield from events_in(one, note, depth - 1)


def _is_token(one: object) -> bool:
    return isinstance(one, dict) and {"token", "type", "location"} <= set(one)


def _row(cells: list[Any]) -> Json | None:
    """A row of GetQueryResults: of CloudTrail Lake one member each, of Logs Insights a field and its value each."""
    if not all(isinstance(cell, dict) for cell in cells):
        return None
    if all(cell.keys() == {"field", "value"} for cell in cells):
        return {str(cell["field"]): cell["value"] for cell in cells}
    if all(len(cell) == 1 and isinstance(next(iter(cell.values())), str) for cell in cells):
        found = {name: held for cell in cells for name, held in cell.items()}
        is_one = len(found) == len(cells) and (len(cells) > 1 or not _WHOLE.keys().isdisjoint(found))
        return found if is_one else None
    return None


def is_example(value: object) -> bool:
    """Whether it is a file of ours about one event: with what it expects, as in docs/rules, or with its shape."""
    return isinstance(value, dict) and "event" in value and not _EXAMPLE.isdisjoint(value) and not _is_alone(value)


_EXAMPLE = frozenset({"expect", "shape"})

Opener = Callable[[Json, Note], Any]


def _opener(value: object) -> Opener | None:
    if not isinstance(value, dict):
        return None
    return next((opener for is_such, opener in _OPENERS if is_such(value)), None)


def _has(*members: str) -> Callable[[Json], bool]:
    return lambda value: all(member in value for member in members)


def _is_alone(value: Json) -> bool:
    return not _ALONE.isdisjoint(value)


def _has_list(value: Json) -> bool:
    """Whether it is no event itself, and holds a list of them."""
    return not _is_alone(value) and any(isinstance(value.get(name), list) for name in LISTS)


def _list(value: Json, _: Note) -> Any:  # noqa: ANN401 - any JSON
    """All of them, of all lists. CloudWatch Logs tries a subscription out with a text of its own."""
    if value.get("messageType") == "CONTROL_MESSAGE":
        return []
    return [event for name in value if name in LISTS and isinstance(value[name], list) for event in value[name]]


def _holds_text(*members: str) -> Callable[[Json], bool]:
    return lambda value: any(isinstance(value.get(member), str) for member in members)


def _text(*members: str) -> Opener:
    """The JSON that stands as text in the first of these members."""

    def opened(value: Json, _: Note) -> Any:  # noqa: ANN401 - any JSON
        written = next(value[member] for member in members if isinstance(value.get(member), str))
        if value.get("isBase64Encoded") is True:
            return _of_base64(written)
        return _parsed(written)

    return opened


def _held(member: str) -> Opener:
    """What stands in the member: as text, or as the object that somebody has made of it."""
    return lambda value, _: _parsed(value[member]) if isinstance(value[member], str) else value[member]


_NO_JSON = "the message holds no JSON"


def _parsed(written: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return parsed_strictly(written)
    except (ValueError, RecursionError):
        return Unread(_NO_JSON, written)


def _of_base64(written: str) -> Any:  # noqa: ANN401 - any JSON
    """Its values: a producer may put several into one message, compressed or not."""
    taken, length, faults = [], 0, list[str]()
    try:
        for piece in packing.unpacked([b64decode(written, validate=True)]):
            taken.append(piece)
            length += len(piece)
            if length > LONGEST:
                return Unread(f"a message of more than {LONGEST:,} bytes", None)
        text = b"".join(taken).decode()
    except (ValueError, packing.Unreadable):
        return Unread(_NO_JSON, None)
    found = list(parsed([text], faults.append, decode=raw_decode_strictly))
    return [*found, *(Unread(_NO_JSON, text) for _ in faults[:1])]


def _data(*path: str) -> Opener:
    """The values in the Base64 at the end of that path."""

    def opened(value: Json, _: Note) -> Any:  # noqa: ANN401 - any JSON
        held: Any = value
        for name in path:
            held = held.get(name) if isinstance(held, dict) else None
        return _of_base64(held) if isinstance(held, str) else Unread(_NO_JSON, None)

    return opened


def _described(value: Json, _: Note) -> Json:
    """An answer of DescribeEventDetails, as EventBridge has it; the entities are for another call to tell."""
    event, told = value["event"], value.get("eventDescription")
    return {
        **(event if isinstance(event, dict) else {}),
        "eventArn": event.get("arn") if isinstance(event, dict) else None,
        "eventDescription": [told] if isinstance(told, dict) else told,
        "eventMetadata": value.get("eventMetadata"),
        "affectedEntities": value.get("affectedEntities"),
    }


def _is_answer_of_athena(value: Json) -> bool:
    held = value.get("ResultSet")
    return isinstance(held, dict) and isinstance(held.get("Rows"), list)


def _of_athena(value: Json, _: Note) -> Any:  # noqa: ANN401 - any JSON
    """The rows of GetQueryResults: the first one names the columns."""
    cells = [_cells(row) for row in value["ResultSet"]["Rows"]]
    names = [str(name) for name in cells[0]] if cells else []
    return [{name: held for name, held in zip(names, row, strict=False) if held not in {None, ""}} for row in cells[1:]]


def _cells(row: Any) -> list[str | None]:  # noqa: ANN401 - any JSON
    data = row.get("Data") if isinstance(row, dict) else None
    held = [cell.get("VarCharValue") if isinstance(cell, dict) else None for cell in data or ()]
    return [one if isinstance(one, str) else None for one in held]


def _is_hits(value: Json) -> bool:
    held = value.get("hits")
    return isinstance(held, dict) and isinstance(held.get("hits"), list)


def _is_log_event(value: Json) -> bool:
    """Of CloudWatch Logs, Vector and Logstash: the message beside its time."""
    return isinstance(value.get("message"), str) and not _TIMES.isdisjoint(value)


_TIMES = frozenset({"timestamp", "ingestionTime", "@timestamp"})


def _is_original(value: Json) -> bool:
    held = value.get("event")
    return isinstance(held, dict) and isinstance(held.get("original"), str)


_WHOLE: dict[str, Opener] = {
    "CloudTrailEvent": _held("CloudTrailEvent"),  # of LookupEvents
    "eventJson": _held("eventJson"),  # of CloudTrail Lake
    "@message": _held("@message"),  # of Logs Insights
    "_raw": _held("_raw"),  # of Splunk
}
"""Columns and members that hold the whole record, however much of it is beside them."""


def _is_such(member: str) -> Callable[[Json], bool]:
    return lambda value: isinstance(value.get(member), str | dict)


_OPENERS: tuple[tuple[Callable[[Json], bool], Opener], ...] = (
    (is_example, lambda value, _: value["event"]),
    *((_is_such(member), opener) for member, opener in _WHOLE.items()),
    (rows.is_row, rows.record_of),
    (_has_list, _list),
    (_is_hits, lambda value, _: value["hits"]["hits"]),
    (lambda value: isinstance(value.get("_source"), dict), lambda value, _: value["_source"]),
    (_is_original, lambda value, _: _parsed(value["event"]["original"])),  # as Elastic's collectors keep it
    (
        lambda value: isinstance(value.get("result"), dict) and "_raw" in value["result"],
        lambda value, _: value["result"],
    ),
    (_is_answer_of_athena, _of_athena),
    (_has("awslogs"), _data("awslogs", "data")),
    (_has("kinesis"), _data("kinesis", "data")),
    (lambda value: isinstance(value.get("data"), str) and "recordId" in value, _data("data")),
    (lambda value: isinstance(value.get("Data"), str) and "PartitionKey" in value, _data("Data")),
    (_has("event", "eventDescription"), _described),
    (_has("Sns"), lambda value, _: value["Sns"]),
    (lambda value: "TopicArn" in value and _holds_text("Message")(value), _text("Message")),
    (lambda value: not _is_alone(value) and _is_log_event(value), _text("message")),
    (lambda value: not _is_alone(value) and _holds_text("log")(value), _text("log")),  # Fluent Bit and Docker
    (lambda value: not _is_alone(value) and _holds_text("body", "Body")(value), _text("body", "Body")),
    (_has("request", "delivered_at"), lambda value, _: value["request"]),  # a delivery, as GitHub lists it
    (_has("headers", "payload"), lambda value, _: value["payload"]),
)
"""Each wrapper by what no event has, and what stands in it."""
