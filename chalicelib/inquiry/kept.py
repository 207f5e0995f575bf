"""The document of an inquiry beside its incident in the ledger's table, the newest last."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.ledger.table import Table

Json = dict[str, Any]

_LARGEST = 380_000  # bytes; DynamoDB takes items of 400 KB, names and keys included
_LISTS = ("timeline", "refused", "before", "children", "breaks", "rotate", "issued", "written")
_LENGTHS = (20_000, 2_000, 500, 100, 20)


def keep(table: Table, incident_id: str, document: Json, now: datetime) -> None:
    """Write it down, shortened to what an item can hold."""
    item = {**_key(incident_id, now.isoformat()), "document": {"B": packed(document)}}
    table.client.put_item(TableName=table.name, Item=item)


def newest(table: Table, incident_id: str) -> Json | None:
    """What the latest inquiry into the incident found; None where there was none."""
    answer = table.client.query(
        TableName=table.name,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": _key(incident_id, "")["pk"]},
        ScanIndexForward=False,
        Limit=1,
    )
    for item in answer["Items"]:
        return unpacked(item["document"]["B"])
    return None


def _key(incident_id: str, at: str) -> Json:
    return {"pk": {"S": f"INQUIRY#{incident_id}"}, "sk": {"S": at}}


def packed(document: Json) -> bytes:
    """Whole where it fits, and else with the first of each list and a gap that says so."""
    whole = b""
    for length in _LENGTHS:
        whole = zlib.compress(json.dumps(_shortened(document, length)).encode(), 9)
        if len(whole) <= _LARGEST:
            break
    return whole


def unpacked(whole: bytes) -> Json:
    """The document again."""
    found: Json = json.loads(zlib.decompress(whole))
    return found


def _shortened(document: Json, length: int) -> Json:
    lists = {name: document[name] for name in _LISTS if name in document}
    left = sum(max(0, len(these) - length) for these in lists.values())
    if not left:
        return document
    complete = document["complete"]
    why = "the ledger keeps the first of each kind"
    gap = {"what": f"{left:,} lines", "why": why, "instead": "ask for them with `leak-responder timeline`"}
    shorter = {name: these[:length] for name, these in lists.items()}
    return {**document, **shorter, "complete": {**complete, "gaps": [*complete["gaps"], gap]}}
