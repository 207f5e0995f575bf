"""The pause switch as it stands in the ledger's table, where a claim sees it in the same round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.ledger import rows

if TYPE_CHECKING:
    from chalicelib.ledger.rows import Item
    from chalicelib.ledger.table import Table


def is_on(table: Table) -> bool:
    """Whether everything but the telling is stopped."""
    return table.item(rows.PAUSE) is not None


def said(table: Table) -> tuple[str, str] | None:
    """Who stopped it and why; None where it is not stopped. What was not written by us says nothing."""
    item = table.item(rows.PAUSE)
    return None if item is None else (_text(item, "by"), _text(item, "reason"))


def _text(item: Item, name: str) -> str:
    return str(item.get(name, {}).get("S", ""))


def turn(table: Table, *, on: bool, by: str, reason: str) -> bool:
    """Stop everything but the telling, or end that; whether that changed anything."""
    client = table.client
    try:
        if on:
            item = {**rows.PAUSE, "by": {"S": by}, "reason": {"S": reason}}
            client.put_item(TableName=table.name, Item=item, ConditionExpression="attribute_not_exists(pk)")
        else:
            client.delete_item(TableName=table.name, Key=rows.PAUSE, ConditionExpression="attribute_exists(pk)")
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def off(table: Table) -> Item:
    """The condition of a transaction that must not happen while the switch is on."""
    condition = {"TableName": table.name, "Key": rows.PAUSE, "ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionCheck": condition}
