"""The lines of the ledger: one frozen dataclass for each thing that can happen to an incident."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.model import Holding, Image, Judgement, Mode, Outcome, Plan, Principal, Signal


class Stage(StrEnum):
    """What follows containment, in order."""

    VERIFY = "verify"
    NARROW = "narrow"
    ROTATE = "rotate"
    REPORT = "report"
    WATCH = "watch"


class Result(StrEnum):
    """How an incident ended."""

    HELD = "held"
    CONTESTED = "contested"
    FAILED = "failed"
    RESTORED = "restored"
    DECLINED = "declined"
    FOLLOWED = "followed"


@dataclass(frozen=True)
class Opened:
    """The claim: written before anything is done. `cut_off` is frozen here, `before` is the principal's incident of
    before this one.
    """

    principal: Principal
    signal: Signal
    judgement: Judgement
    mode: Mode
    cut_off: datetime
    before: str = ""


@dataclass(frozen=True)
class Joined:
    """Another signal about the same principal. Where it ends the waiting for approval, `cut_off` is frozen here.

    `adds` are the keys of the containing steps that it adds; `told_apart` says that it has a message of its own, and
    `asked` that a person was being asked when it came.
    """

    signal: Signal
    judgement: Judgement
    cut_off: datetime | None = None
    adds: tuple[str, ...] = ()
    told_apart: bool = False
    asked: bool = False


@dataclass(frozen=True)
class Planned:
    """Steps to take, with the before-image of each that changes something older than us.

    `unique_id` is the principal's, as IAM says it, where no feed did.
    """

    plan: Plan
    images: dict[str, Image] = field(default_factory=dict)
    unique_id: str | None = None


@dataclass(frozen=True)
class Renamed:
    """The user has that name now, and is the same one. `lock` is where the ledger keeps the incident from here on."""

    name: str
    lock: str


@dataclass(frozen=True)
class Found:
    """What somebody had set where a step of ours stood, read before the step was taken once more: a restore puts it
    back. `by` is who set it, "" where nothing says so; `hostile` where that is somebody who is contained.
    """

    step: str
    image: Image
    by: str = ""
    hostile: bool = False


@dataclass(frozen=True)
class Did:
    """One attempt at one step."""

    step: str
    outcome: Outcome


@dataclass(frozen=True)
class Told:
    """One message to one channel: `message` is its number within the incident."""

    message: int
    channel: str
    outcome: Outcome


@dataclass(frozen=True)
class Reached:
    """A stage after containment is complete."""

    stage: Stage
    detail: str = ""


@dataclass(frozen=True)
class Undone:
    """Somebody undid a step of ours; it was applied again unless `reapplied` is false.

    `by` is who did it, as far as a feed or CloudTrail says so; `hostile` where that is somebody who is contained.
    """

    step: str
    detail: str
    reapplied: bool
    by: str = ""
    hostile: bool = False


@dataclass(frozen=True)
class Looked:
    """A look of the watch that found all standing and quiet. `unasked` says who could not be asked, and why."""

    unasked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explained:
    """So many findings came about what was stopped here, and a look found that no call of it succeeded. `unasked` says
    who could not be asked, and why.
    """

    findings: int
    unasked: tuple[str, ...] = ()


TRUST = "trust policy"
"""What lets others in as a role, in `Noted.rights`."""


@dataclass(frozen=True)
class Noted:
    """What gives the principal its rights or lets others in as it, by its name: at the first look, and wherever a later
    one found another. `by` is who changed it, as far as CloudTrail says so; `hostile` where that is somebody who is
    contained.
    """

    rights: dict[str, str]
    by: str = ""
    hostile: bool = False


@dataclass(frozen=True)
class Approved:
    """A person let the plan run. What it revokes is what was issued until then: `cut_off` is frozen here."""

    by: str
    cut_off: datetime | None = None


@dataclass(frozen=True)
class Released:
    """The owner works again; what leaked stays dead. `lets_in` is each active credential that the user had then."""

    by: str
    reason: str
    lets_in: tuple[Holding, ...] = ()


@dataclass(frozen=True)
class Replaced:
    """A key in the place of the leaked one, ordered by a person: written ahead without it, and again with its id.
    `beside` are the keys that the user had then.
    """

    secret: str
    reader: str
    by: str
    reason: str
    beside: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True)
class Restored:
    """One step put back from its before-image. Pending is written ahead: a person wants it back from here on.

    `true_alarm` says that the owner gets back what is safe again, and not that the alarm was false.
    """

    step: str
    by: str
    reason: str
    outcome: Outcome
    true_alarm: bool = False


@dataclass(frozen=True)
class Lifted:
    """A deny on old sessions taken off, because none of them can be alive any more."""

    step: str
    outcome: Outcome


@dataclass(frozen=True)
class Filed:
    """The report with its evidence written to the bucket, or why it could not be."""

    outcome: Outcome


@dataclass(frozen=True)
class Closed:
    """The end. `beneath` is a newer incident of the principal that stands, where this one alone was restored."""

    result: Result
    detail: str = ""
    beneath: str = ""


Body = (
    Opened
    | Joined
    | Planned
    | Found
    | Renamed
    | Did
    | Told
    | Reached
    | Undone
    | Looked
    | Explained
    | Noted
    | Approved
    | Released
    | Replaced
    | Restored
    | Lifted
    | Filed
    | Closed
)  # one dataclass per kind of entry; its name is the kind


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    number: int
    at: datetime
    body: Body
