"""Beneath a narrower deny the owner's other credentials work, and what they do is not the intruder's doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.follow_up import resume
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import LOCK, leak, read
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from tests.world import World


def assumes(world: World, key: str) -> dict[str, Any]:
    """A key of the victim takes on the worker's role, now."""
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/worker", "roleSessionName": "ci"}
    event = signals.call(
        "AssumeRole",
        by=signals.user_identity("victim", key),
        eventSource="sts.amazonaws.com",
        eventTime=f"{world.at:%Y-%m-%dT%H:%M:%SZ}",
        requestParameters=asked,
        responseElements={"assumedRoleUser": {"assumedRoleId": f"{role_id}:ci"}},
    )
    return {**event, "source": "aws.sts"}


def test_a_role_that_the_sibling_key_assumes_is_left_alone_once_the_deny_is_narrower(world: World) -> None:
    sibling, stolen = world.new_key("victim"), world.new_key("victim")
    leak(world, signals.guardduty(stolen))
    by_the_intruder = read(assumes(world, stolen), world)
    for _ in range(5):
        world.later(61)
        resume(LOCK, world.ports())
    incident = world.incident(LOCK)
    assert incident
    assert incident.narrowed
    assert not incident.closed
    assert respond(read(assumes(world, sibling), world), world.ports()).what == "ignored"
    assert respond(by_the_intruder, world.ports()).what == "contained"


def test_what_a_revived_key_assumes_beneath_the_narrower_deny_is_the_intruder_s_doing(world: World) -> None:
    stolen = world.new_key("victim")
    leak(world, signals.guardduty(stolen))
    for _ in range(2):
        world.later(61)
        resume(LOCK, world.ports())
    assert respond(read(assumes(world, stolen), world), world.ports()).what == "contained"
