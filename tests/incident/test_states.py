"""How a step stands is said in one place, and each room draws its own conclusion from that: states by consumers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest

from chalicelib import playbook
from chalicelib.entries import Did, Lifted, Planned, Restored, Undone
from chalicelib.follow_up import sighting
from chalicelib.follow_up.lift import lift_due
from chalicelib.follow_up.standing import is_beaten, should_stand
from chalicelib.follow_up.watch import result
from chalicelib.model import DONE, Outcome, Plan, Status, StepState
from chalicelib.report import record, sections
from chalicelib.report.document import clocks
from chalicelib.report.form import Kind
from console import show
from tests.report.runs import (
    KEY,
    OF_ROLE,
    ROLE_SIGNAL,
    SETTINGS,
    SUSPECTED,
    USER_SIGNAL,
    Run,
    denied,
    narrowed,
    opened,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.model import Step

PENDING, FAILED, STANDS, LOST, PUT_BACK, SUPERSEDED, EXPIRED = StepState
REFUSED = denied("iam:PutRolePolicy")
SEEN_GONE = "the deny is not there"


def of(incident: Incident, action: str) -> Step:
    """The first step of that action."""
    step = incident.step(action)
    assert step is not None
    return step


def key(run: Run, action: str) -> str:
    return of(run.incident, action).key


def in_another_way() -> Run:
    """A role whose inline policies are full: the deny was attached instead."""
    run = opened(ROLE_SIGNAL).ended(revoke_role_sessions=REFUSED)
    way = playbook.other_way(run.incident, OF_ROLE)
    assert way is not None
    return run.then(Planned(Plan((way,))), Did(way.key, DONE))


def then(body: Callable[[str], object], action: str, run: Run) -> Run:
    return run.then(body(key(run, action)))  # type: ignore[arg-type]  # each makes an entry


def unnarrowed(again: Outcome) -> Run:
    """The narrower deny undone by somebody, and how doing it again ended."""
    run = narrowed(opened().ended())
    step = key(run, NARROW)
    return run.then(Undone(step, SEEN_GONE, reapplied=True), Did(step, again))


def bounded(outcome: Outcome = REFUSED) -> Run:
    """The quarantine policy was refused, and how the boundary ended."""
    run = opened().ended(quarantine_user=REFUSED)
    way = playbook.fallback(run.incident)
    assert way is not None
    return run.then(Planned(Plan((way,))), Did(way.key, outcome))


def lost(step: str) -> Undone:
    return Undone(step, SEEN_GONE, reapplied=False)


def put_back(step: str) -> Restored:
    return Restored(step, "ana", "a test", DONE)


def not_put_back(step: str) -> Restored:
    return Restored(step, "ana", "a test", REFUSED)


def being_put_back(step: str) -> Restored:
    return Restored(step, "ana", "a test", Outcome(Status.PENDING))


def lifted(step: str) -> Lifted:
    return Lifted(step, DONE)


def not_lifted(step: str) -> Lifted:
    return Lifted(step, REFUSED)


USER, ROLE, NARROW = "quarantine-user", "revoke-role-sessions", "narrow-user"
STATES: dict[str, tuple[Callable[[], Run], str, StepState]] = {
    "not taken": (opened, USER, PENDING),
    "refused": (lambda: opened().ended(quarantine_user=REFUSED), USER, FAILED),
    "done": (lambda: opened().ended(), USER, STANDS),
    "found done": (lambda: opened().ended(quarantine_user=Outcome(Status.ALREADY)), USER, STANDS),
    "undone, to be done again": (
        lambda: then(lambda step: Undone(step, SEEN_GONE, reapplied=True), USER, opened().ended()),
        USER,
        PENDING,
    ),
    "undone for good": (lambda: then(lost, USER, opened().ended()), USER, LOST),
    "undone for good, then ordered again": (
        lambda: then(lambda step: Did(step, DONE), USER, then(lost, USER, opened().ended())),
        USER,
        STANDS,
    ),
    "ordered again in vain": (
        lambda: then(lambda step: Did(step, REFUSED), USER, then(lost, USER, opened().ended())),
        USER,
        LOST,
    ),
    "put back": (lambda: then(put_back, USER, opened().ended()), USER, PUT_BACK),
    "being put back": (lambda: then(being_put_back, USER, opened().ended()), USER, PUT_BACK),
    "not put back": (lambda: then(not_put_back, USER, opened().ended()), USER, STANDS),
    "lost, then put back": (lambda: then(put_back, USER, then(lost, USER, opened().ended())), USER, PUT_BACK),
    "narrowed": (lambda: narrowed(opened().ended()), USER, SUPERSEDED),
    "narrowed after all": (lambda: narrowed(then(lost, USER, opened().ended())), USER, SUPERSEDED),
    "not narrowed": (lambda: narrowed(opened().ended(), REFUSED), USER, STANDS),
    "the narrower one": (lambda: narrowed(opened().ended()), NARROW, STANDS),
    "the narrower one undone for good": (lambda: then(lost, NARROW, narrowed(opened().ended())), NARROW, LOST),
    "the wide one beneath it": (lambda: then(lost, NARROW, narrowed(opened().ended())), USER, SUPERSEDED),
    "narrower and put back": (lambda: then(put_back, NARROW, narrowed(opened().ended())), NARROW, PUT_BACK),
    "narrower and its time over": (lambda: then(lifted, NARROW, narrowed(opened().ended())), NARROW, EXPIRED),
    "the leaked key revived beneath the narrower one": (
        lambda: then(lambda step: Undone(step, "it is active", reapplied=True), "deactivate-key",
                     narrowed(opened().ended())),
        NARROW,
        SUPERSEDED,
    ),
    "the wide one after that": (
        lambda: then(lambda step: Undone(step, "it is active", reapplied=True), "deactivate-key",
                     narrowed(opened().ended())),
        USER,
        PENDING,
    ),
    "the narrower one undone, and refused": (lambda: unnarrowed(REFUSED), NARROW, SUPERSEDED),
    "the wide one, which is wanted again": (lambda: unnarrowed(REFUSED), USER, PENDING),
    "the narrower one undone, and done again": (lambda: unnarrowed(DONE), NARROW, STANDS),
    "the first way after all": (lambda: bounded().then(Did(key(opened(), USER), DONE)), USER, STANDS),
    "the second way, which failed": (
        lambda: bounded().then(Did(key(opened(), USER), DONE)), "bound-user", SUPERSEDED
    ),
    "the first way beside the second": (
        lambda: bounded(DONE).then(Did(key(opened(), USER), DONE)), USER, SUPERSEDED
    ),
    "the first way, the second lost": (
        lambda: then(lost, "bound-user", bounded(DONE).then(Did(key(opened(), USER), DONE))), USER, STANDS
    ),
    "its time over": (lambda: then(lifted, ROLE, opened(ROLE_SIGNAL).ended()), ROLE, EXPIRED),
    "not taken off": (lambda: then(not_lifted, ROLE, opened(ROLE_SIGNAL).ended()), ROLE, STANDS),
    "another way stands": (in_another_way, ROLE, SUPERSEDED),
    "another way was put back": (lambda: then(put_back, "attach-role-deny", in_another_way()), ROLE, SUPERSEDED),
}  # fmt: skip


@pytest.mark.parametrize("case", STATES)
def test_each_step_is_in_one_state(case: str) -> None:
    made, action, state = STATES[case]
    incident = made().incident
    assert incident.state_of(of(incident, action)) is state


def test_every_state_is_in_the_table() -> None:
    assert {state for _, _, state in STATES.values()} == set(StepState)


class Follows(NamedTuple):
    """What each room concludes about the deny on a role's session in a state, and about its incident.

    `looked_at`: whether the watch reads it again. `ends`: how the watch ends. `lift`: whether it is to be taken off.
    """

    denied: bool
    unfinished: bool
    broken: bool
    looked_at: bool
    ends: str
    lift: bool
    first: Kind
    word: str
    since: str
    shown: str


FOLLOWS: dict[StepState, tuple[Callable[[], Run], str, Follows]] = {
    PENDING: (
        lambda: opened(ROLE_SIGNAL), ROLE,
        Follows(False, True, False, False, "failed", False, Kind.NOT_CONTAINED, "not yet", "", "NOT done"),
    ),
    FAILED: (
        lambda: opened(ROLE_SIGNAL).ended(revoke_role_sessions=REFUSED), ROLE,
        Follows(False, True, True, False, "failed", False, Kind.NOT_CONTAINED, "FAILED", "", "NOT done"),
    ),
    STANDS: (
        lambda: opened(ROLE_SIGNAL).ended(), ROLE,
        Follows(True, False, False, True, "held", True, Kind.CONTAINED, "done", "", "contained"),
    ),
    LOST: (
        lambda: then(lost, ROLE, opened(ROLE_SIGNAL).ended()), ROLE,
        Follows(False, False, True, True, "failed", True, Kind.NOT_CONTAINED, "UNDONE", "undone by somebody", "UNDONE"),
    ),
    PUT_BACK: (
        lambda: then(put_back, ROLE, opened(ROLE_SIGNAL).ended()), ROLE,
        Follows(False, False, False, False, "held", False, Kind.NOT_CONTAINED, "removed", "put back", "no deny"),
    ),
    SUPERSEDED: (
        in_another_way, ROLE,
        Follows(True, False, False, False, "held", True, Kind.CONTAINED, "replaced", "replaced by another deny",
                "contained"),
    ),
    EXPIRED: (
        lambda: then(lifted, ROLE, opened(ROLE_SIGNAL).ended()), ROLE,
        Follows(True, False, False, False, "held", False, Kind.CONTAINED, "removed",
                "taken off when its time was over", "contained"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", FOLLOWS)
def test_what_follows_from_a_state(state: StepState) -> None:
    made, action, wanted = FOLLOWS[state]
    run = made()
    incident = run.incident
    step = of(incident, action)
    assert incident.state_of(step) is state
    said = run.tells(1)
    found = Follows(
        denied=incident.is_denied,
        unfinished=step in incident.unfinished(),
        broken=step in incident.broken,
        looked_at=should_stand(incident, step),
        ends=str(result(incident)),
        lift=lift_due(incident, SETTINGS) is not None,
        first=said.kind,
        word=_word(run, step),
        since=clocks.deeds(incident, run.entries)[0].since if state is not PENDING else "",
        shown=_shown(incident),
    )
    assert found == wanted
    assert record.of_incident(incident, SETTINGS)["steps"][0]["state"] == state  # type: ignore[index]  # a list


def _word(run: Run, step: Step) -> str:
    done, *_ = sections.done(run.incident)
    return done.pairs[run.incident.steps.index(step)][0]


def _shown(incident: Incident) -> str:
    said = show.state(incident)
    return next(word for word in ("NOT done", "UNDONE", "no deny", "contained") if word in said)


def test_every_state_has_what_follows_from_it() -> None:
    assert set(FOLLOWS) == set(StepState)


def test_all_that_leaked_is_denied_only_where_each_deny_stands() -> None:
    run = opened(ROLE_SIGNAL).ended()
    another = replace(of(run.incident, ROLE), arguments={**of(run.incident, ROLE).arguments, "policy_name": "another"})
    both = run.then(Planned(Plan((another,))))
    assert (run.incident.is_denied, both.incident.is_denied) == (True, False)
    assert both.then(Did(another.key, DONE)).incident.is_denied
    assert not both.then(Did(another.key, REFUSED)).incident.is_denied


def test_what_leaked_is_dead_only_where_each_of_it_is() -> None:
    run = opened().ended()
    assert run.incident.is_dead
    assert not then(lost, "deactivate-key", run).incident.is_dead
    another = replace(of(run.incident, "deactivate-key"), arguments={"key_id": "AKIAI44QH8DHBEXAMPLE"})
    leaked = replace(USER_SIGNAL, subject=replace(USER_SIGNAL.subject, id="AKIAI44QH8DHBEXAMPLE"))
    both = replace(run.incident, signals=(USER_SIGNAL, leaked), steps=(*run.incident.steps, another))
    assert not both.is_dead
    assert replace(both, outcomes={**both.outcomes, another.key: DONE}).is_dead
    assert not opened(ROLE_SIGNAL).ended().incident.is_dead


def test_beneath_the_narrower_deny_a_leaked_key_that_a_person_gave_back_works() -> None:
    run = narrowed(opened().ended())
    assert run.incident.is_denied
    assert not then(put_back, "deactivate-key", run).incident.is_denied
    assert then(put_back, "deactivate-key", opened().ended()).incident.is_denied


def test_a_narrower_deny_that_cannot_be_put_on_again_stops_nothing_and_the_wide_one_is_due() -> None:
    incident = unnarrowed(REFUSED).incident
    assert not incident.is_denied
    assert [step.action for step in incident.unfinished()] == [USER]


def test_what_is_left_in_the_account_is_taken_off_whatever_stands_in_its_place() -> None:
    run = in_another_way()
    revoke, attach = run.incident.steps[0], run.incident.steps[-1]
    assert (run.incident.is_left(revoke), run.incident.is_left(attach)) == (False, True)
    both = run.then(Did(revoke.key, DONE)).incident
    assert [both.state_of(step) for step in (revoke, attach)] == [SUPERSEDED, STANDS]
    assert both.is_left(revoke)


def test_each_secret_waits_for_its_first_rotation_alone() -> None:
    run = opened().ended()
    once = of(run.incident, "rotate-secret")
    twice = replace(once, arguments={**once.arguments, "ordinal": "2"})
    run = run.then(Planned(Plan((twice,))))
    assert run.incident.unrotated == (once,)
    assert run.then(Did(once.key, DONE)).incident.unrotated == (twice,)
    assert run.then(Did(once.key, DONE), Did(twice.key, DONE)).incident.unrotated == ()
    assert run.then(put_back(once.key), put_back(twice.key)).incident.unrotated == ()


def test_a_key_that_a_person_gave_back_meets_no_step_of_ours() -> None:
    run = opened().ended()
    record = {"userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "deploy",
                               "principalId": "AIDACKCEVSQ6C2EXAMPLE", "accessKeyId": KEY}}  # fmt: skip
    met = sighting.met(run.incident, (), record)
    assert met is not None
    assert met.action == "deactivate-key"
    assert sighting.met(then(put_back, "deactivate-key", run).incident, (), record) is None


def test_what_waits_for_a_person_is_neither_lost_nor_broken() -> None:
    incident = opened(SUSPECTED).incident
    assert {incident.state_of(step) for step in incident.steps} == {PENDING}
    assert (incident.broken, incident.lost, incident.is_denied, is_beaten(incident)) == ((), (), False, False)
