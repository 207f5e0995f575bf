"""Signals on their way from many processes into one order: on disk, for a log may hold any number of them."""

from __future__ import annotations

import heapq
import os
import pickle
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.model import Signal

_BATCH = 500


def put(folder: Path, signals: Iterable[Signal]) -> None:
    """Keep them, in a file of this thread's own. All are taken, few are held."""
    coming = iter(signals)
    while rows := [_row(one) for one in islice(coming, _BATCH)]:
        with closing(sqlite3.connect(folder / f"{os.getpid()}-{threading.get_ident()}.sqlite")) as base, base:
            base.execute("PRAGMA synchronous = OFF")  # nobody needs it after a crash
            base.execute("CREATE TABLE IF NOT EXISTS signals (at TEXT, key BLOB, signal BLOB)")
            base.executemany("INSERT INTO signals VALUES (?, ?, ?)", rows)


def _row(one: Signal) -> tuple[str, bytes, bytes]:
    key = f"{one.native_id} {one.sign} {one.account} {one.subject}".encode(errors="surrogatepass")
    return one.at.isoformat(), key, pickle.dumps(one)


def taken(folder: Path) -> Iterator[Signal]:
    """All that were kept, in order of their time, however they were spread over files and processes."""
    with ExitStack() as stack:
        bases = [stack.enter_context(closing(sqlite3.connect(path))) for path in sorted(folder.glob("*.sqlite"))]
        rows = (base.execute("SELECT at, key, signal FROM signals ORDER BY at, key, signal") for base in bases)
        for _, _, signal in heapq.merge(*rows):
            one: Signal = pickle.loads(signal)  # noqa: S301 - ours, from a folder that nobody else may write to
            yield one
