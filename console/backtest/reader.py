"""Every file through reading and sifting, in this process or in many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from chalicelib.inquiry import reading
from chalicelib.inquiry.readers.ahead import in_order
from console.backtest import sifting, spool
from console.backtest.counting import Tally
from console.cores import AHEAD, pool


def read(files: Iterable[Path], folder: Path, received: datetime, processes: int) -> Iterator[tuple[Path, Tally]]:
    """What each file holds, in the order of the files; its signals go into the folder."""
    one = partial(_one, folder, received)
    if processes == 1:
        yield from ((file, one(file)) for file in files)
        return
    with pool(processes) as hands:
        yield from in_order(hands, one, files, processes * AHEAD)


def _one(folder: Path, received: datetime, file: Path) -> Tally:
    tally = Tally()
    spool.put(folder, sifting.signals(reading.values(file, tally.note), tally, received))
    return tally
