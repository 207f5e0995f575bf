"""The answers as one JSON document. Every text of it may be the intruder's; no secret value is in any record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.timeline import End

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.inquiry.family import Member
    from chalicelib.inquiry.few import Few
    from chalicelib.inquiry.habits import Caller, Sighting
    from chalicelib.inquiry.inquire import Inquiry
    from chalicelib.inquiry.issued_credentials import Issued
    from chalicelib.inquiry.timeline import Line
    from chalicelib.inquiry.touched import Reading, Thing
    from chalicelib.inquiry.where_used import Found

Json = dict[str, Any]


def document(found: Inquiry, written: Found | None = None) -> Json:
    """Everything that was found out. `written` is where the keys are written down; None where nobody has looked."""
    family, habits = found.family, found.habits
    lines = found.timeline.ordered(family)
    searched = {"written": [asdict(one) for one in written.hits]} if written else {}
    gaps = (*found.gaps, *(written.gaps if written else ()))
    return {
        "leaked": [_member(one, found) for one in family.members.values() if one.parent is None],
        "owners": sorted(f"{one.kind} {one.name}, account {one.account}" for one in found.owners),
        "since": _time(family.bounds.since),
        "until": _time(family.bounds.until),
        "calls": found.calls,
        "copies": found.copies,
        "first": _time(found.first),
        "last": _time(found.last),
        "timeline": [_line(one, found) for one in lines if not one.is_before and one.end is End.WORKED],
        "refused": [_line(one, found) for one in lines if not one.is_before and one.end is not End.WORKED],
        "before": [_line(one, found) for one in lines if one.is_before],
        "children": [_member(one, found) for one in family.children()],
        "leak": {"compared": habits.is_known(), "foreign": [_sighting(one) for one in habits.foreign()]},
        "breaks": [_caller(one) for one in habits.steady()],
        "rotate": [_reading(one, found) for one in found.touched.ordered()],
        "issued": [_issued(one, found) for one in found.issued.ordered()],
        **searched,
        "complete": {"seen": found.seen, "data_events": found.data, "gaps": [asdict(one) for one in gaps]},
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def named(one: Member) -> str:
    """A member in words."""
    return f"{one.kind} {one.name}"


def _member(one: Member, found: Inquiry) -> Json:
    who, what = one.principal, one.subject
    chain = [named(above) for above in found.family.chain(one)]
    return {
        "kind": one.kind,
        "name": one.name,
        "account": one.account,
        "depth": one.depth,
        "made_by": one.by or None,
        "at": _time(one.at),
        "region": one.region or None,
        "note": one.note or None,
        "chain": chain[::-1],
        "subject": {"kind": what.kind, "id": what.id, "session": what.session} if what else None,
        "principal": {"kind": who.kind, "account": who.account, "name": who.name} if who else None,
    }


def _line(one: Line, found: Inquiry) -> Json:
    return {
        "first": _time(one.first),
        "last": _time(one.last),
        "count": one.count,
        "service": one.service,
        "call": one.name,
        "end": one.end,
        "error": one.error or None,
        "by": named(found.family.members[one.member]),
        "regions": one.regions.listed(),
        "addresses": _few(one.addresses),
        "agents": _few(one.agents),
        "things": _few(one.things),
    }


def _few(few: Few) -> Json:
    """`more` counts others than those that are named."""
    return {"named": few.listed(), "more": few.more}


def _sighting(one: Sighting) -> Json:
    call = one.call
    return {
        "at": _time(call.at),
        "network": one.network,
        "address": call.address,
        "agent": call.agent,
        "service": call.service,
        "call": call.name,
        "region": call.region,
        "error": call.error or None,
        "calls": one.count,
    }


def _caller(one: Caller) -> Json:
    return {
        "address": one.address,
        "agent": one.agent,
        "service": one.service,
        "calls": one.count,
        "days": len(one.days),
        "hours": [hour for hour, count in enumerate(one.hours) if count],
        "last": _time(one.last),
    }


def _reading(one: Reading, found: Inquiry) -> Json:
    return {
        "kind": one.thing.sort,
        **_thing(one.thing),
        "first": _time(one.first),
        "last": _time(one.last),
        "count": one.count,
        "by": _bearer(one.by, one.first, found),
        "seals": [_thing(sealed) for sealed in sorted(one.seals, key=lambda one: (one.sort, one.name))],
    }


def _bearer(marks: tuple[str, ...], at: datetime, found: Inquiry) -> str:
    bearer = found.family.first(marks, at)
    return named(bearer) if bearer else ""


def _issued(one: Issued, found: Inquiry) -> Json:
    """`until` is null where nothing but a person ends it; `command` where none makes it worthless."""
    return {
        "gives": one.issuing.gives,
        "name": one.name,
        "account": one.account,
        "region": one.region,
        "service": one.issuing.service,
        "call": one.issuing.call,
        "first": _time(one.first),
        "last": _time(one.last),
        "count": one.count,
        "by": _bearer(one.by, one.first, found),
        "until": _time(one.until),
        "command": one.command or None,
        "beside": one.issuing.beside or None,
    }


def _thing(thing: Thing) -> Json:
    return {"name": thing.name, "account": thing.account, "region": thing.region}
