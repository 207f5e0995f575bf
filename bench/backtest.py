"""How fast recorded CloudTrail is judged, beside unpacking and parsing the same files and nothing else."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import logs
from bench.figures import median, ratio
from bench.inquiry import floor
from chalicelib.inquiry.files import found
from chalicelib.inquiry.readers.logs import File
from chalicelib.model import Mode
from chalicelib.wiring import now
from console.backtest import spool
from console.backtest.judging import judged
from console.backtest.reader import read
from console.backtest.result import Read, result
from console.chosen import AS_EXPLAINED

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Figures

STEPS = 10
"""Writing the logs, then three rounds of three."""

_FILES, _ONE_IN = 200, 1_000


def measure(step: Callable[[], None]) -> Figures:
    """Records per second of floor, one process and all cores, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        logs.write(Path(folder), _FILES, _made_a_key)
        step()
        work = {
            "floor": lambda: floor(Path(folder)),
            "one": lambda: _tested(Path(folder), 1),
            "all": lambda: _tested(Path(folder), os.cpu_count() or 1),
        }
        times: dict[str, list[float]] = {name: [] for name in work}
        for number in range(1, STEPS):
            name = list(work)[number % len(work)]
            times[name].append(_timed(work[name]))
            step()
    records = _FILES * logs.EACH
    shown = {
        name: {"per_second": round(records / median(taken)), "ratio": ratio(times["floor"], taken)}
        for name, taken in times.items()
    }
    return {"records": records, "files": _FILES, "one_in": _ONE_IN, **shown}


def _timed(work: Callable[[], int]) -> float:
    begin = time.perf_counter()
    count = work()
    taken = time.perf_counter() - begin
    if count != _FILES * logs.EACH:
        raise ValueError(f"{count} records were read of {_FILES * logs.EACH}")
    return taken


def _tested(folder: Path, processes: int) -> int:
    known = Read()
    with tempfile.TemporaryDirectory() as kept:
        for file, tally in read(map(File, found((folder,))), Path(kept), now(), frozenset(), processes):
            known.add(file.name, tally)
        verdicts = judged(spool.taken(Path(kept)), AS_EXPLAINED)
        made: dict[str, Any] = result(known, spool.counts(Path(kept)), verdicts, Mode.OBSERVE)
    if sum(row["deliveries"] for row in made["patterns"]) != _FILES * logs.EACH // _ONE_IN:
        raise ValueError("the backtest did not find the signals that were written")
    count: int = made["events"]["read"]
    return count


def _made_a_key(number: int) -> dict[str, Any]:
    """One in a thousand makes a key, which is a signal."""
    if number % _ONE_IN:
        return {}
    made = {"accessKey": {"userName": "deploy", "accessKeyId": f"AKIA{number:016}", "status": "Active"}}
    called = {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "readOnly": False}
    return {**called, "requestParameters": {"userName": "deploy"}, "responseElements": made}
