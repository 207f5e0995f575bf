"""Which findings were answered to the end: whoever gets one again learns so by one conditional write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ledger import rows
from chalicelib.model import hash_parts

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.ledger import Ledger
    from chalicelib.model import Signal


def is_answered(ledger: Ledger, signal: Signal) -> bool:
    """Say whether this very signal was answered before, and count that it came again: in one conditional write."""
    table = ledger.table
    try:
        table.client.update_item(**rows.repeating(table.name, _mark(signal)))
    except table.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def remember(ledger: Ledger, signal: Signal, now: datetime) -> None:
    """Write down that the signal was answered to the end, and nothing of it is left to do."""
    ledger.table.client.put_item(TableName=ledger.table.name, Item=rows.answered(_mark(signal), now))


def _mark(signal: Signal) -> str:
    """Name a finding as it is now: one that its feed has updated has a newer time and is another."""
    who, subject = signal.principal.lock if signal.principal else signal.account, signal.subject
    what = (signal.source, signal.native_id, signal.sign, subject.kind, subject.id, subject.session)
    return hash_parts(*what, signal.at.isoformat(), who, signal.sample, *signal.also)
