"""An incident: what is known and done about one compromised principal, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from chalicelib.entries import Closed, Found, Joined, Noted, Released, Replaced, Result, Stage, Undone
from chalicelib.model import (
    LASTING,
    POOL_SESSION,
    Decision,
    Image,
    Judgement,
    Mode,
    Outcome,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Status,
    Step,
    StepState,
    SubjectKind,
    Withheld,
)

if TYPE_CHECKING:
    from chalicelib.model import Subject

WAYS_OF_A_ROLE = ("revoke-role-sessions", "attach-role-deny", "bound-role")
"""The ways to deny the same sessions of a role, each tried where there is no room for the one before it."""

WAYS_OF_A_USER = ("quarantine-user", "attach-deny-all", "bound-user")
"""The ways to deny a user everything, where there is no room for the one before, or it rests on another policy by now.
"""

DENIES = frozenset(
    {
        *WAYS_OF_A_USER,
        *WAYS_OF_A_ROLE,
        "disable-cognito-user",
        "deny-in-permission-set",
        "revoke-center-access",
    }
)
"""Those of one principal stop together all that leaked."""

DENYING = DENIES | {"narrow-user"}
"""Every deny, however much of a principal it stops."""

_HOLDING = frozenset({StepState.STANDS, StepState.EXPIRED})
"""The states of a deny in which nothing works that it is to stop."""


@dataclass(frozen=True)
class Incident:
    """The folded state. Outcomes and images are by step key; `told` by (message, channel). `before` is the principal's
    incident of before this one, "" where it is the first.

    `begun_at` is when the first step was taken, `did_at` when each was taken last, and `redone` when one was taken that
    was not seen to stand and was taken again, with nobody accused. `quiet` counts the looks of the watch since somebody
    undid something that found nothing amiss, and `unasked` is whom the newest could not ask. `told_before` counts the
    messages of before it began again, and `ordinals` are the places of all, by the entry that says so. `widened` says
    that a leaked key worked again under the narrower deny: until that is narrowed anew, the deny on everything is
    wanted in its place. `found` is what others had set where our steps were taken again. `given_back` says that what a
    person restored last they gave back after a true alarm. `names` are all that a user had who was renamed, and
    `kept_at` is where the ledger keeps the incident since. `undone_by_end` counts what had been undone by the end, and
    `explained` the findings that were explained since.
    """

    id: str
    principal: Principal
    mode: Mode
    judgement: Judgement
    cut_off: datetime
    opened_at: datetime
    last: int
    signals: tuple[Signal, ...]
    before: str = ""
    joined: tuple[Joined, ...] = ()
    steps: tuple[Step, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    images: dict[str, Image] = field(default_factory=dict)
    found: tuple[Found, ...] = ()
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    did_at: dict[str, datetime] = field(default_factory=dict)
    redone: dict[str, datetime] = field(default_factory=dict)
    told: dict[tuple[int, str], Outcome] = field(default_factory=dict)
    attempts: dict[tuple[int, str], int] = field(default_factory=dict)
    told_before: int = 0
    ordinals: dict[int, int] = field(default_factory=dict)
    reached: dict[Stage, datetime] = field(default_factory=dict)
    undone: tuple[Undone, ...] = ()
    planned: bool = False
    begun_at: datetime | None = None
    quiet: int = 0
    unasked: tuple[str, ...] = ()
    noted: tuple[Noted, ...] = ()
    noted_at: datetime | None = None
    filed: Outcome | None = None
    contained_at: datetime | None = None
    keys_dead_at: datetime | None = None
    widened: bool = False
    approved_by: str | None = None
    released: Released | None = None
    released_at: datetime | None = None
    replacement: Replaced | None = None
    restored: dict[str, Outcome] = field(default_factory=dict)
    restored_by: str | None = None
    restored_at: datetime | None = None
    given_back: bool = False
    lifted: dict[str, Outcome] = field(default_factory=dict)
    closed: Closed | None = None
    closed_at: datetime | None = None
    undone_by_end: int = 0
    explained: int = 0
    names: tuple[str, ...] = ()
    kept_at: str = ""
    renamed_at: datetime | None = None

    @property
    def lock(self) -> str:
        """Where the ledger keeps it: under the present name of its principal, unless another open incident has that."""
        return self.kept_at or self.principal.lock

    @property
    def unique_id(self) -> str | None:
        """The unique id of its principal, as the first feed that names one says it, or IAM; None where nobody does."""
        owners = (self.principal, *(signal.principal for signal in self.signals))
        return next((owner.unique_id for owner in owners if owner and owner.unique_id), None)

    @property
    def former_names(self) -> tuple[str, ...]:
        """The names that its principal had before, the newest first."""
        names = dict.fromkeys((*reversed(self.names), self.principal.first_name))
        return tuple(name for name in names if name != self.principal.name)

    def is_about(self, who: Principal) -> bool:
        """Whether that is its principal, by a name of theirs, and not somebody else who has that name now."""
        same = (who.account, who.kind) == (self.principal.account, self.principal.kind)
        return same and who.name in {self.principal.name, *self.former_names} and not self.precedes(who.unique_id)

    def in_its_name(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Return steps about its principal with the name that it has now."""
        return tuple(replace(step, principal=self.principal) if self.names else step for step in steps)

    @property
    def since(self) -> datetime:
        """The earliest sign of the leak over all signals."""
        return min(signal.since for signal in self.signals)

    @property
    def latest(self) -> datetime:
        """The newest activity over all signals."""
        return max(signal.at for signal in self.signals)

    @property
    def acting(self) -> bool:
        """Whether its steps may be taken: decided so, or approved by a person."""
        return self.judgement.decision is Decision.ACT or self.approved_by is not None

    @property
    def is_let_go(self) -> bool:
        """Whether a person released it, or restored it as a false alarm."""
        return self.released is not None or self.was_restored

    @property
    def was_restored(self) -> bool:
        """Whether a person called it a false alarm and put all of it back."""
        return self.closed is not None and self.closed.result is Result.RESTORED

    @property
    def rights(self) -> dict[str, str]:
        """What gave the principal its rights when they were last looked at, by its name; empty before that."""
        return self.noted[-1].rights if self.noted else {}

    @property
    def changes(self) -> tuple[tuple[Noted, Noted], ...]:
        """Each time that a look found something else there than the one before: both."""
        return tuple(
            (before, now)
            for before, now in pairwise(self.noted)
            if any(now.rights[what] != was for what, was in before.rights.items())
        )

    @property
    def let_work_at(self) -> datetime | None:
        """Return since when the owner may work: a person released it, or the deny on a user was narrowed.

        None as long as nobody may, or again since a leaked key works once more.
        """
        if self.principal.kind is PrincipalKind.USER and self.narrowed is None:
            return None
        return min(filter(None, (self.reached.get(Stage.NARROW), self.released_at)), default=None)

    def ordinal_of(self, number: int) -> int:
        """Return the place of a message as people count them: in the order in which they were told, from one."""
        numbers = list(dict.fromkeys(one for one, _ in self.told))
        place = numbers.index(number) if number in numbers else len(numbers)
        return self.told_before + place + 1

    def outgrown(self, signal: Signal, judgement: Judgement) -> bool:
        """Whether a signal is about what our narrowed deny lets work: it takes a deny with a later cut-off.

        That is another key, however old the activity is (until now it could obtain sessions that our cut-off spares),
        or a user of whom a person says that any credential may have leaked.
        """
        another = signal.subject.kind in LASTING and signal.subject.id not in self.ended
        spared = another or reports_all(signal)
        return self.narrowed is not None and spared and judgement.decision is Decision.ACT

    def explains(self, signal: Signal) -> bool:
        """Whether what leaked here is what the signal is about: another key or role session was never stopped, and a
        person who orders knows what was done before.
        """
        subject, named = signal.subject, {one.subject.id for one in self.signals}
        match subject.kind:
            case _ if signal.sign is Sign.REPORTED:
                return False
            case _ if signal.principal and self.precedes(signal.principal.unique_id):
                return False
            case kind if kind in LASTING:
                return subject.id in named or self._ends(subject.id)
            case SubjectKind.ROLE_SESSION if subject.id:
                return subject.id in named or (signal.at <= self.cut_off and self._revokes(subject))
            case SubjectKind.ROLE_SESSION:
                return self._revokes(subject)
            case _:
                return True

    def has_stopped(self, signal: Signal) -> bool:
        """Whether the signal is about a credential that a feed named here, and that can do nothing as far as the ledger
        knows, however new the activity is: feeds count calls that are denied, too.

        Anything that nobody named before is new, and so is what the feed does not name: it may be the owner's.
        """
        if not names_use(signal) or (signal.principal and self.precedes(signal.principal.unique_id)):
            return False
        subject = signal.subject
        if self.closed is None and not self._goes_on_alike(signal):
            return False
        if subject.kind in LASTING:
            return subject.id in self.leaked and self._ends(subject.id)
        seen = {one.subject.id for one in self.signals if one.at <= self.cut_off}
        revoked = subject.kind is not SubjectKind.ROLE_SESSION or self._revokes(subject)
        return subject.id in seen and revoked and self.is_denied and self.acting

    def is_news(self, signal: Signal) -> bool:
        """Whether the activity is newer than all that was said of the credential here."""
        return all(signal.at > one.at for one in self.signals if one.subject == signal.subject)

    def _goes_on_alike(self, signal: Signal) -> bool:
        """Whether an open incident is contained and told, and the signal says nothing new but that it goes on."""
        known = [one for one in self.signals if (one.subject, one.sign) == (signal.subject, signal.sign)]
        alike = any(set(signal.also) <= set(one.also) for one in known)
        told = any(number == 1 for number, _ in self.told)
        return alike and told and self.is_news(signal) and self.contained_at is not None and not self.unfinished()

    def precedes(self, unique_id: str | None) -> bool:
        """Whether that is somebody else, who has the name of this incident's principal now."""
        return bool(self.unique_id and unique_id and unique_id != self.unique_id)

    def is_undone_by(self, signal: Signal) -> bool:
        """Whether the signal is about what we did: a credential that we set inactive, or the boundary that we put on.

        The calls about a boundary do not name it. Where one of ours stands, it is the one that was meant.
        """
        ours = [step for step in self.steps if self.state_of(step) in {StepState.STANDS, StepState.LOST}]
        if signal.sign is Sign.REVIVED:
            return any(step.credential is not None and step.credential == signal.subject.id for step in ours)
        return any(step.action in {"bound-user", "narrow-user", "bound-role"} for step in ours)

    def _ends(self, credential: str | None) -> bool:
        ending = (step for step in self.steps if step.credential is not None and self.stands(step))
        return any(step.credential == credential for step in ending)

    def _revokes(self, subject: Subject) -> bool:
        """Who revokes the sessions of a whole identity pool revokes those of each identity."""
        theirs = {"", subject.session, *([POOL_SESSION] if subject.identity else [])}
        denies = (step.arguments for step in self.steps if step.action == "revoke-role-sessions")
        revoked = [one for one in denies if "issued" not in one or _was_issued_before(subject, one["cut_off"])]
        named = [one.get("identity") or one.get("session", "").partition(":")[2] for one in revoked]
        return any(one in theirs for one in named)

    def state_of(self, step: Step) -> StepState:
        """How a step stands: the one answer that every decision and every sentence about it follows from."""
        lifted = self.lifted.get(step.key)
        match self.outcome(step):
            case _ if self._is_put_back(step):
                return StepState.PUT_BACK
            case _ if lifted and lifted.good:
                return StepState.EXPIRED
            case _ if self._is_superseded(step):
                return StepState.SUPERSEDED
            case _ if self._is_given_up(step):
                return StepState.LOST
            case outcome if outcome.good:
                return StepState.STANDS
            case outcome:
                return StepState.FAILED if outcome.status is Status.FAILED else StepState.PENDING

    def stands(self, step: Step) -> bool:
        """Whether it was done, and is in force as far as the ledger knows."""
        return self.state_of(step) is StepState.STANDS

    def unfinished(self, *, later: bool = False) -> tuple[Step, ...]:
        """Steps that are not yet as they should be, in order: those that contain, or those that wait for it."""
        left = {StepState.PENDING, StepState.FAILED}
        return tuple(step for step in self.steps if step.later is later and self.state_of(step) in left)

    @property
    def lost(self) -> tuple[Step, ...]:
        """Steps that somebody undid and that we do not do again."""
        return tuple(step for step in self.steps if self.state_of(step) is StepState.LOST)

    @property
    def broken(self) -> tuple[Step, ...]:
        """Steps that failed, or were undone for good, and that nothing has replaced."""
        return tuple(step for step in self.steps if self.state_of(step) in {StepState.FAILED, StepState.LOST})

    @property
    def unrotated(self) -> tuple[Step, ...]:
        """Of each secret the first rotation that is not done: a second one waits for it."""
        first: dict[str, Step] = {}
        for step in self.unfinished(later=True):
            if step.action == "rotate-secret":
                first.setdefault(step.arguments["secret"], step)
        return tuple(first.values())

    @property
    def leaked(self) -> frozenset[str]:
        """The ids of the keys and other lasting credentials that a feed or a person named."""
        named = (one.subject for one in self.signals if one.subject.kind in LASTING)
        return frozenset(subject.id for subject in named if subject.id)

    @property
    def ended(self) -> frozenset[str]:
        """The ids of those that a step of ours sets inactive: what leaked, and what was made since."""
        return frozenset(step.credential for step in self.steps if step.credential)

    @property
    def is_dead(self) -> bool:
        """Whether each leaked credential that the principal has is inactive, by a step that stands."""
        steps = [step for step in self.steps if step.credential in self.leaked]
        return bool(steps) and all(map(self.stands, steps))

    @property
    def settled_at(self) -> datetime:
        """Activity up to here is explained by this incident, once it is closed."""
        known = (self.opened_at, self.contained_at, self.released_at, self.restored_at, self.closed_at)
        return max(filter(None, known))

    @property
    def denied_before(self) -> datetime:
        """What was issued until then can do nothing, by the newest cut-off of the denies that hold."""
        denies = [step for step in self.steps if "cut_off" in step.arguments and self.state_of(step) in _HOLDING]
        return max((datetime.fromisoformat(step.arguments["cut_off"]) for step in denies), default=self.cut_off)

    def image(self, step: Step) -> Image:
        """Return what a restore of the step puts back: what stood there before us, or what a colleague set since."""
        return next((one.image for one in reversed(self._found_at(step)) if one.by), self.images.get(step.key, {}))

    def doubted(self, step: Step) -> Image | None:
        """Return what somebody set since whom nothing names; None where there is no such thing."""
        found = self._found_at(step)
        return found[-1].image if found and not found[-1].by and found[-1].image != self.image(step) else None

    def is_known(self, step: Step, image: Image) -> bool:
        """Say whether that is written down already as what stands there, whoever set it."""
        known = [self.images.get(step.key, {}), *(one.image for one in self.found if one.step == step.key)]
        return image == known[-1]

    def _found_at(self, step: Step) -> list[Found]:
        """Return what was found there, but for what a contained principal had set."""
        return [one for one in self.found if one.step == step.key and not one.hostile]

    def attempts_begun(self, step: Step) -> datetime | None:
        """When a step that takes time was begun, if it was."""
        begun = self.images.get(step.key, {}).get("begun")
        return datetime.fromisoformat(begun) if begun else None

    @property
    def narrowed(self) -> Step | None:
        """The narrower deny in the place of the wide one, unless a person restored it; of several the newest."""
        steps = [one for one in self.steps if one.action == "narrow-user" and self._was_done(one)]
        steps = [one for one in steps if not self._is_put_back(one)]
        return steps[-1] if steps and not self.widened else None

    @property
    def is_narrow(self) -> bool:
        """Whether the wide deny gave way to a narrower one, whether or not a person has put that back since."""
        return self._was_ever_done("narrow-user") and not self.widened

    @property
    def is_denied(self) -> bool:
        """Whether what leaked can do nothing: a deny stands on all of it, or did until the last had expired."""
        if self.narrowed:
            ending = (step for step in self.steps if step.credential in self.leaked)
            return self.state_of(self.narrowed) in _HOLDING and all(map(self.stands, ending))
        states = [self.state_of(step) for step in self.steps if step.action in DENIES]
        wanted = [state for state in states if state is not StepState.SUPERSEDED]
        return bool(wanted) and all(state in _HOLDING for state in wanted)

    def _is_superseded(self, step: Step) -> bool:
        """Whether another deny stands, or stood, in the place of this one."""
        match step.action:
            case action if action in WAYS_OF_A_USER:
                return self.is_narrow or self._is_replaced(step)
            case "narrow-user":
                return self.widened if self.narrowed is None else step != self.narrowed
            case _:
                return self.is_taken_over(step) or self._is_replaced(step)

    def _is_replaced(self, step: Step) -> bool:
        """Whether the same is denied in another way: a later one that stands, or any that did where this one failed."""
        done = [one for one in self._other_ways(step) if self._was_done(one)]
        if not self._was_done(step):
            return bool(done)
        later = [one for one in done if self.steps.index(one) > self.steps.index(step)]
        return any(not self._is_put_back(one) and not self._is_given_up(one) for one in later)

    def _other_ways(self, step: Step) -> tuple[Step, ...]:
        if step.action not in WAYS_OF_A_USER:
            return self.other_ways(step)
        return tuple(one for one in self.steps if one.action in WAYS_OF_A_USER and one.key != step.key)

    def other_ways(self, step: Step) -> tuple[Step, ...]:
        """The steps that deny the same sessions of a role in another way."""
        if step.action not in WAYS_OF_A_ROLE:
            return ()
        name, ways = step.arguments.get("policy_name"), (one for one in self.steps if one.action in WAYS_OF_A_ROLE)
        return tuple(one for one in ways if one.action != step.action and one.arguments.get("policy_name") == name)

    def is_taken_over(self, step: Step) -> bool:
        """Whether a later step puts on the same boundary of ours, over what somebody set in the meantime."""
        if step.action != "bound-role":
            return False
        ours = step.arguments["policy_arn"]
        same = [one for one in self.steps if one.action == step.action and one.arguments["policy_arn"] == ours]
        return step != same[-1]

    def step(self, action: str) -> Step | None:
        """The first step of that action, if the plan has one."""
        return next((step for step in self.steps if step.action == action), None)

    def is_left(self, step: Step) -> bool:
        """Whether what the step put there is there to be taken away, whatever stands in its place by now."""
        gone = {StepState.PUT_BACK, StepState.EXPIRED}
        return self._was_done(step) and self.state_of(step) not in gone and not self.is_taken_over(step)

    def why_lost(self, step: Step) -> str:
        """What was seen when somebody had undone a step once too often, or in a way that cannot be mended."""
        return next((one.detail for one in self.undone if one.step == step.key and not one.reapplied), "")

    def did(self, action: str) -> bool:
        """Whether a step of that action was done and not restored since, whatever stands in its place by now."""
        done = (step for step in self.steps if step.action == action and self._was_done(step))
        return any(not self._is_put_back(step) for step in done)

    def put_on(self, step: Step) -> bool:
        """Whether what the step puts on is there, whether or not the policy that it rests on denies anything."""
        return (self._was_done(step) or self.outcome(step).unsound) and not self._is_put_back(step)

    def _was_ever_done(self, action: str) -> bool:
        return any(step.action == action and self._was_done(step) for step in self.steps)

    def _was_done(self, step: Step) -> bool:
        return self.outcome(step).good

    def _is_given_up(self, step: Step) -> bool:
        """Whether somebody undid it so often, or in such a way, that a person has to say what they want."""
        return any(one.step == step.key and not one.reapplied for one in self.undone)

    def _is_put_back(self, step: Step) -> bool:
        """Whether a person had the step restored, or was cut off while doing so; one that failed still stands."""
        back = self.restored.get(step.key)
        return back is not None and back.status is not Status.FAILED

    def outcome(self, step: Step) -> Outcome:
        """How the last attempt at a step ended; pending where there was none."""
        return self.outcomes.get(step.key, Outcome(Status.PENDING))


def _was_issued_before(subject: Subject, cut_off: str) -> bool:
    return subject.issued is not None and subject.issued < datetime.fromisoformat(cut_off)


def reports_all(signal: Signal) -> bool:
    """Whether a person says that every credential of the principal may have leaked."""
    return signal.sign is Sign.REPORTED and signal.subject.kind is SubjectKind.UNNAMED


def names_use(signal: Signal) -> bool:
    """Whether a finding names the credential that was used. A record of CloudTrail is about one call, and says more."""
    return signal.source != "cloudtrail" and signal.sign is not Sign.REPORTED and bool(signal.subject.id)
