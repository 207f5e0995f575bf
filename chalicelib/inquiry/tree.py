"""The children of an inquiry with how each stands now: by the incident of whoever owns it, or what a person must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.entries import Result
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
    """What became of a child. It is contained while a deny on its principal stands, however its incident went on."""
    by_hand = BY_HAND.get(Kind(child["kind"]), "")
    incident = None if child["kind"] in _WITHOUT else _newest(child["principal"], ledger, known)
    if incident is None:
        return {"state": by_hand or "no incident is about it", "contained": False}
    return {"state": "; ".join(filter(None, (_state(incident), by_hand))), "contained": incident.is_denied}


_WITHOUT = frozenset({Kind.TRUST, Kind.FUNCTION, Kind.INSTANCE})  # they name a role, and no deny of ours ends them


def _newest(who: Json | None, ledger: Ledger, known: dict[str, Incident | None]) -> Incident | None:
    if not who:
        return None
    principal = Principal(PrincipalKind(who["kind"]), who["account"], who["name"])
    if principal.lock not in known:
        known[principal.lock] = ledger.newest(principal.lock)
    return known[principal.lock]


def _state(incident: Incident) -> str:
    return f"{_stage(incident)}: incident {incident.id}"


def _stage(incident: Incident) -> str:
    closed = incident.closed.result if incident.closed else None
    if incident.is_denied:
        return "contained" if closed in {None, Result.FAILED} else str(closed)
    if incident.contained_at and closed is not Result.RESTORED:
        return "contained once, and no deny stands any more"
    if closed:
        return str(closed)
    return "being contained" if incident.acting else "waits for an answer"
