"""The watch: what is undone is done again, told, and at last asked about; held is only what was watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.entries import Result, Stage
from chalicelib.follow_up import follow_up, resume
from chalicelib.follow_up.stages import through
from chalicelib.ledger import Claimed, switch
from chalicelib.model import Mode
from chalicelib.orders.containing import carried_out, ordered
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import approve
from tests import signals
from tests.after.scene import ANA, LOCK, closed, inbox, leak, on_patrol, queued, received, reloaded
from tests.response.life import hold
from tests.world import key_id, works

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from tests.world import World


@pytest.fixture
def watched(world: World) -> Incident:
    """Contained, kept wide for a password, and watched."""
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    found = resume(LOCK, world.ports()).incident
    assert found is not None
    assert Stage.REPORT in found.reached
    assert not found.closed
    return incident


def undo(world: World) -> None:
    world.admin("iam").detach_user_policy(UserName="victim", PolicyArn=world.settings.quarantine_policy)


def attached(world: World) -> list[str]:
    return list(world.state()["users"]["victim"]["attached"])


def test_each_time_is_told_and_the_last_asks_a_person(world: World, watched: Incident) -> None:
    url = inbox(world)
    for _ in range(world.settings.reapply_limit):
        undo(world)
        world.later(60)
        resume(LOCK, world.ports())
        assert attached(world) == ["leak-responder-quarantine"]
    assert [kind for channel, kind in received(world, url) if channel == "sns"] == ["undone"] * 3
    undo(world)
    for _ in range(3):
        world.later(60)
        resume(LOCK, world.ports())
    assert attached(world) == []
    assert received(world, url) == [("event-bus", "given-up"), ("sns", "given-up")]
    end = closed(world)
    assert end.closed is not None
    assert end.closed.result is Result.FAILED
    assert len(end.undone) == world.settings.reapply_limit + 1
    assert received(world, url) == [("event-bus", "failed"), ("sns", "failed")]


def look(world: World) -> tuple[Incident, float | None]:
    """As follow-up does it, and the seconds until the next."""
    world.later(60)
    claim = world.ports().ledger.take(LOCK, world.at)
    assert isinstance(claim, Claimed)
    found, pause = through(claim.incident, world.ports())
    world.ports().ledger.give_back(found)
    return found, pause


def test_each_quiet_look_is_followed_by_a_longer_pause_and_one_that_is_not_by_the_shortest(world: World) -> None:
    world.with_settings(verify_every=60, watch=3600)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    pauses = []
    for _ in range(7):
        found, pause = look(world)
        pauses.append(pause)
    assert pauses[-6:] == [60, 120, 240, 240, 240, 240]
    world.admin("iam").delete_user_permissions_boundary(UserName="victim")
    found, pause = look(world)
    assert pause == world.settings.propagation
    assert (found.id, found.quiet) == (incident.id, 0)


def test_people_are_not_told_of_each_second_of_a_fight(world: World, watched: Incident) -> None:
    world.with_settings(reapply_limit=20)
    url = inbox(world)
    for _ in range(10):
        undo(world)
        world.later(60)
        resume(LOCK, world.ports())
    assert len(reloaded(world, watched).undone) == 10
    heard = [channel for channel, kind in received(world, url) if kind == "undone"]
    assert (heard.count("event-bus"), heard.count("sns")) == (10, 5)  # the first three, the fourth, the eighth


@pytest.mark.parametrize("late", [False, True])
def test_undone_before_the_first_look_it_is_contested_where_a_feed_says_so(world: World, late: bool) -> None:
    """A feed that is late says so only when it was done again in doubt."""
    url = inbox(world)
    leak(world, signals.guardduty(world.new_key("victim")))
    received(world, url)
    undo(world)
    asked = {"userName": "victim", "policyArn": world.settings.quarantine_policy}
    world.later(1)
    event = signals.call(
        "DetachUserPolicy",
        by=signals.user_identity("bystander"),
        requestParameters=asked,
        eventTime=f"{world.at:%Y-%m-%dT%H:%M:%SZ}",
    )
    if late:
        world.later(5)
        resume(LOCK, world.ports())
        assert attached(world) == ["leak-responder-quarantine"]
    leak(world, event)
    world.later(60)
    resume(LOCK, world.ports())
    assert attached(world) == ["leak-responder-quarantine"]
    end = closed(world)
    assert end.closed is not None
    assert end.closed.result is Result.CONTESTED
    assert [one.by for one in end.undone] == ["user bystander"]
    told = [kind for channel, kind in received(world, url) if channel == "sns"]
    assert {"undone", "contested"} <= set(told)


def test_undone_at_the_very_end_it_is_looked_at_once_more_before_the_verdict(world: World, watched: Incident) -> None:
    world.later(world.settings.watch)
    undo(world)
    found = resume(LOCK, world.ports()).incident
    assert found is not None
    assert found.closed is None
    assert attached(world) == ["leak-responder-quarantine"]
    world.later(5)
    end = resume(LOCK, world.ports()).incident
    assert end is not None
    assert end.closed is not None
    assert end.closed.result is Result.CONTESTED


def test_it_is_not_called_held_before_its_own_watch_is_over(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    asked = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(10 * world.settings.watch)
    approve(asked.id, ANA, world.ports())
    world.later(60)
    found = resume(LOCK, world.ports()).incident
    assert found is not None
    begun = found.reached[Stage.REPORT]
    end = closed(world)
    assert end.closed_at is not None
    assert (end.closed_at - begun).total_seconds() >= world.settings.watch


def test_a_chain_of_looks_stays_one_however_many_messages_there_are(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    message = f'{{"lock": "{LOCK}"}}'
    assert follow_up(message, world.ports()).what == "early"
    world.later(5)
    assert follow_up(message, world.ports()).what == "advanced"
    world.wire.calls.clear()
    assert {follow_up(message, world.ports()).what for _ in range(20)} == {"early"}
    assert "sqs:SendMessage" not in world.wire.calls


def test_paused_nothing_is_done_again_and_patrol_takes_it_up_afterwards(world: World, watched: Incident) -> None:
    switch.turn(world.ports().ledger.table, on=True, by=ANA, reason="why")
    undo(world)
    world.later(600)
    assert on_patrol(world) == ["paused"]
    assert attached(world) == []
    switch.turn(world.ports().ledger.table, on=False, by=ANA, reason="why")
    assert on_patrol(world) == ["advanced"]
    assert attached(world) == ["leak-responder-quarantine"]
    assert len(reloaded(world, watched).undone) == 1


def test_one_event_after_another_does_not_put_the_look_off(world: World) -> None:
    """Whoever is contained, and not yet denied everywhere, can make calls as fast as they like."""
    key = world.new_key("victim")
    leak(world, signals.guardduty(key))
    undo(world)
    asked = {"userName": "victim", "accessKeyId": key, "status": "Active"}
    by = {**signals.user_identity("victim"), "principalId": world.unique_id("victim")}
    for _ in range(world.settings.propagation):
        world.later(1)
        at = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
        leak(world, signals.call("UpdateAccessKey", by=by, requestParameters=asked, eventTime=at))
        for body in queued(world):
            follow_up(body, world.ports())
    assert attached(world) == ["leak-responder-quarantine"]


def test_what_was_narrowed_a_moment_ago_is_looked_at_when_iam_may_show_it(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    world.wire.clear()
    resume(LOCK, world.ports())
    narrowing = world.wire.calls.index("iam:DetachUserPolicy")
    assert "iam:GetPolicyVersion" not in world.wire.calls[narrowing:]
    world.later(world.settings.propagation)
    world.wire.clear()
    resume(LOCK, world.ports())
    assert "iam:GetPolicyVersion" in world.wire.calls


def test_the_narrow_deny_is_put_back_too(world: World) -> None:
    holder = world.holder("victim")
    session = world.minted(holder)
    leak(world, signals.guardduty(key_id(holder)))
    world.later(60)
    resume(LOCK, world.ports())
    assert not works(session)
    world.admin("iam").delete_user_permissions_boundary(UserName="victim")
    assert works(session)
    world.later(60)
    resume(LOCK, world.ports())
    assert not works(session)


def test_what_a_user_is_given_beneath_the_narrower_deny_is_named_once_and_ended_by_order(world: World) -> None:
    world.with_settings(watch=300)
    incident = leak(world, signals.long_ago(signals.guardduty(world.new_key("victim"))))
    world.later(60)
    resume(LOCK, world.ports())
    assert reloaded(world, incident).narrowed
    given = world.holder("victim")
    hold(world, "victim")
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    end = closed(world)
    assert end.closed
    named = [one.reason for one in end.withheld if one.action == "deactivate-newer"]
    assert (end.closed.result, len(named)) == (Result.HELD, 5)
    assert any(f"access key {key_id(given)} was made at" in one for one in named)
    assert works(given)
    assert "leak-responder contain --user victim --reason" in world.wire.published[-1]
    assert "was given something new, which no deny stops" in world.wire.published[-1]

    asked = Asked(user="victim")
    carried_out(ordered(asked, ANA, "the owner knows nothing of it", world.ports()), world.ports())
    assert not works(given)
