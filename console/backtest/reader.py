"""Every file through reading and sifting, in this process or in many."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from chalicelib.inquiry import reading
from console.backtest import sifting, spool
from console.backtest.counting import Tally

_AHEAD = 4  # files in hand for each process: enough to keep it busy


def read(files: Iterable[Path], folder: Path, received: datetime, processes: int) -> Iterator[tuple[Path, Tally]]:
    """What each file holds, in the order of the files; its signals go into the folder."""
    one = partial(_one, folder, received)
    if processes == 1:
        yield from ((file, one(file)) for file in files)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _quietly) as pool:  # a fork would copy rich's thread
        try:
            yield from _in_order(pool, one, files, processes * _AHEAD)
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, one: partial[Tally], files: Iterable[Path], ahead: int
) -> Iterator[tuple[Path, Tally]]:
    """With few files in hand at a time: a bucket's copy may hold millions."""
    waiting: deque[tuple[Path, Future[Tally]]] = deque()
    for file in files:
        waiting.append((file, pool.submit(one, file)))
        if len(waiting) == ahead:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()


def _quietly() -> None:
    """An interruption is answered once, by the command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _one(folder: Path, received: datetime, file: Path) -> Tally:
    tally = Tally()
    spool.put(folder, sifting.signals(reading.values(file, tally.note), tally, received))
    return tally
