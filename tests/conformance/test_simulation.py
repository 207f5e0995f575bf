"""What IAM answers when it is asked whether a principal might: by policy, context, resource and boundary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drill import cast
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

OURS, THEIRS = (f"arn:aws:iam::111122223333:policy/{name}" for name in ("ours", "theirs"))
ADA, BOB = (f"arn:aws:iam::111122223333:user/{name}" for name in ("ada", "bob"))


def asked(cloud: Cloud, resources: list[str], policy: str) -> list[str]:
    entry: Any = {"ContextKeyName": "iam:PolicyARN", "ContextKeyType": "string", "ContextKeyValues": [policy]}
    answer = cloud.client("iam").simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{cloud.account}:role/responder",
        ActionNames=["iam:AttachUserPolicy"],
        ResourceArns=resources,
        ContextEntries=[entry],
    )
    return [str(one["EvalDecision"]) for one in answer["EvaluationResults"]]


@pytest.fixture
def responder(cloud: Cloud) -> Cloud:
    may = scene.policy("Allow", "iam:AttachUserPolicy", ADA, condition={"ArnEquals": {"iam:PolicyARN": OURS}})
    scene.role(cloud, "responder", may)
    return cloud


def test_resource_and_context_decide(responder: Cloud) -> None:
    assert asked(responder, [ADA, BOB], OURS) == ["allowed", "implicitDeny"]
    assert asked(responder, [ADA], THEIRS) == ["implicitDeny"]


def test_a_boundary_takes_what_the_policy_gives(responder: Cloud) -> None:
    iam = responder.client("iam")
    made = iam.create_policy(PolicyName="bound", PolicyDocument=scene.policy("Allow", "s3:*"))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="responder", PermissionsBoundary=made)
    assert asked(responder, [ADA], OURS) == ["implicitDeny"]
    iam.put_role_policy(RoleName="responder", PolicyName="no", PolicyDocument=scene.policy("Deny", "*"))
    assert asked(responder, [ADA], OURS) == ["explicitDeny"]


@pytest.mark.parametrize("path", ["/x:user/", "/:assumed-role/", "/x:role/aws-service-role/"])
def test_a_path_makes_nobody_of_another_kind(cloud: Cloud, path: str) -> None:
    """A role is asked about as a role, and its sessions work, whatever the path holds."""
    ada, iam = scene.user(cloud), cloud.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [_LETS_IN]}
    made = iam.create_role(RoleName="odd", Path=path, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    assert made["Arn"] == f"arn:aws:iam::{cloud.account}:role{path}odd"
    iam.put_role_policy(RoleName="odd", PolicyName="may", PolicyDocument=scene.ALLOW_ALL)
    session = cast.minted(cloud, ada, "assume_role", RoleArn=made["Arn"], RoleSessionName="mine")
    assert session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{cloud.account}:assumed-role/odd/mine"
    answer = iam.simulate_principal_policy(PolicySourceArn=made["Arn"], ActionNames=["s3:ListAllMyBuckets"])
    assert [one["EvalDecision"] for one in answer["EvaluationResults"]] == ["allowed"]


_LETS_IN = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
