"""The lists of a report in words, the same on a page and in Markdown."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from chalicelib.report.form import Section
from chalicelib.report.words import moment, span

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.report.document.form import Act, Caller, Child, Clock, Found, Gap, Given, Report, Rotation, Written


def clock(one: Clock) -> str:
    """When, and how long after what."""
    if one.at is None:
        return f"not: {one.note}"
    after = f", {span(one.after)} after {one.since}" if one.after is not None else ""
    return f"{moment(one.at)}{after}{f' ({one.note})' if one.note else ''}"


def when(first: datetime, last: datetime) -> str:
    """From when to when, in UTC; the day once where it is the same."""
    begin, end = first.astimezone(UTC), last.astimezone(UTC)
    if begin.date() != end.date():
        return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    if f"{begin:%H:%M:%S}" == f"{end:%H:%M:%S}":
        return f"{begin:%Y-%m-%d %H:%M:%S}"
    return f"{begin:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S}"


def act(one: Act) -> tuple[str, str]:
    """What, and by whom from where."""
    often = f" × {one.count:,}" if one.count > 1 else ""
    error = f" refused: {one.error}" if one.error else ""
    things = f": {one.things}" if one.things else ""
    told = (("by", one.by), ("from", one.addresses), ("in", one.regions), ("with", one.agents))
    return f"{one.call}{often}{error}{things}", ", ".join(f"{word} {said}" for word, said in told if said)


def child(one: Child) -> tuple[str, str]:
    """Its name, and how it came to be."""
    of = f" of {one.owner}" if one.owner else ""
    note = f" ({one.note})" if one.note else ""
    made = ", ".join(filter(None, (one.made_by, moment(one.at) if one.at else "")))
    return f"{one.kind} {one.name}{of}{note}", made


def caller(one: Caller) -> tuple[str, str]:
    """Who, and how often."""
    last = f", last {moment(one.last)}" if one.last else ""
    return f"{one.who}: {one.service}", f"{one.often}{last}"


def written(one: Written) -> tuple[str, str]:
    """Where, and what to do about it."""
    return f"{one.key}: {one.where}", f"instead: {one.instead}"


WRITTEN = "Where the key is written down"


def unwritten(found: Found) -> Section:
    """That it was looked for and is nowhere; nothing where it is somewhere, or where nobody has looked."""
    return Section(WRITTEN, ("Nowhere that was searched.",) if found.written == () else ())


SECRETS = "Secrets to rotate, in this order"


def rotated(one: Rotation) -> tuple[str, str]:
    """The same in two."""
    name, state, more = rotation(one)
    return name, f"{state}. {more}" if more else state


def rotation(one: Rotation) -> tuple[str, str, str]:
    """Which, how far it has come, and what else there is to say: who does what about it, and how it was read."""
    done = f" at {moment(one.at)}" if one.at else ""
    owner = f"Its owner: {one.owner}." if one.owner else "Nothing says who owns it." if one.steps else ""
    steps = f"What they do: {one.steps}." if one.steps else ""
    read = f"First read {moment(one.read)}{one.how}." if one.read else ""
    return f"{one.kind} {one.name} in {one.where}", f"{one.state}{done}", " ".join(filter(None, (owner, steps, read)))


GIVEN = "Credentials of other services to revoke"


def described_gift(one: Given) -> tuple[str, str]:
    """Return the same in two."""
    name, state, more = gift(one)
    return name, f"{state}. {more}"


def gift(one: Given) -> tuple[str, str, str]:
    """Return what it was given, whether that still works, and the command that ends it."""
    typed = f"Revoke it: `{one.command}`" if one.command else ""
    told = f"Given {moment(one.at)}{one.how}."
    return f"{one.what} in {one.where}", _lasting(one), " ".join(filter(None, (typed, one.beside, told)))


def _lasting(one: Given) -> str:
    if one.until is None:
        return "outlives the containment: it works until somebody ends it"
    if one.outlives:
        return f"outlives the containment: it works until {moment(one.until)} at the latest"
    return f"ended by itself at {moment(one.until)} at the latest, before the containment"


def gap(one: Gap) -> tuple[str, str]:
    """What, and why not."""
    return one.what, f"{one.why}{f'; {one.instead}' if one.instead else ''}"


NOT_INQUIRED = (
    "Nobody has looked into CloudTrail for this report: what the credential did, what it made, what it read and who "
    "stands still without it is unknown."
)


def seen(found: Found) -> Section:
    """What was read. No report without it: what was not looked at did not therefore not happen."""
    left = tuple(f"{count:,} more lines of {name} are left out here." for name, count in found.more.items())
    return Section("What was read", (f"{found.seen}: {found.calls:,} calls.", *left))


def title(report: Report) -> str:
    """What stands above it."""
    return f"Incident {report.incident}" if report.incident else "What a credential did"
