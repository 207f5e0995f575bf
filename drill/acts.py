"""How scenarios play: each until it has to wait, then whichever may go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

PATIENCE = 60.0  # seconds that a scenario waits for what was promised
_PAUSE = 0.1  # between looks: whoever asks all the time slows down what it asks about
_TICK = 0.03  # between looks that a clock depends on


class BrokenPromiseError(Exception):
    """Something that the drill promises does not hold; the text says what."""


@dataclass(frozen=True)
class Until:
    """A wait: it is over when `holds` gives something, which the scenario gets, and broken after a while."""

    promise: str
    holds: Callable[[], Any]
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE)


Act = Generator[Until | None, Any, None]
"""A scenario: what it needs is there before the stack is deployed; its first yield gets the stage, each other waits."""


_AT_ONCE = Until("it goes on", lambda: True, float("inf"))


def promise(text: str, *, holds: bool) -> None:
    """BrokenPromiseError where it does not hold."""
    if not holds:
        raise BrokenPromiseError(text)


def play(acts: Mapping[str, Act], stage: object) -> Iterator[tuple[str, str]]:
    """Play all to their end; the name of each that broke a promise, and the promise."""
    waiting: dict[str, Until] = {}
    for name, act in acts.items():  # one after the other, so that no scenario runs down another's clock
        yield from _went_on(name, act, stage, waiting)
    while waiting:
        for name, wait in list(waiting.items()):
            found = _looked(wait)
            if found:
                yield from _went_on(name, acts[name], found, waiting)
        time.sleep(_PAUSE)


def _looked(wait: Until) -> Any:
    try:
        found = wait.holds()
    except (BrokenPromiseError, ClientError) as broken:
        return BrokenPromiseError(str(broken))
    return found or (BrokenPromiseError(wait.promise) if time.monotonic() > wait.deadline else None)


def _went_on(name: str, act: Act, found: Any, waiting: dict[str, Until]) -> Iterator[tuple[str, str]]:
    waiting.pop(name, None)
    try:
        wait = act.throw(found) if isinstance(found, BrokenPromiseError) else act.send(found)
        waiting[name] = wait or _AT_ONCE
    except StopIteration:
        return
    except (BrokenPromiseError, ClientError) as broken:  # a call that is refused ends its own scenario, and no other
        yield name, str(broken)


def at_once(promised: str, holds: Callable[[], Any]) -> Any:
    """What `holds` gives as soon as it gives something, with nobody else playing meanwhile: for clocks."""
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise BrokenPromiseError(promised)
        time.sleep(_TICK)
    return found
