"""Everything a run needs of the world outside: built once per container by `wiring`, and anew by each test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws import Aws
from chalicelib.ledger import Ledger, codec
from chalicelib.model import Permission
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from chalicelib.model import Signal

PERMISSIONS = (Permission(("sqs:SendMessage",), ("${FollowUpQueue.Arn}",)),)

Rotations = Sequence[tuple[str, int]]
"""ARNs of secrets, in order, and how often each is to be rotated."""

INQUIRIES = (Permission(("sqs:SendMessage",), ("${Inquiries.Arn}",)),)

_LONGEST_DELAY = 900  # seconds, the most that SQS holds a message back

_QUICK_HOPS, _SLOW = 100, 60
"""So many messages of one chain follow as fast as is asked, and later ones by so many seconds at least.

Lambda's own bound of about 16 is switched off for functions that call themselves. What does not end for want of it then
costs one run a minute, as an incident that is watched does, and loses nothing.
"""

_FIRST_PAUSE, _MOST_TRIES = 5, 30
"""Seconds, doubled for each attempt until they reach what SQS can hold back: six hours in all, which is for how long
Lambda tries an event that it has to throttle (Lambda developer guide, "How Lambda handles errors and retries with
asynchronous invocation").
"""


@dataclass(frozen=True)
class Ports:
    """The settings, AWS, the ledger, a clock, a source of ids, and a pool for what goes side by side.

    `hop` counts the messages that led to this run, each sent by the run before it, and `tries` how often the same was
    tried before.
    """

    settings: Settings
    aws: Aws
    ledger: Ledger
    pool: Executor
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    hop: int = 0
    tries: int = 0

    def following(self, message: Mapping[str, object]) -> Ports:
        """Return the ports of the run that this message of a queue of ours began."""
        hop, tries = (message.get(name) for name in ("hop", "tries"))
        return replace(self, hop=_number(hop), tries=_number(tries))

    def try_later(self, message: Mapping[str, object]) -> bool:
        """Have `follow_up` handle this message, later with each attempt; False once that was tried for hours, or where
        the queue does not take it.

        A message that the queue gives again by itself ends among its dead letters after a few times, however short a
        throttle was between them.
        """
        if self.tries >= _MOST_TRIES:
            return False
        try:
            self._queue({**message, "tries": self.tries + 1}, _FIRST_PAUSE * 2**self.tries)
        except (ClientError, BotoCoreError):
            return False
        return True

    def queue_incident(self, lock: str, wait: float) -> None:
        """Have `follow_up` look at the principal's incident in `wait` seconds."""
        self._queue({"lock": lock}, wait)

    def queue_lift(self, incident_id: str) -> None:
        """Have `follow_up` take off what a closed incident left standing, now that its time is over."""
        self._queue({"lift": incident_id}, 0)

    def queue_look(self, incident_id: str, wait: float) -> None:
        """Have `follow_up` look in `wait` seconds whether findings about what is stopped are explained."""
        self._queue({"look": incident_id}, wait)

    def queue_signal(self, signal: Signal, wait: float) -> None:
        """Have `follow_up` answer this signal in `wait` seconds."""
        self._queue({"signal": codec.written(signal)}, wait)

    def queue_search(self, signal: Signal, begun: datetime, wait: float) -> None:
        """Have `follow_up` look in `wait` seconds for the owner of the session. The search began at `begun`."""
        self._queue({"search": codec.written(signal), "begun": begun.isoformat()}, wait)

    def queue_rotations(self, incident_id: str, secrets: Rotations, wait: float) -> None:
        """Have `follow_up` rotate in `wait` seconds what was read in this incident."""
        self._queue({"rotate": incident_id, "secrets": [list(one) for one in secrets]}, wait)

    def queue_telling(self, incident_id: str, number: int, wait: float) -> None:
        """Have `follow_up` tell this message in `wait` seconds to the channels that have not got it."""
        self._queue({"tell": incident_id, "number": number}, wait)

    def queue_operation(self, operation_id: str, wait: float) -> None:
        """Have `follow_up` tell in `wait` seconds what was gathered of an operation."""
        self._queue({"operation": operation_id}, wait)

    def queue_inquiry(self, incident_id: str, wait: float) -> None:
        """Have `inquire` look into this incident in `wait` seconds."""
        self._send(self.settings.inquiry_queue, {"inquire": incident_id}, wait)

    def _queue(self, body: Mapping[str, object], wait: float) -> None:
        self._send(self.settings.follow_up_queue, body, wait)

    def _send(self, queue: str, body: Mapping[str, object], wait: float) -> None:
        hop = self.hop + 1
        delay = min(_LONGEST_DELAY, max(_SLOW if hop > _QUICK_HOPS else 0, ceil(wait)))
        self.aws.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps({**body, "hop": hop}), DelaySeconds=delay)


def _number(said: object) -> int:
    return said if isinstance(said, int) else 0
