"""Work of many hands in the order in which it was given out."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def in_order(
    pool: Executor, one: Callable[[_Item], _Made], items: Iterable[_Item], ahead: int
) -> Iterator[tuple[_Item, _Made]]:
    """With few items in hand at a time: a bucket may hold millions."""
    waiting: deque[tuple[_Item, Future[_Made]]] = deque()
    for item in items:
        waiting.append((item, pool.submit(one, item)))
        if len(waiting) == ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()
