"""The circuit breaker's memory: how many principals were contained within the hour on less than AWS's own word.

Ten minutes share a counter. Counters are written beside the claim and not in it: claims that meet on one item would
cancel each other, and a flood is when nothing must. So runs that go on at once may overshoot the limit by their number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.ledger import rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.ledger.rows import Item
    from chalicelib.ledger.table import Table

_SPAN = timedelta(minutes=10)
_SPANS = 6  # of an hour; the one that has begun comes on top


def keys(now: datetime) -> list[Item]:
    """The counters of the last hour."""
    return [rows.counter_key(now - number * _SPAN) for number in range(_SPANS + 1)]


def counted(items: Iterable[Item]) -> int:
    """What the counters among these items add up to."""
    return sum(int(one["contained"]["N"]) for one in items if rows.is_counter(one))


def count(table: Table, now: datetime) -> None:
    """One more was contained."""
    table.client.update_item(**rows.counting(table.name, now))
