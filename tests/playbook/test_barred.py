"""Who is never touched, why, and what a person must do: said in every mode, and never passed over in silence."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.model import (
    INSTANCE_PROFILE,
    Decision,
    Evidence,
    Facts,
    Mode,
    Principal,
    PrincipalKind,
    Sign,
    Subject,
    SubjectKind,
)
from chalicelib.playbook import decide, is_unidentified, strike, untouchable
from chalicelib.settings import Protected
from tests.playbook.table import (
    ACCOUNT,
    AKIA,
    ASIA,
    CONTAINABLE,
    OTHER_ACCOUNT,
    OWNERS,
    ROLE,
    SESSION,
    USER,
    settings,
    signal,
)


def _profile(*names: str, account: str = ACCOUNT) -> Evidence:
    """What a finding says of the instance profiles that it is about."""
    return Evidence(INSTANCE_PROFILE, ", ".join(f"arn:aws:iam::{account}:instance-profile/{name}" for name in names))


USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/deploy"

UNTOUCHABLE: dict[str, tuple[dict[str, Any], str, str]] = {
    # what is known of it: the reason, and what a person must do
    "root": ({"principal": OWNERS[PrincipalKind.ROOT]}, "IAM cannot constrain the root user", "sign in as root now"),
    "service-linked role": (
        {"principal": OWNERS[PrincipalKind.SERVICE_LINKED_ROLE]},
        "sessions of a service-linked role cannot be revoked",
        "which service used the role",
    ),
    "Identity Center role": (
        {
            "principal": OWNERS[PrincipalKind.IDENTITY_CENTER_ROLE],
            "subject": Subject(SubjectKind.ROLE_SESSION, ASIA, "ana@example.com"),
        },
        "IAM cannot edit a role that Identity Center created",
        "`leak-responder contain --identity-center-user ana@example.com --reason",
    ),
    "Identity Center role, and a session whose name no shell takes": (
        {
            "principal": OWNERS[PrincipalKind.IDENTITY_CENTER_ROLE],
            "subject": Subject(SubjectKind.ROLE_SESSION, ASIA, "ana; rm -r ."),
        },
        "IAM cannot edit a role that Identity Center created",
        "--identity-center-user USERNAME --reason",
    ),
    "Identity Center role, and a session whose name may have been cut": (
        {
            "principal": OWNERS[PrincipalKind.IDENTITY_CENTER_ROLE],
            "subject": Subject(SubjectKind.ROLE_SESSION, ASIA, "a" * 64),
        },
        "IAM cannot edit a role that Identity Center created",
        "--identity-center-user USERNAME --reason",
    ),
    "somebody from outside": (
        {"principal": OWNERS[PrincipalKind.OTHER]},
        "neither a user nor a role of this account",
        "identity provider or account that issued it",
    ),
    "another account": ({"account": OTHER_ACCOUNT}, "is not ours", f"tell whoever owns account {OTHER_ACCOUNT}"),
    "no account": ({"account": ""}, "does not say which account", "by hand"),
    "federated session of an unknown user": (
        {"principal": None, "subject": Subject(SubjectKind.FEDERATED_SESSION, ASIA, "visitor")},
        "not the user whose key obtained it",
        f"find the GetFederationToken call that returned {ASIA}",
    ),
    "session of an unknown user": (
        {"principal": None, "subject": Subject(SubjectKind.USER_SESSION, ASIA)},
        "neither user nor role",
        f"find calls by {ASIA} in CloudTrail",
    ),
    "session of an unknown role": (
        {"principal": None, "subject": SESSION},
        "neither user nor role",
        f"find calls by {ASIA} in CloudTrail",
    ),
    "nothing named": (
        {"principal": None, "subject": Subject(SubjectKind.UNNAMED)},
        "neither a principal nor an access key",
        "by hand",
    ),
    "instance profile": (
        {"principal": None, "subject": Subject(SubjectKind.UNNAMED), "evidence": (_profile("team/AppProfile"),)},
        "names an instance profile, and not the role in it",
        "`leak-responder contain --role AppProfile --reason …`. AppProfile is the name of the profile",
    ),
    "no key id after all": (
        {"principal": None, "subject": Subject(SubjectKind.ACCESS_KEY)},
        "neither a principal nor an access key",
        "by hand",
    ),
}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("case", UNTOUCHABLE)
def test_what_cannot_be_contained_is_told_with_its_reason_and_what_to_do(case: str, mode: Mode) -> None:
    members, reason, instead = UNTOUCHABLE[case]
    judgement = strike(signal(**members), settings(mode))
    (withheld,) = judgement.withheld
    assert (judgement.decision, judgement.strike, withheld.action) == (Decision.TELL, (), "contain")
    assert reason in withheld.reason
    assert instead in withheld.instead


@pytest.mark.parametrize("case", UNTOUCHABLE)
def test_a_plan_for_it_does_nothing_and_keeps_the_reason(case: str) -> None:
    one = signal(**UNTOUCHABLE[case][0])
    judgement = strike(one, settings())
    plan = decide(one, judgement, Facts(), settings())
    assert (plan.steps, plan.withheld) == ((), judgement.withheld)


@pytest.mark.parametrize("kind", PrincipalKind)
def test_only_users_and_roles_and_the_users_of_pools_are_contained(kind: PrincipalKind) -> None:
    barred = untouchable(signal(principal=OWNERS[kind]), settings())
    assert (barred is None) == (kind in CONTAINABLE)


def test_a_bare_access_key_is_not_barred_for_iam_knows_whose_it_is() -> None:
    assert untouchable(signal(principal=None, subject=Subject(SubjectKind.ACCESS_KEY, AKIA)), settings()) is None


PROTECTED: dict[str, tuple[Principal, Protected, bool]] = {
    # a principal as an event names it, what the configuration protects, and whether it is spared
    "itself": (USER, Protected(USER_ARN, "AIDACKCEVSQ6C2EXAMPLE"), True),
    "in a path": (USER, Protected(f"arn:aws:iam::{ACCOUNT}:user/people/deploy", "AIDACKCEVSQ6C2EXAMPLE"), True),
    "no unique id in the event": (replace(USER, unique_id=None), Protected(USER_ARN, "AIDACKCEVSQ6C2EXAMPLE"), True),
    "in other letters": (replace(USER, name="DEPLOY"), Protected(USER_ARN, "AIDACKCEVSQ6C2EXAMPLE"), True),
    "created anew under that name": (USER, Protected(USER_ARN, "AIDASOMEBODYELSE"), False),
    "another name": (replace(USER, name="deploy2"), Protected(USER_ARN, "AIDACKCEVSQ6C2EXAMPLE"), False),
    "a name that ends like it": (replace(USER, name="x-deploy"), Protected(USER_ARN, "AIDACKCEVSQ6C2EXAMPLE"), False),
    "the same name in another account": (
        replace(USER, unique_id=None),
        Protected(USER_ARN.replace(ACCOUNT, OTHER_ACCOUNT), "AIDA"),
        False,
    ),
    "a role of that name": (
        replace(USER, unique_id=None),
        Protected(f"arn:aws:iam::{ACCOUNT}:role/deploy", "AROA"),
        False,
    ),
    "a role": (ROLE, Protected(f"arn:aws:iam::{ACCOUNT}:role/team/worker", "AROADBQP57FF2AEXAMPLE"), True),
    "a pattern is a name like any other": (
        USER,
        Protected(f"arn:aws:iam::{ACCOUNT}:user/*", "AIDACKCEVSQ6C2EXAMPLE"),
        False,
    ),
    "no ARN at all": (USER, Protected("deploy", "AIDACKCEVSQ6C2EXAMPLE"), False),
}


@pytest.mark.parametrize("case", PROTECTED)
def test_protected_principals_are_named_exactly(case: str) -> None:
    principal, one, spared = PROTECTED[case]
    judgement = strike(signal(principal=principal), settings(Mode.CONTAIN_SUSPECTED, protected=(one,)))
    assert (judgement.decision is Decision.TELL) is spared
    assert any("is protected" in withheld.reason for withheld in judgement.withheld) is spared


def test_the_responder_never_revokes_itself() -> None:
    judgement = strike(signal(principal=ROLE, subject=SESSION), settings(own_role_ids=(str(ROLE.unique_id),)))
    assert [one.reason for one in judgement.withheld] == ["it is the responder itself"]


def test_a_role_that_may_be_the_responders_own_is_spared_until_its_unique_id_is_known() -> None:
    ours = settings(own_role_ids=("AROAOURSOURSOURSOURS1",))
    nameless = replace(ROLE, unique_id=None)
    assert is_unidentified(signal(principal=nameless, subject=SESSION), ours)
    assert [one.reason for one in strike(signal(principal=nameless, subject=SESSION), ours).withheld] == [
        "role worker may be the responder's own: neither the event nor IAM says its unique id"
    ]
    assert strike(signal(principal=ROLE, subject=SESSION), ours).decision is Decision.ACT


UNIDENTIFIED: dict[str, tuple[Principal | None, bool]] = {
    "a name on the list": (replace(USER, unique_id=None), True),
    "known exactly": (USER, False),
    "another name": (replace(USER, name="other", unique_id=None), False),
    "nobody": (None, False),
}


@pytest.mark.parametrize("case", UNIDENTIFIED)
def test_only_a_name_on_the_list_is_worth_a_look_up(case: str) -> None:
    principal, unsure = UNIDENTIFIED[case]
    listed = settings(protected=(Protected(USER_ARN, "AIDACKCEVSQ6C2EXAMPLE"),))
    assert is_unidentified(signal(principal=principal), listed) is unsure


@pytest.mark.parametrize(("sign", "mode"), list(itertools.product(Sign, Mode)))
def test_root_is_never_struck(sign: Sign, mode: Mode) -> None:
    judgement = strike(signal(sign, principal=OWNERS[PrincipalKind.ROOT]), settings(mode))
    assert judgement.strike == ()
    assert judgement.decision in {Decision.TELL, Decision.IGNORE}


def _instead(*facts: Evidence) -> str:
    one = signal(principal=None, subject=Subject(SubjectKind.UNNAMED), evidence=facts)
    barred = untouchable(one, settings())
    assert barred is not None
    return barred.instead


def test_each_of_some_profiles_is_asked_for_its_role_and_the_rest_are_counted() -> None:
    said = _instead(_profile("a", "b", "a", "c", "d", "e"))
    assert [part.partition("`")[0] for part in said.split("--instance-profile-name ")[1:]] == ["a", "b", "c"]
    assert said.endswith("and likewise for 2 more in the evidence")


@pytest.mark.parametrize(
    "fact",
    [
        *(
            _profile(name)
            for name in ("", "x; reboot", "$(reboot)", "x`reboot`", "-x", "x\nreboot", "x'y", "é", "x" * 129)
        ),
        _profile("App", account=OTHER_ACCOUNT),
        Evidence(INSTANCE_PROFILE, f"arn:aws:iam::{ACCOUNT}:role/App"),
        Evidence("finding", f"arn:aws:iam::{ACCOUNT}:instance-profile/App"),
    ],
)
def test_what_is_no_profile_of_this_account_gets_into_no_command(fact: Evidence) -> None:
    assert _instead(fact) == _instead()
