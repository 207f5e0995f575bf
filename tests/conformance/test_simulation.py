"""What IAM answers when it is asked whether a principal might: by policy, context, resource and boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
