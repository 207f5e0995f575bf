"""The append-only record of incidents in DynamoDB: who may act, what was decided, what was done.

An entry's number fences: of two runs that believe they hold the lease only one can write it. `rows` says what the
items look like.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.entries import Body, Closed, Entry, Opened, Renamed, Result
from chalicelib.folding import after, fold
from chalicelib.incident import Incident, names_use
from chalicelib.ledger import rows, switch
from chalicelib.ledger.rows import GRACE, Item
from chalicelib.ledger.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.model import Principal, Signal

_MOST_RENAMES = 50  # that are followed from one name
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
    """An incident explains the signal. `newer` says that it is about newer activity of a credential that is stopped, so
    that a look has yet to say that no call of it succeeded.
    """

    incident_id: str
    newer: bool = False


@dataclass(frozen=True)
class Paused:
    """A person switched the responder off."""


Claim = Claimed | Busy | Folded | Paused


class LeaseLostError(Exception):
    """Another run took the incident over: stop, it will finish the work."""


@dataclass(frozen=True)
class Ledger:
    """The table, who is writing, and for how long a claim holds."""

    table: Table
    owner: str
    lease: timedelta = field(default=timedelta(seconds=10))

    def claim(self, incident_id: str, opened: Opened, now: datetime) -> Claim:
        """Open an incident for the principal, or take up the one it has. One round trip where it has none."""
        writes = [
            self._locked(incident_id, opened, now),
            self._first(incident_id, opened, now),
        ]
        if self._unless_paused(*writes):
            return Claimed(fold(incident_id, [Entry(1, now, opened)]), fresh=True)
        if switch.is_on(self.table):
            return Paused()
        there = self.table.item(rows.lock_key(opened.principal.lock))
        held = there and self._led(there)
        if there is None or held is None:
            return Busy(incident_id, now + timedelta(seconds=1))
        if rows.leads_to(there) and not self._is_about(held, opened.principal):
            return self._opened_over(incident_id, opened, now)
        if rows.leased_until(held) <= now and (stopped := self._stopped(held, opened.signal)):
            return Folded(stopped.id, newer=stopped.is_news(opened.signal))
        if not rows.is_open(held):
            return self._reopened(incident_id, opened, held, now)
        taken = self._taken(held, now)
        return self._followed(taken.incident, incident_id, opened, now) if isinstance(taken, Claimed) else taken

    def _is_about(self, held: Item, who: Principal) -> bool:
        """Say whether the incident that a given-up name leads to is about whoever is meant by that name."""
        found = self.load(held["incident"]["S"])
        return found is not None and found.is_about(who)

    def _opened_over(self, incident_id: str, opened: Opened, now: datetime) -> Claim:
        """Open an incident for whoever has a name that a user gave up."""
        put = self._put(rows.lock(incident_id, opened, self.owner, now + self.lease), given_up=True)
        if self._unless_paused(put, self._first(incident_id, opened, now)):
            return Claimed(fold(incident_id, [Entry(1, now, opened)]), fresh=True)
        return Busy(incident_id, now + timedelta(seconds=1))

    def _followed(self, incident: Incident, incident_id: str, opened: Opened, now: datetime) -> Claim:
        """The incident goes on, unless it is over: closed by a run that was cut off before handing on, or outgrown."""
        if incident.closed is None and incident.outgrown(opened.signal, opened.judgement):
            end = Closed(Result.FOLLOWED, f"another key of the same user leaked: incident {incident_id}")
            incident = self.append(incident, now, end, rest=now)  # the first look finds out when its time is over
        if incident.closed is None:
            return Claimed(incident, fresh=False)
        self.hand_on(incident, now, None)
        held = self.lock(opened.principal.lock)
        return self._reopened(incident_id, opened, held, now) if held else Busy(incident.id, now + timedelta(seconds=1))

    def take(self, lock: str, now: datetime) -> Claim | None:
        """Take up the open incident of a principal; None where there is none."""
        held = self.lock(lock)
        if held is None or not rows.is_open(held):
            return None
        return self._taken(held, now)

    def take_newest(self, lock: str, now: datetime) -> Claim | None:
        """Take up the newest incident of a principal, open or closed: release and restore come after the end too."""
        held = self.lock(lock)
        return None if held is None else self._taken(held, now)

    def take_by_hand(self, lock: str, now: datetime) -> Claim | None:
        """The same while the pause switch is on too: a person decides."""
        held = self.lock(lock)
        return None if held is None else self._taken(held, now, self.table.write)

    def append(self, incident: Incident, now: datetime, *bodies: Body, rest: datetime | None = None) -> Incident:
        """Write entries, all or none, and fold them in. LeaseLostError where another run wrote first.

        With `rest` the incident is looked at again then, though it is closed and whoever the principal's lock is about.
        """
        resting = [{"Update": rows.resting(self.table.name, incident, rest)}] if rest else []
        return self._appended(incident, now, bodies, resting)

    def rename(self, incident: Incident, now: datetime, name: str, *bodies: Body) -> Incident:
        """Write down that the user has another name now, with what follows from it, and keep the incident under it.

        All or none. Where the name has another open incident, which is somebody's who had it before, the incident is
        kept beside it. LeaseLostError where another run wrote first.
        """
        who = incident.principal.renamed(name)
        there, held = self.table.item(rows.lock_key(who.lock)), self.table.item(rows.lock_key(incident.lock))
        lock = f"{who.lock}#{incident.id}" if there and _is_taken(there, now) else who.lock
        if held is None or held.get("incident") != {"S": incident.id}:  # a newer incident has the lock
            return self._appended(incident, now, (Renamed(name, incident.lock), *bodies), [])
        before = there if lock == who.lock else None
        moves = [
            self._put(rows.moved(held, lock), before, given_up=bool(before and rows.leads_to(before))),
            self._put(rows.leading(incident.lock, lock), held),
        ]
        return self._appended(incident, now, (Renamed(name, lock), *bodies), moves)

    def _put(self, item: Item, before: Item | None = None, *, given_up: bool = False) -> Item:
        """Return a put of a lock that nobody has, that is as it was read before, or whose name a user gave up."""
        put: Item = {"TableName": self.table.name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        if given_up:
            put |= {"ConditionExpression": "attribute_exists(#to)", "ExpressionAttributeNames": {"#to": "to"}}
        elif before:
            put["ConditionExpression"] = "incident = :incident AND lease = :lease"
            put["ExpressionAttributeValues"] = {f":{name}": before[name] for name in ("incident", "lease")}
        return {"Put": put}

    def _appended(self, incident: Incident, now: datetime, bodies: Sequence[Body], more: list[Any]) -> Incident:
        entries = [Entry(incident.last + place, now, body) for place, body in enumerate(bodies, start=1)]
        for start in range(0, len(entries), _AT_ONCE):
            self._append(incident, entries[start : start + _AT_ONCE], more)
        for entry in entries:
            incident = after(incident, entry)
        return incident

    def _append(self, incident: Incident, entries: list[Entry], more: list[Any]) -> None:
        writes: list[Any] = [*(self._entry(incident.id, entry) for entry in entries), *more]
        try:
            self.table.client.transact_write_items(TransactItems=writes)
        except self.table.client.exceptions.TransactionCanceledException as error:
            if not self._ours(incident.id, entries):
                message = f"incident {incident.id}: entry {entries[0].number} was written by another run"
                raise LeaseLostError(message) from error

    def hand_on(self, incident: Incident, now: datetime, wait: float | None) -> None:
        """Give the lease back. `wait` seconds from now somebody should look again; None settles the incident."""
        due = now + timedelta(seconds=(wait or 0) + GRACE)
        changes = "SET #status = :status, due = :due, settled = :settled, acting = :acting, let_work = :let_work"
        values = {
            ":status": {"S": "closed" if incident.closed else "open"},
            ":due": {"S": due.isoformat()},
            ":settled": {"S": incident.settled_at.isoformat()},
            ":acting": {"BOOL": incident.acting},
        }
        self._let_go(incident, f"{changes}, lease = :none", {"#status": "status"}, values)

    def give_back(self, incident: Incident) -> None:
        """Give the lease back: whoever was to look at the incident still is."""
        self._let_go(incident, "SET let_work = :let_work, lease = :none", {}, {})

    def _let_go(self, incident: Incident, changes: str, names: dict[str, str], values: Item) -> None:
        with suppress(self.table.client.exceptions.ConditionalCheckFailedException):
            self.table.client.update_item(  # where the lease ran out another run holds it, and hands on itself
                TableName=self.table.name,
                Key=rows.lock_key(incident.lock),
                UpdateExpression=changes,
                ConditionExpression="#owner = :owner AND incident = :incident",
                ExpressionAttributeNames={"#owner": "owner", **names},
                ExpressionAttributeValues={
                    ":none": {"N": "0"},
                    ":owner": {"S": self.owner},
                    ":incident": {"S": incident.id},
                    ":let_work": {"BOOL": incident.let_work_at is not None},
                    **values,
                },
            )

    def lock(self, lock: str) -> Item | None:
        """The item that says which incident a principal has; None where it never had one. Of a name that a user gave
        up it is theirs.
        """
        item = self.table.item(rows.lock_key(lock))
        return item and self._led(item)

    def _led(self, item: Item) -> Item | None:
        """Follow a name that was given up to the lock that it leads to."""
        for _ in range(_MOST_RENAMES):
            to = rows.leads_to(item)
            if to is None:
                return item
            found = self.table.item(rows.lock_key(to))
            if found is None:
                return None
            item = found
        return None

    def is_leased(self, lock: str, now: datetime) -> bool:
        """Whether somebody works on the principal's incident."""
        held = self.lock(lock)
        return held is not None and rows.leased_until(held) > now

    def load(self, incident_id: str) -> Incident | None:
        """The incident as it stands; None where there is no such id."""
        entries = self.entries(incident_id)
        return fold(incident_id, entries) if entries else None

    def newest(self, lock: str) -> Incident | None:
        """The newest incident of a principal, open or closed; None where it never had one."""
        held = self.lock(lock)
        return self.load(held["incident"]["S"]) if held else None

    def history(self, incident_id: str) -> list[Incident]:
        """The incident after each of its entries, the newest first."""
        entries = self.entries(incident_id)
        return [fold(incident_id, entries[:count]) for count in range(len(entries), 0, -1)]

    def entries(self, incident_id: str) -> list[Entry]:
        """Every entry, in order."""
        pages = self.table.client.get_paginator("query").paginate(
            TableName=self.table.name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident_id}"}},
        )
        return [rows.read_entry(item) for page in pages for item in page["Items"]]

    def _stopped(self, held: Item, signal: Signal) -> Incident | None:
        """The newest incident of the principal, or the one that contained before it, where it stopped what the signal
        names. Whoever works on it may be about to undo that: they are waited for.
        """
        if not names_use(signal):
            return None
        ids = dict.fromkeys(held[name]["S"] for name in ("incident", "contained") if name in held)
        known = (self.load(one) for one in ids)
        return next((one for one in known if one and one.has_stopped(signal)), None)

    def _reopened(self, incident_id: str, opened: Opened, held: Item, now: datetime) -> Claim:
        """A person who releases or restores what is closed undoes our denies before it is written that they did: what
        feeds say of that waits, and a strike that came in between would be undone with the rest.
        """
        if rows.leased_until(held) > now:
            return Busy(held["incident"]["S"], rows.leased_until(held))
        if opened.signal.at <= datetime.fromisoformat(held["settled"]["S"]):
            before = self.load(held["incident"]["S"])
            if before and before.explains(opened.signal):
                return Folded(before.id)
        opened = replace(opened, before=held["incident"]["S"])
        if self._unless_paused(self._locked(incident_id, opened, now, held), self._first(incident_id, opened, now)):
            return Claimed(fold(incident_id, [Entry(1, now, opened)]), fresh=True)
        return Busy(held["incident"]["S"], now + timedelta(seconds=1))

    def _taken(self, held: Item, now: datetime, write: Callable[[Any], bool] | None = None) -> Claim:
        incident_id, until = held["incident"]["S"], rows.leased_until(held)
        if until > now:
            return Busy(incident_id, until)
        renewed = {"Update": rows.renewed(self.table.name, held, self.owner, now + self.lease)}
        if (write or self._unless_paused)(renewed):
            return Claimed(fold(incident_id, self.entries(incident_id)), fresh=False)
        return Paused() if switch.is_on(self.table) else Busy(incident_id, now + timedelta(seconds=1))

    def _unless_paused(self, *writes: Any) -> bool:  # noqa: ANN401 - the shape is DynamoDB's
        return self.table.write(switch.off(self.table), *writes)

    def _locked(self, incident_id: str, opened: Opened, now: datetime, held: Item | None = None) -> Item:
        """A put of the lock that nobody has, or that is still about the closed incident it was about when read."""
        item = rows.lock(incident_id, opened, self.owner, now + self.lease, held)
        if held is None or rows.lock_of(held) != opened.principal.lock:
            return self._put(item, given_up=held is not None)
        put: Item = {
            "TableName": self.table.name,
            "Item": item,
            "ConditionExpression": "incident = :before AND #status = :closed",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":before": held["incident"], ":closed": {"S": "closed"}},
        }
        return {"Put": put}

    def _first(self, incident_id: str, opened: Opened, now: datetime) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
        return self._entry(incident_id, Entry(1, now, opened))

    def _entry(self, incident_id: str, entry: Entry) -> Any:  # noqa: ANN401 - the shape is DynamoDB's
        item = rows.entry(incident_id, entry, self.owner)
        return {"Put": {"TableName": self.table.name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _ours(self, incident_id: str, entries: list[Entry]) -> bool:
        """A write whose answer was lost is found standing when it is sent again."""
        found = self.table.item(rows.entry_key(incident_id, entries[-1].number))
        return found is not None and found["by"]["S"] == self.owner and found["at"]["S"] == entries[-1].at.isoformat()


def _is_taken(there: Item, now: datetime) -> bool:
    """Say whether another incident needs the lock of a name: it is open, or somebody works on it."""
    return rows.leads_to(there) is None and (rows.is_open(there) or rows.leased_until(there) > now)
