"""What a report consists of, whatever it is written as. All text is printable, and cut where it was long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.report.form import Command, Section, Severity


@dataclass(frozen=True)
class Clock:
    """A moment that counts: None where it did not come, and `note` says why. `after` is the time since `since`."""

    name: str
    at: datetime | None
    note: str = ""
    after: timedelta | None = None
    since: str = ""


@dataclass(frozen=True)
class Deed:
    """A step of ours, and when it ended how. `since` is what became of it: "" where it stands."""

    at: datetime
    what: str
    worked: bool
    since: str = ""


@dataclass(frozen=True)
class Act:
    """Like calls of one bearer, as one. `error` is "" where AWS did them."""

    first: datetime
    last: datetime
    count: int
    call: str
    by: str
    regions: str
    addresses: str
    agents: str
    things: str
    error: str = ""


@dataclass(frozen=True)
class Child:
    """What the credential made, or what that made. `state` says whether it can still do anything."""

    kind: str
    name: str
    owner: str
    depth: int
    made_by: str
    at: datetime | None
    note: str
    state: str
    is_contained: bool


@dataclass(frozen=True)
class Caller:
    """Who called on several days before the leak, and so stands still now."""

    who: str
    service: str
    often: str
    last: datetime | None


@dataclass(frozen=True)
class Rotation:
    """What must be made worthless: when it was, else None; how far it has come, and how it was read.

    `owner` and `steps` are who does what about it where we do not; "" where nobody knows.
    """

    kind: str
    name: str
    where: str
    state: str
    at: datetime | None = None
    read: datetime | None = None
    how: str = ""
    owner: str = ""
    steps: str = ""
    is_done: bool = False


@dataclass(frozen=True)
class Given:
    """What a service gave it that works without it. `until` is None where nothing but a person ends it.

    `outlives` says whether the containment leaves it working; `command` is "" where none makes it worthless.
    """

    what: str
    where: str
    at: datetime
    how: str
    until: datetime | None
    outlives: bool
    command: str
    beside: str


@dataclass(frozen=True)
class Written:
    """A key written down where none should be, and where it should live instead."""

    key: str
    where: str
    instead: str


@dataclass(frozen=True)
class Gap:
    """What could not be seen, why, and what would show it."""

    what: str
    why: str
    instead: str = ""


@dataclass(frozen=True)
class Found:
    """What an inquiry found out. `seen` says what was read; `more` counts what was left out of each list.

    `written` is None where nobody has looked for it.
    """

    seen: str
    calls: int
    leak: Section
    acts: tuple[Act, ...] = ()
    refused: tuple[Act, ...] = ()
    before: tuple[Act, ...] = ()
    children: tuple[Child, ...] = ()
    callers: tuple[Caller, ...] = ()
    written: tuple[Written, ...] | None = None
    gaps: tuple[Gap, ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """What is left for a person to do, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Report:
    """Everything about one incident, or about one credential where there is none: then `incident` is "".

    `open` is what is left to do, the most urgent first. `found` is None where nobody has inquired. `state` is what was
    done and what was not, `history` the ledger.
    """

    incident: str
    at: datetime
    account: str
    what: str
    owner: str
    severity: Severity
    word: str
    headline: str
    open: tuple[Open, ...] = ()
    clocks: tuple[Clock, ...] = ()
    deeds: tuple[Deed, ...] = ()
    known: tuple[Section, ...] = ()
    state: tuple[Section, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    given: tuple[Given, ...] = ()
    found: Found | None = None
    undo: tuple[Command, ...] = ()
    history: tuple[Section, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
