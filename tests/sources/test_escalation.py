"""Rights that a caller gives to themselves, and policies that let their holder take every right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.model import Sign
from tests.sources import events
from tests.sources.events import ACCOUNT, AIDA, AROA, OTHER_ACCOUNT, Json
from tests.sources.grants import EVERYTHING, NOT_EVERYTHING, allow, wanting
from tests.sources.patterns import reached
from tests.sources.reads import credential, ignored, owner, shown, signals

USER, ROLE = events.user_identity("mallory"), events.role_identity("app", path="team/")
MALLORY, APP = USER["arn"], f"arn:aws:iam::{ACCOUNT}:role/team/app"
TEAM = f"arn:aws:iam::{ACCOUNT}:role/team/*"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-0abc"
EVERYBODY, ANY = f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::aws:policy"
OF_OURS = f"arn:aws:iam::{ACCOUNT}:policy"
MINE = f"{OF_OURS}/billing-export"
SOME, ALL = (json.dumps({"Statement": allow(action)}) for action in ("s3:Get*", "*"))
DENIED = allow("s3:*") | {"Effect": "Deny"}


def call(who: Json, name: str, **asked: Any) -> Json:
    """A call of IAM by somebody."""
    return events.record(name, asked, userIdentity=who)


def trusting(who: Json, *principals: str, name: str = "UpdateAssumeRolePolicy", **members: Any) -> Json:
    """A call that says which principals a role trusts."""
    allowed = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole", **members}
    member = "assumeRolePolicyDocument" if name == "CreateRole" else "policyDocument"
    return call(who, name, roleName="OrgAdmin", **{member: json.dumps({"Statement": [allowed]})})


TAKEN: dict[str, Json] = {
    "a user lets herself in": trusting(USER, MALLORY),
    "a user lets herself in beside others": trusting(USER, EVERYBODY, f"arn:aws:iam::{ACCOUNT}:user/bob", MALLORY),
    "a user lets herself in by her unique id": trusting(USER, AIDA),
    "a user lets herself in with a condition": trusting(
        USER, MALLORY, **wanting("Bool", "aws:SecureTransport", "true")
    ),
    "a user lets herself in by any action of STS": trusting(USER, MALLORY, Action=["sts:TagSession", "STS:Assume*"]),
    "a session lets its role in": trusting(ROLE, APP),
    "a session lets its role in by its unique id": trusting(ROLE, AROA),
    "a session lets itself in": trusting(ROLE, SESSION),
    "the account, if it is her": trusting(USER, EVERYBODY, **wanting("ArnEquals", "aws:PrincipalArn", MALLORY)),
    "the account by number, if it is her": trusting(USER, ACCOUNT, **wanting("StringLike", "AWS:username", "mallor?")),
    "the account, if it is of her team": trusting(ROLE, EVERYBODY, **wanting("ArnLike", "aws:PrincipalArn", TEAM)),
    "the account, if it is a session of the role": trusting(
        ROLE, EVERYBODY, **wanting("StringLikeIfExists", "aws:userId", "nobody", f"{AROA}:*")
    ),
    "anybody, if it is her": trusting(USER, "*", **wanting("StringEquals", "aws:PrincipalArn", MALLORY)),
    "a policy of the account": call(USER, "AttachUserPolicy", userName="mallory", policyArn=MINE),
    "a policy of AWS": call(USER, "AttachUserPolicy", userName="mallory", policyArn=f"{ANY}/SecretsManagerReadWrite"),
    "all but IAM": call(USER, "AttachUserPolicy", userName="mallory", policyArn=f"{ANY}/PowerUserAccess"),
    "a policy with a path like ours": call(
        USER, "AttachUserPolicy", userName="mallory", policyArn=f"{OF_OURS}/leak-responder/x"
    ),
    "a policy named like AWS's quarantine": call(
        USER, "AttachUserPolicy", userName="mallory", policyArn=f"{OF_OURS}/AWSCompromisedKeyQuarantineV3"
    ),
    "a policy named like AWS's deny": call(
        USER, "AttachUserPolicy", userName="mallory", policyArn=f"{OF_OURS}/AWSDenyAll"
    ),
    "her name in capitals": call(USER, "AttachUserPolicy", userName="MALLORY", policyArn=MINE),
    "a policy for the role of the session": call(ROLE, "AttachRolePolicy", roleName="app", policyArn=MINE),
    "a policy of her own": call(USER, "PutUserPolicy", userName="mallory", policyName="p", policyDocument=SOME),
    "a policy of the role's own": call(ROLE, "PutRolePolicy", roleName="app", policyName="p", policyDocument=SOME),
    **{
        f"a policy of her own that is called {name}": call(
            USER, "PutUserPolicy", userName="mallory", policyName=name, policyDocument=SOME
        )
        for name in ("leak-responder-x", "AWSCompromisedKeyQuarantineV3", events.EXPOSED_POLICY, events.DENY)
    },
    **{
        f"a policy of the role's own that is called {name}": call(
            ROLE, "PutRolePolicy", roleName="app", policyName=name, policyDocument=SOME
        )
        for name in ("leak-responder-x", f"{events.DENY}x", "AWSCompromisedKeyQuarantineV3")
    },
    "a group": call(USER, "AddUserToGroup", userName="mallory", groupName="admins"),
    "the boundary of the role off": call(ROLE, "DeleteRolePermissionsBoundary", roleName="app"),
    "another boundary for the role": call(
        ROLE, "PutRolePermissionsBoundary", roleName="app", permissionsBoundary=f"{ANY}/AdministratorAccess"
    ),
}
"""By whom, and what; each a way to more rights than the caller had."""


@pytest.mark.parametrize("case", TAKEN)
def test_rights_to_oneself_are_told_of_the_caller(case: str) -> None:
    who = TAKEN[case]["userIdentity"]
    (found,) = signals(events.called(TAKEN[case]))
    assert len(reached(events.called(TAKEN[case]))) == 1
    assert found.sign is Sign.RIGHTS_TAKEN
    assert owner(found.principal) == (f"user mallory {AIDA}" if who is USER else f"role app {AROA}")
    assert credential(found) == (
        f"access-key {events.SIBLING}" if who is USER else f"role-session {events.ASIA} i-0abc"
    )
    assert found.principal == found.actor


@pytest.mark.parametrize("name", ["DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary"])
def test_a_boundary_changed_by_its_user_says_two_things(name: str) -> None:
    """One of the caller; and one of the boundary, which may have been ours."""
    mine, other = signals(events.called(call(USER, name, userName="mallory")))
    assert (mine.sign, credential(mine)) == (Sign.RIGHTS_TAKEN, f"access-key {events.SIBLING}")
    assert (other.sign, credential(other)) == (Sign.BOUNDARY_CHANGED, "unnamed-credential")
    assert mine.principal == other.principal
    (alone,) = signals(events.called(call(USER, name, userName="bob")))
    assert alone.sign is Sign.BOUNDARY_CHANGED


def test_the_notice_names_the_policy_that_was_attached() -> None:
    (found,) = signals(TAKEN["a policy of the account"])
    assert {("on", "user mallory"), ("policy", MINE)} <= shown(found)


def test_a_notice_about_a_policy_names_it_once() -> None:
    (found,) = signals(call(USER, "SetDefaultPolicyVersion", policyArn=MINE))
    assert [value for _, value in shown(found) if MINE in value] == [f"policy {MINE}"]


GIVEN_TO_OTHERS: dict[str, tuple[Json, Sign]] = {
    "a deny of her own": (
        call(
            USER, "PutUserPolicy", userName="mallory", policyName="p", policyDocument=json.dumps({"Statement": DENIED})
        ),
        Sign.RIGHTS_CHANGED,
    ),
    **{
        f"{name} that is called like ours": (
            call(USER, name, **{member: "x"}, policyName="leak-responder-x", policyDocument=ALL),
            Sign.RIGHTS_GRANTED,
        )
        for name, member in (
            ("PutUserPolicy", "userName"),
            ("PutGroupPolicy", "groupName"),
            ("PutRolePolicy", "roleName"),
        )
    },
    "what may be over our own deny": (
        call(ROLE, "PutRolePolicy", roleName="app", policyName=events.DENY, policyDocument=SOME),
        Sign.CONTAINMENT_UNDONE,
    ),
    "a boundary of another role": (call(ROLE, "DeleteRolePermissionsBoundary", roleName="db"), Sign.RIGHTS_CHANGED),
    "a role of the user's name": (call(USER, "DeleteRolePermissionsBoundary", roleName="mallory"), Sign.RIGHTS_CHANGED),
    "a group for another": (call(USER, "AddUserToGroup", userName="bob", groupName="admins"), Sign.RIGHTS_CHANGED),
    "a new role that lets its maker in": (trusting(USER, MALLORY, name="CreateRole"), Sign.RIGHTS_CHANGED),
    "herself and another account": (trusting(USER, MALLORY, OTHER_ACCOUNT), Sign.TRUST_OPENED),
    "herself and everybody": (trusting(USER, MALLORY, "*"), Sign.TRUST_PUBLIC),
}


@pytest.mark.parametrize("case", GIVEN_TO_OTHERS)
def test_what_is_given_to_others_or_not_in_force_is_not_taken(case: str) -> None:
    event, sign = GIVEN_TO_OTHERS[case]
    (found,) = signals(events.called(event))
    assert found.sign is sign


NOT_TAKEN: dict[str, tuple[Json, str]] = {
    "a policy for another user": (call(USER, "AttachUserPolicy", userName="bob", policyArn=MINE), "reaches everything"),
    "a policy for another role": (call(ROLE, "AttachRolePolicy", roleName="db", policyArn=MINE), "reaches everything"),
    "a policy for a role of her name": (
        call(USER, "AttachRolePolicy", roleName="mallory", policyArn=MINE),
        "reaches everything",
    ),
    "AWS's deny": (
        call(USER, "AttachUserPolicy", userName="mallory", policyArn=f"{ANY}/AWSDenyAll"),
        "reaches everything",
    ),
    "another user": (trusting(USER, f"arn:aws:iam::{ACCOUNT}:user/bob"), "no other account"),
    "another role": (trusting(ROLE, f"arn:aws:iam::{ACCOUNT}:role/team/db"), "no other account"),
    "another session of the role": (trusting(ROLE, f"{SESSION}1"), "no other account"),
    "the account": (trusting(USER, EVERYBODY), "no other account"),
    "any user of the account": (
        trusting(USER, EVERYBODY, **wanting("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/*")),
        "no other account",
    ),
    "the account but for her": (
        trusting(USER, EVERYBODY, **wanting("ArnNotEquals", "aws:PrincipalArn", MALLORY)),
        "no other account",
    ),
    "another of the account": (
        trusting(USER, EVERYBODY, **wanting("StringEquals", "aws:username", "bob")),
        "no other account",
    ),
    "a tag alone": (trusting(USER, MALLORY, Action="sts:TagSession"), "no other account"),
    "a deny": (trusting(USER, MALLORY, Effect="Deny"), "no other account"),
}


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_what_looks_like_it_stays_quiet(case: str) -> None:
    event, reason = NOT_TAKEN[case]
    assert reason in ignored(events.called(event))


def put(*statements: Json, version: str = "2012-10-17") -> Json:
    """A policy written onto another user."""
    document = json.dumps({"Version": version, "Statement": list(statements)})
    return call(USER, "PutUserPolicy", userName="bob", policyName="p", policyDocument=document)


@pytest.mark.parametrize("case", EVERYTHING)
def test_a_policy_that_lets_its_holder_take_every_right_is_told(case: str) -> None:
    (found,) = signals(put(*EVERYTHING[case]))
    assert found.sign is Sign.RIGHTS_GRANTED


@pytest.mark.parametrize("case", NOT_EVERYTHING)
def test_a_policy_that_does_not_is_of_concern_beside_an_incident_alone(case: str) -> None:
    (found,) = signals(put(*NOT_EVERYTHING[case]))
    assert found.sign is Sign.RIGHTS_CHANGED


def test_the_older_version_of_policies_has_no_variables() -> None:
    (found,) = signals(put(*EVERYTHING["policies on oneself"], version="2008-10-17"))
    assert found.sign is Sign.RIGHTS_CHANGED


SINGLE = {"Statement": allow("iam:?*", "arn:aws:iam::*:user/*")}
WRITTEN: dict[str, Json] = {
    "CreatePolicy": {"policyName": "p"},
    "CreatePolicyVersion": {"policyArn": "p", "setAsDefault": True},
    "PutGroupPolicy": {"groupName": "g", "policyName": "p"},
    "PutRolePolicy": {"roleName": "r", "policyName": "p"},
}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_call_that_writes_a_policy_is_judged_by_what_it_allows(name: str) -> None:
    (found,) = signals(call(USER, name, **WRITTEN[name], policyDocument=json.dumps(SINGLE)))
    assert found.sign is Sign.RIGHTS_GRANTED


@pytest.mark.parametrize("account", ["*", ACCOUNT, OTHER_ACCOUNT])
def test_what_a_permission_set_holds_counts_in_every_account(account: str) -> None:
    document = json.dumps({"Statement": allow("iam:*", f"arn:aws:iam::{account}:user/*")})
    asked = {"permissionSetArn": "p", "inlinePolicy": document}
    (found,) = signals(events.record("PutInlinePolicyToPermissionSet", asked, eventSource="sso.amazonaws.com"))
    assert found.sign is Sign.RIGHTS_GRANTED


def test_no_pattern_keeps_the_reader_busy() -> None:
    (found,) = signals(put(*[allow("iam:" + "*a" * 400, "arn:aws:iam::*:user/" + "*?" * 400)] * 20))
    assert found.sign is Sign.RIGHTS_CHANGED
