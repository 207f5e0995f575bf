"""No message claims a deny, a look or a rotation that is not there, and none keeps silent about one that is.

The ledger's entries are drawn, and what each of them does in AWS is remembered apart from them: what a message says is
compared with that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypothesis import given, strategies as st

from chalicelib import playbook
from chalicelib.entries import (
    Approved,
    Closed,
    Did,
    Joined,
    Lifted,
    Noted,
    Planned,
    Reached,
    Released,
    Restored,
    Result,
    Stage,
    Undone,
)
from chalicelib.follow_up.watch import result
from chalicelib.model import (
    ALREADY,
    DONE,
    Facts,
    Outcome,
    Plan,
    PrincipalKind,
    Status,
    Subject,
    SubjectKind,
)
from chalicelib.report import history
from chalicelib.report.form import NOT_ROTATED, PUT_BACK, REMINDED, RIGHTS, UNDONE, Kind, Number
from chalicelib.report.investigation import TITLE, Investigation
from chalicelib.report.message import compose, is_outdated
from chalicelib.report.words import deed, work
from tests.report.runs import (
    CENTER_USER,
    FACTS,
    OF_ROLE,
    POOL_USER,
    ROLE_SIGNAL,
    SETTINGS,
    SIBLING,
    SUSPECTED,
    USER_SIGNAL,
    Run,
    opened,
)

if TYPE_CHECKING:
    from chalicelib.entries import Body
    from chalicelib.model import Signal, Step
    from chalicelib.report.message import Message

WIDE, NARROW, WAYS = (
    {"quarantine-user", "attach-deny-all", "bound-user"},
    "narrow-user",
    {"revoke-role-sessions", "attach-role-deny"},
)
_POOL = replace(USER_SIGNAL, subject=Subject(SubjectKind.COGNITO_SIGN_IN), principal=POOL_USER, evidence=())
_CENTER = replace(USER_SIGNAL, subject=Subject(SubjectKind.IDENTITY_CENTER_SIGN_IN), principal=CENTER_USER, evidence=())
_SETS = Facts(permission_sets=("arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-8123a1b2c3d4e5f6",))
SIGNALS: tuple[tuple[Signal, Facts], ...] = (
    (USER_SIGNAL, FACTS),
    (replace(USER_SIGNAL, subject=Subject(SubjectKind.UNNAMED)), FACTS),
    (SUSPECTED, FACTS),
    (ROLE_SIGNAL, OF_ROLE),
    (replace(_POOL, source="report"), Facts()),
    (replace(_CENTER, source="report"), _SETS),
    (USER_SIGNAL, replace(FACTS, exists=False)),
)
REFUSED = Outcome(Status.FAILED, "AccessDenied: no")
THROTTLED = Outcome(Status.FAILED, "Throttling: slow down", retryable=True)
UNSOUND = Outcome(Status.FAILED, "our policy has another text", unsound=True)
ENDS = st.sampled_from([DONE, DONE, ALREADY, REFUSED, THROTTLED, UNSOUND])


@dataclass(repr=False)
class Story:
    """An incident in the making, and what of it is in AWS: the keys of the steps whose work is there, of those that
    were taken off when their time was over, and of the denies that spare what a revived key obtained since.
    """

    run: Run
    there: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    sparing: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        """What befell it, as `leak-responder show` says it."""
        return "\n".join(said for _, said in history.lines(self.run.entries, self.run.incident))

    def then(self, *bodies: Body) -> None:
        """Write it down."""
        self.run = self.run.then(*bodies)

    def did(self, step: Step, outcome: Outcome) -> None:
        """One attempt; the narrower deny takes the place of the wide ones."""
        self.then(Did(step.key, outcome))
        if outcome.good:
            self.there |= {step.key}
            if step.action == NARROW:
                self.there -= {one.key for one in self.run.incident.steps if one.action in WIDE | {NARROW}}
                self.there |= {step.key}

    def is_there(self, step: Step) -> bool:
        """Whether what it did stands in AWS, or stood until nothing that it stopped was alive."""
        return step.key in self.there or step.key in self.over

    def is_denied(self) -> bool:
        """Whether what leaked can do nothing, by what is in AWS."""
        incident, by_action = self.run.incident, dict[str, list[bool]]()
        for step in incident.steps:
            by_action.setdefault(step.action, []).append(self.is_there(step) and step.key not in self.sparing)
        match incident.principal.kind:
            case PrincipalKind.USER:
                dead = [self.is_there(step) for step in incident.steps if step.credential in incident.leaked]
                narrow = any(by_action.get(NARROW, ())) and all(dead)
                return narrow or any(any(by_action.get(action, ())) for action in WIDE)
            case PrincipalKind.ROLE:
                return any(any(by_action.get(action, ())) for action in (*WAYS, "bound-role"))
            case PrincipalKind.COGNITO_USER:
                return all(by_action["disable-cognito-user"])
            case _:
                return all(by_action["deny-in-permission-set"]) and all(by_action["revoke-center-access"])


def contained(step: Step) -> bool:
    return not step.later


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """What may befall an incident, in an order in which the responder lets it happen."""
    signal, facts = draw(st.sampled_from(SIGNALS))
    story = Story(opened(signal, facts=facts))
    if not story.run.incident.acting and draw(st.booleans()):
        story.then(Approved("ana"))
    if story.run.incident.acting:
        for step in story.run.incident.unfinished():
            if draw(st.booleans()) or step == story.run.incident.steps[0]:
                story.did(step, draw(ENDS))
        _other_ways(draw, story)
        story.then(*(Reached(stage) for stage in draw(st.sampled_from(_STAGES))))
        for turn in draw(st.lists(st.sampled_from(TURNS), max_size=4)):
            turn(draw, story)
    if draw(st.booleans()):
        _close(draw, story)
    return story


_STAGES = ((), (Stage.VERIFY,), (Stage.VERIFY, Stage.NARROW, Stage.ROTATE, Stage.REPORT))


def _other_ways(draw: st.DrawFn, story: Story) -> None:
    """What the responder tries where a deny was refused."""
    while way := playbook.fallback(story.run.incident) or playbook.other_way(story.run.incident, OF_ROLE):
        story.then(Planned(Plan((way,)), {way.key: {"boundary": ""}}))
        story.did(way, draw(ENDS))
        if not story.run.incident.outcome(way).good:
            return


def _redo(draw: st.DrawFn, story: Story) -> None:
    for step in story.run.incident.unfinished():
        story.did(step, draw(ENDS))


def _undo(draw: st.DrawFn, story: Story) -> None:
    """Somebody undoes a step that stands; it is done again, or not."""
    incident = story.run.incident
    standing = [step for step in incident.steps if step.key in story.there and step.action != "rotate-secret"]
    if not standing:
        return
    step, again = draw(st.sampled_from(standing)), draw(st.booleans())
    story.there -= {step.key}
    if step.credential:
        story.sparing |= {one.key for one in incident.steps if one.action == NARROW and one.key in story.there}
    story.then(Undone(step.key, "it is not there", reapplied=again, by="user bob"))
    if again and (step.later or draw(st.booleans())):
        story.did(step, draw(ENDS))


def _narrow(draw: st.DrawFn, story: Story) -> None:
    incident = story.run.incident
    if incident.principal.kind is not PrincipalKind.USER or not incident.is_denied or incident.narrowed:
        return
    if not (incident.is_dead or not incident.leaked):
        return
    step = playbook.narrow_step(incident, SETTINGS)
    story.then(Planned(Plan((step,))))
    story.did(step, draw(ENDS))


def _rotate(draw: st.DrawFn, story: Story) -> None:
    for step in story.run.incident.unrotated if story.run.incident.is_denied else ():
        story.did(step, draw(ENDS))


def _release(draw: st.DrawFn, story: Story) -> None:
    incident = story.run.incident
    user = incident.principal.kind is PrincipalKind.USER
    kinds = {PrincipalKind.USER, PrincipalKind.ROLE}
    if incident.principal.kind in kinds and incident.is_denied and (incident.narrowed or not user):
        story.then(Released("ana", draw(st.sampled_from(["a new key", "replaced"]))))


def _give_back(draw: st.DrawFn, story: Story) -> None:
    """A person restores one step: it is back, or it could not be."""
    taken = [step for step in story.run.incident.steps if step.key in story.there and contained(step)]
    if not taken:
        return
    step, outcome = draw(st.sampled_from(taken)), draw(ENDS)
    story.then(Restored(step.key, "ana", "why", outcome, true_alarm=draw(st.booleans())))
    if outcome.good:
        story.there -= {step.key}


def _join(draw: st.DrawFn, story: Story) -> None:
    """Another key of the same user leaks; beneath a narrower deny that is an incident of its own."""
    incident = story.run.incident
    if incident.principal.kind is not PrincipalKind.USER or incident.narrowed or not incident.steps:
        return
    signal = replace(USER_SIGNAL, subject=Subject(SubjectKind.ACCESS_KEY, SIBLING), native_id="another")
    step = playbook.bound(playbook.leaked_step(signal, incident.principal)[0], incident.id, incident.cut_off)
    if step not in incident.steps:
        story.then(Joined(signal, playbook.strike(signal, SETTINGS)), Planned(Plan((step,))))
        story.did(step, draw(ENDS))


def _change(draw: st.DrawFn, story: Story) -> None:
    story.then(Noted({"groups": "a"}), Noted({"groups": draw(st.sampled_from(["b", "c"]))}))


TURNS = (_redo, _join, _undo, _undo, _narrow, _narrow, _rotate, _release, _give_back, _change)


def _close(draw: st.DrawFn, story: Story) -> None:
    """It ends by itself, as a false alarm, or unanswered; and later what had its time is taken off."""
    incident = story.run.incident
    if not incident.acting:
        story.then(Closed(Result.DECLINED, "by ana: our scanner"))
        return
    if draw(st.booleans()):
        for step in incident.steps:
            if contained(step):
                story.then(Restored(step.key, "ana", "a test", DONE))
                story.there -= {step.key}
        story.then(Closed(Result.RESTORED, "a test"))
        return
    story.then(Closed(result(incident)))
    if draw(st.booleans()):
        timed = (step for step in incident.steps if step.action in WAYS | {NARROW, "bound-role"})
        for step in [step for step in timed if incident.is_left(step) and step.key in story.there]:
            outcome = draw(st.sampled_from([DONE, REFUSED]))
            story.then(Lifted(step.key, outcome))
            if outcome.good:
                story.there -= {step.key}
                story.over |= {step.key}


WORDS = st.text(alphabet="abcdef", min_size=3, max_size=8)
NAMES = st.lists(WORDS, max_size=7, unique=True).map(tuple)
FOUND = st.none() | st.builds(
    Investigation,
    seen=st.just("LookupEvents of 17 Regions"),
    calls=st.just(412),
    contained=NAMES,
    loose=NAMES,
    rotated=NAMES,
    unrotated=NAMES,
    valid=NAMES,
    more=st.integers(0, 3),
    gaps=st.integers(0, 3),
)


def numbers(story: Story) -> list[int]:
    """The messages that the responder tells of such an incident."""
    incident = story.run.incident
    told: list[int] = [Number.FIRST]
    told += [Number.APPROVED] if incident.approved_by else []
    told += [] if incident.acting else [REMINDED + 1]
    told += [Number.FOLLOW_UP] if Stage.ROTATE in incident.reached else []
    told += [Number.RELEASED] if incident.released else []
    told += [PUT_BACK + len(incident.restored)] if _was_put_back(story) else []
    told += [Number.RESTORED if incident.was_restored else Number.END] if incident.closed else []
    told += [UNDONE + number for number in range(1, len(incident.undone) + 1)]
    told += [RIGHTS + number for number in range(1, len(incident.changes) + 1)]
    told += [NOT_ROTATED + len(incident.unrotated)] if incident.closed and incident.unrotated else []
    told += [Number.DENY_LIFTED] if any(one.good for one in incident.lifted.values()) else []
    told += [Number.DENY_NOT_LIFTED] if any(not one.good for one in incident.lifted.values()) else []
    return [number for number in told if not (incident.closed and is_outdated(incident, number))]


def _was_put_back(story: Story) -> bool:
    """Whether the newest order put something back; one that failed is answered to whoever gave it."""
    back = [one.body.outcome.good for one in story.run.entries if isinstance(one.body, Restored)]
    return bool(back) and back[-1] and not story.run.incident.was_restored


def words(message: Message) -> str:
    """All that it says, but for its commands and the words of a feed."""
    parts = [f"{label}: {value}" for one in message.sections if not one.foreign for label, value in one.pairs]
    return "\n".join((message.headline, *(line for one in message.sections for line in one.lines), *parts))


DENIED = re.compile(
    r"can do nothing|A deny stands|The deny on .{1,120} stands|Our deny stands|The deny blocks these|^Held\.|It holds:"
    r"|What leaked stays dead|another deny stands\.|All account access is removed|Nobody signs in with it"
    r"|it stands now"
)
OPEN = re.compile(
    r"No deny (of ours )?stands|does (NOT|not) stand|could NOT stop it|it still works|it obtained still work|may work:"
    r"|got some of their access back"
)
DEAD = re.compile(r"the key (itself )?is dead|leaked key stays inactive")
SAYS_HOW_IT_STANDS = frozenset(Kind) - {
    Kind.APPROVAL_WANTED, Kind.APPROVAL_REMINDER, Kind.DECLINED, Kind.NOTHING_TO_CONTAIN, Kind.NOT_ROTATED,
    Kind.DENY_LIFTED, Kind.DENY_NOT_LIFTED,
}  # fmt: skip


@given(stories(), FOUND)
def test_a_message_claims_a_deny_exactly_where_one_stands(story: Story, found: Investigation | None) -> None:
    incident = story.run.incident
    for number in numbers(story):
        message = told(story, number, found)
        said, denied = words(message), story.is_denied()
        assert not (DENIED.search(said) and not denied), said
        assert not (OPEN.search(said) and denied), said
        if message.kind in SAYS_HOW_IT_STANDS and not incident.was_restored:
            assert (DENIED if denied else OPEN).search(said), said
        dead = [story.is_there(step) for step in incident.steps if step.credential in incident.leaked]
        assert not DEAD.search(said) or (dead and all(dead)), said


@given(stories(), FOUND)
def test_a_message_says_what_was_looked_at_and_what_is_left(story: Story, found: Investigation | None) -> None:
    for number in numbers(story):
        message = told(story, number, found)
        said, pairs = words(message), [pair for one in message.sections for pair in one.pairs]
        titles = [one.title for one in message.sections]
        if found is None:
            assert TITLE not in titles
            assert "Still to be done" not in said
            continue
        assert "not looked for it yet" not in said
        if message.kind in {Kind.APPROVAL_WANTED, Kind.APPROVAL_REMINDER, Kind.DECLINED}:
            continue
        if story.run.incident.was_restored:
            assert {("contained", one) for one in found.contained[:5]} <= set(pairs)
            continue
        assert titles.count(TITLE) == 1, said
        for label, these in (("not contained", found.loose), ("not rotated", found.unrotated), ("valid", found.valid)):
            assert set(these[:5]) <= {value for name, value in pairs if name.endswith(label)}
        left = bool(found.loose or found.unrotated or found.valid or found.more)
        if message.kind in {Kind.HELD, Kind.CONTESTED, Kind.FAILED, Kind.RELEASED, Kind.DENY_LIFTED}:
            assert ("Still to be done" in message.headline) is left, said
            assert not (left and "Nobody needs to act" in said)


@given(stories())
def test_a_message_says_of_each_step_what_became_of_it(story: Story) -> None:
    incident = story.run.incident
    by_deed = {deed(step): step for step in incident.steps}
    assert len(by_deed) == len(incident.steps) or incident.principal.kind is PrincipalKind.USER
    for number in numbers(story):
        message = told(story, number, None)
        for section in message.sections:
            if section.title not in {"What we did", "Secrets"}:
                continue
            for (label, value), step in zip(section.pairs, _steps_of(section.title, story), strict=True):
                assert value.startswith((deed(step), work(step)))
                there = step.key in story.there
                assert not (label == "done" and not there), (label, value)
                assert not (there and label in {"FAILED", "UNDONE", "not done", "not yet", "removed"})


def _steps_of(title: str, story: Story) -> list[Step]:
    return [step for step in story.run.incident.steps if (step.action == "rotate-secret") is (title == "Secrets")]


@given(stories())
def test_no_message_promises_what_nobody_does(story: Story) -> None:
    incident = story.run.incident
    for number in numbers(story):
        message = told(story, number, None)
        said = words(message)
        if incident.closed:
            assert "We try again" not in said or message.kind is Kind.DENY_NOT_LIFTED, said
            assert "re-apply" not in said
            assert "We watch until" not in said
        for command in message.commands:
            true = command.when.startswith("Real leak")
            assert not (true and "--false-positive" in command.words), command
            assert not (command.when.startswith("False alarm") and "--true-alarm" in command.words), command


def told(story: Story, number: int, found: Investigation | None) -> Message:
    """The message of that number, a little later."""
    return compose(story.run.incident, number, story.run.at, SETTINGS, found)
