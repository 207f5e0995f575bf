"""When a deny goes on as a boundary, and when it may shrink so that the owner's other credentials work again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.model import DONE, HELD, Context, Facts, Outcome, Plan, Sign, Status, Subject, SubjectKind
from chalicelib.playbook import decide, fallback, may_narrow, missed, narrow_step, strike
from tests.playbook.table import (
    ACCOUNT,
    AKIA,
    CUT_OFF,
    FACTS,
    POLICY,
    SIBLING,
    USER,
    held,
    holding,
    incident,
    key,
    settings,
    signal,
)

JUDGEMENT = strike(signal(), settings())
DENY, DEAD = decide(signal(), JUDGEMENT, FACTS, settings()).steps
YOUNG = timedelta(minutes=-5)
CONTAINED = incident(DENY, DEAD, judgement=JUDGEMENT, outcomes={DENY.key: DONE, DEAD.key: DONE})
SAFE = replace(FACTS, keys=(key(AKIA, active=False), key(SIBLING)))
ACCA = "ACCAEXAMPLE123EXAMPLE"
SERVICE = signal(Sign.CREATED, subject=Subject(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, ACCA))
NAMELESS = signal(Sign.CREATED, subject=Subject(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL))

KEPT_WIDE: dict[str, tuple[dict[str, Any], Facts, str]] = {
    # the incident's difference, the facts, and why the deny stays as it is
    "no credential is known": (
        {"signals": (signal(subject=Subject(SubjectKind.UNNAMED)),)},
        SAFE,
        "no key or other credential is known to have leaked",
    ),
    "keys unknown": ({}, replace(SAFE, keys=None), "could not be read"),
    "password unknown": ({}, replace(SAFE, console_password=None), "could not be read"),
    "boundary unknown": ({}, replace(SAFE, boundary=None), "could not be read"),
    "nothing known": ({}, Facts(), "could not be read"),
    "other credentials unknown": ({}, replace(SAFE, held={}), "could not be read"),
    "the key still works": ({}, FACTS, f"the leaked access key {AKIA} is still active"),
    "a key made since": (
        {},
        replace(SAFE, keys=(*(SAFE.keys or ()), key("AKIANEW", age=timedelta(minutes=-5)))),
        "access key AKIANEW is younger",
    ),
    "a key made at that very moment": (
        {},
        replace(SAFE, keys=(key(SIBLING, age=timedelta()),)),
        f"access key {SIBLING} is younger",
    ),
    "an inactive key made since": (
        {},
        replace(SAFE, keys=(key(SIBLING, active=False, age=timedelta(minutes=-5)),)),
        f"access key {SIBLING} is younger",
    ),
    **{
        f"a {kind} made since": ({}, holding(SAFE, held(kind, "NEW", age=YOUNG)), "NEW is younger than the earliest")
        for kind in HELD
    },
    "a service-specific credential that leaked and works": (
        {"signals": (signal(), SERVICE)},
        holding(SAFE, held(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, ACCA)),
        f"the leaked service-specific credential {ACCA} is still active",
    ),
    "one that no event names": ({"signals": (signal(), NAMELESS)}, SAFE, "a credential leaked that no event names"),
    "a session beside another key": (
        {"signals": (signal(), signal(subject=Subject(SubjectKind.USER_SESSION, "ASIAIOSFODNN7EXAMPLE")))},
        SAFE,
        "another active key may have obtained it",
    ),
    "a password": ({}, replace(SAFE, console_password=True), "could have set the console password"),
    "a boundary of their own": ({}, replace(SAFE, boundary="arn:aws:iam::1:policy/b"), "boundary of their own"),
}


def test_the_deny_may_shrink_once_the_leaked_key_is_dead_and_all_else_is_older() -> None:
    assert may_narrow(CONTAINED, SAFE) is None
    assert may_narrow(CONTAINED, replace(SAFE, keys=(key(SIBLING),))) is None  # the leaked key is deleted


@pytest.mark.parametrize("case", KEPT_WIDE)
def test_the_deny_stays_wide_and_says_why(case: str) -> None:
    members, facts, reason = KEPT_WIDE[case]
    withheld = may_narrow(replace(CONTAINED, **members), facts)
    assert withheld is not None
    assert withheld.action == "narrow-user"
    assert reason in withheld.reason
    assert "leak-responder release" in withheld.instead


@pytest.mark.parametrize("kind", HELD)
def test_what_is_older_or_inactive_of_the_other_kinds_does_not_keep_it_wide(kind: SubjectKind) -> None:
    older, dead = held(kind, "OLD"), held(kind, "DEAD", active=False, age=YOUNG)
    assert may_narrow(CONTAINED, holding(SAFE, older, dead)) is None


def test_a_spare_that_no_plan_has_is_ended_before_anything_is_narrowed() -> None:
    spare = held(SubjectKind.SSH_PUBLIC_KEY, "APKANEW", age=YOUNG)
    late = replace(spare, id="APKALATE", created=CUT_OFF)
    found = missed(CONTAINED, holding(SAFE, spare, late, held(SubjectKind.SSH_PUBLIC_KEY, "APKAOLD")))
    assert [(step.action, step.credential) for step in found.steps] == [("deactivate-ssh-key", "APKANEW")]
    again = replace(CONTAINED, steps=(*CONTAINED.steps, *found.steps), withheld=found.withheld)
    assert missed(again, holding(SAFE, spare, held(SubjectKind.SSH_PUBLIC_KEY, "APKAOLD"))) == Plan(())
    assert missed(replace(CONTAINED, signals=(signal(Sign.REPORTED),)), holding(SAFE, spare)).steps == ()
    assert missed(replace(CONTAINED, steps=()), holding(SAFE, spare)) == Plan(())


def test_a_spare_that_we_ended_does_not_keep_it_wide() -> None:
    spare = held(SubjectKind.SSH_PUBLIC_KEY, "APKANEW", age=YOUNG)
    plan = decide(signal(), JUDGEMENT, holding(FACTS, spare), settings())
    contained = incident(*plan.steps, judgement=JUDGEMENT, outcomes={step.key: DONE for step in plan.steps})
    assert may_narrow(contained, holding(SAFE, replace(spare, active=False))) is None
    withheld = may_narrow(contained, holding(SAFE, spare))
    assert withheld is not None
    assert "SSH public key APKANEW is still active" in withheld.reason


def test_a_leaked_service_specific_credential_that_is_dead_lets_the_user_work() -> None:
    judgement = strike(SERVICE, settings())
    steps = decide(SERVICE, strike(SERVICE, settings(), Context(actor_is_contained=True)), FACTS, settings()).steps
    contained = incident(*steps, judgement=judgement, signals=(SERVICE,), outcomes={one.key: DONE for one in steps})
    dead = held(SubjectKind.SERVICE_SPECIFIC_CREDENTIAL, ACCA, active=False)
    assert may_narrow(contained, holding(FACTS, dead)) is None


def test_a_session_that_the_leaked_key_was_seen_to_mint_does_not_keep_the_deny_wide() -> None:
    minted = signal(Sign.SESSION_MINTED, subject=Subject(SubjectKind.FEDERATED_SESSION, "ASIAIOSFODNN7EXAMPLE"))
    assert may_narrow(replace(CONTAINED, signals=(signal(), minted)), SAFE) is None


def test_the_earliest_sign_over_all_signals_counts() -> None:
    earlier = replace(signal(), since=signal().since - timedelta(days=60))
    withheld = may_narrow(replace(CONTAINED, signals=(signal(), earlier)), SAFE)
    assert withheld is not None
    assert f"access key {SIBLING} is younger" in withheld.reason


def test_the_narrower_deny_keeps_the_frozen_cut_off_and_is_written_under_our_path() -> None:
    step = narrow_step(CONTAINED, settings())
    name = f"leak-responder-{CONTAINED.id}"
    assert (step.action, step.principal, step.later) == ("narrow-user", USER, True)
    assert dict(step.arguments) == {
        "policy_name": name,
        "policy_arn": POLICY,
        "narrow_arn": f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/narrow/{name}",
        "cut_off": f"{CUT_OFF:%Y-%m-%dT%H:%M:%SZ}",
    }


FAILED, BUSY = Outcome(Status.FAILED, "no room"), Outcome(Status.FAILED, "throttled", retryable=True)


@pytest.mark.parametrize(
    ("outcomes", "falls_back"),
    [
        ({DENY.key: FAILED}, True),
        ({DENY.key: BUSY}, False),
        ({DENY.key: DONE}, False),
        ({}, False),
    ],
    ids=["failed for good", "may work yet", "stands", "not tried"],
)
def test_the_boundary_is_the_way_in_where_the_policy_cannot_be_attached(
    outcomes: dict[str, Outcome], *, falls_back: bool
) -> None:
    spare = fallback(incident(DENY, DEAD, judgement=JUDGEMENT, outcomes=outcomes))
    assert (spare is not None) is falls_back
    if spare:
        assert (spare.action, dict(spare.arguments), spare.principal) == ("bound-user", {"policy_arn": POLICY}, USER)


def test_the_boundary_is_tried_once() -> None:
    spare = fallback(incident(DENY, judgement=JUDGEMENT, outcomes={DENY.key: FAILED}))
    assert spare is not None
    assert fallback(incident(DENY, spare, judgement=JUDGEMENT, outcomes={DENY.key: FAILED, spare.key: FAILED})) is None


def test_a_role_has_no_such_way_in() -> None:
    assert fallback(incident(judgement=JUDGEMENT)) is None
