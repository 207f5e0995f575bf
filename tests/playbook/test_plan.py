"""What is done, in which order, with which arguments; and what is withheld once the facts are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.actions import BY_NAME
from chalicelib.model import (
    LASTING,
    Facts,
    Judgement,
    Plan,
    Principal,
    PrincipalKind,
    Sign,
    Signal,
    Subject,
    SubjectKind,
)
from chalicelib.playbook import blow, bound, decide, foreseen, is_stranger, presumed, strike
from tests.playbook.table import (
    ACCOUNT,
    AKIA,
    ASIA,
    CUT_OFF,
    FACTS,
    OTHER_ACCOUNT,
    OWNERS,
    POLICY,
    ROLE,
    SESSION,
    SIBLING,
    USER,
    held,
    holding,
    key,
    settings,
    signal,
)

SECRET, OTHER_SECRET = (f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-AbCdEf" for name in ("db", "api"))


def planned(one: Signal, facts: Facts = FACTS, **members: Any) -> Plan:
    given_settings = settings(**members)
    return decide(one, strike(one, given_settings), facts, given_settings)


SUBJECTS: dict[SubjectKind, tuple[list[str], str]] = {
    # of a user: the actions, and why no key is deactivated
    SubjectKind.ACCESS_KEY: (["quarantine-user", "deactivate-key"], ""),
    SubjectKind.USER_SESSION: (["quarantine-user"], "a session leaked, and no feed says which key obtained it"),
    SubjectKind.FEDERATED_SESSION: (["quarantine-user"], "a session leaked, and no feed says which key obtained it"),
    SubjectKind.CONSOLE_PASSWORD: (["quarantine-user"], "it is about the console password"),
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: (["quarantine-user", "deactivate-service-specific"], ""),
    SubjectKind.SSH_PUBLIC_KEY: (["quarantine-user", "deactivate-ssh-key"], ""),
    SubjectKind.SIGNING_CERTIFICATE: (["quarantine-user", "deactivate-certificate"], ""),
    SubjectKind.MFA_DEVICE: (["quarantine-user"], "it is about an MFA device"),
    SubjectKind.UNNAMED: (["quarantine-user"], f"no feed says which credential leaked; active keys: {AKIA}, {SIBLING}"),
    SubjectKind.ROLE_SESSION: (["quarantine-user"], ""),  # no user has these
    SubjectKind.ROOT_KEY: (["quarantine-user"], ""),
    SubjectKind.ROOT_PASSWORD: (["quarantine-user"], ""),
    SubjectKind.DATABASE_LOGIN: (["quarantine-user"], ""),
    SubjectKind.COGNITO_SIGN_IN: (["quarantine-user"], ""),
    SubjectKind.IDENTITY_CENTER_SIGN_IN: (["quarantine-user"], ""),
}


@pytest.mark.parametrize("kind", SubjectKind)
def test_each_kind_of_a_users_credential(kind: SubjectKind) -> None:
    actions, reason = SUBJECTS[kind]
    plan = planned(signal(subject=Subject(kind, AKIA)))
    assert [step.action for step in plan.steps] == actions
    told = {one.action: one for one in plan.withheld}
    assert ("deactivate-key" in told) is bool(reason)
    assert not reason or reason in told["deactivate-key"].reason
    assert all(one.reason and one.instead for one in plan.withheld)


@pytest.mark.parametrize("kind", sorted(LASTING - {SubjectKind.ACCESS_KEY}))
def test_one_whose_id_no_event_gives_is_found_by_a_person(kind: SubjectKind) -> None:
    plan = planned(signal(subject=Subject(kind)))
    assert [step.action for step in plan.steps] == ["quarantine-user"]
    assert "the event does not say which" in plan.withheld[0].reason


def test_exactly_the_key_that_leaked_is_deactivated_and_the_deny_comes_first() -> None:
    deny, dead = planned(signal()).steps
    assert (deny.action, dict(deny.arguments)) == ("quarantine-user", {"policy_arn": POLICY})
    assert (dead.action, dict(dead.arguments)) == ("deactivate-key", {"key_id": AKIA})


YOUNG = timedelta(minutes=-5)
ENDED = {
    SubjectKind.SERVICE_SPECIFIC_CREDENTIAL: "deactivate-service-specific",
    SubjectKind.SSH_PUBLIC_KEY: "deactivate-ssh-key",
    SubjectKind.SIGNING_CERTIFICATE: "deactivate-certificate",
}


@pytest.mark.parametrize("kind", ENDED)
def test_what_was_made_since_the_leak_began_is_ended_with_its_reason_and_what_is_older_is_left_and_named(
    kind: SubjectKind,
) -> None:
    facts = holding(FACTS, held(kind, "OLD"), held(kind, "NEW", age=YOUNG), held(kind, "DEAD", active=False, age=YOUNG))
    plan = planned(signal(), facts)
    assert [(step.action, step.credential) for step in plan.steps[2:]] == [(ENDED[kind], "NEW")]
    assert "since the earliest sign of the leak" in plan.steps[2].reason
    sibling, old = plan.withheld
    assert {sibling.action, old.action} == {"deactivate-others"}
    assert f"access key {SIBLING}" in sibling.reason
    assert "OLD: no feed names it, and it is older than the earliest sign" in old.reason


@pytest.mark.parametrize("leaked", [AKIA, None], ids=["one key leaked", "no feed says which"])
def test_a_sibling_key_is_ended_only_where_it_was_made_since(leaked: str | None) -> None:
    subject = Subject(SubjectKind.ACCESS_KEY if leaked else SubjectKind.UNNAMED, leaked)
    facts = replace(FACTS, keys=(key(AKIA), key(SIBLING, age=YOUNG)))
    ended = [step.credential for step in planned(signal(subject=subject), facts).steps[1:]]
    assert ended == ([AKIA, SIBLING] if leaked else [SIBLING])


def test_what_a_person_reports_makes_nothing_a_spare_for_nobody_knows_since_when_it_leaks() -> None:
    facts = replace(FACTS, keys=(key(AKIA), key(SIBLING, age=YOUNG)))
    plan = planned(signal(Sign.REPORTED), facts)
    assert [step.credential for step in plan.steps] == [None, AKIA]
    (left,) = plan.withheld
    assert SIBLING in left.reason
    assert "nobody knows since when" in left.reason


def test_an_mfa_device_is_not_ended_unasked() -> None:
    facts = holding(FACTS, held(SubjectKind.MFA_DEVICE, "arn:aws:iam::1:mfa/new", age=YOUNG))
    assert planned(signal(), facts).steps == planned(signal()).steps


REVOKED: dict[str, tuple[Principal, Subject, dict[str, str]]] = {
    "one session": (ROLE, SESSION, {"session": f"{ROLE.unique_id}:i-0abc"}),
    "a session, but whose role is not known exactly": (replace(ROLE, unique_id=None), SESSION, {}),
    "a role whose session is not known": (ROLE, Subject(SubjectKind.ROLE_SESSION, ASIA), {}),
    "a role, nothing else": (ROLE, Subject(SubjectKind.UNNAMED), {}),
}


@pytest.mark.parametrize("case", REVOKED)
def test_a_roles_session_is_revoked_where_it_is_known_and_else_the_role(case: str) -> None:
    principal, subject, arguments = REVOKED[case]
    (step,) = planned(signal(principal=principal, subject=subject), Facts()).steps
    assert (step.action, dict(step.arguments)) == ("revoke-role-sessions", arguments)


def test_a_user_of_identity_center_is_denied_in_each_permission_set_then_removed_and_two_steps_are_a_persons() -> None:
    owner, sets = OWNERS[PrincipalKind.IDENTITY_CENTER_USER], ("arn:of-one", "arn:of-another")
    plan = planned(signal(principal=owner), Facts(permission_sets=sets))
    assert [(step.action, *step.arguments.values()) for step in plan.steps] == [
        *(("deny-in-permission-set", arn) for arn in sets),
        ("revoke-center-access",),
    ]
    sessions, disabling = plan.withheld
    assert "Do it before you disable the user" in sessions.instead
    assert disabling.instead.startswith("after that")


GONE: dict[str, tuple[Facts, str]] = {
    "created again since": (replace(FACTS, unique_id="AIDASOMEBODYELSE"), "it is another principal now"),
    "no longer there": (Facts(exists=False), "there is no user deploy in IAM"),
}


@pytest.mark.parametrize("case", GONE)
def test_a_principal_that_is_gone_leaves_nothing_to_do(case: str) -> None:
    facts, reason = GONE[case]
    plan = planned(signal(), facts, linked_secrets={f"arn:aws:iam::{ACCOUNT}:user/deploy": (SECRET,)})
    assert plan.steps == ()
    assert [reason in one.reason for one in plan.withheld] == [True]


def test_unknown_facts_withhold_nothing_that_is_safe_to_try() -> None:
    assert (
        planned(signal(), Facts()).steps
        == planned(signal()).steps
        == foreseen(signal(), strike(signal(), settings()), settings())
    )
    assert not is_stranger(signal(), Facts())
    assert not is_stranger(signal(principal=replace(USER, unique_id=None)), FACTS)


TEN = tuple(f"arn:aws:iam::aws:policy/P{number}" for number in range(10))


@pytest.mark.parametrize(
    ("attached", "action"),
    [
        ((), "quarantine-user"),
        (TEN[:9], "quarantine-user"),
        (TEN, "bound-user"),
        ((*TEN[:9], POLICY), "quarantine-user"),
        (None, "quarantine-user"),
    ],
)
def test_where_ten_policies_are_attached_the_deny_is_the_boundary(
    attached: tuple[str, ...] | None, action: str
) -> None:
    plan = planned(signal(), replace(FACTS, attached=attached))
    assert [step.action for step in plan.steps] == [action, "deactivate-key"]
    assert plan.steps[0].arguments["policy_arn"] == POLICY


LINKED: dict[str, tuple[str, bool]] = {
    "its ARN": (f"arn:aws:iam::{ACCOUNT}:user/deploy", True),
    "its ARN with the path": (f"arn:aws:iam::{ACCOUNT}:user/people/deploy", True),
    "a role of that name": (f"arn:aws:iam::{ACCOUNT}:role/deploy", False),
    "a user of another account": (f"arn:aws:iam::{OTHER_ACCOUNT}:user/deploy", False),
    "a name that begins like it": (f"arn:aws:iam::{ACCOUNT}:user/deploy-2", False),
    "a name that ends like it": (f"arn:aws:iam::{ACCOUNT}:user/re-deploy", False),
    "a pattern": (f"arn:aws:iam::{ACCOUNT}:user/*", False),
    "a bare name": ("deploy", False),
}


@pytest.mark.parametrize("case", LINKED)
def test_secrets_are_linked_by_the_kind_and_the_exact_arn_of_their_owner(case: str) -> None:
    arn, linked = LINKED[case]
    plan = planned(signal(), linked_secrets={arn: (SECRET, OTHER_SECRET)})
    rotated = [(step.arguments["secret"], step.later) for step in plan.steps if step.action == "rotate-secret"]
    assert rotated == ([(SECRET, True), (OTHER_SECRET, True)] if linked else [])


def test_a_roles_secrets_rotate_too() -> None:
    plan = planned(
        signal(principal=ROLE, subject=SESSION),
        Facts(),
        linked_secrets={f"arn:aws:iam::{ACCOUNT}:role/worker": (SECRET,)},
    )
    assert [step.action for step in plan.steps] == ["revoke-role-sessions", "rotate-secret"]


def test_the_claim_freezes_the_cut_off_and_names_the_incident() -> None:
    (step,) = planned(signal(principal=ROLE, subject=SESSION), Facts()).steps
    frozen = bound(step, "20261124-0a1b2c3d", CUT_OFF)
    assert frozen.arguments["cut_off"] == "2026-11-24T02:58:30Z"
    assert frozen.arguments["policy_name"].startswith("leak-responder-20261124-0a1b2c3d-")
    assert frozen.arguments["session"] == step.arguments["session"]
    assert bound(step, "20261124-0a1b2c3d", CUT_OFF) == frozen


def test_what_the_claim_names_is_what_we_know_again_as_ours() -> None:
    (step,) = planned(signal(principal=ROLE, subject=SESSION), Facts()).steps
    policy = bound(step, "20261124-0a1b2c3d", CUT_OFF).arguments["policy_name"]
    undone = signal(Sign.CONTAINMENT_UNDONE, principal=ROLE, subject=SESSION, policy=policy)
    assert strike(undone, settings()).strike != ()


def test_two_sessions_of_one_incident_have_two_policies_and_one_has_one() -> None:
    def policy(session: str) -> str:
        (step,) = blow(signal(principal=ROLE, subject=Subject(SubjectKind.ROLE_SESSION, ASIA, session)), settings())
        return bound(step, "20261124-0a1b2c3d", CUT_OFF).arguments["policy_name"]

    assert policy("a") == policy("a") != policy("b")


@given(st.text(st.characters(), max_size=200))
def test_the_policys_name_is_one_that_iam_takes_whatever_the_session_is_called(session: str) -> None:
    (step,) = blow(signal(principal=ROLE, subject=Subject(SubjectKind.ROLE_SESSION, ASIA, session)), settings())
    name = bound(step, "20261124-0a1b2c3d", CUT_OFF).arguments["policy_name"]
    assert len(name) <= 128
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_rotation_is_begun_once_however_often_it_is_planned() -> None:
    steps = planned(signal(), linked_secrets={f"arn:aws:iam::{ACCOUNT}:user/deploy": (SECRET,)}).steps
    first, again = (bound(steps[-1], "i", CUT_OFF + timedelta(hours=hours)) for hours in (0, 9))
    assert first == again
    assert 32 <= len(first.arguments["token"]) <= 64  # what Secrets Manager takes for a ClientRequestToken
    assert bound(steps[-1], "j", CUT_OFF).arguments["token"] != first.arguments["token"]


def test_what_needs_nothing_of_the_claim_is_left_as_it_is() -> None:
    assert all(bound(step, "i", CUT_OFF) is step for step in planned(signal()).steps)


@pytest.mark.parametrize("kind", SubjectKind)
@pytest.mark.parametrize("principal", [USER, ROLE, None], ids=["user", "role", "nobody"])
def test_every_step_is_an_action_that_exists(kind: SubjectKind, principal: Principal | None) -> None:
    one = signal(subject=Subject(kind, AKIA, "s"), principal=principal)
    steps = decide(one, _judged(one), FACTS if principal is USER else Facts(), settings()).steps
    assert {step.action for step in steps} <= set(BY_NAME)


def _judged(one: Signal) -> Judgement:
    return strike(one, settings())


def test_a_bare_key_id_is_presumed_some_users_until_iam_says_whose() -> None:
    someone = presumed(signal(principal=None)).principal
    assert someone is not None
    assert (someone.kind, someone.account, someone.unique_id) == (PrincipalKind.USER, ACCOUNT, None)


def test_a_younger_key_is_named_among_the_active_ones_and_an_inactive_one_is_not() -> None:
    facts = replace(FACTS, keys=(key(AKIA, active=False), key(SIBLING)))
    (withheld,) = planned(signal(subject=Subject(SubjectKind.UNNAMED)), facts).withheld
    assert withheld.reason.endswith(f"active keys: {SIBLING}")
