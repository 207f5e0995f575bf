"""How fast an inquiry reads logs, beside unpacking and parsing the same files and nothing else, and what it holds."""

from __future__ import annotations

import gzip
import json
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import logs
from bench.account import BenchError
from bench.figures import median, ratio
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, Member, leaked_key, leaked_role
from chalicelib.inquiry.files import found
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.readers.logs import File, Logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Figures

_TURNS, _FEW, _MANY = 3, 10, 100
ROUNDS = _TURNS + 2
"""How often `measure` calls its step."""

_KEY, _ROLE = leaked_key(logs.LEAKED), leaked_role(logs.ROLE)


def measure(step: Callable[[], None]) -> Figures:
    """Floor, a key and a role in turn on some files; then the key on ten times as many; then the memory of both."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        logs.write(Path(few), _FEW, logs.by_leaked_key)
        logs.write(Path(many), _MANY, logs.by_leaked_key)
        times: dict[str, list[float]] = {"floor": [], "key": [], "role": []}
        for _ in range(_TURNS):
            times["floor"].append(_timed(lambda: floor(Path(few)), _FEW * logs.EACH))
            times["key"].append(_timed(lambda: _asked(Path(few), _KEY), _FEW * logs.EACH // 100))
            times["role"].append(_timed(lambda: _asked(Path(few), _ROLE), _FEW * logs.EACH * 99 // 100))
            step()
        larger = {
            "floor": [_timed(lambda: floor(Path(many)), _MANY * logs.EACH)],
            "key": [_timed(lambda: _asked(Path(many), _KEY), _MANY * logs.EACH // 100)],
        }
        step()
        held = {_FEW: _peak(Path(few)), _MANY: _peak(Path(many))}
        step()
    return {
        "records": {"few": _FEW * logs.EACH, "many": _MANY * logs.EACH},
        **{name: _rate(taken, times["floor"], _FEW) for name, taken in times.items()},
        "many_floor": _rate(larger["floor"], larger["floor"], _MANY),
        "many_key": _rate(larger["key"], larger["floor"], _MANY),
        "held_mb": {"few": held[_FEW], "many": held[_MANY]},
    }


def _rate(taken: list[float], floors: list[float], files: int) -> Figures:
    return {"per_second": round(files * logs.EACH / median(taken)), "ratio": ratio(floors, taken)}


def _timed(work: Callable[[], int], expected: int) -> float:
    began = time.perf_counter()
    count = work()
    taken = time.perf_counter() - began
    if count != expected:
        raise BenchError(f"{count} calls were found of {expected}")
    return taken


def floor(folder: Path) -> int:
    """The records of all files, each unpacked and parsed as a whole."""
    return sum(len(json.loads(gzip.decompress(file.read_bytes()))["Records"]) for file in found((folder,)))


def _asked(folder: Path, leaked: Member) -> int:
    """The calls of a whole inquiry in one process."""
    made: dict[str, Any] = document(inquire(Logs(lambda: map(File, found((folder,))), "logs"), [leaked], Bounds()))
    count: int = made["calls"]
    return count


def _peak(folder: Path) -> float:
    """The most that Python held for it at any time, in MB."""
    tracemalloc.start()
    try:
        _asked(folder, _KEY)
        return round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
    finally:
        tracemalloc.stop()
