"""A finding that comes again is answered by what is known of its first time: one conditional write, and no call more.

Feeds deliver at least once, EventBridge and Lambda do too, and each delivery may meet another container.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.ledger import answered, codec
from chalicelib.model import Sign
from chalicelib.respond import Answer, HandedOnError, UnansweredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.model import Signal
    from chalicelib.ports import Ports

FOR_GOOD = frozenset({"contained", "explained", "folded", "repeated"})
"""Answers that the same signal gets from then on, whatever a person switches meanwhile."""


def answer_delivered(signal: Signal, ports: Ports, answer: Callable[[Signal, Ports], Answer]) -> Answer:
    """Answer a signal, unless this very one was answered to the end before.

    It is remembered after its answer and not before: whoever is cut off in between is begun again.
    """
    if not _comes_again(signal):
        return _now_or_later(signal, ports, answer)
    if _is_old(signal, ports) and _is_known(signal, ports):
        return Answer("repeated", "this very signal was answered before")
    found = _now_or_later(signal, ports, answer)
    if found.what in FOR_GOOD:
        with suppress(ClientError, BotoCoreError):  # a repeat then costs more, and is answered as well
            answered.remember(ports.ledger, signal, ports.now())
    return found


def _now_or_later(signal: Signal, ports: Ports, answer: Callable[[Signal, Ports], Answer]) -> Answer:
    """What is left of the steps the follow-up does; what could not be answered at all waits in its queue.

    Raised, it would be tried twice more within three minutes and then be a dead letter, though AWS throttles a flood
    for longer.
    """
    try:
        return answer(signal, ports)
    except HandedOnError as left:
        return Answer("unfinished", str(left))
    except UnansweredError as error:
        if not ports.try_later({"signal": codec.written(signal)}):
            raise
        return Answer("unfinished", f"{error}; it is tried again by the queue")


def _comes_again(signal: Signal) -> bool:
    """Say whether it is a finding. CloudTrail's records are each another call, and a person who orders means it."""
    return signal.source != "cloudtrail" and signal.sign is not Sign.REPORTED


def _is_old(signal: Signal, ports: Ports) -> bool:
    """Say whether its newest activity is no news: a strike that is fresh waits for nothing but its claim."""
    return ports.now() - signal.at > timedelta(seconds=ports.settings.verify_every)


def _is_known(signal: Signal, ports: Ports) -> bool:
    """Say whether it was answered. Where the ledger cannot say so, the claim meets the same trouble, and says it."""
    try:
        return answered.is_answered(ports.ledger, signal)
    except (ClientError, BotoCoreError):
        return False
