"""The append-only record of incidents in DynamoDB: who may act, what was decided, what was done.

An entry's number fences: of two runs that believe they hold the lease only one can write it. `rows` says what the
items look like.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib import rows
from chalicelib.entries import Body, Closed, Entry, Opened, Result
from chalicelib.incident import Incident, fold
from chalicelib.model import Context, Decision, Permission
from chalicelib.rows import GRACE, Item

if TYPE_CHECKING:
    from collections.abc import Callable

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

_AT_ONCE = 50  # entries; a transaction takes 100 items and 4 MB, and an entry is far below 40 KB


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


_TOLERANCE = timedelta(seconds=2)  # clocks of two machines, and SQS's whole seconds


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
        taken = self._taken(opened.principal.lock, held, now)
        return self._followed(taken.incident, incident_id, opened, now) if isinstance(taken, Claimed) else taken

    def _followed(self, incident: Incident, incident_id: str, opened: Opened, now: datetime) -> Claim:
        """The incident goes on, unless it is over: closed by a run that was cut off before handing on, or outgrown."""
        if incident.closed is None and incident.outgrown(opened.signal, opened.judgement):
            end = Closed(Result.FOLLOWED, f"another key of the same user leaked: incident {incident_id}")
            incident = self.append(incident, now, end, rest=now)  # the first look finds out when its time is over
        if incident.closed is None:
            return Claimed(incident, fresh=False)
        self.hand_on(incident, now, None)
        held = self._lock(opened.principal.lock)
        return self._reopened(incident_id, opened, held, now) if held else Busy(incident.id, now + timedelta(seconds=1))

    def take(self, lock: str, now: datetime) -> Claim | None:
        """Take up the open incident of a principal; None where there is none."""
        held = self._lock(lock)
        if held is None or held["status"]["S"] == "closed":
            return None
        return self._taken(lock, held, now)

    def take_newest(self, lock: str, now: datetime) -> Claim | None:
        """Take up the newest incident of a principal, open or closed: release and restore come after the end too."""
        held = self._lock(lock)
        return None if held is None else self._taken(lock, held, now)

    def take_by_hand(self, lock: str, now: datetime) -> Claim | None:
        """The same while the pause switch is on too: a person decides."""
        held = self._lock(lock)
        return None if held is None else self._taken(lock, held, now, self._write)

    def append(self, incident: Incident, now: datetime, *bodies: Body, rest: datetime | None = None) -> Incident:
        """Write entries, all or none, and fold them in. LeaseLostError where another run wrote first.

        With `rest` the incident is looked at again then, though it is closed and whoever the principal's lock is about.
        """
        entries = [Entry(incident.last + place, now, body) for place, body in enumerate(bodies, start=1)]
        for start in range(0, len(entries), _AT_ONCE):
            self._append(incident, entries[start : start + _AT_ONCE], rest)
        for entry in entries:
            incident = incident.after(entry)
        return incident

    def _append(self, incident: Incident, entries: list[Entry], rest: datetime | None) -> None:
        writes: list[Any] = [self._entry(incident.id, entry) for entry in entries]
        if rest:
            writes.append({"Update": rows.resting(self.table, incident, rest)})
        try:
            self.client.transact_write_items(TransactItems=writes)
        except self.client.exceptions.TransactionCanceledException as error:
            if not self._ours(incident.id, entries):
                message = f"incident {incident.id}: entry {entries[0].number} was written by another run"
                raise LeaseLostError(message) from error

    def hand_on(self, incident: Incident, now: datetime, wait: float | None) -> None:
        """Give the lease back. `wait` seconds from now somebody should look again; None settles the incident."""
        due = now + timedelta(seconds=(wait or 0) + GRACE)
        changes = "SET #status = :status, due = :due, settled = :settled, acting = :acting, lease = :none"
        values = {
            ":status": {"S": "closed" if incident.closed else "open"},
            ":due": {"S": due.isoformat()},
            ":settled": {"S": incident.settled_at.isoformat()},
            ":acting": {"BOOL": incident.acting},
        }
        self._let_go(incident, changes, {"#status": "status"}, values)

    def give_back(self, incident: Incident) -> None:
        """Give the lease back with nothing changed: whoever was to look at the incident still is."""
        self._let_go(incident, "SET lease = :none", {}, {})

    def _let_go(self, incident: Incident, changes: str, names: dict[str, str], values: Item) -> None:
        with suppress(self.client.exceptions.ConditionalCheckFailedException):
            self.client.update_item(  # where the lease ran out another run holds it, and hands on itself
                TableName=self.table,
                Key=rows.lock_key(incident.principal.lock),
                UpdateExpression=changes,
                ConditionExpression="#owner = :owner AND incident = :incident",
                ExpressionAttributeNames={"#owner": "owner", **names},
                ExpressionAttributeValues={
                    ":none": {"N": "0"},
                    ":owner": {"S": self.owner},
                    ":incident": {"S": incident.id},
                    **values,
                },
            )

    def expected_later(self, lock: str, now: datetime) -> bool:
        """Whether somebody has queued a later look at the open incident, so that one now would be one too many."""
        held = self._lock(lock)
        if held is None or held["status"]["S"] == "closed" or float(held["lease"]["N"]) > now.timestamp():
            return False
        return datetime.fromisoformat(held["due"]["S"]) - timedelta(seconds=GRACE) > now + _TOLERANCE

    def load(self, incident_id: str) -> Incident | None:
        """The incident as it stands; None where there is no such id."""
        entries = self.entries(incident_id)
        return fold(incident_id, entries) if entries else None

    def history(self, incident_id: str) -> list[Incident]:
        """The incident after each of its entries, the newest first."""
        entries = self.entries(incident_id)
        return [fold(incident_id, entries[:count]) for count in range(len(entries), 0, -1)]

    def entries(self, incident_id: str) -> list[Entry]:
        """Every entry, in order."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident_id}"}},
        )
        return [rows.read_entry(item) for page in pages for item in page["Items"]]

    def context(self, signal: Signal) -> Context:
        """What is open about the owner and the actor of a signal: both in one round trip.

        A question does not answer itself: the same finding again about an owner whom it asked about is nothing new.
        """
        locks = {who.lock for who in (signal.principal, signal.actor) if who}
        held = self._open_among(locks) if locks else {}
        owner = held.get(signal.principal.lock) if signal.principal else None
        actor = held.get(signal.actor.lock) if signal.actor else None
        return Context(
            owner_has_incident=owner is not None and (rows.is_acting(owner) or self._asks_otherwise(owner, signal)),
            actor_is_contained=actor is not None and rows.is_acting(actor),
        )

    def _asks_otherwise(self, held: Item, signal: Signal) -> bool:
        asked = self.load(held["incident"]["S"])
        return asked is not None and any((one.sign, one.what) != (signal.sign, signal.what) for one in asked.signals)

    def _open_among(self, locks: set[str]) -> dict[str, Item]:
        keys = [rows.lock_key(lock) for lock in sorted(locks)]
        answer = self.client.batch_get_item(RequestItems={self.table: {"Keys": keys, "ConsistentRead": True}})
        unread = answer["UnprocessedKeys"].get(self.table)
        singly = [self._item(dict(key)) for key in unread["Keys"]] if unread else []  # throttled: botocore tries again
        found = [*answer["Responses"].get(self.table, []), *filter(None, singly)]
        return {one["pk"]["S"].removeprefix("LOCK#"): dict(one) for one in found if one["status"]["S"] == "open"}

    def open_of(self, principal: Principal) -> Incident | None:
        """The open incident of a principal, as it stands."""
        held = self._lock(principal.lock)
        return self.load(held["incident"]["S"]) if held and held["status"]["S"] == "open" else None

    def has_open(self, principal: Principal) -> bool:
        """Whether the principal has an open incident."""
        held = self._lock(principal.lock)
        return held is not None and held["status"]["S"] == "open"

    def stalled(self, now: datetime) -> list[str]:
        """The principal locks of open incidents that somebody should have looked at by now."""
        return [item["pk"]["S"].removeprefix("LOCK#") for item in self._due("open", now.isoformat())]

    def rested(self, now: datetime) -> list[str]:
        """The ids of closed incidents that leave something to be done now."""
        return [item["incident"]["S"] for item in self._due("resting", now.isoformat())]

    def rest(self, incident: Incident, until: datetime | None) -> None:
        """Look at a closed incident again then, or never more."""
        self.client.update_item(**rows.resting(self.table, incident, until))

    def open_incidents(self) -> list[str]:
        """The ids of all open incidents, the longest waiting first."""
        return [item["incident"]["S"] for item in self._due("open", "9999")]

    def _due(self, status: str, due: str) -> list[Item]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="by-status",
            KeyConditionExpression="#status = :status AND due < :now",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": status}, ":now": {"S": due}},
        )
        return [dict(item) for page in pages for item in page["Items"]]

    def switch_pause(self, *, on: bool, by: str) -> bool:
        """Stop everything but the telling, or end that; whether that changed anything."""
        try:
            if on:
                item = {**rows.PAUSE, "by": {"S": by}}
                self.client.put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
            else:
                self.client.delete_item(
                    TableName=self.table, Key=rows.PAUSE, ConditionExpression="attribute_exists(pk)"
                )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def first_notice(self, notice: str, now: datetime) -> bool:
        """Whether this is to be told now: nobody has told it, and nobody who is still alive is about to."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=rows.notice(notice, now),
                ConditionExpression="attribute_not_exists(pk) OR (attribute_not_exists(told) AND begun < :alive)",
                ExpressionAttributeValues={":alive": {"N": f"{(now - self.lease).timestamp():.3f}"}},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def notice_told(self, notice: str) -> None:
        """It was told: nobody needs to again."""
        self.client.update_item(
            TableName=self.table,
            Key=rows.notice_key(notice),
            UpdateExpression="SET told = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )

    def paused(self) -> bool:
        """Whether the pause switch is on."""
        return "Item" in self.client.get_item(TableName=self.table, Key=rows.PAUSE, ConsistentRead=True)

    def _reopened(self, incident_id: str, opened: Opened, held: Item, now: datetime) -> Claim:
        if opened.signal.at <= datetime.fromisoformat(held["settled"]["S"]):
            before = self.load(held["incident"]["S"])
            if before and before.explains(opened.signal):
                return Folded(before.id)
        condition = "incident = :before AND #status = :closed"
        values = {":before": held["incident"], ":closed": {"S": "closed"}}
        if self._transact(
            self._locked(incident_id, opened, now, condition, values), self._first(incident_id, opened, now)
        ):
            return Claimed(fold(incident_id, [Entry(1, now, opened)]), fresh=True)
        return Busy(held["incident"]["S"], now + timedelta(seconds=1))

    def _taken(self, lock: str, held: Item, now: datetime, write: Callable[[Any], bool] | None = None) -> Claim:
        incident_id, until = held["incident"]["S"], float(held["lease"]["N"])
        if until > now.timestamp():
            return Busy(incident_id, datetime.fromtimestamp(until, tz=now.tzinfo))
        renewed = {
            "Update": {
                "TableName": self.table,
                "Key": rows.lock_key(lock),
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
        if (write or self._transact)(renewed):
            return Claimed(fold(incident_id, self.entries(incident_id)), fresh=False)
        return Paused() if self.paused() else Busy(incident_id, now + timedelta(seconds=1))

    def _transact(self, *writes: Any) -> bool:  # noqa: ANN401 - the shape is DynamoDB's
        """Write all, unless the pause switch is on or a condition fails."""
        pause = {
            "ConditionCheck": {
                "TableName": self.table,
                "Key": rows.PAUSE,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        return self._write(pause, *writes)

    def _write(self, *writes: Any) -> bool:  # noqa: ANN401 - the shape is DynamoDB's
        try:
            self.client.transact_write_items(TransactItems=writes)
        except self.client.exceptions.TransactionCanceledException:
            return False
        return True

    def _locked(self, incident_id: str, opened: Opened, now: datetime, condition: str, values: Item) -> Item:
        item = {
            **rows.lock_key(opened.principal.lock),
            "incident": {"S": incident_id},
            "status": {"S": "open"},
            "owner": {"S": self.owner},
            "lease": {"N": self._until(now)},
            "due": {"S": (now + self.lease + timedelta(seconds=GRACE)).isoformat()},
            "acting": {"BOOL": opened.judgement.decision is Decision.ACT},
        }
        put: Item = {"TableName": self.table, "Item": item, "ConditionExpression": condition}
        if values:
            put |= {"ExpressionAttributeNames": {"#status": "status"}, "ExpressionAttributeValues": values}
        return {"Put": put}

    def _first(self, incident_id: str, opened: Opened, now: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
        return self._entry(incident_id, Entry(1, now, opened))

    def _entry(self, incident_id: str, entry: Entry) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
        item = rows.entry(incident_id, entry, self.owner)
        return {"Put": {"TableName": self.table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _ours(self, incident_id: str, entries: list[Entry]) -> bool:
        """A write whose answer was lost is found standing when it is sent again."""
        key = rows.entry_key(incident_id, entries[-1].number)
        found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return found is not None and found["by"]["S"] == self.owner and found["at"]["S"] == entries[-1].at.isoformat()

    def _lock(self, lock: str) -> Item | None:
        return self._item(rows.lock_key(lock))

    def _item(self, key: Item) -> Item | None:
        item: Item | None = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return item

    def _until(self, now: datetime) -> str:
        return f"{(now + self.lease).timestamp():.3f}"
