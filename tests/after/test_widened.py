"""Somebody works against the narrower deny: a key made active again, our policies given another text."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from chalicelib.entries import Result, Stage
from chalicelib.follow_up import resume
from chalicelib.orders.undo import restore
from chalicelib.respond import UnfinishedError, respond
from tests import signals
from tests.after.scene import ANA, DAY, LOCK, closed, inbox, leak, on_patrol, read, received, reloaded
from tests.world import ALLOW, key_id, works

if TYPE_CHECKING:
    import boto3

    from chalicelib.incident import Incident
    from tests.world import World


def look(world: World) -> None:
    world.later(60)
    resume(LOCK, world.ports())


def narrowed(world: World) -> tuple[boto3.Session, boto3.Session]:
    """Whoever holds the leaked key, and the owner with the other one, once the deny is narrow.

    Every cut-off so far is in the past of the clock on the wall: sessions that are made now were issued after it.
    """
    leaked, owner = world.holder("victim"), world.holder("victim")
    world.with_settings(cut_off_ahead=-7200)
    leak(world, signals.guardduty(key_id(leaked)))
    look(world)
    world.with_settings(cut_off_ahead=30)
    assert works(owner)
    return leaked, owner


def test_what_a_revived_key_obtained_dies_by_the_wide_deny_and_then_by_a_newer_cut_off(world: World) -> None:
    before = world.state()
    leaked, owner = narrowed(world)
    world.admin("iam").update_access_key(UserName="victim", AccessKeyId=key_id(leaked), Status="Active")
    session = world.minted(leaked)
    assert works(session)
    world.wire.clear()
    look(world)
    assert not works(session)
    assert not works(leaked)
    assert not works(owner)
    taken = [call for call in world.wire.writes if call.startswith("iam:")]
    assert taken == ["iam:AttachUserPolicy", "iam:UpdateAccessKey"]
    world.later(5)
    resume(LOCK, world.ports())
    assert works(owner)
    assert not works(session)
    end = closed(world)
    assert end.closed is not None
    assert (end.closed.result, len(end.undone)) == (Result.CONTESTED, 1)
    world.later(2 * DAY)
    assert on_patrol(world) == ["lifted"]
    after = world.state()
    after["users"]["victim"]["keys"] = before["users"]["victim"]["keys"]
    assert after == before


def test_a_key_that_is_revived_again_and_again_leaves_the_whole_user_denied(world: World) -> None:
    leaked, owner = narrowed(world)
    for _ in range(world.settings.reapply_limit + 1):
        world.admin("iam").update_access_key(UserName="victim", AccessKeyId=key_id(leaked), Status="Active")
        look(world)
        world.later(5)
        resume(LOCK, world.ports())
    assert not works(leaked)
    assert not works(owner)
    end = closed(world)
    assert end.closed is not None
    assert end.closed.result is Result.FAILED


def test_another_text_of_the_narrower_deny_is_noticed_and_its_own_is_put_back(world: World) -> None:
    holder = world.holder("victim")
    session = world.minted(holder)
    incident = leak(world, signals.guardduty(key_id(holder)))
    look(world)
    step = reloaded(world, incident).narrowed
    assert step is not None
    arn = step.arguments["narrow_arn"]
    for _ in range(4):
        world.admin("iam").create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
    assert works(session)
    look(world)
    assert not works(session)
    end = closed(world)
    assert end.closed is not None
    assert end.closed.result is Result.CONTESTED
    world.later(2 * DAY)
    assert on_patrol(world) == ["lifted"]
    assert list(world.state()["policies"]) == ["leak-responder-quarantine"]


def test_another_text_of_the_quarantine_is_answered_by_awss_own_and_set_back_at_the_next_look(world: World) -> None:
    url = inbox(world)
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    holder = world.holder("victim")
    session = world.minted(holder)
    before = world.state()
    incident = leak(world, signals.guardduty(key_id(holder)))
    look(world)
    received(world, url)
    arn = world.settings.quarantine_policy
    world.admin("iam").create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
    assert works(session)
    look(world)
    assert not works(session)
    assert received(world, url) == [("event-bus", "undone"), ("sns", "undone")]
    assert world.state()["users"]["victim"]["attached"] == ["AWSDenyAll", "leak-responder-quarantine"]
    look(world)
    assert world.admin("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    assert closed(world).id == incident.id
    assert received(world, url) == [("event-bus", "contested"), ("sns", "contested")]
    restore(incident.id, ANA, "a test", world.ports())
    assert world.state()["users"] == before["users"]


UNDOINGS: dict[str, tuple[str, dict[str, str], str]] = {
    "the deny on old sessions": ("DeleteUserPermissionsBoundary", {}, "ask"),
    "the key that leaked": ("UpdateAccessKey", {"accessKeyId": "leaked", "status": "Active"}, "ask"),
    "a key that never leaked": ("UpdateAccessKey", {"accessKeyId": "other", "status": "Active"}, "told"),
}


@pytest.mark.parametrize("case", UNDOINGS)
def test_what_somebody_undoes_when_the_watch_is_long_over_is_asked_about(world: World, case: str) -> None:
    keys = {"leaked": world.new_key("victim"), "other": "AKIAIOSFODNN7EXAMPLE"}
    leak(world, signals.guardduty(keys["leaked"]))
    assert closed(world).narrowed
    world.later(3600)
    name, asked, word = UNDOINGS[case]
    given = {"userName": "victim", **{one: keys.get(value, value) for one, value in asked.items()}}
    by, at = signals.user_identity("bystander"), f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    event = signals.call(name, by=by, requestParameters=given, eventTime=at)
    assert respond(read(event, world), world.ports()).what == word


def throttled(world: World) -> Incident:
    """The leaked key cannot be set inactive: IAM says that it is asked too much."""
    world.wire.refuse = {"iam:UpdateAccessKey": "Throttling"}
    with suppress(UnfinishedError):
        leak(world, signals.guardduty(world.new_key("victim")))
    found = world.incident(LOCK)
    assert found is not None
    return found


def test_while_a_step_is_only_throttled_nothing_goes_on_without_it(world: World) -> None:
    incident = throttled(world)
    for _ in range(2):
        look(world)
    assert reloaded(world, incident).reached == {}
    world.wire.clear()
    for _ in range(2):
        look(world)
    assert reloaded(world, incident).narrowed


def test_what_stays_throttled_holds_nothing_up_for_ever_and_is_narrowed_when_it_comes_late(world: World) -> None:
    incident = throttled(world)
    for _ in range(6):
        look(world)
    assert Stage.REPORT in reloaded(world, incident).reached
    world.wire.clear()
    for _ in range(2):
        look(world)
    assert reloaded(world, incident).narrowed


def test_what_is_undone_before_every_look_of_the_first_stage_comes_to_an_end(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    for _ in range(20):
        with suppress(world.admin("iam").exceptions.NoSuchEntityException):
            world.admin("iam").detach_user_policy(UserName="victim", PolicyArn=world.settings.quarantine_policy)
        look(world)
    found = reloaded(world, incident)
    assert Stage.VERIFY in found.reached
    assert len(found.undone) == world.settings.reapply_limit + 1
