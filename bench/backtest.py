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

_TURNS, _FEW, _MANY, _ONE_IN = 3, 10, 100, 1_000
STEPS = 2 + 4 * _TURNS
"""How often `measure` calls its step: two folders are written, then rounds of four."""


def measure(step: Callable[[], None]) -> Figures:
    """Records per second of floor and one process on some files, and of floor and all cores on ten times as many."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        for folder, files in ((few, _FEW), (many, _MANY)):
            logs.write(Path(folder), files, _made_a_key)
            step()
        work: dict[str, tuple[int, Callable[[], int]]] = {
            "floor": (_FEW, lambda: floor(Path(few))),
            "one": (_FEW, lambda: _tested(Path(few), _FEW, 1)),
            "many_floor": (_MANY, lambda: floor(Path(many))),
            "many_all": (_MANY, lambda: _tested(Path(many), _MANY, os.cpu_count() or 1)),
        }
        times: dict[str, list[float]] = {name: [] for name in work}
        for name in [*work] * _TURNS:
            times[name].append(_timed(*work[name]))
            step()
    floors = {"floor": "floor", "one": "floor", "many_floor": "many_floor", "many_all": "many_floor"}
    shown = {
        name: {
            "per_second": round(files * logs.EACH / median(times[name])),
            "ratio": ratio(times[floors[name]], times[name]),
        }
        for name, (files, _) in work.items()
    }
    return {"records": {"few": _FEW * logs.EACH, "many": _MANY * logs.EACH}, "one_in": _ONE_IN, **shown}


def _timed(files: int, work: Callable[[], int]) -> float:
    begin = time.perf_counter()
    count = work()
    taken = time.perf_counter() - begin
    if count != files * logs.EACH:
        raise ValueError(f"{count} records were read of {files * logs.EACH}")
    return taken


def _tested(folder: Path, files: int, processes: int) -> int:
    known = Read()
    with tempfile.TemporaryDirectory() as kept:
        for file, tally in read(map(File, found((folder,))), Path(kept), now(), frozenset(), processes):
            known.add(file.name, tally)
        verdicts = judged(spool.taken(Path(kept)), AS_EXPLAINED)
        made: dict[str, Any] = result(known, spool.counts(Path(kept)), verdicts, Mode.OBSERVE)
    if sum(row["deliveries"] for row in made["patterns"]) != files * logs.EACH // _ONE_IN:
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
