"""What a message consists of, whatever channel it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a message says, in a word that other programs can filter by."""

    CONTAINED = "contained"
    PARTLY_CONTAINED = "partly-contained"
    NOT_CONTAINED = "not-contained"
    NOTHING_TO_CONTAIN = "nothing-to-contain"
    APPROVAL_WANTED = "approval-wanted"
    ALSO_CONTAINED = "also-contained"
    QUESTION = "question"
    APPROVAL_REMINDER = "approval-reminder"
    FOLLOW_UP = "follow-up"
    HELD = "held"
    CONTESTED = "contested"
    FAILED = "failed"
    RELEASED = "released"
    RESTORED = "restored"
    DECLINED = "declined"
    UNDONE = "undone"
    GIVEN_UP = "given-up"
    DENY_LIFTED = "deny-lifted"
    DENY_NOT_LIFTED = "deny-not-lifted"
    NOT_ROTATED = "not-rotated"
    RIGHTS_CHANGED = "rights-changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    OBSERVED = "observed"
    BY_HAND = "by-hand"
    NOTICE = "notice"
    SAMPLE = "sample"


class Number(IntEnum):
    """Which message of an incident: each is composed from what stands in the ledger, and sent once."""

    FIRST = 1
    FOLLOW_UP = 2
    END = 3
    RELEASED = 4
    RESTORED = 5
    APPROVED = 6
    DENY_LIFTED = 7
    DENY_NOT_LIFTED = 8


UNDONE = 20
"""The n-th time that somebody undid something is told in message 20 + n."""

PUT_BACK = 100_000
"""A restore of single actions, with n steps put back by then, is told in message 100000 + n; a whole one in RESTORED.

Far above UNDONE: each of many steps may be undone as often as the watch does it again.
"""

RIGHTS = 150_000
"""The n-th time that somebody changed what the principal is given is told in message 150000 + n."""

NOT_ROTATED = 200_000
"""Rotations that came to nothing after the end, n of them by then, are told in message 200000 + n."""

JOINED = 250_000
"""The n-th signal that joined is told in message 250000 + n, where something was done or is asked because of it."""

REMINDED = 300_000
"""While nobody answers, the n-th reminder is message 300000 + n."""

SOON = 3
"""So many reminders come soon after each other, and the rest one a day."""


class Severity(StrEnum):
    """Whether to wake somebody: `critical` while a credential still works, `high` where a person is wanted soon."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_WOKEN_OR_SOON = (Severity.CRITICAL, Severity.HIGH)

SEVERITIES: Mapping[Kind, tuple[Severity, ...]] = {
    Kind.CONTAINED: (Severity.HIGH,),
    Kind.PARTLY_CONTAINED: (Severity.HIGH,),
    Kind.NOT_CONTAINED: (Severity.CRITICAL,),
    Kind.NOTHING_TO_CONTAIN: (Severity.MEDIUM,),
    Kind.APPROVAL_WANTED: _WOKEN_OR_SOON,
    Kind.ALSO_CONTAINED: _WOKEN_OR_SOON,
    Kind.QUESTION: (Severity.HIGH,),
    Kind.APPROVAL_REMINDER: _WOKEN_OR_SOON,
    Kind.FOLLOW_UP: (*_WOKEN_OR_SOON, Severity.MEDIUM),
    Kind.HELD: (Severity.HIGH, Severity.MEDIUM, Severity.LOW),
    Kind.CONTESTED: (Severity.HIGH,),
    Kind.FAILED: (Severity.CRITICAL,),
    Kind.RELEASED: (Severity.HIGH, Severity.MEDIUM),
    Kind.RESTORED: (Severity.MEDIUM, Severity.LOW),
    Kind.DECLINED: (Severity.LOW,),
    Kind.UNDONE: _WOKEN_OR_SOON,
    Kind.GIVEN_UP: (Severity.CRITICAL,),
    Kind.DENY_LIFTED: (Severity.LOW,),
    Kind.DENY_NOT_LIFTED: (Severity.MEDIUM,),
    Kind.NOT_ROTATED: (Severity.HIGH,),
    Kind.RIGHTS_CHANGED: (Severity.HIGH, Severity.MEDIUM),
    Kind.PAUSED: (Severity.CRITICAL,),
    Kind.RESUMED: (Severity.MEDIUM,),
    Kind.OBSERVED: (*_WOKEN_OR_SOON, Severity.LOW),
    Kind.BY_HAND: (*_WOKEN_OR_SOON, Severity.LOW),
    Kind.NOTICE: (Severity.LOW,),
    Kind.SAMPLE: (Severity.LOW,),
}
"""Every severity that a message of a kind can have: what a subscription that filters by them would keep back."""


@dataclass(frozen=True)
class Section:
    """A titled part. `pairs` are (label, value); `foreign` values are the feed's own words."""

    title: str
    lines: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    foreign: bool = False


@dataclass(frozen=True)
class Command:
    """What to run, and when. The words need no quoting by a shell."""

    when: str
    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """As it is typed."""
        return " ".join(self.words)


@dataclass(frozen=True)
class Said:
    """What there is to say. `word` opens the subject line, `headline` is one or two sentences."""

    kind: Kind
    severity: Severity
    word: str
    headline: str
    sections: tuple[Section, ...]
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True)
class Message:
    """One message. `incident` and `number` stay the same however often it is sent; all text is printable.

    Where no incident was opened, `incident` is the id of the notice. `subject` is ASCII, as SNS wants it. `taken_by`
    are the channels that took an earlier message of the incident. `ordinal` is the place of the message as people count
    them, while `number` says which it is. `link` opens the report to whoever has it, so it is
    for people alone and written down nowhere.
    """

    incident: str
    number: int
    kind: Kind
    severity: Severity
    at: datetime
    account: str
    subject: str
    headline: str
    sections: tuple[Section, ...] = ()
    commands: tuple[Command, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    taken_by: frozenset[str] = frozenset()
    ordinal: int = 1

    @property
    def is_urgent(self) -> bool:
        """Say whether what to run stands before what is to be known: a credential works, and nobody has to agree first.

        Nobody should approve a plan before they have read it.
        """
        return self.severity is Severity.CRITICAL and self.kind not in {Kind.APPROVAL_WANTED, Kind.APPROVAL_REMINDER}

    link: str = field(default="", repr=False)
