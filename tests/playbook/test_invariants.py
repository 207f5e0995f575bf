"""What holds of every decision there can be: nobody else is touched, nothing is skipped in silence."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from chalicelib.model import Confidence, Context, Decision, Facts, Mode, Sign, Subject, SubjectKind
from chalicelib.playbook import decide, strike
from tests.playbook.table import AKIA, FACTS, OWNERS, USER, settings, signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.model import Judgement, Signal

CONTEXTS = (Context(), Context(owner_is_contained=True), Context(actor_is_contained=True))
CONTAINING = (Decision.ACT, Decision.ASK)


def every(sign: Sign) -> Iterator[tuple[Signal, Mode, Judgement]]:
    """Every signal of that sign, in every mode and context."""
    subjects = [Subject(kind, given) for kind in SubjectKind for given in (AKIA, None)]
    for owner, subject, failed, service in itertools.product(
        (*OWNERS.values(), None), subjects, (False, True), (False, True)
    ):
        one = signal(sign, principal=owner, subject=subject, failed=failed, by_service=service)
        for mode, context in itertools.product(Mode, CONTEXTS):
            yield one, mode, strike(one, settings(mode), context)


@pytest.mark.parametrize("sign", Sign)
def test_nobody_but_the_owner_of_the_credential_is_ever_touched(sign: Sign) -> None:
    for one, mode, judgement in every(sign):
        facts = FACTS if one.principal is USER else Facts()
        plan = decide(one, judgement, facts, settings(mode))
        assert {step.principal for step in (*judgement.strike, *plan.steps)} <= {one.principal}


@pytest.mark.parametrize("sign", Sign)
def test_to_contain_is_to_strike_first_unless_iam_must_say_whose_key_it_is(sign: Sign) -> None:
    for one, _, judgement in every(sign):
        if judgement.decision in CONTAINING:
            assert judgement.strike or (one.principal is None and one.subject == Subject(SubjectKind.ACCESS_KEY, AKIA))
            assert judgement.withheld == ()


@pytest.mark.parametrize("sign", Sign)
def test_nothing_is_skipped_in_silence(sign: Sign) -> None:
    for _, mode, judgement in every(sign):
        assert judgement.reason
        if judgement.decision is Decision.TELL and judgement.confidence is not Confidence.INFORMATIONAL:
            assert judgement.withheld or mode is Mode.OBSERVE
        if judgement.decision is Decision.IGNORE:
            assert judgement.strike == ()


@pytest.mark.parametrize("sign", Sign)
def test_a_bolder_mode_never_does_less(sign: Sign) -> None:
    boldness = (Decision.IGNORE, Decision.TELL, Decision.ASK, Decision.ACT)
    done = [(one, mode, boldness.index(judgement.decision)) for one, mode, judgement in every(sign)]
    by_mode = [[rank for _, mode, rank in done if mode is wanted] for wanted in Mode]
    for timid, bold in itertools.pairwise(by_mode):
        assert all(less <= more for less, more in zip(timid, bold, strict=True))


def test_observing_never_contains() -> None:
    for sign in Sign:
        assert not any(judgement.decision in CONTAINING for _, mode, judgement in every(sign) if mode is Mode.OBSERVE)
