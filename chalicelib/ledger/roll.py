"""Which incidents are open, whose they are, and which somebody should look at: questions that claim nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.ledger import breaker, habits, rows
from chalicelib.ledger.rows import GRACE
from chalicelib.model import Context, Sign

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ledger import Ledger
    from chalicelib.ledger.rows import Item
    from chalicelib.model import Principal, Signal

_TOLERANCE = timedelta(seconds=2)  # clocks of two machines, and SQS's whole seconds


def context(ledger: Ledger, signal: Signal, now: datetime) -> Context:
    """What is open about the owner and the actor of a signal, and how many were contained lately: in one round trip.

    A question does not answer itself: the same finding again about an owner whom it asked about is nothing new.
    """
    locks = {who.lock for who in (signal.principal, signal.actor) if who}
    wanted = [*(rows.lock_key(lock) for lock in sorted(locks)), *breaker.keys(now), *habits.keys(signal)]
    found = ledger.table.items(wanted)
    known = {rows.lock_of(one): one for one in found if rows.is_lock(one)}
    held = {lock: one for lock, one in known.items() if rows.is_open(one)}
    owner = held.get(signal.principal.lock) if signal.principal else None
    actor = held.get(signal.actor.lock) if signal.actor else None
    return Context(
        owner_has_incident=owner is not None and _concerns(ledger, owner, signal),
        actor_is_contained=actor is not None and rows.is_acting(actor) and not _works_again(ledger, actor, signal),
        undoes_containment=owner is None and _undoes(ledger, signal, known),
        contained_lately=breaker.counted(found),
        is_new_to_machine=habits.is_new(found, signal),
    )


def _concerns(ledger: Ledger, held: Item, signal: Signal) -> bool:
    """Say whether the open incident of the owner makes the signal worth more."""
    if rows.is_acting(held):
        return signal.sign in _UNDOING or not _works_again(ledger, held, signal)
    return _asks_otherwise(ledger, held, signal)


_UNDOING = frozenset({Sign.CONTAINMENT_UNDONE, Sign.BOUNDARY_CHANGED, Sign.QUARANTINE_LIFTED})


def _works_again(ledger: Ledger, held: Item, signal: Signal) -> bool:
    """Say whether CloudTrail shows what an owner does, or is given, who may work again.

    That is after a release or beneath a narrower deny, but for what was called with a key that we set inactive, or is
    about one: somebody made it active again.
    """
    if signal.source != "cloudtrail" or not rows.lets_work(held):
        return False
    contained = ledger.load(held["incident"]["S"])
    used = {one.value for one in signal.evidence if one.label == "with key"}
    if contained is None or {*used, signal.subject.id} & contained.ended:
        return False
    return contained.let_work_at is not None and signal.at > contained.let_work_at


def _undoes(ledger: Ledger, signal: Signal, known: dict[str, Item]) -> bool:
    """Only of signs that could, which are rare, the closed incident is read."""
    before = known.get(signal.principal.lock) if signal.principal else None
    if before is None or signal.sign not in {Sign.BOUNDARY_CHANGED, Sign.REVIVED}:
        return False
    incident = ledger.load(before["incident"]["S"])
    return incident is not None and incident.is_undone_by(signal)


def _asks_otherwise(ledger: Ledger, held: Item, signal: Signal) -> bool:
    asked = ledger.load(held["incident"]["S"])
    return asked is not None and any((one.sign, one.what) != (signal.sign, signal.what) for one in asked.signals)


def open_of(ledger: Ledger, principal: Principal) -> Incident | None:
    """The open incident of a principal, as it stands."""
    held = ledger.lock(principal.lock)
    return ledger.load(held["incident"]["S"]) if held and rows.is_open(held) else None


def newest_of(ledger: Ledger, principal: Principal) -> Incident | None:
    """The newest incident of a principal, open or closed."""
    return ledger.newest(principal.lock)


def has_open(ledger: Ledger, principal: Principal) -> bool:
    """Whether the principal has an open incident."""
    held = ledger.lock(principal.lock)
    return held is not None and rows.is_open(held)


def withholds(ledger: Ledger, principal: Principal) -> bool:
    """Whether the principal gets nothing new: until a person says who holds what it has, the intruder may.

    An incident that only asks withholds while it is open; one that contained does long after its watch has ended.
    """
    held = ledger.lock(principal.lock)
    if held is None:
        return False
    ids = [held[name]["S"] for name in ("incident", "contained") if name in held]
    known = (one for one in map(ledger.load, ids) if one and (one.acting or one.closed is None))
    newest = next(known, None)
    return newest is not None and not newest.is_let_go


def expected_later(ledger: Ledger, lock: str, now: datetime) -> bool:
    """Whether somebody has queued a later look at the open incident, so that one now would be one too many."""
    held = ledger.lock(lock)
    if held is None or not rows.is_open(held) or float(held["lease"]["N"]) > now.timestamp():
        return False
    return datetime.fromisoformat(held["due"]["S"]) - timedelta(seconds=GRACE) > now + _TOLERANCE


def open_incidents(ledger: Ledger) -> list[str]:
    """The ids of all open incidents, the longest waiting first."""
    return [item["incident"]["S"] for item in ledger.table.due("open", "9999")]


def stalled(ledger: Ledger, now: datetime) -> list[str]:
    """The principal locks of open incidents that somebody should have looked at by now."""
    return [rows.lock_of(item) for item in ledger.table.due("open", now.isoformat())]


def rested(ledger: Ledger, now: datetime) -> list[str]:
    """The ids of closed incidents that leave something to be done now."""
    return [item["incident"]["S"] for item in ledger.table.due("resting", now.isoformat())]


def rest(ledger: Ledger, incident: Incident, until: datetime | None) -> None:
    """Look at a closed incident again then, or never more."""
    ledger.table.client.update_item(**rows.resting(ledger.table.name, incident, until))
