"""What the ledger's items look like in the table.

`LOCK#<principal>` says which incident a principal has, whether it acts or only asks, which one acted before it, and
whose lease it is; a name that a user gave up leads on to the lock that their incident moved to;
`INCIDENT#<id>` / `<number>` are the entries; `REST#<id>` says when a closed incident has something left to do;
`NOTICE#<id>` / `NOTICE` remembers that a notice was told, and `NOTICE#<shown id>` / `TEXT` what it said;
`OPERATION#<id>` keeps what one caller does through an AWS service until it is told; `HABIT#<kind>#<principal>` on
which days a machine's role did something, and `LEARNING` since when we know;
`COUNTER#<ten minutes>` how many were contained then; `SWITCH#pause` stops everything; `SETTINGS` is the configuration
as it could be read last; `UPDATES#<incident>` counts what feeds still say about
what it stopped, and says when somebody looks; `ANSWERED#<mark>` says that a finding was
answered to the end, and how often it came again.
Only notices, operations, habits, counters and answered findings expire, so no incident is ever lost to TTL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.entries import Entry
from chalicelib.ledger import codec
from chalicelib.model import Decision

if TYPE_CHECKING:
    from chalicelib.entries import Opened
    from chalicelib.incident import Incident

Item = dict[str, Any]

GRACE = 60
"""Seconds after which patrol looks for an incident that nobody took up."""

PAUSE: Item = {"pk": {"S": "SWITCH#pause"}, "sk": {"S": "SWITCH"}}

LEARNING: Item = {"pk": {"S": "LEARNING"}, "sk": {"S": "LEARNING"}}

SETTINGS: Item = {"pk": {"S": "SETTINGS"}, "sk": {"S": "SETTINGS"}}

NOTICE_DAYS = 7

_ANSWERED_DAYS = 14
"""No queue that gives an event again keeps it for longer (SQS developer guide, "Message retention")."""


def lock_key(lock: str) -> Item:
    """The one item that a principal's incidents are opened on."""
    return {"pk": {"S": f"LOCK#{lock}"}, "sk": {"S": "LOCK"}}


def lock(incident_id: str, opened: Opened, owner: str, until: datetime, held: Item | None = None) -> Item:
    """A principal's new incident, and whose lease it is until then. `held` is the lock of the one before it."""
    return {
        **lock_key(opened.principal.lock),
        "incident": {"S": incident_id},
        "status": {"S": "open"},
        "owner": {"S": owner},
        "lease": _moment(until),
        "due": {"S": (until + timedelta(seconds=GRACE)).isoformat()},
        "acting": {"BOOL": opened.judgement.decision is Decision.ACT},
        **_contained(held),
    }


def _contained(held: Item | None) -> Item:
    """The newest earlier incident that contained: one that merely asked would hide it."""
    if held and is_acting(held):
        return {"contained": held["incident"]}
    return {"contained": held["contained"]} if held and "contained" in held else {}


def renewed(table: str, held: Item, owner: str, until: datetime) -> Item:
    """An update that takes over a lease which nobody else has taken since it was read."""
    return {
        "TableName": table,
        "Key": lock_key(lock_of(held)),
        "UpdateExpression": "SET lease = :until, #owner = :owner",
        "ConditionExpression": "lease = :before AND incident = :incident",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {
            ":until": _moment(until),
            ":owner": {"S": owner},
            ":before": held["lease"],
            ":incident": held["incident"],
        },
    }


def leading(lock: str, to: str) -> Item:
    """Return the item of a name that a user gave up, which leads to the lock of their incident."""
    return {**lock_key(lock), "to": {"S": to}}


def leads_to(item: Item) -> str | None:
    """Return the lock that a given-up name leads to; None for the lock of an incident."""
    return item["to"]["S"] if "to" in item else None


def moved(held: Item, lock: str) -> Item:
    """Return the lock of an incident under another name: with the same lease, and due when it was."""
    return {**held, **lock_key(lock)}


def leased_until(held: Item) -> datetime:
    """How long whoever works on the incident of a lock has it to themselves."""
    return datetime.fromtimestamp(float(held["lease"]["N"]), UTC)


def _moment(at: datetime) -> Item:
    return {"N": f"{at.timestamp():.3f}"}


def lock_of(item: Item) -> str:
    """Whose item it is."""
    return str(item["pk"]["S"].removeprefix("LOCK#"))


def is_open(lock: Item) -> bool:
    """Whether the incident of a lock goes on."""
    return bool(lock["status"]["S"] == "open")


def is_acting(lock: Item) -> bool:
    """Whether the incident of a lock contains its principal, or only asks whether it should."""
    return bool(lock["acting"]["BOOL"])


def lets_work(lock: Item) -> bool:
    """Say whether the owner may work again as far as the lock knows: the strike path reads no incident to find out."""
    return bool(lock.get("let_work", {}).get("BOOL"))


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
    expires = int((now + timedelta(days=NOTICE_DAYS)).timestamp())
    return {**notice_key(notice_id), "begun": _moment(now), "expires_at": {"N": str(expires)}}


@dataclass(frozen=True)
class NoticeText:
    """What a notice said. `shown_id` is the id that people read in it."""

    shown_id: str
    at: datetime
    subject: str
    text: str


def notice_text_key(shown_id: str) -> Item:
    """Return the key of what a notice said, by the id that people read in it."""
    return {"pk": {"S": f"NOTICE#{shown_id}"}, "sk": {"S": "TEXT"}}


def notice_text(text: NoticeText) -> Item:
    """Return what a notice said, kept as long as the notice."""
    expires = int((text.at + timedelta(days=NOTICE_DAYS)).timestamp())
    return {
        **notice_text_key(text.shown_id),
        "at": {"S": text.at.isoformat()},
        "subject": {"S": text.subject},
        "text": {"S": text.text},
        "expires_at": {"N": str(expires)},
    }


def read_notice_text(item: Item) -> NoticeText:
    """Return what a notice said, as it was kept."""
    at = datetime.fromisoformat(item["at"]["S"])
    return NoticeText(item["pk"]["S"].partition("#")[2], at, item["subject"]["S"], item["text"]["S"])


def answered_key(mark: str) -> Item:
    """Return the key of a finding that was answered to the end."""
    return {"pk": {"S": f"ANSWERED#{mark}"}, "sk": {"S": "ANSWERED"}}


def answered(mark: str, now: datetime) -> Item:
    """Return what says that a finding was answered, kept for as long as it may come again."""
    expires = int((now + timedelta(days=_ANSWERED_DAYS)).timestamp())
    return {**answered_key(mark), "again": {"N": "0"}, "expires_at": {"N": str(expires)}}


def repeating(table: str, mark: str) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that counts that an answered finding came again; it fails where none was answered."""
    return {
        "TableName": table,
        "Key": answered_key(mark),
        "UpdateExpression": "ADD again :one",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }


def operation_key(operation_id: str) -> Item:
    """Return the key of what one caller does through one service in a day."""
    return {"pk": {"S": f"OPERATION#{operation_id}"}, "sk": {"S": "OPERATION"}}


def is_waiting(item: Item) -> bool:
    """Say whether an operation has calls whose telling is queued."""
    return bool(item["waiting"]["BOOL"])


_YES, _NO = {"BOOL": True}, {"BOOL": False}


def gathering(table: str, operation_id: str, call: str, first: str | None, now: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that adds a call to an operation that waits, or has it wait with its `first` call."""
    expires = int((now + timedelta(days=NOTICE_DAYS)).timestamp())
    values: Item = {":call": {"SS": [call]}, ":yes": _YES, ":expires": {"N": str(expires)}}
    changes, condition = "SET expires_at = :expires, waiting = :yes", "waiting = :yes"
    if first is not None:
        values |= {":first": {"S": first}, ":no": _NO}
        changes, condition = f"{changes}, #first = :first", "attribute_not_exists(waiting) OR waiting = :no"
    return {
        "TableName": table,
        "Key": operation_key(operation_id),
        "UpdateExpression": f"{changes} ADD calls :call",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **({"ExpressionAttributeNames": {"#first": "first"}} if first is not None else {}),
    }


def settling(table: str, operation_id: str, calls: frozenset[str]) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that marks these calls as told, if there are no others."""
    update = telling(table, operation_id, calls)
    return {
        **update,
        "UpdateExpression": f"{update['UpdateExpression']}, waiting = :no",
        "ConditionExpression": "size(calls) = :count",
        "ExpressionAttributeValues": {
            **update["ExpressionAttributeValues"],
            ":no": _NO,
            ":count": {"N": str(len(calls))},
        },
    }


def telling(table: str, operation_id: str, calls: frozenset[str]) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that marks these calls as told, whatever else came."""
    return {
        "TableName": table,
        "Key": operation_key(operation_id),
        "UpdateExpression": "SET told = :told",
        "ExpressionAttributeValues": {":told": {"SS": sorted(calls)}},
    }


def habit_key(lock: str, kind: str) -> Item:
    """Return the key of the days on which a role did something of that kind."""
    return {"pk": {"S": f"HABIT#{kind}#{lock}"}, "sk": {"S": "HABIT"}}


def habit(table: str, key: Item, at: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that adds a day, and forgets the role a month after its last one."""
    expires = int((at + timedelta(days=_HABIT_DAYS)).timestamp())
    return {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "ADD days :day SET expires_at = :expires",
        "ExpressionAttributeValues": {
            ":day": {"SS": [at.date().isoformat()]},
            ":expires": {"N": str(expires)},
        },
    }


_HABIT_DAYS = 31


def is_lock(item: Item) -> bool:
    """Say whether it is the lock of a principal."""
    return bool(item["sk"]["S"] == "LOCK")


def counter_key(at: datetime) -> Item:
    """One item for ten minutes: `2026-11-24T03:1` and whatever follows."""
    return {"pk": {"S": f"COUNTER#{at.astimezone(UTC):%Y-%m-%dT%H:%M}"[:-1]}, "sk": {"S": "COUNTER"}}


def is_counter(item: Item) -> bool:
    """Whether it counts containments."""
    return bool(item["sk"]["S"] == "COUNTER")


def counting(table: str, at: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """An update that adds one, whoever else does at the same time."""
    expires = int((at + timedelta(days=1)).timestamp())
    return {
        "TableName": table,
        "Key": counter_key(at),
        "UpdateExpression": "ADD contained :one SET expires_at = :expires",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":expires": {"N": str(expires)}},
    }


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


@dataclass(frozen=True)
class Updates:
    """So many findings came since the last that were explained, the newest at `noted_at`. CloudTrail was read to its
    end up to `read_until`, if it ever was.
    """

    count: int
    noted_at: datetime
    read_until: datetime | None


def updates_key(incident_id: str) -> Item:
    """Return the key of what feeds said about an incident's credentials after they were stopped."""
    return {"pk": {"S": f"UPDATES#{incident_id}"}, "sk": {"S": "UPDATES"}}


def updated(table: str, incident_id: str, now: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that counts a finding, and has a look due where none is; it answers with what stood there."""
    due = now + timedelta(seconds=GRACE)
    return {
        "TableName": table,
        "Key": updates_key(incident_id),
        "UpdateExpression": "ADD findings :one SET #status = :status, incident = :incident, noted = :now, "
        "due = if_not_exists(due, :due)",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":one": {"N": "1"},
            ":status": {"S": "updated"},
            ":incident": {"S": incident_id},
            ":now": {"S": now.isoformat()},
            ":due": {"S": due.isoformat()},
        },
        "ReturnValues": "ALL_OLD",
    }


def looking(table: str, incident_id: str, now: datetime, every: timedelta) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update that takes the look which is due, and has the next one due. It fails within `every` of one."""
    return {
        "TableName": table,
        "Key": updates_key(incident_id),
        "UpdateExpression": "SET looked = :now, due = :due",
        "ConditionExpression": "attribute_exists(due) AND (attribute_not_exists(looked) OR looked <= :before)",
        "ExpressionAttributeValues": {
            ":now": {"S": now.isoformat()},
            ":before": {"S": (now - every).isoformat()},
            ":due": {"S": (now + every + timedelta(seconds=GRACE)).isoformat()},
        },
        "ReturnValues": "ALL_NEW",
    }


def explaining(table: str, incident_id: str, noted: datetime, read_until: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
    """Return an update after which no look is due, unless a finding came since."""
    return {
        "TableName": table,
        "Key": updates_key(incident_id),
        "UpdateExpression": "SET read_until = :until, findings = :none REMOVE due",
        "ConditionExpression": "noted = :noted",
        "ExpressionAttributeValues": {
            ":until": {"S": read_until.isoformat()},
            ":none": {"N": "0"},
            ":noted": {"S": noted.isoformat()},
        },
    }


def read_updates(item: Item) -> Updates:
    """Return what the item says."""
    until = item.get("read_until", {}).get("S")
    noted = datetime.fromisoformat(item["noted"]["S"])
    return Updates(int(item["findings"]["N"]), noted, datetime.fromisoformat(until) if until else None)
