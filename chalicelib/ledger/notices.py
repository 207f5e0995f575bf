"""What people were told without an incident: once each, though many runs and feeds know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ledger import rows

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.ledger import Ledger
    from chalicelib.ledger.rows import NoticeText


DAYS = rows.NOTICE_DAYS


def first(ledger: Ledger, notice: str, now: datetime) -> bool:
    """Whether this is to be told now: nobody has told it, and nobody who is still alive is about to."""
    table = ledger.table
    try:
        table.client.put_item(
            TableName=table.name,
            Item=rows.notice(notice, now),
            ConditionExpression="attribute_not_exists(pk) OR (attribute_not_exists(told) AND begun < :alive)",
            ExpressionAttributeValues={":alive": {"N": f"{(now - ledger.lease).timestamp():.3f}"}},
        )
    except table.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def told(ledger: Ledger, notice: str) -> None:
    """It was told: nobody needs to again."""
    ledger.table.client.update_item(
        TableName=ledger.table.name,
        Key=rows.notice_key(notice),
        UpdateExpression="SET told = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )


def keep_text(ledger: Ledger, text: NoticeText) -> None:
    """Keep what a notice said, for whoever asks for it by the id in it."""
    ledger.table.client.put_item(TableName=ledger.table.name, Item=rows.notice_text(text))


def read_text(ledger: Ledger, shown_id: str) -> NoticeText | None:
    """Return what a notice said; None where there is no such notice, or it has expired."""
    key = rows.notice_text_key(shown_id)
    item = ledger.table.client.get_item(TableName=ledger.table.name, Key=key).get("Item")
    return rows.read_notice_text(item) if item else None
