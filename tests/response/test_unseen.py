"""IAM is eventually consistent: one answer that does not know a user is asked again, and weighed against the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.follow_up import resume
from chalicelib.respond import respond
from drill.cloud import levers
from tests import signals
from tests.response import life
from tests.world import ACCOUNT, key_id, works

if TYPE_CHECKING:
    from tests.world import World

GONE = signals.guardduty("AKIAGONEGONEGONEGONE", user="nobody", details={"userName": "nobody"})
READ = ("GetUser", "ListAccessKeys", "ListAttachedUserPolicies", "GetLoginProfile")
NOBODY = f"{ACCOUNT}/user/nobody"


def hide(world: World, operation: str, calls: int = 1) -> None:
    """Let IAM not know what the next calls of that name are about."""
    levers.fail(world.account.cloud, "no-such-entity", service="iam", operation=operation, calls=calls)


@pytest.mark.parametrize("operation", READ)
def test_one_false_answer_does_not_close_a_leak(world: World, operation: str) -> None:
    holder = world.holder("victim")
    hide(world, operation)
    assert respond(life.read(signals.guardduty(key_id(holder)), world), world.ports()).what == "contained"
    assert not works(holder)
    assert world.state()["users"]["victim"]["keys"] == {key_id(holder): "Inactive"}


def test_the_owner_of_the_key_outweighs_a_user_whom_no_answer_shows(world: World) -> None:
    holder = world.holder("victim")
    for operation in READ:
        hide(world, operation)
    assert respond(life.read(signals.guardduty(key_id(holder)), world), world.ports()).what == "contained"
    assert not works(holder)


def test_a_user_whom_nothing_shows_yet_is_asked_for_again_and_contained(world: World) -> None:
    holder = world.holder("victim")
    signal = life.read(signals.guardduty(key_id(holder)), world)
    for operation in (*READ, "GetAccessKeyLastUsed"):
        hide(world, operation, calls=9)
    assert respond(signal, world.ports()).what == "queued"
    levers.no_more_faults(world.account.cloud)
    world.later(5)
    assert resume(life.USER, world.ports()).what == "contained"
    assert not works(holder)


def test_a_user_who_is_gone_is_believed_to_be_after_a_while_and_told(world: World) -> None:
    before = world.state()
    assert respond(life.read(GONE, world), world.ports()).what == "queued"
    assert world.wire.published == []
    for _ in range(3):
        world.later(5)
        assert resume(NOBODY, world.ports()).what == "queued"
    world.later(5)
    assert resume(NOBODY, world.ports()).what == "withheld"
    assert "there is no user nobody in IAM" in " ".join(world.wire.published[0].split())
    assert world.state() == before


def test_the_same_leak_that_comes_again_meanwhile_changes_nothing(world: World) -> None:
    signal = life.read(GONE, world)
    respond(signal, world.ports())
    world.later(1)
    assert respond(signal, world.ports()).what in {"queued", "repeated"}
    world.later(30)
    assert resume(NOBODY, world.ports()).what == "withheld"


@pytest.mark.parametrize("operation", ["PutUserPermissionsBoundary", "DetachUserPolicy"])
def test_what_iam_does_not_show_after_we_made_it_is_tried_again(world: World, operation: str) -> None:
    leaked, other = world.holder("victim"), world.holder("victim")
    hide(world, operation)
    respond(life.read(signals.guardduty(key_id(leaked)), world), world.ports())
    for _ in range(3):
        world.later(world.settings.propagation)
        resume(life.USER, world.ports())
    assert (works(leaked), works(other)) == (False, True)
