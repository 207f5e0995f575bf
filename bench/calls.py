"""The AWS calls of a run, counted from botocore's own events."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import local
from typing import TYPE_CHECKING

from botocore import handlers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Call:
    """One request and its answer, on the clock that all processes of a machine share (`time.monotonic`, seconds)."""

    name: str
    began: float
    ended: float


@dataclass
class Recorder:
    """Every request is a call, so a retry counts twice. Hooks run in the thread that makes the call."""

    calls: list[Call] = field(default_factory=list)
    _open: local = field(default_factory=local)

    def before_send(self, event_name: str, **_: object) -> None:
        """The request is signed and about to leave."""
        self._open.call = event_name.partition(".")[2], time.monotonic()

    def after_attempt(self, **_: object) -> None:
        """The answer was read, or there is none. (`after-call` comes once, however often the request was sent.)"""
        name, began = self._open.call
        self.calls.append(Call(name, began, time.monotonic()))


RECORDER = Recorder()


def install() -> None:
    """Count the calls of every session that this process makes from now on."""
    handlers.BUILTIN_HANDLERS.extend(
        (("before-send", RECORDER.before_send), ("needs-retry", RECORDER.after_attempt)),
    )


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """The calls made in the block, in the order of their answers."""
    RECORDER.calls.clear()
    made: list[Call] = []
    yield made
    made.extend(RECORDER.calls)


def longest_chain(calls: Iterable[Call]) -> int:
    """The most calls of which each begins only after the one before has ended: what cannot have been side by side."""
    length, ended = 0, 0.0
    for call in sorted(calls, key=lambda call: call.ended):
        if call.began >= ended:
            length, ended = length + 1, call.ended
    return length


def chain_to(calls: Iterable[Call], last: Call) -> int:
    """The longest chain that ends with this call."""
    return 1 + longest_chain(call for call in calls if call.ended <= last.began)


def first(calls: Iterable[Call], *names: str) -> Call | None:
    """The earliest answered call of these names."""
    return min((call for call in calls if call.name in names), key=lambda call: call.ended, default=None)
