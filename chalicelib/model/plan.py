"""What is decided about a signal, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.model.principal import Principal


class Confidence(StrEnum):
    """How sure a signal is, in ascending order."""

    INFORMATIONAL = "informational"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


class Mode(StrEnum):
    """How far the responder may go unasked: the words of AWS Security Incident Response, and `observe`."""

    OBSERVE = "observe"
    APPROVAL_REQUIRED = "approval-required"
    CONTAIN_CONFIRMED = "contain-confirmed"
    CONTAIN_SUSPECTED = "contain-suspected"


class Decision(StrEnum):
    """What is done about one signal."""

    ACT = "act"
    ASK = "ask"
    TELL = "tell"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Context:
    """What the ledger knows beyond the signal itself. An incident that only asks contains nobody, so it is not here.

    `owner_is_contained` and `actor_is_contained` say that an open incident contained them, and that nobody let them
    work again.
    `contained_lately` are the principals contained within the hour, as far as the circuit breaker counts them.
    `is_new_to_machine` says that a machine's role did what it has not done in the last 30 days.
    `undoes_containment` says that the signal is about what a closed incident of its owner left standing.
    """

    owner_is_contained: bool = False
    actor_is_contained: bool = False
    contained_lately: int = 0
    undoes_containment: bool = False
    is_new_to_machine: bool = False


@dataclass(frozen=True)
class Step:
    """One action on one principal, with the arguments it needs, and why.

    `later` steps wait until the principal is contained: they are slow, or safe only then.
    """

    action: str
    principal: Principal
    reason: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    later: bool = False

    @property
    def credential(self) -> str | None:
        """The id of the one credential that it sets inactive, where that is what it does."""
        return self.arguments.get("key_id") or self.arguments.get("credential_id")

    def cut_off_at(self, cut_off: datetime) -> str:
        """Return the cut-off as the step takes it: that of its incident, or sooner where one session is meant.

        Whoever assumes a role chooses the session's name, so later sessions of that name may be anybody's.
        """
        issued = self.arguments.get("issued")
        until = min(cut_off, datetime.fromisoformat(issued) + _WITHIN) if issued else cut_off
        return f"{until:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def key(self) -> str:
        """The same action with the same arguments is the same step, however often it is planned."""
        return ":".join((self.action, *(f"{name}={value}" for name, value in sorted(self.arguments.items()))))


_WITHIN = timedelta(seconds=2)
"""CloudTrail writes the whole second of the issue time, and whether it is rounded is documented nowhere."""


class StepState(StrEnum):
    """How a step of an incident stands, as far as the ledger knows. `Incident.state_of` says which it is."""

    PENDING = "pending"
    """Not taken yet, or to be taken again."""
    FAILED = "failed"
    STANDS = "stands"
    """Done, and wanted still."""
    LOST = "lost"
    """Undone by somebody, and not done again: a person has to say what they want."""
    PUT_BACK = "put_back"
    """Restored by a person, or being restored."""
    SUPERSEDED = "superseded"
    """Another deny stands, or stood, in its place."""
    EXPIRED = "expired"
    """Taken off when nothing that it stopped could be alive any more."""


@dataclass(frozen=True)
class Withheld:
    """What was not done, why, and what a person must do instead."""

    action: str
    reason: str
    instead: str


@dataclass(frozen=True)
class Judgement:
    """The decision about one signal and the reason, before anything about the principal is looked up.

    `why_not` is the first condition that kept it from acting unasked; "" where it acts.
    `counted` is set where the circuit breaker counts the containment.
    """

    decision: Decision
    confidence: Confidence
    reason: str
    dry: bool = False
    strike: tuple[Step, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    why_not: str = ""
    counted: bool = False


@dataclass(frozen=True)
class Plan:
    """Ordered steps with reasons, and what is withheld. Decided once, stored, only ever added to."""

    steps: tuple[Step, ...]
    withheld: tuple[Withheld, ...] = ()
