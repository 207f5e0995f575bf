"""What may be asked for beside containment, of whom, and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.model import Facts, Principal, Sign, Subject, SubjectKind
from chalicelib.playbook import OPTIONS, asked_for, decide, errands, misfit, strike, unordered
from tests.playbook.table import ACCOUNT, AKIA, ASIA, OTHER_ACCOUNT, ROLE, SESSION, USER, settings, signal

ID = "i-0123456789abcdef0"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
DETECTOR = "0123456789abcdef" * 2
OF_INSTANCE = Subject(SubjectKind.ROLE_SESSION, None, ID)


def arn(account: str = ACCOUNT, region: str = "us-east-1") -> str:
    return f"arn:aws:ec2:{region}:{account}:instance/{ID}"


@pytest.mark.parametrize(
    ("word", "principal", "said"),
    [
        (
            "reboot",
            ROLE,
            "'reboot' cannot be asked for; what can: snapshot-instance, isolate-instance, ",
        ),
        ("snapshot-instance", USER, "is about a role, and deploy is a user"),
        ("snapshot-instance", ROLE, "needs to know which: snapshot-instance=TARGET"),
        ("snapshot-instance=web-1", ROLE, "'web-1' is not what snapshot-instance takes"),
        (f"snapshot-instance={arn(OTHER_ACCOUNT)}", ROLE, "is not what snapshot-instance takes"),
        ("start-logging", USER, "needs to know which: start-logging=TARGET"),
        ("start-logging=../audit", USER, "'../audit' is not what start-logging takes"),
        (f"start-logging=arn:aws:cloudtrail:us-east-1:{OTHER_ACCOUNT}:trail/audit", USER, "is not what"),
        ("start-logging=audit", USER, ""),
        ("record-management-events=audit", ROLE, ""),
        ("enable-detector=ABC", USER, "'ABC' is not what enable-detector takes"),
        (f"enable-detector={DETECTOR}", USER, ""),
        ("deactivate-mfa=GAHT12345678", USER, ""),
        (f"deactivate-mfa=arn:aws:iam::{ACCOUNT}:mfa/phone", USER, ""),
        (f"deactivate-mfa=arn:aws:iam::{OTHER_ACCOUNT}:mfa/phone", USER, "is not what deactivate-mfa takes"),
        ("deactivate-mfa=GAHT12345678", ROLE, "is about a user"),
        (f"enable-kms-key={KEY}", USER, ""),
        (f"enable-kms-key=arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY}", ROLE, ""),
        ("enable-kms-key=alias/books", USER, "'alias/books' is not what enable-kms-key takes"),
        (f"revoke-kms-grant=arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY}/{'0f' * 32}", USER, ""),
        (f"revoke-kms-grant={KEY}", USER, "is not what revoke-kms-grant takes"),
        (f"disable-trust-anchor={KEY}", ROLE, ""),
        ("disable-trust-anchor=laptops", ROLE, "is not what disable-trust-anchor takes"),
        ("create-trail=audit", USER, "'create-trail' cannot be asked for"),
        (f"snapshot-instance={ID}", ROLE, ""),
        (f"snapshot-instance={arn()}", ROLE, ""),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_can(word: str, principal: Principal, said: str) -> None:
    found = misfit(word, signal(subject=SESSION, principal=principal), principal)
    assert said in found
    assert bool(found) is bool(said)


def test_the_session_of_an_instance_names_the_instance() -> None:
    one = replace(signal(subject=OF_INSTANCE, principal=ROLE), region="eu-west-1")
    (step,) = asked_for(one, ROLE, settings(also=("snapshot-instance",)))
    assert step.arguments["instance"] == arn(region="eu-west-1")


def test_asked_for_twice_it_is_done_once() -> None:
    one = replace(signal(subject=OF_INSTANCE, principal=ROLE), also=(f"snapshot-instance={arn()}",))
    assert len(asked_for(one, ROLE, settings(also=("snapshot-instance",)))) == 1


def test_no_option_comes_before_the_deny() -> None:
    words = tuple(f"{option.action}={ID}" for option in OPTIONS)
    steps = asked_for(replace(signal(subject=OF_INSTANCE, principal=ROLE), also=words), ROLE, settings())
    assert steps
    assert all(step.later for step in steps)


def test_what_no_action_undoes_is_left_to_a_person_with_its_name() -> None:
    deleted = replace(signal(), also=("create-trail=audit", "start-logging=audit", "create-trail=audit"))
    (left,) = errands(deleted)
    assert left.reason == "trail audit was deleted, and no event says what it was like"
    plan = decide(deleted, strike(deleted, settings()), Facts(), settings())
    assert left in plan.withheld
    assert plan.steps[-1].action == "start-logging"


def test_what_is_not_the_principal_s_is_changed_by_order_alone() -> None:
    calls = replace(signal(), also=(f"enable-kms-key={KEY}",))
    assert asked_for(calls, USER, settings()) == ()
    assert [one.action for one in unordered(calls, USER)] == ["enable-kms-key"]
    order = replace(calls, sign=Sign.REPORTED)
    assert [step.action for step in asked_for(order, USER, settings())] == ["enable-kms-key"]
    assert unordered(order, USER) == ()


@pytest.mark.parametrize(
    ("subject", "principal", "named"),
    [
        (Subject(SubjectKind.ACCESS_KEY, AKIA), USER, f"--access-key {AKIA}"),
        (Subject(SubjectKind.USER_SESSION, ASIA), USER, "--user deploy"),
        (SESSION, ROLE, "--role worker --session i-0abc"),
        (Subject(SubjectKind.ROLE_SESSION, ASIA), ROLE, "--role worker"),
        (Subject(SubjectKind.ROLE_SESSION, ASIA, "a b"), ROLE, "--role worker --session 'a b'"),
        (Subject(SubjectKind.UNNAMED), ROLE, "--role worker"),
    ],
)
def test_the_order_that_is_proposed_contains_no_more_than_what_leaked(
    subject: Subject, principal: Principal, named: str
) -> None:
    calls = signal(subject=subject, principal=principal, also=(f"enable-kms-key={KEY}",))
    (left,) = unordered(calls, principal)
    assert f"`leak-responder contain {named} --also enable-kms-key=" in left.instead
