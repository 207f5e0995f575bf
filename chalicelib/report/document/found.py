"""An inquiry's document as parts of a report. Every text in it may be the intruder's; its members are our own."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from chalicelib.incident import DENIES
from chalicelib.model import Principal, PrincipalKind, StepState
from chalicelib.report.document.form import Act, Caller, Child, Found, Gap, Given, Rotation, Written
from chalicelib.report.escape import plain
from chalicelib.report.form import Section
from chalicelib.report.investigation import Investigation
from chalicelib.report.words import moment, owner, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.incident import Incident
    from chalicelib.model import Step

Json = dict[str, Any]

MOST = 200
"""Entries of each list; the document itself has all."""


def found(document: Json, incident: Incident | None) -> Found:
    """What the inquiry found; `incident` says what of it is contained."""
    complete = document["complete"]
    lists = {name: document[name] for name in ("timeline", "refused", "before", "children", "breaks")}
    left = {**lists, "issued": document.get("issued", ())}
    written = document.get("written")
    return Found(
        seen=plain(complete["seen"], 400),
        calls=document["calls"],
        leak=_leak(document, incident),
        acts=tuple(map(_act, lists["timeline"][:MOST])),
        refused=tuple(map(_act, lists["refused"][:MOST])),
        before=tuple(map(_act, lists["before"][:MOST])),
        children=tuple(_child(one, document, incident) for one in lists["children"][:MOST]),
        callers=tuple(map(_caller, lists["breaks"][:MOST])),
        written=None if written is None else tuple(map(_written, written[:MOST])),
        gaps=tuple(Gap(plain(one["what"], 300), plain(one["why"]), plain(one["instead"])) for one in complete["gaps"]),
        more={name: len(these) - MOST for name, these in left.items() if len(these) > MOST},
    )


def at(written: str | None) -> datetime | None:
    """A time as the document has it."""
    return datetime.fromisoformat(written) if written else None


def _leak(document: Json, incident: Incident | None) -> Section:
    sightings, compared = document["leak"]["foreign"], document["leak"]["compared"]
    where = tuple(("Found at", one) for one in _places(incident))
    if not sightings:
        seen = "No call came from a network that its owner does not use." if document["calls"] else _NO_CALL
        return Section("How it leaked", (seen,), where)
    first, others = sightings[0], [plain(one["network"]) for one in sightings[1:6]]
    more = (("Also from", ", ".join(others) + (", …" if len(sightings) > 6 else "")),) if others else ()  # noqa: PLR2004 - six are named
    pairs = (
        ("When", moment(datetime.fromisoformat(first["at"]))),
        ("Call", f"{plain(first['service'])} {plain(first['call'])} in {plain(first['region']) or 'no Region'}"),
        ("Address", f"{plain(first['address'])}, network {plain(first['network'])}"),
        ("Agent", plain(first["agent"], 120) or "none"),
    )
    return Section("How it leaked", (_said(document, compared=compared),), (*pairs, *more, *where))


_NO_CALL = "No call of it was seen, so nothing says where it was used."


def _places(incident: Incident | None) -> list[str]:
    """Where a feed says that it lay, as GitHub and GitLab call it."""
    told = chain.from_iterable(signal.evidence for signal in incident.signals) if incident else ()
    return list(dict.fromkeys(plain(one.value, 300) for one in told if one.label in {"alert", "found at"}))[:_PLACES]


_PLACES = 3


def _said(document: Json, *, compared: bool) -> str:
    if compared:
        return "The earliest call from a network that its owner did not use before."
    if document["since"]:
        return "We know no earlier activity of its owner to compare with. This is the first call since the exposure."
    return "Its owner and others cannot be told apart without the time of the exposure: this is the earliest call."


def _act(one: Json) -> Act:
    return Act(
        first=datetime.fromisoformat(one["first"]),
        last=datetime.fromisoformat(one["last"]),
        count=one["count"],
        call=f"{plain(one['service'])} {plain(one['call'])}",
        by=_bearer(one["by"]),
        regions=", ".join(map(plain, one["regions"][:6])),
        addresses=few(one["addresses"], 3),
        agents=few(one["agents"], 2),
        things=few({**one["things"], "named": list(map(short, one["things"]["named"]))}, 4),
        error=plain(one["error"] or "", 60),
    )


def _bearer(named: str) -> str:
    """`Lambda function function:cleanup`: an ARN says too much beside each call."""
    kind, arn, rest = named.partition(" arn:")
    return plain(f"{kind} {short(f'arn:{rest}')}" if arn else named)


def few(some: Json, most: int) -> str:
    """The first of what is named; a mark where there is more."""
    shown = [plain(one, 80) for one in some["named"][:most]]
    return ", ".join([*shown, "…"] if some["more"] or len(some["named"]) > most else shown)


def short(thing: str) -> str:
    """Of an ARN only what it names."""
    parts = thing.split(":", 5)
    return parts[5] if thing.startswith("arn:") and len(parts) > 5 else thing  # noqa: PLR2004 - an ARN has six parts


def elsewhere(one: Json, document: Json) -> str:
    """`, account 222233334444` of a child that is not of an account of whom the leaked credential belongs to."""
    at_home = any(owner.endswith(f"account {one['account']}") for owner in document["owners"])
    return "" if at_home or not document["owners"] else f", account {plain(one['account'])}"


def _child(one: Json, document: Json, incident: Incident | None) -> Child:
    who = one["principal"]
    owner = f"{who['kind']} {plain(who['name'])}" if who and who["name"] != one["name"] else ""
    standing, where = _standing(one, incident), elsewhere(one, document)
    return Child(
        kind=plain(one["kind"]),
        name=plain(short(one["name"])) + ("" if owner else where),
        owner=owner + where if owner else "",
        depth=one["depth"],
        made_by=plain(one["made_by"] or ""),
        at=at(one["at"]),
        note=plain(one["note"] or ""),
        state=_state(one, standing, incident),
        is_contained=bool(standing) or one.get("contained", False),
    )


def _state(one: Json, standing: Sequence[Step], incident: Incident | None) -> str:
    if standing:
        return f"contained by {', '.join(map(work, standing))}"
    return plain(one.get("state", ""), 300) or f"not contained by this {'incident' if incident else 'inquiry'}"


def _standing(one: Json, incident: Incident | None) -> list[Step]:
    """The steps that stand and are about this child: its own key, its own session, or all of its principal."""
    who, what = one["principal"], one["subject"] or {}
    if incident is None or who is None or who["kind"] not in frozenset(PrincipalKind):
        return []
    if not incident.is_about(Principal(PrincipalKind(who["kind"]), who["account"], who["name"])):
        return []
    return [
        step
        for step in incident.steps
        if step.action in _STOPPING and _concerns(step, what)
        if incident.state_of(step) in {StepState.STANDS, StepState.EXPIRED}
    ]


_STOPPING = DENIES | {"narrow-user", "deactivate-key"}


def _concerns(step: Step, what: Json) -> bool:
    named, session = step.arguments.get("key_id"), step.arguments.get("session", "").partition(":")[2]
    return not (named and named != what.get("id")) and not (session and session != what.get("session"))


def _caller(one: Json) -> Caller:
    return Caller(
        who=f"{plain(one['address'])} with {plain(one['agent']) or 'no user agent'}",
        service=plain(one["service"]),
        often=f"{one['calls']:,} calls on {one['days']:,} days, {hours(one['hours'])}",
        last=at(one["last"]),
    )


def _written(one: Json) -> Written:
    where = f"{plain(one['thing'])} {plain(one['name'])} in {plain(one['region'])}, {plain(one['where'])}"
    return Written(plain(one["key"]), where, plain(one["instead"]))


_AROUND = 20  # hours of a day from which it is around the clock


def hours(listed: Sequence[int]) -> str:
    """`at 03–05, 14–15 UTC`."""
    if len(listed) >= _AROUND:
        return "around the clock"
    spans: list[list[int]] = []
    for hour in listed:
        if spans and hour == spans[-1][1] + 1:
            spans[-1][1] = hour
        else:
            spans.append([hour, hour])
    return "at " + ", ".join(f"{first:02}–{last + 1:02}" for first, last in spans) + " UTC"


def rotations(incident: Incident | None, done: dict[str, datetime], document: Json | None) -> tuple[Rotation, ...]:
    """What was linked to the owner and not read first, then all that was read, in the order in which to see to it."""
    read = {(one["region"], one["name"]): one for one in (document["rotate"][:MOST] if document else ())}
    ours: dict[tuple[str, str], list[Step]] = {}
    for step in _rotating(incident):
        ours.setdefault(_bare(step.arguments["secret"]), []).append(step)
    unread = (_ours(incident, steps, done, {}) for of, steps in ours.items() if of not in read)
    seen = (_ours(incident, ours[of], done, one) if of in ours else _read(one) for of, one in read.items())
    return (*unread, *seen)


def _rotating(incident: Incident | None) -> Iterator[Step]:
    yield from (step for step in incident.steps if step.action == "rotate-secret") if incident else ()


def _ours(incident: Incident | None, steps: list[Step], done: dict[str, datetime], one: Json) -> Rotation:
    """A secret that we rotate; where two users take turns in it, twice."""
    region, name = _bare(steps[0].arguments["secret"])
    left = [outcome for step in steps if incident and not (outcome := incident.outcome(step)).good]
    how = (at(one["first"]), _how(one)) if one else (None, "")
    if left:
        state = f"NOT rotated: {plain(left[0].detail, 400) or 'it has not been done yet'}"
        return Rotation("secret", plain(name), plain(region), state, None, *how)
    ends = [done[step.key] for step in steps if step.key in done]
    state = "rotated twice, for two users take turns in it" if len(steps) > 1 else "rotated"
    return Rotation("secret", plain(name), plain(region), state, max(ends, default=None), *how, is_done=True)


def _bare(arn: str) -> tuple[str, str]:
    """Region and name of a secret, without the six characters that Secrets Manager adds."""
    parts = arn.split(":", 6)
    return (parts[3], parts[6].rpartition("-")[0] or parts[6]) if len(parts) > 6 else ("", arn)  # noqa: PLR2004 - an ARN of a secret has seven parts


def _read(one: Json) -> Rotation:
    remedy = one.get("remedy") or {}
    return Rotation(
        kind=plain(one["kind"]),
        name=plain(one["name"]),
        where=f"{plain(one['region'])}, account {plain(one['account'])}",
        state=f"NOT rotated: {plain(remedy.get('reason') or 'rotate it by hand', 300)}",
        read=at(one["first"]),
        how=_how(one),
        owner=plain(remedy.get("owner") or ""),
        steps=plain(remedy.get("steps") or "", 400),
    )


def investigation(document: Json, incident: Incident) -> Investigation:
    """What the messages of the incident say of it. Of the children the first are named, and the rest counted."""
    shown = {**document, "children": document["children"][:NAMED]}
    seen, secrets = found(shown, incident), [one for one in rotations(incident, {}, document) if one.read]
    return Investigation(
        seen=seen.seen,
        calls=seen.calls,
        contained=tuple(_named(one) for one in seen.children if one.is_contained),
        loose=tuple(_named(one) for one in seen.children if not one.is_contained),
        rotated=tuple(f"{one.kind} {one.name}" for one in secrets if one.is_done),
        unrotated=tuple(f"{one.kind} {one.name}" for one in secrets if not one.is_done),
        valid=tuple(f"{one.what} in {one.where}" for one in given(document, incident) if one.outlives),
        more=len(document["children"]) - len(seen.children),
        gaps=len(seen.gaps),
    )


NAMED = 40
"""Children of which a message says how each stands: a look at the ledger for each."""


def _named(one: Child) -> str:
    of = f" of {one.owner}" if one.owner else ""
    return f"{one.kind} {one.name}{of}: {one.state}"


def given(document: Json | None, incident: Incident | None) -> tuple[Given, ...]:
    """Return what services gave it that works without it. What was kept before we looked for that has no such list."""
    ended = incident.contained_at if incident else None
    return tuple(_given(one, ended) for one in (document or {}).get("issued", ())[:MOST])


def _given(one: Json, ended: datetime | None) -> Given:
    until = at(one["until"])
    return Given(
        what=plain(f"{one['gives']} {one['name']}"),
        where=f"{plain(one['region']) or 'no Region'}, account {plain(one['account'])}",
        at=datetime.fromisoformat(one["first"]),
        how=f"{_how({**one, 'seals': ()})}, {plain(one['service'])} {plain(one['call'])}",
        until=until,
        outlives=until is None or ended is None or until > ended,
        command=plain(one["command"] or "", _COMMAND),
        beside=plain(one["beside"] or "", 300),
    )


_COMMAND = 2_000
"""Longer than any that we write: a command that is cut is none."""


def _how(one: Json) -> str:
    by = f" by {_bearer(one['by'])}" if one["by"] else ""
    often = f", {one['count']:,} times" if one["count"] > 1 else ""
    seals = f"; it opens {len(one['seals']):,} more of these" if one["seals"] else ""
    return f"{by}{often}{seals}"


def whose(document: Json) -> str:
    """Whom the calls with the credential name."""
    return "; ".join(map(plain, document["owners"][:3])) or owner(None)
