"""What a caller does through an AWS service is the caller's doing, and one notice tells all of it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.follow_up import follow_up
from chalicelib.respond import UnfinishedError, respond
from chalicelib.tell import UntoldError
from tests import signals
from tests.after.scene import read
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from tests.world import World

CLOUDFORMATION = "cloudformation.amazonaws.com"


def called(name: str, number: int, *, key: str = "AKIAI44QH8DHBEXAMPLE", **asked: Any) -> dict[str, Any]:
    """A call that CloudFormation makes with the rights of the user mallory."""
    identity = signals.user_identity("mallory", key) | {"invokedBy": CLOUDFORMATION}
    return signals.call(name, userIdentity=identity, requestParameters=asked, eventID=f"event-{number}")


def answer(world: World, *events: dict[str, Any]) -> list[str]:
    return [respond(read(event, world), world.ports()).what for event in events]


STACK = (
    called("CreateUser", 1, userName="svc"),
    called("CreateUser", 2, userName="svc2"),
    called("AttachUserPolicy", 3, userName="svc", policyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
)


def tell(world: World, *, after: int = 120) -> list[str]:
    """Have everything told that was queued so far; what people got."""
    world.later(after)
    before = len(world.wire.published)
    for one in operations(world):
        follow_up(json.dumps({"operation": one}), world.ports())
    return [json.loads(text)["default"] for text in world.wire.published[before:]]


def operations(world: World) -> list[str]:
    items = world.admin("dynamodb").scan(TableName=world.settings.table)["Items"]
    return [one["pk"]["S"].partition("#")[2] for one in items if one["sk"]["S"] == "OPERATION"]


def test_all_calls_of_a_stack_operation_are_one_notice(world: World) -> None:
    assert answer(world, *STACK) == ["gathered"] * 3
    assert world.wire.published == []
    [text] = tell(world)
    assert "user mallory" in text
    assert CLOUDFORMATION in text
    assert "1 × AttachUserPolicy, 1 × CreateUser" in text
    assert tell(world) == []


def test_a_call_that_comes_again_is_told_once(world: World) -> None:
    answer(world, *STACK)
    assert answer(world, *STACK) == ["repeated"] * 3
    assert len(tell(world)) == 1
    assert answer(world, *STACK) == ["repeated"] * 3
    assert tell(world) == []


def test_what_comes_after_the_notice_is_told_in_another(world: World) -> None:
    answer(world, STACK[0])
    assert len(tell(world)) == 1
    assert answer(world, STACK[2]) == ["gathered"]
    [text] = tell(world)
    assert "rights that reach everything" in text
    assert "×" not in text


def test_another_credential_through_the_same_service_is_another_notice(world: World) -> None:
    assert (
        answer(world, STACK[0], called("CreateUser", 9, key="AKIAOTHERKEYEXAMPLE1", userName="x")) == ["gathered"] * 2
    )
    assert len(tell(world)) == 2


def test_a_direct_call_is_told_at_once(world: World) -> None:
    direct = signals.call("CreateUser", requestParameters={"userName": "svc"})
    assert answer(world, direct) == ["told"]


def test_what_asks_a_person_does_not_wait_for_the_rest(world: World) -> None:
    public = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    event = called("UpdateAssumeRolePolicy", 1, roleName="worker", policyDocument=json.dumps(public))
    assert answer(world, event) == ["ask"]


def test_configured_automation_is_not_told(world: World) -> None:
    mallory = f"arn:aws:iam::{ACCOUNT}:user/mallory"
    world.with_settings(automation={mallory: ("CreateUser", "AttachUserPolicy")})
    assert answer(world, *STACK) == ["ignored"] * 3


REFUSED = ("dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "sns:Publish", "sqs:SendMessage")


@pytest.mark.parametrize("call", REFUSED)
def test_whatever_is_refused_all_is_told_in_the_end(world: World, call: str) -> None:
    world.wire.deny(call)
    for event in STACK:
        with suppress(UnfinishedError, UntoldError):
            answer(world, event)
    with suppress(ClientError, UntoldError):
        tell(world)
    world.wire.refuse = {}
    answer(world, *STACK)
    tell(world)
    told = " ".join(world.wire.published)
    assert "CreateUser" in told
    assert "AttachUserPolicy" in told
