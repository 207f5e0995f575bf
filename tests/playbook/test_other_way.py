"""In which way a role is denied next, where one was refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chalicelib.entries import Undone
from chalicelib.model import DONE, Facts, Outcome, Status, Step, StepState, Subject, SubjectKind
from chalicelib.playbook import bound, decide, other_way, refused_of_a_role, strike
from tests.playbook.table import ACCOUNT, ASIA, CUT_OFF, ROLE, SESSION, incident, settings, signal

if TYPE_CHECKING:
    from chalicelib.incident import Incident

FULL, BUSY = Outcome(Status.FAILED, "no room"), Outcome(Status.FAILED, "throttled", retryable=True)
UNDONE = Outcome(Status.PENDING, retryable=True)
FENCE, WIDER = (f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in ("fence", "wider"))
KNOWN = Facts(exists=True, unique_id=ROLE.unique_id, boundary="")
FENCED = replace(KNOWN, boundary=FENCE)


def revoking(subject: Subject = SESSION) -> Step:
    """The strike on a role, as the claim binds it."""
    leak = signal(principal=ROLE, subject=subject)
    (step,) = decide(leak, strike(leak, settings()), Facts(), settings()).steps
    return bound(step, "20261124-0a1b2c3d", CUT_OFF)


def of(*steps: Step, ends: tuple[Outcome, ...]) -> Incident:
    """An incident about a role whose steps ended so."""
    leak = signal(principal=ROLE, subject=SESSION)
    outcomes = {step.key: end for step, end in zip(steps, ends, strict=True)}
    return incident(*steps, judgement=strike(leak, settings()), outcomes=outcomes, principal=ROLE, signals=(leak,))


def next_to(*steps: Step, facts: Facts = FENCED) -> Step:
    """The way that follows where all of these were refused."""
    found = other_way(of(*steps, ends=(FULL,) * len(steps)), facts)
    assert found is not None
    return found


INLINE = revoking()
MANAGED = next_to(INLINE)
BOUNDARY = next_to(INLINE, MANAGED)


def test_a_managed_policy_then_the_boundary_with_what_stands_there() -> None:
    assert (MANAGED.action, BOUNDARY.action) == ("attach-role-deny", "bound-role")
    name = INLINE.arguments["policy_name"]
    assert MANAGED.arguments["policy_arn"] == f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/{name}"
    assert BOUNDARY.arguments["policy_arn"] == f"{MANAGED.arguments['policy_arn']}-boundary"
    assert BOUNDARY.arguments["boundary"] == FENCE
    assert "boundary" not in next_to(INLINE, MANAGED, facts=KNOWN).arguments
    for step in (MANAGED, BOUNDARY):
        same = ("policy_name", "cut_off", "session")
        assert {one: step.arguments[one] for one in same} == {one: INLINE.arguments[one] for one in same}
        assert step.principal == ROLE


@pytest.mark.parametrize(
    ("ends", "action"),
    [
        ((), None),
        ((FULL,), "attach-role-deny"),
        ((BUSY,), None),
        ((DONE,), None),
        ((FULL, FULL), "bound-role"),
        ((FULL, BUSY), None),
        ((FULL, DONE), None),
        ((FULL, UNDONE), None),
        ((FULL, FULL, FULL), None),
        ((FULL, FULL, DONE), None),
    ],
)
def test_the_next_way_is_taken_only_where_the_last_one_was_refused_for_good(
    ends: tuple[Outcome, ...], action: str | None
) -> None:
    found = other_way(of(*(INLINE, MANAGED, BOUNDARY)[: len(ends)], ends=ends), FENCED)
    assert (found.action if found else None) == action


@pytest.mark.parametrize(
    ("facts", "over"),
    [
        (FENCED, None),  # it was refused over that very one
        (KNOWN, ""),  # somebody took theirs off
        (replace(KNOWN, boundary=WIDER), WIDER),
        (replace(KNOWN, boundary=None), None),
        (Facts(exists=False), None),
    ],
)
def test_over_another_boundary_that_somebody_set_meanwhile_it_is_tried_again(facts: Facts, over: str | None) -> None:
    incident = of(INLINE, MANAGED, BOUNDARY, ends=(FULL, FULL, FULL))
    found = other_way(incident, facts)
    assert (found.arguments.get("boundary", "") if found else None) == over
    if found:
        assert found.key not in {step.key for step in incident.steps}
        later = replace(incident, steps=(*incident.steps, found))
        assert [later.is_taken_over(step) for step in later.steps] == [False, False, True, False]


@pytest.mark.parametrize(("hostile", "copied", "over"), [(True, FENCE, WIDER), (False, WIDER, None)])
def test_what_an_intruder_set_in_the_place_of_ours_is_neither_copied_nor_put_back(
    copied: str, over: str | None, *, hostile: bool
) -> None:
    undone = Undone(BOUNDARY.key, "another boundary", reapplied=True, by="user eve", hostile=hostile)
    incident = replace(of(INLINE, MANAGED, BOUNDARY, ends=(FULL, FULL, FULL)), undone=(undone,))
    found = other_way(incident, replace(KNOWN, boundary=WIDER))
    assert found is not None
    assert (found.arguments["boundary"], found.arguments.get("over")) == (copied, over)


def test_a_role_that_is_gone_is_denied_in_no_way() -> None:
    assert other_way(of(INLINE, ends=(FULL,)), Facts(exists=False)) is None


@pytest.mark.parametrize(
    ("subject", "bound_to"),
    [
        (SESSION, "session"),
        (Subject(SubjectKind.ROLE_SESSION, ASIA, "us-east-1:0f3c1d2e-4b5a-6978-8c9d-0e1f2a3b4c5d"), "identity"),
        (Subject(SubjectKind.ROLE_SESSION, ASIA), "role_id"),
    ],
)
def test_what_stays_in_the_account_denies_that_role_alone(subject: Subject, bound_to: str) -> None:
    assert bound_to in next_to(revoking(subject)).arguments


def test_each_session_has_a_way_of_its_own() -> None:
    another = revoking(Subject(SubjectKind.ROLE_SESSION, ASIA, "i-0def"))
    incident = of(INLINE, another, MANAGED, ends=(FULL, FULL, DONE))
    assert refused_of_a_role(incident) == (another,)
    found = other_way(incident, KNOWN)
    assert found is not None
    assert (found.action, found.arguments["session"]) == ("attach-role-deny", another.arguments["session"])


@pytest.mark.parametrize(
    ("ends", "superseded"),
    [
        ((FULL, FULL, DONE), (True, True, False)),
        ((FULL, DONE, FULL), (True, False, True)),
        ((DONE, FULL, FULL), (False, True, True)),
        ((DONE, DONE, DONE), (True, True, False)),
        ((FULL, FULL, FULL), (False, False, False)),
    ],
)
def test_one_way_that_stands_is_enough(ends: tuple[Outcome, ...], superseded: tuple[bool, ...]) -> None:
    found = of(INLINE, MANAGED, BOUNDARY, ends=ends)
    states = [found.state_of(step) for step in found.steps]
    assert tuple(state is StepState.SUPERSEDED for state in states) == superseded
    assert found.is_denied is (DONE in ends)
