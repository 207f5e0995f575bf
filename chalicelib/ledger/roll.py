"""Which incidents are open, whose they are, and which somebody should look at: questions that claim nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.ledger import breaker, habits, rows
from chalicelib.ledger.rows import GRACE
from chalicelib.model import UNDOING, Context, Sign

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ledger import Ledger
    from chalicelib.ledger.rows import Item
    from chalicelib.model import Principal, Signal

_TOLERANCE = timedelta(seconds=2)  # clocks of two machines, and SQS's whole seconds


def context(ledger: Ledger, signal: Signal, now: datetime) -> Context:
    """Return who of owner and actor is contained, and how many were contained lately: in one round trip.

    An open question counts for nothing. Two findings of a stranger's making would answer it otherwise.
    """
    locks = {who.lock for who in (signal.principal, signal.actor) if who}
    wanted = [*(rows.lock_key(lock) for lock in sorted(locks)), *breaker.keys(now), *habits.keys(signal)]
    found = ledger.table.items(wanted)
    known = _led(ledger, {rows.lock_of(one): one for one in found if rows.is_lock(one)}, signal)
    owner, actor = (_containing(known.get(who.lock)) if who else None for who in (signal.principal, signal.actor))
    return Context(
        owner_is_contained=owner is not None and _concerns(ledger, owner, signal),
        actor_is_contained=actor is not None and not _works_again(ledger, actor, signal),
        undoes_containment=owner is None and _undoes(ledger, signal, known),
        contained_lately=breaker.counted(found),
        is_new_to_machine=habits.is_new(found, signal),
    )


def _led(ledger: Ledger, found: dict[str, Item], signal: Signal) -> dict[str, Item]:
    """Return the locks with each name that a user gave up led on to theirs, unless somebody else is meant by it."""
    people = {who.lock: who for who in (signal.principal, signal.actor) if who}
    led = {lock: item if rows.leads_to(item) is None else led_by(ledger, people[lock]) for lock, item in found.items()}
    return {lock: item for lock, item in led.items() if item}


def led_by(ledger: Ledger, who: Principal) -> Item | None:
    """Return the lock of whoever is meant; of a name that a user gave up, theirs unless somebody else has it now."""
    held = ledger.lock(who.lock)
    if held is None or rows.lock_of(held) == who.lock:
        return held
    incident = ledger.load(held["incident"]["S"])
    return held if incident and incident.is_about(who) else None


def _containing(lock: Item | None) -> Item | None:
    """Return the lock of an open incident that contains; None for one that is closed, or only asks."""
    return lock if lock and rows.is_open(lock) and rows.is_acting(lock) else None


def _concerns(ledger: Ledger, held: Item, signal: Signal) -> bool:
    """Say whether the incident that contained the owner makes the signal worth more."""
    return signal.sign in UNDOING or not _works_again(ledger, held, signal)


def _works_again(ledger: Ledger, held: Item, signal: Signal) -> bool:
    """Say whether the signal is about what an owner does, or is given, who may work again.

    After a release that is whatever any feed tells; beneath a narrower deny it is what CloudTrail shows. A key that we
    set inactive is never meant, whether it called or the call is about it: somebody made it active again.
    """
    if not rows.lets_work(held):
        return False
    contained = ledger.load(held["incident"]["S"])
    used = {one.value for one in signal.evidence if one.label == "with key"}
    if contained is None or {*used, signal.subject.id} & contained.ended:
        return False
    since = contained.let_work_at if signal.is_call else contained.let_work_at and contained.released_at
    return since is not None and signal.at > since


def _undoes(ledger: Ledger, signal: Signal, known: dict[str, Item]) -> bool:
    """Only of signs that could, which are rare, the closed incident is read."""
    before = known.get(signal.principal.lock) if signal.principal else None
    if before is None or signal.sign not in {Sign.BOUNDARY_CHANGED, Sign.REVIVED}:
        return False
    incident = ledger.load(before["incident"]["S"])
    return incident is not None and incident.is_undone_by(signal)


def open_of(ledger: Ledger, principal: Principal) -> Incident | None:
    """The open incident of a principal, as it stands."""
    held = led_by(ledger, principal)
    return ledger.load(held["incident"]["S"]) if held and rows.is_open(held) else None


def newest_of(ledger: Ledger, principal: Principal) -> Incident | None:
    """The newest incident of a principal, open or closed."""
    held = led_by(ledger, principal)
    return ledger.load(held["incident"]["S"]) if held else None


def is_contained(ledger: Ledger, who: Principal, incident: Incident) -> bool:
    """Say whether somebody is the one contained here, or has an open incident that contains them."""
    if incident.is_about(who):
        return True
    held = led_by(ledger, who)
    return held is not None and rows.is_open(held) and rows.is_acting(held)


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


def updated(ledger: Ledger, now: datetime) -> list[str]:
    """The ids of incidents that somebody should have looked at because of what feeds say, and has not."""
    return [item["incident"]["S"] for item in ledger.table.due("updated", now.isoformat())]


def rest(ledger: Ledger, incident: Incident, until: datetime | None) -> None:
    """Look at a closed incident again then, or never more."""
    ledger.table.client.update_item(**rows.resting(ledger.table.name, incident, until))
