"""Least privilege: what each function may do, and what none may."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from parliament import analyze_policy_string

from chalicelib.actions import ACTIONS
from console import generate
from console.stack import FUNCTIONS, Function
from console.stack.parameters import PARAMETERS
from console.stack.policies import parts
from tests.packaging.filled import filled

_ROLE_INLINE_LIMIT = 10_240  # characters without white space: IAM user guide, "IAM and STS quotas"

# A key id is all that this call names, so "*" and user/* are the same users; with user/* the embedded AWS refuses it.
# An interface and the group that it is given are allowed by two statements, so that the group must be one of ours.
_ACCEPTED = {
    ("RESOURCE_STAR", "['iam:GetAccessKeyLastUsed']"),
    (
        "RESOURCE_MISMATCH",
        "[{'action': 'ec2:ModifyNetworkInterfaceAttribute', 'required_format': 'arn:*:ec2:*:*:network-interface/*'}]",
    ),
}

_SHARPEST = {
    "iam:PutRolePolicy": {"guardduty_finding", "credential_event", "follow_up", "replay"},
    "sso:PutInlinePolicyToPermissionSet": {"follow_up", "replay"},
}

each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)


def policy_of(function: Function) -> Any:
    text = generate.generated()[Path(".chalice", f"policy-{function.name}.json")]
    document = filled(json.loads(text))
    for statement in document["Statement"]:
        statement["Resource"] = _flat(statement["Resource"])
    return document


def _flat(resource: Any) -> list[str]:
    return [one for part in resource for one in _flat(part)] if isinstance(resource, list) else [resource]


def actions_of(function: Function) -> set[str]:
    return {action for statement in policy_of(function)["Statement"] for action in statement["Action"]}


@each_function
def test_no_finding_of_the_linter(function: Function) -> None:
    found = analyze_policy_string(json.dumps(policy_of(function))).findings
    assert [str(one) for one in found if (one.issue, str(one.detail)) not in _ACCEPTED] == []


@each_function
def test_it_fits_into_a_role(function: Function) -> None:
    assert len(json.dumps(policy_of(function), separators=(",", ":"))) < _ROLE_INLINE_LIMIT


@each_function
def test_no_function_could_make_itself_an_administrator(function: Function) -> None:
    for action in actions_of(function):
        assert "*" not in action
        assert action not in {"iam:PutUserPolicy", "iam:PassRole", "iam:UpdateAssumeRolePolicy"}
        assert not fnmatch(action, "sts:Assume*")


_TAGS_PRINCIPALS = ("iam:TagUser", "iam:TagRole", "iam:UntagUser", "iam:UntagRole", "sts:TagSession")
_OUR_TAGS = "leak-responder:"


def tags_at_will(statement: dict[str, Any]) -> bool:
    """Whether it sets any tag of a principal: where a policy reads `aws:PrincipalTag`, that makes an administrator.

    Only `ForAllValues` on `aws:TagKeys` bounds every key ("Controlling access during AWS requests", IAM user guide).
    """
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    if not any(fnmatch(one.lower(), action.lower()) for action in actions for one in _TAGS_PRINCIPALS):
        return False
    keys = [
        value[name]
        for test, value in statement.get("Condition", {}).items()
        if test in {"ForAllValues:StringEquals", "ForAllValues:StringLike"}
        for name in value
        if name.lower() == "aws:tagkeys"
    ]
    bounded = [[one] if isinstance(one, str) else one for one in keys]
    return not any(one and all(key.startswith(_OUR_TAGS) for key in one) for one in bounded)


@each_function
def test_no_function_could_give_a_principal_any_tag(function: Function) -> None:
    assert [one for one in policy_of(function)["Statement"] if tags_at_will(one)] == []


@pytest.mark.parametrize(
    ("action", "condition", "at_will"),
    [
        ("iam:TagUser", None, True),
        ("iam:TagRole", {"StringEquals": {"aws:TagKeys": "leak-responder:incident"}}, True),
        ("sts:TagSession", {"ForAllValues:StringEquals": {"aws:TagKeys": ["leak-responder:incident", "team"]}}, True),
        ("iam:Untag*", {"ForAllValues:StringEquals": {"aws:TagKeys": []}}, True),
        ("iam:*", {"StringLike": {"iam:PolicyARN": "x"}}, True),
        ("iam:TagUser", {"ForAllValues:StringEquals": {"aws:TagKeys": "leak-responder:incident"}}, False),
        ("iam:TagRole", {"ForAllValues:StringLike": {"aws:tagkeys": ["leak-responder:*"]}}, False),
        ("iam:TagPolicy", None, False),
    ],
)
def test_a_right_to_tag_is_seen(action: str, condition: dict[str, Any] | None, at_will: bool) -> None:
    statement = {"Effect": "Allow", "Action": [action], "Resource": "*"}
    assert tags_at_will(statement | ({"Condition": condition} if condition else {})) is at_will


_ON_ROLES = {"iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary"}
_OF_ROLES = ":policy/leak-responder/role/*"


@each_function
def test_whoever_attaches_policies_to_roles_may_write_them_inline_already(function: Function) -> None:
    """A policy of our own path that is attached could say anything, as an inline policy can: it adds no power."""
    assert not _ON_ROLES & actions_of(function) or "iam:PutRolePolicy" in actions_of(function)
    for statement in policy_of(function)["Statement"]:
        if {"iam:AttachRolePolicy", "iam:DetachRolePolicy"} & set(statement["Action"]):
            assert statement["Condition"]["ArnLike"]["iam:PolicyARN"].endswith(_OF_ROLES)


@each_function
def test_only_what_ends_a_deny_puts_a_boundary_of_others_on_a_role(function: Function) -> None:
    """The strike puts on ours; when its time is over, what stood there before is put back."""
    for statement in policy_of(function)["Statement"]:
        if "iam:PutRolePermissionsBoundary" in statement["Action"] and "Condition" not in statement:
            assert function.name == "follow_up"


_OUR_DENY_ON_A_ROLE = {"iam:DeletePolicy", "iam:DeletePolicyVersion"}
"""What found no room on a role is not left in the account."""


@each_function
def test_only_our_own_policies_are_deleted(function: Function) -> None:
    for statement in policy_of(function)["Statement"]:
        if _OUR_DENY_ON_A_ROLE & set(statement["Action"]):
            assert all(":policy/leak-responder/" in one for one in statement["Resource"])


_ANOTHER_TEXT = {"iam:DeletePolicyVersion"}
"""Somebody may fill our narrower deny with texts of their own, until there is no room for ours."""

_OF_A_CENTER_USER = {"sso:DeleteAccountAssignment", "identitystore:DeleteGroupMembership"}
"""Who may sign in where is a list: taking somebody off it is all the containment that there is."""

_OUR_OWN = {
    "guardduty_finding": _OUR_DENY_ON_A_ROLE,
    "credential_event": _OUR_DENY_ON_A_ROLE,
    "follow_up": {
        *_OUR_DENY_ON_A_ROLE,
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:DeleteRolePolicy",
        *_ANOTHER_TEXT,
        *_OF_A_CENTER_USER,
    },
    "replay": _OUR_DENY_ON_A_ROLE | _ANOTHER_TEXT | _OF_A_CENTER_USER,
    "rotate_access_key": {"iam:DeleteAccessKey"},
}
"""What follows up takes our own denies off, once their time is over. What rotates a key deletes the one before it,
which this same secret held: a user has two at most.
"""


@each_function
def test_nothing_of_anyone_is_deleted_by_a_function(function: Function) -> None:
    deletions = {action for action in actions_of(function) if ":Delete" in action}
    assert deletions <= {"sqs:DeleteMessage"} | _OUR_OWN.get(function.name, set())


_ON_USERS = {
    "iam:AttachUserPolicy",
    "iam:DetachUserPolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
}


@each_function
def test_only_our_own_policies_and_the_deny_of_awss_own_are_put_on_users_and_taken_off(function: Function) -> None:
    for statement in policy_of(function)["Statement"]:
        if _ON_USERS & set(statement["Action"]):
            tests = [value for pairs in statement["Condition"].values() for value in pairs.values()]
            assert tests
            assert all(":policy/leak-responder/" in one or one.endswith(":iam::aws:policy/AWSDenyAll") for one in tests)


@each_function
def test_our_quarantine_policy_is_set_back_and_never_written(function: Function) -> None:
    statements = policy_of(function)["Statement"]
    setting = [one["Resource"] for one in statements if "iam:SetDefaultPolicyVersion" in one["Action"]]
    assert all("quarantine" in arn and "*" not in arn for arns in setting for arn in arns)
    writing = [one["Resource"] for one in statements if "iam:CreatePolicyVersion" in one["Action"]]
    assert not [arn for arns in writing for arn in arns if "quarantine" in arn]


@each_function
def test_only_reads_and_lists_leave_the_resource_open(function: Function) -> None:
    for statement in policy_of(function)["Statement"]:
        if "*" in statement["Resource"]:
            assert all(
                action.split(":")[1].startswith(("Get", "List", "Describe", "Lookup")) for action in statement["Action"]
            )


@each_function
def test_a_function_writes_to_its_own_log_group_alone(function: Function) -> None:
    logs = [one for one in policy_of(function)["Statement"] if "logs:PutLogEvents" in one["Action"]]
    assert [one["Resource"] for one in logs] == [filled([{"Fn::Sub": f"${{{function.logs_id}.Arn}}"}])]


@pytest.mark.parametrize(("action", "functions"), _SHARPEST.items())
def test_the_sharpest_rights_are_given_to_few(action: str, functions: set[str]) -> None:
    assert {function.name for function in FUNCTIONS if action in actions_of(function)} == functions


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_can_be_taken_by_what_follows_up(action: Any) -> None:
    follow_up = next(function for function in FUNCTIONS if function.name == "follow_up")
    assert {name for permission in action.permissions for name in permission.actions} <= actions_of(follow_up)


def test_every_part_is_needed_by_some_function_and_known() -> None:
    assert {need for function in FUNCTIONS for need in function.needs} == set(parts())


def test_by_default_nothing_of_identity_center_may_be_changed() -> None:
    """Each call takes the instance or the store among its resources, and both name nothing until the owner says so."""
    declared = (*parts()["deny-in-permission-set"], *parts()["revoke-center-access"])
    changing = ["".join(one.resources) for one in declared if one.actions != ("sso:ListInstances",)]
    assert changing
    assert all("${IdentityCenter}" in one or "${IdentityStore}" in one for one in changing)
    for parameter in ("IdentityCenter", "IdentityStore"):
        assert set(PARAMETERS[parameter]["Default"].partition("-")[2]) == {"0"}
