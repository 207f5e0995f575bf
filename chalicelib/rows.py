"""What the ledger's items look like in the table.

`LOCK#<principal>` says which incident a principal has, whether it acts or only asks, and whose lease it is;
`INCIDENT#<id>` / `<number>` are the entries; `REST#<id>` says when a closed incident has something left to do;
`NOTICE#<id>` remembers what was told; `SWITCH#pause` stops everything. Only notices expire, so no
incident is ever lost to TTL.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib import codec
from chalicelib.entries import Entry

if TYPE_CHECKING:
    from chalicelib.incident import Incident

Item = dict[str, Any]

GRACE = 60
"""Seconds after which patrol looks for an incident that nobody took up."""

PAUSE: Item = {"pk": {"S": "SWITCH#pause"}, "sk": {"S": "SWITCH"}}

_NOTICE_DAYS = 7


def lock_key(lock: str) -> Item:
    """The one item that a principal's incidents are opened on."""
    return {"pk": {"S": f"LOCK#{lock}"}, "sk": {"S": "LOCK"}}


def is_acting(lock: Item) -> bool:
    """Whether the incident of a lock contains its principal, or only asks whether it should."""
    return bool(lock["acting"]["BOOL"])


def entry_key(incident_id: str, number: int) -> Item:
    """Six digits sort as numbers do."""
    return {"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": f"{number:06d}"}}


def entry(incident_id: str, one: Entry, by: str) -> Item:
    """One line of an incident, and which run wrote it."""
    return {
        **entry_key(incident_id, one.number),
        "at": {"S": one.at.isoformat()},
        "by": {"S": by},
        "kind": {"S": type(one.body).__name__},
        "body": {"S": codec.written(one.body)},
    }


def read_entry(item: Item) -> Entry:
    """The line as it was written."""
    body = codec.read(item["kind"]["S"], item["body"]["S"])
    return Entry(int(item["sk"]["S"]), datetime.fromisoformat(item["at"]["S"]), body)


def notice_key(notice_id: str) -> Item:
    """One item for each thing that people were told outside an incident."""
    return {"pk": {"S": f"NOTICE#{notice_id}"}, "sk": {"S": "NOTICE"}}


def notice(notice_id: str, now: datetime) -> Item:
    """Begun, and remembered for as long as a feed may repeat itself."""
    expires = int((now + timedelta(days=_NOTICE_DAYS)).timestamp())
    begun = {"N": f"{now.timestamp():.3f}"}
    return {**notice_key(notice_id), "begun": begun, "expires_at": {"N": str(expires)}}


def resting(table: str, incident: Incident, until: datetime | None) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """An update of the incident's own rest, which no later incident of the principal can overwrite.

    Without `due` it is in the index no more.
    """
    values = {":status": {"S": "resting"}, ":incident": {"S": incident.id}}
    changes = "SET #status = :status, incident = :incident"
    if until:
        values[":due"] = {"S": until.isoformat()}
    return {
        "TableName": table,
        "Key": {"pk": {"S": f"REST#{incident.id}"}, "sk": {"S": "REST"}},
        "UpdateExpression": f"{changes}, due = :due" if until else f"{changes} REMOVE due",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": values,
    }
