"""What feeds still say about a credential that an incident has stopped: counted, with one look due for all of it.

The item is in the index of what is due, so patrol finds a look that nobody took: see `rows.updated`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ledger import rows

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from chalicelib.ledger import Ledger
    from chalicelib.ledger.rows import Updates


def note(ledger: Ledger, incident_id: str, now: datetime) -> bool:
    """Count one more finding; say whether nobody has queued a look at the incident for an earlier one."""
    answer = ledger.table.client.update_item(**rows.updated(ledger.table.name, incident_id, now))
    return "due" not in answer.get("Attributes", {})


def begin(ledger: Ledger, incident_id: str, now: datetime, every: timedelta) -> Updates | None:
    """Return what is to be looked at now; None where nothing is, or a look came less than `every` ago."""
    table = ledger.table
    try:
        answer = table.client.update_item(**rows.looking(table.name, incident_id, now, every))
    except table.client.exceptions.ConditionalCheckFailedException:
        return None
    return rows.read_updates(answer["Attributes"])


def settle(ledger: Ledger, incident_id: str, seen: Updates, read_until: datetime) -> bool:
    """Mark them as explained; False where another finding came since they were read."""
    table = ledger.table
    try:
        table.client.update_item(**rows.explaining(table.name, incident_id, seen.noted_at, read_until))
    except table.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def waits(ledger: Ledger, incident_id: str) -> bool:
    """Say whether findings about the incident wait for a look."""
    item = ledger.table.item(rows.updates_key(incident_id))
    return item is not None and "due" in item
