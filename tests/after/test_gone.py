"""The principal is deleted, or IAM has no room, while we follow up: the incident goes on to its end all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import Result
from chalicelib.follow_up import resume
from chalicelib.joining import is_over
from chalicelib.model import Facts, Key, Mode
from chalicelib.orders.containing import carried_out, ordered
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import approve
from tests import signals
from tests.after.scene import ANA, LOCK, closed, leak, reloaded
from tests.report.runs import OPENED, opened
from tests.world import key_id, works

if TYPE_CHECKING:
    from tests.world import World


def delete_user(world: World) -> None:
    iam = world.admin("iam")
    for key in iam.list_access_keys(UserName="victim")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="victim", AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_attached_user_policies(UserName="victim")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="victim", PolicyArn=policy["PolicyArn"])
    iam.delete_user_policy(UserName="victim", PolicyName="may")
    iam.delete_user(UserName="victim")
    world.wire.refuse = {"iam:ListAccessKeys": "NoSuchEntity"}  # the embedded AWS lists none where IAM knows no user


def test_a_user_who_was_deleted_before_the_first_look_comes_to_an_end(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    delete_user(world)
    closed(world)
    assert reloaded(world, incident).closed


def test_a_user_who_is_deleted_during_the_watch_is_no_failure(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    resume(LOCK, world.ports())
    world.admin("iam").delete_user_permissions_boundary(UserName="victim")
    delete_user(world)
    end = closed(world)
    assert end.id == incident.id
    assert end.closed is not None
    assert end.closed.result is Result.HELD


def test_a_user_who_is_made_anew_during_the_watch_is_a_stranger_and_left_alone(world: World) -> None:
    iam = world.admin("iam")
    iam.create_login_profile(UserName="victim", Password="Long-Enough-1")  # which keeps the deny wide
    details = {"principalId": iam.get_user(UserName="victim")["User"]["UserId"]}
    leak(world, signals.guardduty(world.new_key("victim"), details=details))
    world.later(60)
    resume(LOCK, world.ports())
    iam.delete_login_profile(UserName="victim")
    delete_user(world)
    world.wire.refuse = {}
    world.user("victim")
    stranger = world.state()["users"]["victim"]
    closed(world)
    assert world.state()["users"]["victim"] == stranger


@pytest.mark.parametrize("known", [True, False])
def test_what_leaks_of_a_user_who_was_made_anew_is_contained_in_an_incident_of_its_own(
    world: World, known: bool
) -> None:
    """A feed that names a key alone does not say whose it was; IAM does."""
    first = leak(world, leaked_of(world, world.new_key("victim")))
    delete_user(world)
    world.wire.refuse = {}
    world.user("victim")
    holder = world.holder("victim")
    session = world.minted(holder)
    world.later(60)
    second = leak(world, leaked_of(world, key_id(holder)) if known else signals.health(key_id(holder)))
    assert not works(session)
    ended = reloaded(world, first).closed
    assert ended is not None
    assert (ended.result, second.id != first.id) == (Result.FOLLOWED, True)
    assert closed(world).id == second.id


@pytest.mark.parametrize("theirs", [True, False])
def test_a_feed_without_a_unique_id_is_about_who_has_the_name_now_where_the_key_is_theirs(theirs: bool) -> None:
    """Health may tell late of a key that went with its user."""
    incident = opened().ended().incident
    signal = replace(incident.signals[0], principal=replace(incident.principal, unique_id=None))
    keys = (Key(str(signal.subject.id), active=True, created=OPENED),) if theirs else ()
    assert is_over(incident, signal, Facts(exists=True, unique_id="AIDASOMEBODYELSE0000", keys=keys)) is theirs


def leaked_of(world: World, key: str) -> dict[str, Any]:
    """A finding as GuardDuty makes it, with the unique id of whoever had the name then."""
    return signals.guardduty(key, details={"principalId": world.unique_id("victim")})


def test_an_order_about_a_user_who_was_made_anew_is_no_part_of_the_old_incident(world: World) -> None:
    first = leak(world, leaked_of(world, world.new_key("victim")))
    delete_user(world)
    world.wire.refuse = {}
    world.user("victim")
    holder = world.holder("victim")
    world.later(60)
    order = ordered(Asked(user="victim"), ANA, "a test", world.ports())
    assert [step.action for step in order.plan.steps] == ["quarantine-user"]
    assert carried_out(order, world.ports()).what == "contained"
    assert not works(holder)
    assert reloaded(world, first).closed


def test_a_user_who_was_deleted_before_the_approval_comes_to_an_end(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    delete_user(world)
    approve(incident.id, ANA, world.ports())
    closed(world)
    assert reloaded(world, incident).closed


def test_where_no_policy_can_be_made_to_narrow_the_deny_it_stays_wide_and_the_rest_goes_on(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    world.wire.refuse = {"iam:CreatePolicy": "LimitExceeded"}
    resume(LOCK, world.ports())
    closed(world)
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
