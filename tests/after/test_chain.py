"""A chain of messages to ourselves: longer than Lambda allows unasked, and slow where it does not end."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.aws import Aws
from chalicelib.follow_up import follow_up
from chalicelib.respond import UnfinishedError, respond
from tests import signals
from tests.after.scene import LOCK, read
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.ports import Ports

_LAMBDA_ENDS = 16  # Lambda developer guide, "Recursive loop detection"


@dataclass
class Queue:
    """The follow-up queue in the time of the test."""

    world: World
    waiting: list[tuple[float, str]] = field(default_factory=list)
    hops: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> Mapping[str, Any]:  # noqa: N803 - SQS's names
        """Keep what SQS would deliver, with when it would."""
        assert QueueUrl == self.world.settings.follow_up_queue
        self.waiting.append((self.world.at.timestamp() + DelaySeconds, MessageBody))
        self.hops.append(json.loads(MessageBody)["hop"])
        self.waits.append(DelaySeconds)
        return {}

    def follow(self, most: int, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
        """Handle what is delivered, so many messages at most."""
        words: list[str] = []
        while self.waiting and len(words) < most:
            self.waiting.sort()
            due, body = self.waiting.pop(0)
            self.world.later(max(0.0, due - self.world.at.timestamp()))
            meanwhile()
            words.append(follow_up(body, ports(self)).what)
        return words


def ports(queue: Queue) -> Ports:
    """Ports that send to that queue."""
    made, aws = queue.world.ports(), queue.world.account.aws
    return replace(made, aws=Aws(aws.session, aws.region, {("sqs", aws.region): queue}))


def leaked(world: World) -> Queue:
    """A key leaked and answered as far as the first run brings it."""
    queue = Queue(world)
    with suppress(UnfinishedError):
        respond(read(signals.guardduty(world.new_key("victim")), world), ports(queue))
    return queue


def test_a_quiet_incident_is_one_chain_that_ends(world: World) -> None:
    queue = leaked(world)
    assert queue.follow(most=60)[-1] == "closed"
    assert queue.hops == list(range(1, len(queue.hops) + 1))


def test_what_is_throttled_for_long_takes_a_longer_chain_than_lambda_allows_unasked(world: World) -> None:
    world.wire.refuse = {"iam:UpdateAccessKey": "Throttling"}
    queue, end = leaked(world), world.at + timedelta(minutes=3)

    def relieve() -> None:
        if world.at > end:
            world.wire.refuse = {}

    assert queue.follow(most=100, meanwhile=relieve)[-1] == "closed"
    assert max(queue.hops) > _LAMBDA_ENDS
    incident = world.incident(LOCK)
    assert incident is not None
    assert incident.is_dead


@pytest.mark.parametrize(("hop", "wait"), [(0, 0), (99, 0), (100, 60), (1000, 60)])
def test_a_chain_that_does_not_end_becomes_slow(world: World, hop: int, wait: int) -> None:
    queue = Queue(world)
    ports(queue).following({"hop": hop}).queue_incident(LOCK, 0)
    assert (queue.hops, queue.waits) == ([hop + 1], [wait])


@pytest.mark.parametrize("hop", [None, "7", 7.5, [7]])
def test_a_message_without_a_count_begins_a_chain(world: World, hop: object) -> None:
    assert ports(Queue(world)).following({"hop": hop}).hop == 0


def test_what_follows_up_a_message_counts_on(world: World) -> None:
    queue = leaked(world)
    [(_, body)] = queue.waiting
    later = json.dumps({**json.loads(body), "hop": 41})
    world.later(world.settings.propagation)
    follow_up(later, ports(queue))
    assert queue.hops == [1, 42]
