"""The children of an inquiry with how each stands now: by the incident of whoever owns it, or what a person must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.family import Kind
from chalicelib.inquiry.subjects import BY_HAND
from chalicelib.model import Principal, PrincipalKind

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.ledger import Ledger

Json = dict[str, Any]


def with_states(document: Json, ledger: Ledger) -> Json:
    """The document whose children say their `state`, and whether they are `contained`."""
    known: dict[str, Incident | None] = {}
    return {**document, "children": [{**one, **_standing(one, ledger, known)} for one in document["children"]]}


def _standing(child: Json, ledger: Ledger, known: dict[str, Incident | None]) -> Json:
    by_hand = BY_HAND.get(Kind(child["kind"]), "")
    lock = _lock(child)
    if lock and lock not in known:
        known[lock] = _newest(ledger, lock)
    incident = known.get(lock) if child["kind"] not in _WITHOUT else None
    if incident is None:
        return {"state": by_hand or "no incident is about it", "contained": False}
    contained = incident.contained_at is not None and not incident.restored
    return {"state": "; ".join(filter(None, (_state(incident), by_hand))), "contained": contained}


_WITHOUT = frozenset({Kind.TRUST, Kind.FUNCTION, Kind.INSTANCE})  # they name a role, and no deny of ours ends them


def _lock(child: Json) -> str:
    who = child["principal"]
    return Principal(PrincipalKind(who["kind"]), who["account"], who["name"]).lock if who else ""


def _newest(ledger: Ledger, lock: str) -> Incident | None:
    held = ledger.lock(lock)
    return ledger.load(held["incident"]["S"]) if held else None


def _state(incident: Incident) -> str:
    if incident.closed:
        return f"{incident.closed.result}: incident {incident.id}"
    if incident.contained_at:
        return f"contained: incident {incident.id}"
    return f"{'being contained' if incident.acting else 'waits for an answer'}: incident {incident.id}"
