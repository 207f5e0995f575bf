"""Every file through reading and sifting: of a disk in this process or in many, of a bucket by many threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.inquiry.formats.values import values_of
from chalicelib.inquiry.readers.ahead import in_order
from console.backtest import sifting, spool
from console.backtest.counting import Tally
from console.cores import AHEAD, pool

if TYPE_CHECKING:
    from chalicelib.inquiry.readers.logs import Log

FETCHED = 16  # files at a time: most of the time goes by waiting for S3


def read(
    files: Iterable[Log], folder: Path, received: datetime, planted: frozenset[str], processes: int
) -> Iterator[tuple[Log, Tally]]:
    """What each file holds, in the order of the files; its signals go into the folder."""
    one = partial(_one, folder, received, planted)
    if processes == 1:
        yield from spool.put_rest(folder, ((file, one(file)) for file in files))
        return
    with pool(processes) as hands:
        yield from spool.put_rest(folder, in_order(hands, one, files, processes * AHEAD))


def fetched(
    files: Iterable[Log], folder: Path, received: datetime, planted: frozenset[str]
) -> Iterator[tuple[Log, Tally]]:
    """The same of files that take longer to arrive than to be read."""
    with ThreadPoolExecutor(FETCHED) as hands:
        one = partial(_one, folder, received, planted)
        yield from spool.put_rest(folder, in_order(hands, one, files, 2 * FETCHED))


def _one(folder: Path, received: datetime, planted: frozenset[str], file: Log) -> Tally:
    tally = Tally()
    values = spool.put_identities(folder, values_of(file.content(), tally.note), tally.seen)
    spool.put(folder, sifting.signals(values, tally, received, planted))
    if tally.odd:
        tally.note(f"values that are no event in a form that is known: {tally.odd:,} ({tally.why})")
    return tally
