"""IAM shows a change at once, and decides by it only when it has propagated: when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drill.cloud import levers
from tests.conformance import scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from drill.cloud.lifecycle import Cloud

DELAY = 0.8  # seconds, in which one call must have been made


def deactivate(iam: Any, key: str) -> None:
    iam.update_access_key(UserName="ada", AccessKeyId=key, Status="Inactive")
    assert iam.list_access_keys(UserName="ada")["AccessKeyMetadata"][0]["Status"] == "Inactive"


def attach(iam: Any, _key: str) -> None:
    iam.attach_user_policy(UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    assert len(iam.list_attached_user_policies(UserName="ada")["AttachedPolicies"]) == 1


def delete_inline(iam: Any, _key: str) -> None:
    iam.delete_user_policy(UserName="ada", PolicyName="may")
    assert iam.list_user_policies(UserName="ada")["PolicyNames"] == []


def bound(iam: Any, _key: str) -> None:
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary="arn:aws:iam::aws:policy/AWSDenyAll")
    assert "PermissionsBoundary" in iam.get_user(UserName="ada")["User"]


@pytest.mark.parametrize("change", [deactivate, attach, delete_inline, bound])
def test_a_change_decides_later(cloud: Cloud, change: Callable[[Any, str], None]) -> None:
    ada, iam = scene.user(cloud), cloud.client("iam")
    call = ada.client("dynamodb").list_tables
    levers.delay_iam(cloud, DELAY)

    change(iam, scene.key_id(ada))

    assert scene.refusal(call) is None
    scene.eventually(lambda: scene.refusal(call))


def test_changes_decide_in_their_order(cloud: Cloud) -> None:
    ada, iam = scene.user(cloud), cloud.client("iam")
    call = ada.client("dynamodb").list_tables
    levers.delay_iam(cloud, DELAY)
    attach(iam, "")
    scene.eventually(lambda: scene.refusal(call))

    iam.detach_user_policy(UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")

    assert scene.refusal(call) == "AccessDeniedException"
    scene.eventually(lambda: scene.refusal(call) is None)


def test_off_unless_asked_for(cloud: Cloud) -> None:
    ada = scene.user(cloud)

    attach(cloud.client("iam"), "")

    assert scene.refusal(ada.client("dynamodb").list_tables) == "AccessDeniedException"
