"""Signals and counts on their way from many processes into one order: on disk, for a log may hold any number."""

from __future__ import annotations

import heapq
import os
import pickle
import sqlite3
import threading
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backtest.counting import Counts, Seen

if TYPE_CHECKING:
    from chalicelib.inquiry.readers.logs import Log
    from chalicelib.model import Signal
    from console.backtest.counting import Tally
    from console.backtest.sifting import Found

_BATCH = 500
_HELD = 10_000  # values after which the identities of their events go to disk
_AT_ONCE = 4_000_000  # identities of a day that are told apart at once


def put(folder: Path, signals: Iterable[Found]) -> None:
    """Keep them, in a file of this thread's own. All are taken, few are held."""
    coming = iter(signals)
    while rows := [_row(*one) for one in islice(coming, _BATCH)]:
        _write(folder, "INSERT INTO signals VALUES (?, ?, ?, ?)", rows)


def put_identities(folder: Path, values: Iterable[Any], seen: Seen) -> Iterator[Any]:
    """Hand the values of a file on, and keep what is noted of them in the meantime, but for the last few."""
    for number, value in enumerate(values, 1):
        yield value
        if number % _HELD == 0:
            _keep(folder, seen)


def put_rest(folder: Path, tallies: Iterable[tuple[Log, Tally]]) -> Iterator[tuple[Log, Tally]]:
    """Hand the tallies of files on, and keep the identities that came with them: of many small files at once."""
    rest, held = Seen(), 0
    for log, tally in tallies:
        rest.join(tally.seen)
        held += tally.events
        if held > _HELD:
            _keep(folder, rest)
            held = 0
        yield log, tally
    _keep(folder, rest)


def _keep(folder: Path, seen: Seen) -> None:
    kinds = (("days", seen.days), ("deliveries", seen.deliveries))
    rows = [(kind, name, bytes(held)) for kind, named in kinds for name, held in named.items()]
    _write(folder, "INSERT INTO identities VALUES (?, ?, ?)", rows)
    seen.days.clear()
    seen.deliveries.clear()


def _write(folder: Path, statement: str, rows: list[tuple[Any, ...]]) -> None:
    with closing(sqlite3.connect(folder / f"{os.getpid()}-{threading.get_ident()}.sqlite")) as base, base:
        base.execute("PRAGMA synchronous = OFF")  # nobody needs it after a crash
        base.execute("CREATE TABLE IF NOT EXISTS signals (at TEXT, key BLOB, signal BLOB, identity BLOB)")
        base.execute("CREATE TABLE IF NOT EXISTS identities (kind TEXT, name TEXT, held BLOB)")
        base.executemany(statement, rows)


def _row(identity: bytes, one: Signal) -> tuple[str, bytes, bytes, bytes]:
    key = f"{one.native_id} {one.sign} {one.account} {one.subject}".encode(errors="surrogatepass")
    return one.at.isoformat(), key, pickle.dumps(one), identity


def taken(folder: Path) -> Iterator[Signal]:
    """All that were kept, in order of their time, however they were spread over files and processes.

    Of the copies of an event each signal comes once.
    """
    with _bases(folder) as bases:
        rows = (
            base.execute("SELECT at, key, signal, identity FROM signals ORDER BY at, key, signal") for base in bases
        )
        for _, same in groupby(heapq.merge(*rows), key=itemgetter(0, 1)):
            signals = {identity: signal for _, _, signal, identity in same}
            for signal in signals.values():
                one: Signal = pickle.loads(signal)  # noqa: S301 - ours, from a folder that nobody else may write to
                yield one


def counts(folder: Path) -> Counts:
    """How many different events were kept, and how many copies of them."""
    found: dict[str, Counter[str]] = {"days": Counter(), "deliveries": Counter()}
    kept = 0
    with _bases(folder) as bases:
        selected = "SELECT DISTINCT kind, name FROM identities"
        for kind, name in sorted({row for base in bases for row in base.execute(selected)}):
            held = array("Q")  # eight bytes each, as an identity has
            for base in bases:
                asked = "SELECT held FROM identities WHERE kind = ? AND name = ?"
                for (one,) in base.execute(asked, (kind, name)):
                    held.frombytes(one)
            found[kind][name] = _different(held)
            kept += len(held) if kind == "days" else 0
    return Counts(found["days"], found["deliveries"], kept - found["days"].total())


def _different(held: array[int]) -> int:
    """How many of them are different. Only so many are looked at at once, for a set takes ten times their room."""
    parts = 1 + len(held) // _AT_ONCE
    return sum(len({one for one in held if one % parts == part}) for part in range(parts))


@contextmanager
def _bases(folder: Path) -> Iterator[list[sqlite3.Connection]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(sqlite3.connect(path))) for path in sorted(folder.glob("*.sqlite"))]
