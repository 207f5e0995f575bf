"""The events in what carries them: lists, messages of SNS and SQS, requests of webhooks, answers of AWS's own calls."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any, NoReturn

from chalicelib.model import Malformed
from console.backtest import athena

Json = dict[str, Any]

_DEEPEST = 8  # wrappers; an event in a message of SNS in one of SQS in a list stands in five
_LISTS = ("Records", "Findings", "findings", "Events", "events", "Messages", "successfulSet")


def events_in(value: Any, depth: int = _DEEPEST) -> list[Any]:  # noqa: ANN401 - any JSON
    """Each event, as it stands alone. What carries nothing that we know is taken for an event itself."""
    if isinstance(value, list):
        if value and all(map(_is_token, value)):  # GitLab sends a bare list
            return [{"tokens": value}]
        return [event for one in value for event in events_in(one, depth - 1)] if depth else [value]
    opener = next((opener for opener in _OPENERS if opener[0](value)), None) if isinstance(value, dict) else None
    return events_in(opener[1](value), depth - 1) if opener and depth else [value]


def parsed(written: str) -> Any:  # noqa: ANN401 - any JSON
    """As strict as the standard: what two readers may take for two different events is none."""
    return json.loads(written, object_pairs_hook=_once_each, parse_constant=_no_number)


def _once_each(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member {next(name for name in members if names.count(name) > 1)!r} stands there twice")
    return members


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is not a number of JSON")


def _is_token(one: object) -> bool:
    return isinstance(one, dict) and {"token", "type", "location"} <= set(one)


def _has(*members: str) -> Callable[[Json], bool]:
    return lambda value: all(member in value for member in members)


def _holds_text(*members: str) -> Callable[[Json], bool]:
    return lambda value: any(isinstance(value.get(member), str) for member in members)


def _listed(value: Json) -> bool:
    """Whether it is no event itself, and holds a list of them."""
    alone = {"detail-type", "eventName", "finding_info", "ProductArn"}
    return alone.isdisjoint(value) and any(isinstance(value.get(name), list) for name in _LISTS)


def _list(value: Json) -> Any:  # noqa: ANN401 - any JSON
    return next(value[name] for name in _LISTS if isinstance(value.get(name), list))


def _text(*members: str) -> Callable[[Json], Any]:
    """The JSON that stands as text in the first of these members."""

    def opened(value: Json) -> Any:  # noqa: ANN401 - any JSON
        written = next(value[member] for member in members if isinstance(value.get(member), str))
        try:
            return parsed(b64decode(written).decode() if value.get("isBase64Encoded") is True else written)
        except (ValueError, RecursionError):
            return Malformed("the message holds no JSON")

    return opened


def _described(value: Json) -> Json:
    """An answer of DescribeEventDetails, as EventBridge has it; the entities are for another call to tell."""
    event, told = value["event"], value.get("eventDescription")
    return {
        **(event if isinstance(event, dict) else {}),
        "eventArn": event.get("arn") if isinstance(event, dict) else None,
        "eventDescription": [told] if isinstance(told, dict) else told,
        "eventMetadata": value.get("eventMetadata"),
        "affectedEntities": value.get("affectedEntities"),
    }


_OPENERS: tuple[tuple[Callable[[Json], bool], Callable[[Json], Any]], ...] = (
    (_has("shape", "event"), lambda value: value["event"]),  # the development events say what shape they have
    (athena.is_unloaded, athena.recorded),
    (_listed, _list),
    (_has("event", "eventDescription"), _described),
    (_has("Sns"), lambda value: value["Sns"]),
    (lambda value: "TopicArn" in value and _holds_text("Message")(value), _text("Message")),
    (_holds_text("CloudTrailEvent"), _text("CloudTrailEvent")),  # of LookupEvents
    (lambda value: "detail-type" not in value and _holds_text("body", "Body")(value), _text("body", "Body")),
    (_has("request", "delivered_at"), lambda value: value["request"]),  # a delivery, as GitHub lists it
    (_has("headers", "payload"), lambda value: value["payload"]),
)
"""Each wrapper by what no event has, and what stands in it."""
