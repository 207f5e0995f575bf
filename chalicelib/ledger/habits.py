"""What the roles of machines usually do: on which days each gave rights, and on which it made users or credentials.

CloudTrail cannot be searched by role, so this is known from what our own rules let through. What is younger than 30
days knows nothing yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.ledger import rows
from chalicelib.model import Sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.ledger.rows import Item
    from chalicelib.ledger.table import Table
    from chalicelib.model import Signal

_DAYS = timedelta(days=30)

_KINDS = {
    Sign.RIGHTS_GRANTED: "rights",
    Sign.RIGHTS_TAKEN: "rights",
    Sign.TRUST_OPENED: "rights",
    Sign.USER_CREATED: "credentials",
    Sign.ACTED_AS_PERSON: "credentials",
}
"""Two habits: who hands out keys all day has not for that reason handed out rights."""


def concerns(signal: Signal) -> bool:
    """Say whether a machine did what only some machines do, such as runners and account vending."""
    return signal.by_machine and signal.actor is not None and signal.sign in _KINDS


def keys(signal: Signal) -> list[Item]:
    """Return the items to read for a signal; none where it is nothing that a habit could explain."""
    return [_key(signal), rows.LEARNING] if concerns(signal) else []


def is_new(items: Iterable[Item], signal: Signal) -> bool:
    """Say whether the role has not done so on an earlier day of the last 30, and we would know if it had.

    Acts of the same day are no habit: the same event may come twice, and an intruder acts more than once.
    """
    found = {one["pk"]["S"]: one for one in items}
    learning = found.get(rows.LEARNING["pk"]["S"])
    if not concerns(signal) or learning is None:
        return False
    days = found.get(_key(signal)["pk"]["S"], {}).get("days", {}).get("SS", ())
    return is_new_among(days, datetime.fromisoformat(learning["since"]["S"]), signal.at)


def is_new_among(days: Iterable[str], since: datetime, at: datetime) -> bool:
    """Say the same of days in ISO 8601 on which the role did so, known since a moment."""
    first, today = (at - _DAYS).date().isoformat(), at.date().isoformat()
    return at - since >= _DAYS and not any(first <= day < today for day in days)


def habit_of(signal: Signal) -> tuple[str, str]:
    """Return whose habit it is, as a lock, and which."""
    return signal.actor.lock if signal.actor else "", _KINDS[signal.sign]


def note(table: Table, signal: Signal) -> None:
    """Remember the day on which a role did so."""
    table.client.update_item(**rows.habit(table.name, _key(signal), signal.at))


def begin(table: Table, now: datetime) -> None:
    """Remember since when habits are known; what was remembered before stays."""
    try:
        table.client.put_item(
            TableName=table.name,
            Item={**rows.LEARNING, "since": {"S": now.isoformat()}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except table.client.exceptions.ConditionalCheckFailedException:
        return


def _key(signal: Signal) -> Item:
    return rows.habit_key(*habit_of(signal))
