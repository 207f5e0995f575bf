"""More than reading what stands: IAM is asked, CloudTrail is looked through, and only quiet looks make it held."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.actions.revoke_role_sessions import IDENTITY_KEY
from chalicelib.entries import Result
from chalicelib.follow_up import asking, resume, sighting
from chalicelib.follow_up.proof import met_by
from chalicelib.inquiry import subjects
from chalicelib.model import Sign, Subject, SubjectKind
from chalicelib.sources import cloudtrail
from tests import signals
from tests.after.scene import LOCK, closed, inbox, leak, received, reloaded
from tests.report.runs import ACCOUNT, KEY, OPENED, ROLE, ROLE_SIGNAL, SIBLING, narrowed, opened
from tests.world import key_id

if TYPE_CHECKING:
    from chalicelib.model import Step
    from tests.world import World

WIDE, NARROW, SESSION = (
    opened().ended().incident,
    narrowed(opened().ended()).incident,
    opened(ROLE_SIGNAL).ended().incident,
)


def denying(action: str) -> Step:
    """The step of that action, of whichever incident has one."""
    found = next(filter(None, (one.step(action) for one in (WIDE, NARROW, SESSION))))
    return replace(found, principal=replace(found.principal, name="someone"))


CONTEXTS: dict[str, tuple[str, list[str]]] = {
    "quarantine-user": ("user", []),
    "narrow-user": ("user", ["aws:TokenIssueTime"]),
    "revoke-role-sessions": ("role", ["aws:TokenIssueTime", "aws:userid"]),
}


@pytest.mark.parametrize("action", CONTEXTS)
@pytest.mark.parametrize("decision", ["allowed", "explicitDeny"])
def test_iam_is_asked_as_the_oldest_session_would_ask(action: str, decision: str) -> None:
    kind, names = CONTEXTS[action]
    arn, step = f"arn:aws:iam::{ACCOUNT}:{kind}/team/someone", denying(action)
    iam: Any = boto3.client("iam")
    role_id = "AROADBQP57FF2AEXAMPLE"
    made = {"Path": "/team/", "Arn": arn, "CreateDate": OPENED}
    asked = {"PolicySourceArn": arn, "ActionNames": asking.ASKED, "ContextEntries": asking.context(step)}
    with Stubber(iam) as stub:
        if kind == "user":
            user = {**made, "UserName": "someone", "UserId": "AIDACKCEVSQ6C2EXAMPLE"}
            stub.add_response("get_user", {"User": user}, {"UserName": "someone"})
        else:
            role = {**made, "RoleName": "someone", "RoleId": role_id}
            stub.add_response("get_role", {"Role": role}, {"RoleName": "someone"})
        assert asking.named(iam, step.principal) == (arn, "AIDACKCEVSQ6C2EXAMPLE" if kind == "user" else role_id)
        results = [{"EvalActionName": asking.ASKED[0], "EvalDecision": decision}]
        stub.add_response("simulate_principal_policy", {"EvaluationResults": results}, asked)
        assert asking.allowed(iam, arn, step) == ([asking.ASKED[0]] if decision == "allowed" else [])
    assert [one["ContextKeyName"] for one in asking.context(step)] == names


def record(**members: Any) -> dict[str, Any]:
    return signals.record("CreateUser", eventTime=f"{OPENED + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}", **members)


WORKED: dict[str, tuple[dict[str, Any], bool]] = {
    "a call that worked": ({}, True),
    "refused": ({"errorCode": "AccessDenied"}, False),
    "from before": ({"eventTime": f"{OPENED:%Y-%m-%dT%H:%M:%SZ}"}, False),
    "of no time": ({"eventTime": "yesterday"}, False),
    "what no policy denies": ({"eventName": "GetCallerIdentity"}, False),
    "a sign-in": ({"eventType": "AwsConsoleSignIn"}, False),
    "a service at what it was asked": ({"userIdentity": {"invokedBy": "cloudformation.amazonaws.com"}}, False),
}


@pytest.mark.parametrize(
    ("region", "asked"),
    [
        ("eu-west-1", ["us-east-1", "eu-west-1"]),
        ("us-gov-west-1", ["us-east-1", "us-gov-west-1"]),
        ("us-east-1", ["us-east-1"]),
        ("global", ["us-east-1"]),  # AWS Health says so of what concerns every Region
        ("", ["us-east-1"]),
        ("evil.example.com/", ["us-east-1"]),
    ],
)
def test_cloudtrail_is_asked_in_regions_alone(region: str, asked: list[str]) -> None:
    named = tuple(replace(one, region=region) for one in WIDE.signals)
    assert sighting.regions(replace(WIDE, signals=named), "us-east-1") == asked


@pytest.mark.parametrize("case", WORKED)
def test_which_calls_speak_against_the_containment(case: str) -> None:
    members, counts = WORKED[case]
    assert sighting.worked({**record(), **members}, OPENED + timedelta(minutes=1)) is counts


def by(key: str, age: int | None = None, name: str = "deploy") -> dict[str, Any]:
    """A user's key, or a session that was issued so many seconds after the incident was opened."""
    identity = signals.user_identity(name, key)
    if age is not None:
        issued = f"{OPENED + timedelta(seconds=age):%Y-%m-%dT%H:%M:%SZ}"
        identity |= {"sessionContext": {"attributes": {"creationDate": issued}}}
    return identity


MET: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "wide, any credential of the user": ("wide", by(SIBLING), "quarantine-user"),
    "wide, another user": ("wide", by(KEY, name="bob"), None),
    "wide, whoever was given the name": ("wide", by(SIBLING) | {"principalId": "AIDASOMEBODYELSE0000"}, None),
    "narrow, the leaked key": ("narrow", by(KEY), "deactivate-key"),
    "narrow, the other key": ("narrow", by(SIBLING), None),
    "narrow, an old session": ("narrow", by("ASIAIOSFODNN7EXAMPLE", -60), "narrow-user"),
    "narrow, a new session": ("narrow", by("ASIAIOSFODNN7EXAMPLE", 3600), None),
}


@pytest.mark.parametrize("case", MET)
def test_which_deny_a_call_should_have_met(case: str) -> None:
    state, identity, action = MET[case]
    incident = WIDE if state == "wide" else NARROW
    denies = [step for step in incident.steps if step.action in {"quarantine-user", "narrow-user"}]
    standing = [step for step in denies if incident.stands(step)]
    found = sighting.met(incident, standing, record(by=identity))
    assert (found.action if found else None) == action


IDENTITY, OTHER = (f"us-east-1:0f3c1d2e-4b5a-6978-8c9d-0e1f2a3b4c5{end}" for end in "de")


def of_pool(who: str, age: int) -> dict[str, Any]:
    """A session that an identity pool gave so many seconds after the incident was opened."""
    return {
        "type": "AssumedRole",
        "principalId": f"{ROLE.unique_id}:CognitoIdentityCredentials",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE.name}/CognitoIdentityCredentials",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": ROLE.unique_id, "userName": ROLE.name},
            "webIdFederationData": {
                "federatedProvider": "cognito-identity.amazonaws.com",
                "attributes": {IDENTITY_KEY: who},
            },
            "attributes": {"creationDate": f"{OPENED + timedelta(seconds=age):%Y-%m-%dT%H:%M:%SZ}"},
        },
    }


def test_an_identity_is_told_from_the_others_of_its_pool_whose_sessions_have_the_same_name() -> None:
    subject = cloudtrail.credential(record(by=of_pool(IDENTITY, -60)))
    incident = opened(replace(ROLE_SIGNAL, subject=subject)).ended().incident
    (deny,) = incident.steps
    assert incident.explains(replace(ROLE_SIGNAL, subject=replace(subject, id="ASIAI44QH8DHBEXAMPLE")))
    assert not incident.explains(replace(ROLE_SIGNAL, subject=Subject(subject.kind, "ASIAX", OTHER)))
    calls = [(of_pool(IDENTITY, -60), deny), (of_pool(IDENTITY, 3600), None), (of_pool(OTHER, -60), None)]
    assert [sighting.met(incident, (deny,), record(by=who)) for who, _ in calls] == [step for _, step in calls]
    assert sighting.Mark("Username", "CognitoIdentityCredentials") in sighting.marks(incident)
    assert [one["ContextKeyName"] for one in asking.context(deny)] == ["aws:TokenIssueTime", IDENTITY_KEY]
    assert [one.name for one in subjects.leaked(incident)] == [subject.id]
    assert cloudtrail.credential(record(by=of_pool("us-east-1:x", -60))).session == "CognitoIdentityCredentials"
    assert Subject(SubjectKind.DATABASE_LOGIN, None, IDENTITY).identity is None


_SPARED = replace(ROLE_SIGNAL.subject, id="ASIAI44QH8DHBEXAMPLE")
_ANOTHER = replace(_SPARED, session="i-0fedcba9876543210")


@pytest.mark.parametrize(
    ("subject", "after_cut_off", "explained"),
    [
        (ROLE_SIGNAL.subject, 3600, True),  # it was named, so it is dead, and its calls fail
        (_SPARED, -1, True),
        (_SPARED, 0, True),
        (_SPARED, 1, False),  # issued since under the same name: our cut-off spares it
        (_ANOTHER, -1, False),
        (replace(_SPARED, id=None), 3600, True),  # the feed does not say which one it is
        (replace(_ANOTHER, id=None), -1, False),
    ],
)
def test_a_closed_incident_explains_only_what_its_cut_off_stopped(
    subject: Subject, after_cut_off: int, *, explained: bool
) -> None:
    incident = opened(ROLE_SIGNAL).ended().incident
    at = incident.cut_off + timedelta(seconds=after_cut_off)
    assert incident.explains(replace(ROLE_SIGNAL, subject=subject, at=at)) is explained


def test_whoever_stopped_a_whole_pool_stopped_each_identity_of_it() -> None:
    subject = Subject(SubjectKind.ROLE_SESSION, "ASIAIOSFODNN7EXAMPLE", "CognitoIdentityCredentials")
    incident = opened(replace(ROLE_SIGNAL, subject=subject)).ended().incident
    one = Subject(SubjectKind.ROLE_SESSION, "ASIAI44QH8DHBEXAMPLE", OTHER)
    assert incident.explains(replace(ROLE_SIGNAL, subject=one))
    assert not incident.explains(replace(ROLE_SIGNAL, subject=replace(one, session="worker")))


def test_a_key_that_was_used_between_two_looks_is_seen_in_cloudtrail_and_told_with_who_revived_it(world: World) -> None:
    url, holder, helper = inbox(world), world.holder("victim"), world.holder("bystander")
    world.later(-2 * 3600)  # behind the clock that CloudTrail goes by
    world.with_settings(cut_off_ahead=0)
    incident = leak(world, signals.guardduty(key_id(holder)))
    world.later(60)
    resume(LOCK, world.ports())
    assert reloaded(world, incident).narrowed
    received(world, url)
    revive = {"UserName": "victim", "AccessKeyId": key_id(holder)}
    helper.client("iam").update_access_key(**revive, Status="Active")
    holder.client("iam").list_users()
    helper.client("iam").update_access_key(**revive, Status="Inactive")
    world.later(60)
    resume(LOCK, world.ports())
    (seen,) = reloaded(world, incident).undone
    assert f"{key_id(holder)} called iam:ListUsers" in seen.detail
    assert (seen.by, seen.hostile) == ("user bystander", False)
    assert received(world, url) == [("event-bus", "undone"), ("sns", "undone")]


def test_it_is_held_only_after_looks_in_a_row_that_found_nothing_amiss(world: World) -> None:
    world.with_settings(watch=0, quiet_looks=3)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    quiet = []
    while not (found := reloaded(world, incident)).closed:
        world.later(60)
        resume(LOCK, world.ports())
        quiet.append(reloaded(world, incident).quiet)
    assert quiet == [0, 1, 2, 3]  # in the first run the deny was narrowed, which IAM may not show yet
    assert (found.closed.result, found.unasked) == (Result.HELD, ())


def test_calls_are_counted_from_the_deny_that_should_have_met_them_whatever_is_done_later(world: World) -> None:
    """Whoever gives us more to do must not move the moment from which their calls count."""
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    step = incident.steps[0]
    later = replace(incident, did_at={**incident.did_at, "rotate-secret:later": world.at + timedelta(minutes=9)})
    call = signals.record(
        "CreateUser",
        by={**signals.user_identity("victim"), "principalId": world.unique_id("victim")},
        eventTime=f"{world.at + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
    )
    (doubt,) = met_by(later, (step,), call, world.ports())
    assert doubt[0] == step


def test_who_is_contained_themselves_does_not_tire_us_out(world: World) -> None:
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    known = {"principalId": world.unique_id("victim")}
    incident = leak(world, signals.guardduty(world.new_key("victim"), details=known))
    world.later(60)
    resume(LOCK, world.ports())
    policy = world.settings.quarantine_policy
    for _ in range(world.settings.reapply_limit + 1):
        world.admin("iam").detach_user_policy(UserName="victim", PolicyArn=policy)
        world.later(60)
        asked, at = {"userName": "victim", "policyArn": policy}, f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
        own = signals.user_identity("victim") | known
        leak(world, signals.call("DetachUserPolicy", by=own, requestParameters=asked, eventTime=at))
        resume(LOCK, world.ports())
    found = reloaded(world, incident)
    assert [(one.by, one.hostile, one.reapplied) for one in found.undone] == [("user victim", True, True)] * (
        world.settings.reapply_limit + 1
    )
    assert any(one.sign is Sign.CONTAINMENT_UNDONE for one in found.signals)
    end = closed(world)
    assert end.closed
    assert end.closed.result is Result.CONTESTED
