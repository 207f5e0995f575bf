"""Two runs at once, every call of each in every order that Hypothesis can think of: one incident, nothing twice."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings, strategies as st

from chalicelib import sources
from chalicelib.aws import Aws
from chalicelib.follow_up import follow_up, resume
from chalicelib.ledger import LeaseLostError, Ledger
from chalicelib.ledger.table import Table
from chalicelib.ports import Ports
from chalicelib.respond import UnfinishedError, respond
from tests import signals
from tests.after.scene import LOCK
from tests.world import Serial, World, build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import boto3

    from chalicelib.model import Signal
    from drill.cloud.lifecycle import Cloud


@dataclass
class Turns:
    """Lets one of the runs make its next call, and then the other, as the order says."""

    order: list[bool]
    waiting: dict[int, threading.Event] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    alive: set[int] = field(default_factory=set)

    def before(self, who: int) -> None:
        """Called by a run before each of its calls: wait for the turn."""
        go = threading.Event()
        with self.changed:
            self.waiting[who] = go
            self.changed.notify_all()
        go.wait()

    def over(self, who: int) -> None:
        """A run has ended."""
        with self.changed:
            self.alive.discard(who)
            self.changed.notify_all()

    def play(self) -> None:
        """One call at a time until both runs have ended."""
        order = iter(self.order)
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.alive <= set(self.waiting))
                if not self.alive:
                    return
                wanted = int(next(order, False))
                who = wanted if wanted in self.alive else next(iter(self.alive))
                self.waiting.pop(who).set()


class Noting(Ports):
    """Ports whose queue is a list: SQS would hold a message back by the clock on the wall."""

    def _queue(self, body: Mapping[str, object], wait: float) -> None:  # noqa: ARG002 - the signature is that of Ports
        _queued.append(json.dumps(body))


_queued: list[str] = []


def ports(world: World, who: int, turns: Turns) -> Ports:
    cloud = world.account.cloud
    session: boto3.Session = cloud.session()

    def before(**_: Any) -> None:
        turns.before(who)

    session.events.register("before-call", before)
    aws = Aws(session, "us-east-1")
    ledger = Ledger(Table(aws.dynamodb(), world.settings.table), f"run-{who}", timedelta(seconds=world.settings.lease))
    return Noting(world.settings, aws, ledger, Serial(), lambda: world.at, lambda: f"inc-{who}")


def together(world: World, order: list[bool], *runs: Callable[[Ports], object]) -> None:
    """The runs at once, their calls in that order."""
    _queued.clear()
    turns = Turns(order, alive=set(range(len(runs))))
    made = [ports(world, who, turns) for who in range(len(runs))]

    def one(who: int) -> None:
        with suppress(UnfinishedError, LeaseLostError):
            runs[who](made[who])
        turns.over(who)

    threads = [threading.Thread(target=one, args=(who,)) for who in range(len(runs))]
    for thread in threads:
        thread.start()
    turns.play()
    for thread in threads:
        thread.join()


def settle(world: World) -> None:
    """Everything that was queued, however often it is queued again, and one look more."""
    for _ in range(20):
        world.later(world.settings.lease + 1)
        if not _queued:
            break
        with suppress(UnfinishedError, LeaseLostError):
            follow_up(_queued.pop(0), _calm(world))
    _queued.clear()
    world.later(world.settings.lease + 1)
    resume(LOCK, _calm(world))


def _calm(world: World) -> Ports:
    one = world.ports()
    return Noting(one.settings, one.aws, one.ledger, one.pool, one.now, one.new_id)


def read(event: dict[str, Any], world: World) -> Signal:
    parsed = sources.read(event, world.at)
    assert isinstance(parsed, tuple)
    return parsed[0]


def incidents(world: World) -> set[str]:
    pages = world.admin("dynamodb").get_paginator("scan").paginate(TableName=world.settings.table)
    keys = {item["pk"]["S"] for page in pages for item in page["Items"]}
    return {key for key in keys if key.startswith("INCIDENT#")}


@settings(max_examples=14)
@given(order=st.lists(st.booleans(), max_size=40))
def test_a_key_alone_and_a_named_key_arriving_at_once_are_one_incident(running_cloud: Cloud, order: list[bool]) -> None:
    world = build(running_cloud)
    key = world.new_key("victim")
    health, finding = read(signals.health(key), world), read(signals.guardduty(key), world)
    together(world, order, lambda p: respond(health, p), lambda p: respond(finding, p))
    settle(world)
    (opened,) = incidents(world)
    found = world.ports().ledger.load(opened.removeprefix("INCIDENT#"))
    assert found is not None
    assert {signal.source for signal in found.signals} == {"guardduty", "health"}
    assert [step.action for step in found.steps].count("quarantine-user") == 1
    assert world.state()["users"]["victim"]["keys"] == {key: "Inactive"}
    assert found.contained_at is not None


@settings(max_examples=9)
@given(order=st.lists(st.booleans(), max_size=40))
def test_the_same_finding_twice_at_once_is_told_once(running_cloud: Cloud, order: list[bool]) -> None:
    world = build(running_cloud)
    signal = read(signals.guardduty(world.new_key("victim")), world)
    together(world, order, lambda p: respond(signal, p), lambda p: respond(replace(signal, region="eu-west-1"), p))
    settle(world)
    (opened,) = incidents(world)
    found = world.ports().ledger.load(opened.removeprefix("INCIDENT#"))
    assert found is not None
    assert len(found.signals) == 1
    assert set(found.attempts.values()) == {1}


@settings(max_examples=9)
@given(order=st.lists(st.booleans(), max_size=60))
def test_two_looks_at_once_are_as_one(running_cloud: Cloud, order: list[bool]) -> None:
    world = build(running_cloud)
    respond(read(signals.guardduty(world.new_key("victim")), world), world.ports())
    world.later(world.settings.lease + 1)
    together(world, order, lambda p: resume(LOCK, p), lambda p: resume(LOCK, p))
    settle(world)
    (opened,) = incidents(world)
    found = world.ports().ledger.load(opened.removeprefix("INCIDENT#"))
    assert found is not None
    assert found.undone == ()
    assert set(found.attempts.values()) == {1}
    assert [entry.number for entry in world.ports().ledger.entries(found.id)] == list(range(1, found.last + 1))
