"""The organisation's guard: well formed, small enough, and nobody but those named gets past it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from parliament import analyze_policy_string

from console import guard
from console.doctor import guarding
from console.doctor.patient import Health, Patient
from console.doctor.permissions import listed, needed
from console.stack import FUNCTIONS
from tests.conformance import scene
from tests.console.stack import typed

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

ACCOUNT = "111122223333"
ROLES = [
    f"arn:aws:iam::{ACCOUNT}:role/leak-responder-prod-{one.role_id}-ABCDEFGHIJKL"
    for one in FUNCTIONS
    if guard.GUARDED & needed(one)
]
ONCALL = f"arn:aws:iam::{ACCOUNT}:role/oncall"


def test_the_policy_is_well_formed_and_fits() -> None:
    text = guard.written(guard.document(ROLES, [ONCALL] * 3))
    assert len(text) <= guard.LONGEST
    accepted = {"RESOURCE_STAR"}  # detaching and boundaries are named by their condition
    assert [str(one) for one in analyze_policy_string(text).findings if one.issue not in accepted] == []


def test_a_pattern_is_no_break_glass() -> None:
    for arn in ("arn:aws:iam::111122223333:role/*", "oncall", f"arn:aws:sts::{ACCOUNT}:assumed-role/oncall/ana"):
        refused = typed("guard", "--break-glass", arn)
        assert (refused.exit_code, "is not the ARN of one role or user" in refused.stderr) == (2, True)


def test_an_administrator_gets_past_it_only_where_named(cloud: Cloud) -> None:
    """Judged as a deny of the administrators themselves: the embedded AWS knows no service control policies."""
    iam = cloud.client("iam")
    for who in ("admin", "oncall", "victim"):
        iam.create_user(UserName=who)
    oncall = f"arn:aws:iam::{cloud.account}:user/oncall"
    document = guard.written(guard.document((), [oncall]))
    scp = iam.create_policy(PolicyName="guard", PolicyDocument=document)["Policy"]["Arn"]
    deny = scene.policy("Deny", "*")
    ours = iam.create_policy(Path="/leak-responder/", PolicyName="quarantine", PolicyDocument=deny)["Policy"]["Arn"]
    theirs = iam.create_policy(PolicyName="theirs", PolicyDocument=scene.ALLOW_ALL)["Policy"]["Arn"]
    for who in ("admin", "oncall"):
        iam.put_user_policy(UserName=who, PolicyName="may", PolicyDocument=scene.ALLOW_ALL)
        iam.attach_user_policy(UserName=who, PolicyArn=scp)
    for arn in (ours, theirs):
        iam.attach_user_policy(UserName="victim", PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="victim", PermissionsBoundary=ours)

    admin, allowed = (scene.key(cloud, who).client("iam") for who in ("admin", "oncall"))
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("detach_user_policy", {"UserName": "victim", "PolicyArn": ours}),
        ("create_policy_version", {"PolicyArn": ours, "PolicyDocument": scene.ALLOW_ALL, "SetAsDefault": True}),
        ("put_user_permissions_boundary", {"UserName": "victim", "PermissionsBoundary": theirs}),
        ("delete_user_permissions_boundary", {"UserName": "victim"}),
    )
    for name, asked in calls[:2] + calls[3:]:
        assert scene.refusal(getattr(admin, name), **asked) == "AccessDenied"
    assert scene.refusal(admin.put_user_permissions_boundary, **calls[2][1]) == "AccessDenied"
    assert scene.refusal(admin.detach_user_policy, UserName="victim", PolicyArn=theirs) is None
    for name, asked in calls:
        assert scene.refusal(getattr(allowed, name), **asked) is None


class Asked:
    """Organizations and IAM, as far as doctor asks them about a guard."""

    def __init__(self, policies: list[Any], able: bool = True, code: str = "", master: str = "999988887777") -> None:
        """What is attached to the root, whether the people on call may release, and how AWS refuses."""
        self.policies, self.able, self.code, self.master = policies, able, code, master

    def get_paginator(self, name: str) -> Any:
        self.name = name
        return self

    def paginate(self, **asked: Any) -> Any:
        if self.name == "simulate_principal_policy":
            decision = "allowed" if self.able else "implicitDeny"
            return [{"EvaluationResults": [{"EvalActionName": "x", "EvalDecision": decision}]}]
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "ListPoliciesForTarget")
        attached = range(len(self.policies)) if asked["TargetId"] == "r-1" else ()
        return [{"Policies": [{"Id": str(one)} for one in attached]}]

    def describe_policy(self, PolicyId: str) -> Any:  # noqa: N803 - as AWS names it
        return {"Policy": {"Content": json.dumps(self.policies[int(PolicyId)])}}

    def list_parents(self, **_: str) -> Any:
        return {"Parents": [{"Id": "r-1"}]}

    def describe_organization(self) -> Any:
        return {"Organization": {"MasterAccountId": self.master}}

    def get_role(self, RoleName: str) -> Any:  # noqa: N803 - as AWS names it
        return {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{RoleName}"}}


def patient(asked: Asked) -> Patient:
    names = {one.logical_id: one.logical_id for one in FUNCTIONS} | {one.role_id: one.role_id for one in FUNCTIONS}
    made = {"organizations": asked, "iam": asked}
    return Patient("leak-responder-prod", "", names, {}, ACCOUNT, boto3.Session(region_name="us-east-1"), made)


GUARD = guard.document(guard.responders(patient(Asked([]))), [ONCALL])
WEAK = {"Statement": [one | {"Action": "s3:DeleteBucket"} for one in GUARD["Statement"]]}
LOWER = {
    "Statement": [
        one
        | {
            "Action": [action.lower() for action in listed(one["Action"])],
            "Condition": {
                operator: {key.lower(): value for key, value in keys.items()}
                for operator, keys in one["Condition"].items()
            },
        }
        for one in GUARD["Statement"]
    ]
}
OTHERS = [{"Statement": {"Sid": "FullAccess", "Effect": "Allow", "Action": "*", "Resource": "*"}}]
EXEMPTS_ALL = {"Statement": [one | {"Condition": {"Null": {"aws:PrincipalArn": "true"}}} for one in GUARD["Statement"]]}
CASES: dict[str, tuple[Asked, Health, str]] = {
    "in place": (Asked([{"Statement": [{"Sid": "FullAccess"}]}, GUARD]), Health.WELL, "oncall could release"),
    "of its name alone": (Asked([WEAK]), Health.WRONG, "does not deny what the guard denies: statement KeepAttached"),
    "of no one": (Asked([EXEMPTS_ALL]), Health.WRONG, "does not deny what the guard denies"),
    "in lower case": (Asked([LOWER]), Health.WELL, "oncall could release"),
    "beside one statement": (Asked([*OTHERS, GUARD]), Health.WELL, "oncall could release"),
    "another": (Asked([{"Statement": [{"Sid": "FullAccess"}]}]), Health.NOTE, "no guard is in place"),
    "of an older deployment": (Asked([guard.document(["arn:x"], [ONCALL])]), Health.WRONG, "holds back the responder"),
    "nobody may": (Asked([GUARD], able=False), Health.WRONG, "nobody could release without the responder"),
    "not asked here": (Asked([], code="AccessDeniedException"), Health.NOTE, "only in the management account"),
    "no organisation": (Asked([], code="AWSOrganizationsNotInUseException"), Health.NOTE, "in no organisation"),
    "management account": (Asked([GUARD], master=ACCOUNT), Health.NOTE, "no service control policy applies"),
}


@pytest.mark.parametrize("case", CASES)
def test_doctor_says_whether_it_is_in_place(case: str) -> None:
    asked, health, said = CASES[case]
    (line,) = guarding.look(patient(asked))
    assert (line.health, said in line.said) == (health, True), line.said
