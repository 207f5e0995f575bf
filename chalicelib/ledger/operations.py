"""What one caller does through one AWS service, kept together until people are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING

from chalicelib.ledger import codec, rows

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.ledger import Ledger
    from chalicelib.model import Signal  # noqa: TC004 - only a checker reads the annotation

MOST_CALLS = 500
"""Calls of one item: it holds 400 KB (DynamoDB developer guide, "Service quotas"), and each call twice."""


@dataclass(frozen=True)
class Operation:
    """What is known of an operation. `first` is its first call that nobody was told of, `calls` are all of them, as
    lines that sort by time, and `told` those that people were told of. `is_waiting` says that a telling is queued.
    """

    id: str
    first: Signal | None = None
    calls: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    is_waiting: bool = False

    @property
    def untold(self) -> list[str]:
        """The calls that people were not told of, the earliest first."""
        return sorted(self.calls - self.told)

    def takes(self, call: str) -> bool:
        """Say whether the call is known here, or has room. What has none is kept in the next part of the operation."""
        return call in self.calls or len(self.calls) < MOST_CALLS


def read(ledger: Ledger, operation_id: str) -> Operation:
    """Return the operation as it stands; an empty one where nothing is known of it."""
    item = ledger.table.item(rows.operation_key(operation_id))
    if item is None:
        return Operation(operation_id)
    told = frozenset(item.get("told", {}).get("SS", ()))
    first = codec.read_signal(item["first"]["S"])
    return Operation(operation_id, first, frozenset(item["calls"]["SS"]), told, rows.is_waiting(item))


def part_for(ledger: Ledger, operation_id: str, call: str) -> Operation:
    """Return the part of the operation that knows the call, or has room for it."""
    ids = chain((operation_id,), (f"{operation_id}-{number}" for number in count(2)))
    return next(part for part in (read(ledger, one) for one in ids) if part.takes(call))


def add(ledger: Ledger, seen: Operation, signal: Signal, call: str, now: datetime) -> bool:
    """Write one more call down; False where the operation was told, or begun, since it was read."""
    first = None if seen.is_waiting else codec.written(signal)
    return _updated(ledger, rows.gathering(ledger.table.name, seen.id, call, first, now))


def settle(ledger: Ledger, seen: Operation) -> bool:
    """Mark its calls as told; False where more of them came since it was read, which are still to be told."""
    if _updated(ledger, rows.settling(ledger.table.name, seen.id, seen.calls)):
        return True
    ledger.table.client.update_item(**rows.telling(ledger.table.name, seen.id, seen.calls))
    return False


def _updated(ledger: Ledger, update: rows.Item) -> bool:
    try:
        ledger.table.client.update_item(**update)
    except ledger.table.client.exceptions.ConditionalCheckFailedException:
        return False
    return True
