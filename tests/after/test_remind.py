"""An approval that nobody gives is asked for again and again, and never acts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import Mode
from chalicelib.orders.undo import approve
from chalicelib.report.message import REMINDED
from tests import signals
from tests.after.scene import ANA, inbox, leak, on_patrol, received, reloaded

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from tests.world import World

ASKED_AGAIN = [("event-bus", "approval-reminder"), ("sns", "approval-reminder")]


def test_hourly_three_times_and_then_every_day(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    before = world.state()["users"]["bystander"], world.state()["roles"]
    asked = leak(world, signals.guardduty(world.new_key("victim")))
    url = inbox(world)
    told: list[tuple[str, str]] = []
    for _ in range(5 * 12):
        world.later(300)
        on_patrol(world)
        told += received(world, url) if len(told) < 6 else []
    assert told == ASKED_AGAIN * 3
    assert received(world, url) == []
    assert _reminders(world, asked) == {1, 2, 3}
    for day in (4, 5):
        world.later(24 * 3600)
        on_patrol(world)
        assert max(_reminders(world, asked)) == day
    found = reloaded(world, asked)
    assert (world.state()["users"]["bystander"], world.state()["roles"]) == before
    assert world.state()["users"]["victim"]["attached"] == []
    assert not found.closed


def test_after_an_outage_only_the_newest_is_sent(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    asked = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(2.5 * 3600)
    on_patrol(world)
    assert _reminders(world, asked) == {2}


def test_once_approved_nobody_is_reminded(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    asked = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    approve(asked.id, ANA, world.ports())
    world.later(4000)
    on_patrol(world)
    assert not _reminders(world, asked)


def test_zero_means_never(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED, remind_every=0)
    asked = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(100 * 3600)
    assert on_patrol(world) == ["asked"]
    assert not _reminders(world, asked)


def _reminders(world: World, asked: Incident) -> set[int]:
    return {number - REMINDED for number, _ in reloaded(world, asked).told if number > REMINDED}
