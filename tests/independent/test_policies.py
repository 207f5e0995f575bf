"""What we say that a policy allows, compared with an engine that others wrote, over policies of every composition."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from chalicelib.sources.escalation import _tries
from chalicelib.sources.permissions import Request, is_allowed
from tests.independent.engine import Question, answers
from tests.sources import events
from tests.sources.events import ACCOUNT, OTHER_ACCOUNT, Json
from tests.sources.grants import EVERYTHING, NOT_EVERYTHING, allow

if TYPE_CHECKING:
    from collections.abc import Iterable

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
VARIABLES = {"aws:username": "bob"}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
WRITTEN = events.record("PutUserPolicy", {"userName": "bob", "policyName": "p"})


def question(policy: Json, request: Request) -> Question:
    """The same for the engine: a member that the request has not is left out."""
    known = {key: value for key, value in request.keys.items() if value is not None}
    return Question(policy, BOB, request.action, request.resource, {**request.variables, **known})


def assert_same(asked: Iterable[tuple[Json, Request]]) -> list[bool]:
    """Every request is allowed by us if and only if the engine allows it."""
    every = list(asked)
    said = answers([question(policy, request) for policy, request in every])
    ours = [is_allowed(policy, request) for policy, request in every]
    differing = [(*one, who) for one, mine, who in zip(every, ours, said, strict=True) if mine is not who]
    assert differing == []
    return ours


NOT_COMPARED: dict[str, str] = {
    "all, of each service": "the engine knows no pattern for a service; ours tells rather than not",
    "all of IAM, by a part of its name": "the same",
    "users, by a mark that stands for colons": "the engine compares field by field; the user guide says otherwise",
    "all, and all is denied but what a variable without a value says": "IAM may take the deny for invalid",
    "all, but without a second factor": "whether it holds is for the caller to choose",
    "all, under a condition that one can meet": "whether it holds is for the caller to choose",
    "no resource": "IAM refuses such a policy",
    "no action": "IAM refuses such a policy",
}


@pytest.mark.parametrize("told", [EVERYTHING, NOT_EVERYTHING], ids=["everything", "not everything"])
def test_the_policies_of_the_rules_allow_what_the_engine_says(told: dict[str, list[Json]]) -> None:
    policies = {case: {"Version": "2012-10-17", "Statement": statements} for case, statements in told.items()}
    asked = {
        case: [*_tries(one, WRITTEN)] for case, one in policies.items() if one["Statement"] and case not in NOT_COMPARED
    }
    allowed = iter(assert_same((policies[case], request) for case, requests in asked.items() for request in requests))
    found = {case: sum([next(allowed) for _ in requests]) > 0 for case, requests in asked.items()}
    assert set(found.values()) == {told is EVERYTHING}


ACTIONS = (
    *("*", "iam:*", "IAM:*", "iam:?*", "iam:Attach*", "iam:attachuserpolicy", "iam:*Policy", "iam:*UserPolicy"),
    *(
        "iam:Put????Policy",
        "iam:Create*",
        "iam:AttachUserPolic?",
        "iam:AttachUserPolicy?",
        "iam:Get*",
        "s3:*",
        "s3:Get*",
    ),
    *("sts:AssumeRole", "iam:P*y"),
)
RESOURCES = (
    *("*", f"arn:aws:iam::{ACCOUNT}:*", "arn:aws:iam::*:*", "arn:aws:iam", "arn:aws:iam::", "arn:*", "arn:*:iam::*:*"),
    *(f"arn:aws:iam::{kind}" for kind in ("*:user/*", "*:role/*", "*:policy/*", f"{ACCOUNT}:user/b*", "*:user/?ob")),
    *(BOB, f"{BOB}?", f"arn:aws:iam::{OTHER_ACCOUNT}:*", "arn:aws-cn:iam::*:*", "arn:aws:iam::*:user/team/*"),
    *("arn:aws:iam:*:*:*", "arn:aws:s3:::logs/*", "arn:aws:iam::*:user/[b]ob"),
    *(
        f"arn:aws:iam::*:user/${{{name}}}"
        for name in ("aws:username", "AWS:UserName", "*", "?", "$", "aws:PrincipalTag/x")
    ),
    *("arn:aws:iam::*:user/${aws:PrincipalTag/x, 'bob'}", "arn:aws:iam::${aws:PrincipalAccount}:user/*"),
)
EXCLUDED = tuple(one for one in RESOURCES if (one == "*" or one.count(":") > 4) and "PrincipalTag/x}" not in one)
"""IAM does not say what an exclusion by a short ARN excludes, or one by a variable without a value."""

# Only ARNs: what an operator for ARNs makes of another text IAM does not say.
VALUES = (
    ADMINISTRATOR,
    "arn:aws:iam::aws:policy/*",
    f"arn:aws:iam::{ACCOUNT}:policy/team/*",
    "arn:*:*:*:*:*",
    "arn:aws:iam::aws:policy/*Access",
    ADMINISTRATOR.lower(),
)
COMPARING = (
    "StringEquals",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "StringNotEquals",
    "StringNotLike",
    "ArnNotEquals",
    "ArnNotLike",
)
CASELESS = ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
OPERATORS = (
    *COMPARING,
    *CASELESS,
    *(f"{one}IfExists" for one in (*COMPARING, *CASELESS)),
    *(f"{many}:{one}" for many, one in product(("ForAnyValue", "ForAllValues"), (*COMPARING, *CASELESS))),
)
KEYS = ("iam:PolicyARN", "iam:policyarn", "iam:PermissionsBoundary")
REQUESTS = tuple(
    Request(action, resource, {"iam:policyarn": policy, "iam:permissionsboundary": boundary}, VARIABLES)
    for action, resource, policy, boundary in (
        ("iam:AttachUserPolicy", BOB, ADMINISTRATOR, None),
        (
            "iam:AttachUserPolicy",
            f"arn:aws:iam::{ACCOUNT}:user/team/zoe",
            f"arn:aws:iam::{ACCOUNT}:policy/team/x",
            None,
        ),
        ("iam:PutUserPolicy", BOB, None, None),
        ("iam:PutUserPolicy", BOB, None, ADMINISTRATOR),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/app", ADMINISTRATOR, ADMINISTRATOR),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/team/x", None, None),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/zoe", None, None),
        ("s3:GetObject", "arn:aws:s3:::logs/2026/11", None, None),
        ("zzz:DoIt", f"arn:aws:zzz:us-east-1:{ACCOUNT}:thing", None, None),
    )
)


def test_every_pair_of_patterns_matches_as_the_engine_says() -> None:
    statements = [allow(action, resource) for action, resource in product(ACTIONS, RESOURCES)]
    allowed = assert_same(
        ({"Version": "2012-10-17", "Statement": [one]}, request) for one in statements for request in REQUESTS
    )
    assert {True, False} == set(allowed)


def test_every_condition_holds_as_the_engine_says() -> None:
    conditions = [{operator: {key: value}} for operator, key, value in product(OPERATORS, KEYS, VALUES)]
    conditions += [{"Null": {key: value}} for key, value in product(KEYS, ("true", "false"))]
    allowed = assert_same(
        ({"Version": "2012-10-17", "Statement": [allow("*", Condition=one)]}, request)
        for one in conditions
        for request in REQUESTS
    )
    assert {True, False} == set(allowed)


def test_policies_of_several_statements_allow_what_the_engine_says() -> None:
    random = Random(22)  # noqa: S311 - the same policies every time
    policies = [
        {"Version": "2012-10-17", "Statement": [statement(random) for _ in range(random.randint(1, 4))]}
        for _ in range(2_000)
    ]
    allowed = assert_same((one, request) for one in policies for request in REQUESTS)
    assert {True, False} == set(allowed)


def statement(random: Random) -> Json:
    """One of any composition, a deny among three."""
    action, resource = (
        random.choice(("Action", "Action", "NotAction")),
        random.choice(("Resource", "Resource", "NotResource")),
    )
    found: Json = {
        "Effect": random.choice(("Allow", "Allow", "Deny")),
        action: random.sample(ACTIONS, random.randint(1, 3)),
        resource: random.sample(EXCLUDED if resource == "NotResource" else RESOURCES, random.randint(1, 2)),
    }
    if random.random() < 1 / 3:
        wanted = random.sample(VALUES, random.randint(1, 2))
        found["Condition"] = {random.choice(OPERATORS): {random.choice(KEYS): wanted}}
    return found
