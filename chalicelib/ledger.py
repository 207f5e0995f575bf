"""The append-only record of incidents in DynamoDB: who may act, what was decided, what was done.

Items: `LOCK#<principal>` says which incident a principal has and whose lease it is; `INCIDENT#<id>` / `<number>` are
the entries; `NOTICE#<id>` remembers what was told; `SWITCH#pause` stops everything. An entry's number fences: of two
runs that believe they hold the lease only one can write it. Only notices expire, so no incident is ever lost to TTL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib import codec
from chalicelib.incident import Body, Entry, Incident, Opened, fold
from chalicelib.model import Context, Permission

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient  # noqa: TC004 - only a checker reads the annotation

    from chalicelib.model import Principal, Signal

PERMISSIONS = (
    Permission(
        (
            "dynamodb:PutItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:BatchGetItem",
        ),
        ("${LedgerTable.Arn}", "${LedgerTable.Arn}/index/by-status"),
    ),
)

_NOTICE_DAYS = 7
_PAUSE = {"pk": {"S": "SWITCH#pause"}, "sk": {"S": "SWITCH"}}
Item = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Claimed:
    """The incident is ours to work on until the lease runs out."""

    incident: Incident
    fresh: bool


@dataclass(frozen=True)
class Busy:
    """Somebody else works on it until then."""

    incident_id: str
    until: datetime


@dataclass(frozen=True)
class Folded:
    """A closed incident explains the signal: nothing has happened since."""

    incident_id: str


@dataclass(frozen=True)
class Paused:
    """A person switched the responder off."""


Claim = Claimed | Busy | Folded | Paused


class LeaseLostError(Exception):
    """Another run took the incident over: stop, it will finish the work."""


@dataclass(frozen=True)
class Ledger:
    """The table, who is writing, and for how long a claim holds."""

    client: DynamoDBClient
    table: str
    owner: str
    lease: timedelta = field(default=timedelta(seconds=10))

    def claim(self, incident_id: str, opened: Opened, now: datetime) -> Claim:
        """Open an incident for the principal, or take up the one it has. One round trip where it has none."""
        writes = [
            self._locked(incident_id, opened, now, "attribute_not_exists(pk)", {}),
            self._first(incident_id, opened, now),
        ]
        if self._transact(*writes):
            return Claimed(fold(incident_id, [Entry(1, now, opened)]), fresh=True)
        if self.paused():
            return Paused()
        held = self._lock(opened.principal.lock)
        if held is None:
            return Busy(incident_id, now + timedelta(seconds=1))
        if held["status"]["S"] == "closed":
            return self._reopened(incident_id, opened, held, now)
        return self._taken(opened.principal.lock, held, now)

    def take(self, lock: str, now: datetime) -> Claim | None:
        """Take up the open incident of a principal; None where there is none."""
        held = self._lock(lock)
        if held is None or held["status"]["S"] == "closed":
            return None
        return self._taken(lock, held, now)

    def take_closed(self, lock: str, now: datetime) -> Claim | None:
        """Take up the newest incident of a principal, open or closed: release and restore come after the end too."""
        held = self._lock(lock)
        return None if held is None else self._taken(lock, held, now)

    def append(self, incident: Incident, now: datetime, *bodies: Body) -> Incident:
        """Write entries, all or none, and fold them in. LeaseLostError where another run wrote first."""
        if not bodies:
            return incident
        entries = [Entry(incident.last + place, now, body) for place, body in enumerate(bodies, start=1)]
        try:
            self.client.transact_write_items(TransactItems=[self._entry(incident.id, entry) for entry in entries])
        except self.client.exceptions.TransactionCanceledException as error:
            if not self._ours(incident.id, entries):
                message = f"incident {incident.id}: entry {entries[0].number} was written by another run"
                raise LeaseLostError(message) from error
        for entry in entries:
            incident = incident.after(entry)
        return incident

    def hand_on(self, incident: Incident, now: datetime, wait: float | None) -> None:
        """Give the lease back. `wait` seconds from now somebody should look again; None settles the incident."""
        closed = incident.closed is not None
        due = now + timedelta(seconds=(wait or 0) + _GRACE)
        settled = max(filter(None, (incident.contained_at, incident.closed_at, incident.opened_at)))
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_lock_key(incident.principal.lock),
                UpdateExpression="SET #status = :status, due = :due, settled = :settled, lease = :none",
                ConditionExpression="#owner = :owner AND incident = :incident",
                ExpressionAttributeNames={"#status": "status", "#owner": "owner"},
                ExpressionAttributeValues={
                    ":status": {"S": "closed" if closed else "open"},
                    ":due": {"S": due.isoformat()},
                    ":settled": {"S": settled.isoformat()},
                    ":none": {"N": "0"},
                    ":owner": {"S": self.owner},
                    ":incident": {"S": incident.id},
                },
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return  # the lease ran out and another run holds it: it will hand on itself

    def load(self, incident_id: str) -> Incident | None:
        """The incident as it stands; None where there is no such id."""
        entries = self.entries(incident_id)
        return fold(incident_id, entries) if entries else None

    def entries(self, incident_id: str) -> list[Entry]:
        """Every entry, in order."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident_id}"}},
        )
        return [_read_entry(item) for page in pages for item in page["Items"]]

    def context(self, signal: Signal) -> Context:
        """Whether the owner or the actor of a signal has an open incident."""
        owner, actor = signal.principal, signal.actor
        return Context(
            owner_has_incident=owner is not None and self._open(owner),
            actor_has_incident=actor is not None and self._open(actor),
        )

    def stalled(self, now: datetime) -> list[str]:
        """The principal locks of open incidents that somebody should have looked at by now."""
        return [item["pk"]["S"].removeprefix("LOCK#") for item in self._open_before(now.isoformat())]

    def open_incidents(self) -> list[str]:
        """The ids of all open incidents, the longest waiting first."""
        return [item["incident"]["S"] for item in self._open_before("9999")]

    def switch_pause(self, *, on: bool, by: str) -> None:
        """Stop everything but the telling, or end that."""
        if on:
            self.client.put_item(TableName=self.table, Item={**_PAUSE, "by": {"S": by}})
        else:
            self.client.delete_item(TableName=self.table, Key=_PAUSE)

    def _open_before(self, due: str) -> list[Item]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="by-status",
            KeyConditionExpression="#status = :open AND due < :now",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":open": {"S": "open"}, ":now": {"S": due}},
        )
        return [dict(item) for page in pages for item in page["Items"]]

    def first_notice(self, notice: str, now: datetime) -> bool:
        """Whether this is the first time that this is to be told."""
        expires = int((now + timedelta(days=_NOTICE_DAYS)).timestamp())
        item = {"pk": {"S": f"NOTICE#{notice}"}, "sk": {"S": "NOTICE"}, "expires_at": {"N": str(expires)}}
        try:
            self.client.put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def paused(self) -> bool:
        """Whether the pause switch is on."""
        return "Item" in self.client.get_item(TableName=self.table, Key=_PAUSE, ConsistentRead=True)

    def _reopened(self, incident_id: str, opened: Opened, held: Item, now: datetime) -> Claim:
        if opened.signal.at <= datetime.fromisoformat(held["settled"]["S"]):
            return Folded(held["incident"]["S"])
        condition = "incident = :before AND #status = :closed"
        values = {":before": held["incident"], ":closed": {"S": "closed"}}
        if self._transact(
            self._locked(incident_id, opened, now, condition, values), self._first(incident_id, opened, now)
        ):
            return Claimed(fold(incident_id, [Entry(1, now, opened)]), fresh=True)
        return Busy(held["incident"]["S"], now + timedelta(seconds=1))

    def _taken(self, lock: str, held: Item, now: datetime) -> Claim:
        incident_id, until = held["incident"]["S"], float(held["lease"]["N"])
        if until > now.timestamp():
            return Busy(incident_id, datetime.fromtimestamp(until, tz=now.tzinfo))
        renewed = {
            "Update": {
                "TableName": self.table,
                "Key": _lock_key(lock),
                "UpdateExpression": "SET lease = :until, #owner = :owner",
                "ConditionExpression": "lease = :before AND incident = :incident",
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {
                    ":until": {"N": self._until(now)},
                    ":owner": {"S": self.owner},
                    ":before": held["lease"],
                    ":incident": held["incident"],
                },
            }
        }
        if self._transact(renewed):
            return Claimed(fold(incident_id, self.entries(incident_id)), fresh=False)
        return Paused() if self.paused() else Busy(incident_id, now + timedelta(seconds=1))

    def _transact(self, *writes: Any) -> bool:  # noqa: ANN401 - the shape is DynamoDB's
        """Write all, unless the pause switch is on or a condition fails."""
        pause = {
            "ConditionCheck": {
                "TableName": self.table,
                "Key": _PAUSE,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        try:
            self.client.transact_write_items(TransactItems=[pause, *writes])  # type: ignore[list-item]
        except self.client.exceptions.TransactionCanceledException:
            return False
        return True

    def _locked(self, incident_id: str, opened: Opened, now: datetime, condition: str, values: Item) -> Item:
        due = now + self.lease + timedelta(seconds=_GRACE)
        item = {
            **_lock_key(opened.principal.lock),
            "incident": {"S": incident_id},
            "status": {"S": "open"},
            "owner": {"S": self.owner},
            "lease": {"N": self._until(now)},
            "due": {"S": due.isoformat()},
        }
        put: Item = {"TableName": self.table, "Item": item, "ConditionExpression": condition}
        if values:
            put |= {"ExpressionAttributeNames": {"#status": "status"}, "ExpressionAttributeValues": values}
        return {"Put": put}

    def _first(self, incident_id: str, opened: Opened, now: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
        return self._entry(incident_id, Entry(1, now, opened))

    def _entry(self, incident_id: str, entry: Entry) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
        item = {
            "pk": {"S": f"INCIDENT#{incident_id}"},
            "sk": {"S": f"{entry.number:06d}"},
            "at": {"S": entry.at.isoformat()},
            "by": {"S": self.owner},
            "kind": {"S": type(entry.body).__name__},
            "body": {"S": codec.written(entry.body)},
        }
        return {"Put": {"TableName": self.table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _ours(self, incident_id: str, entries: list[Entry]) -> bool:
        """A write whose answer was lost is found standing when it is sent again."""
        key = {"pk": {"S": f"INCIDENT#{incident_id}"}, "sk": {"S": f"{entries[-1].number:06d}"}}
        found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return found is not None and found["by"]["S"] == self.owner and found["at"]["S"] == entries[-1].at.isoformat()

    def _lock(self, lock: str) -> Item | None:
        item: Item | None = self.client.get_item(TableName=self.table, Key=_lock_key(lock), ConsistentRead=True).get(
            "Item"
        )
        return item

    def _open(self, principal: Principal) -> bool:
        held = self._lock(principal.lock)
        return held is not None and held["status"]["S"] == "open"

    def _until(self, now: datetime) -> str:
        return f"{(now + self.lease).timestamp():.3f}"


_GRACE = 60  # seconds after which patrol looks for an incident that nobody took up


def _lock_key(lock: str) -> Item:
    return {"pk": {"S": f"LOCK#{lock}"}, "sk": {"S": "LOCK"}}


def _read_entry(item: Item) -> Entry:
    body = codec.read(item["kind"]["S"], item["body"]["S"])
    return Entry(int(item["sk"]["S"]), datetime.fromisoformat(item["at"]["S"]), body)
