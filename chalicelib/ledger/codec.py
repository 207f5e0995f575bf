"""Entries of the ledger and messages of the queue as JSON text, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from dacite import Config, from_dict

from chalicelib.entries import Body
from chalicelib.model import Signal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    T = TypeVar("T", bound=DataclassInstance)

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Body)}
_CONFIG = Config(cast=[Enum, tuple], type_hooks={datetime: datetime.fromisoformat})


def written(value: DataclassInstance) -> str:
    """One line of JSON: datetimes in ISO 8601, enumerations by value."""
    return json.dumps(asdict(value), default=_text, separators=(",", ":"))


def read(kind: str, text: str) -> Body:
    """The entry's body. KeyError for a kind that this version does not know."""
    body: Body = from_dict(_KINDS[kind], json.loads(text), _CONFIG)
    return body


def read_signal(text: str) -> Signal:
    """A signal that was left in the queue."""
    return from_dict(Signal, json.loads(text), _CONFIG)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"{type(value).__name__} does not belong into the ledger"
    raise TypeError(message)
