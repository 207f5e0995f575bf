"""The questions that other readers of CloudTrail logs can answer too, asked of the same folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import logs
from bench.account import BenchError
from bench.contenders import Environment
from bench.sheets import Sheet
from console.package import ROOT

if TYPE_CHECKING:
    from bench.figures import Figures

ENVIRONMENT = Environment(ROOT / ".venv-log-peers", ROOT / "bench" / "log-peers-requirements.lock")
_FEW, _MANY = 2, 20
_LONGEST = 1200  # seconds that one answer may take
_ROLE_ARN = f"arn:aws:iam::{logs.ACCOUNT}:role/{logs.ROLE}"


@dataclass(frozen=True)
class Reader:
    """A command that answers, and where in its document the calls are counted."""

    question: str
    name: str
    command: tuple[str, ...]
    calls: Callable[[Any], int]

    @property
    def is_ours(self) -> bool:
        """Whether the others are compared with it."""
        return self.command[0] == "leak-responder"

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return sys.executable if self.is_ours else ENVIRONMENT.python


def _ours(*leaked: str) -> tuple[str, ...]:
    return ("leak-responder", "timeline", *leaked, "--logs", "FOLDER", "--json", "--jobs", "1")


def _dredge(*who: str) -> tuple[str, ...]:
    return ("dredge", "aws", "hunt", "query-cloudtrail-logs", "--path", "FOLDER", *who)


_SELECT = ("trailscraper", "select", "--log-dir", "FOLDER", "--filter-assumed-role-arn", _ROLE_ARN)
_KEY, _ROLE = "what a key did, one call of a hundred", "what a role did, nearly all calls"

READERS: tuple[Reader, ...] = (
    Reader(_KEY, "Leak Responder", _ours("--access-key", logs.LEAKED), lambda made: made["calls"]),
    Reader(
        _KEY, "dredge-ir 1.1.6", _dredge("--access-key-id", logs.LEAKED), lambda made: len(made["details"]["events"])
    ),
    Reader(_ROLE, "Leak Responder", _ours("--role", logs.ROLE), lambda made: made["calls"]),
    Reader(
        _ROLE,
        "dredge-ir 1.1.6",
        _dredge("--user", f"assumed-role/{logs.ROLE}/"),
        lambda made: len(made["details"]["events"]),
    ),
    Reader(
        _ROLE,
        "trailscraper 0.10.0",
        (*_SELECT, "--from", "2026-10-01", "--to", "2027-01-01"),
        lambda made: len(made["Records"]),
    ),
)
ROUNDS = 2 * len(READERS)


@dataclass(frozen=True)
class Answered:
    """Seconds from the start of the process to its end, and the most MB that it held."""

    seconds: float
    held: float


def measure(step: Callable[[], None]) -> list[Figures]:
    """Each reader on some files, and on ten times as many. What it counts must be what is there."""
    rows: list[Figures] = [{"question": one.question, "reader": one.name} for one in READERS]
    for size, files in (("few", _FEW), ("many", _MANY)):
        with tempfile.TemporaryDirectory() as folder:
            logs.write(Path(folder), files, logs.by_leaked_key)
            for row, reader in zip(rows, READERS, strict=True):
                row[size] = vars(_answered(reader, folder, files * logs.EACH))
                step()
    return rows


def _answered(reader: Reader, folder: str, records: int) -> Answered:
    command = [folder if word == "FOLDER" else word for word in reader.command]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    done = subprocess.run(
        [reader.python, "-m", "bench.log_worker", *command],
        capture_output=True,
        text=True,
        env=environment,
        timeout=_LONGEST,
        check=False,
    )
    taken = time.monotonic() - began
    if done.returncode:
        raise BenchError(f"{reader.name} did not run:\n{done.stderr[-2000:]}")
    expected = records // 100 if reader.question == _KEY else records * 99 // 100
    if (found := reader.calls(json.loads(done.stdout))) != expected:
        raise BenchError(f"{reader.name} found {found} calls of {expected}")
    return Answered(taken, int(done.stderr.split()[-1]) / 1024)


def sheets(rows: list[Figures]) -> tuple[Sheet, ...]:
    """One table."""
    ours = {row["question"]: row["many"]["seconds"] for row, one in zip(rows, READERS, strict=True) if one.is_ours}
    return (
        Sheet(
            "The same question about the same logs",
            ("", "seconds", "× ours", "MB held", "MB held, a tenth of the logs"),
            tuple(
                (
                    f"{row['reader']}: {row['question']}",
                    f"{row['many']['seconds']:.1f}",
                    f"{row['many']['seconds'] / ours[row['question']]:.2f}",
                    f"{row['many']['held']:.0f}",
                    f"{row['few']['held']:.0f}",
                )
                for row in rows
            ),
            f"{_MANY * logs.EACH:,} generated records in {_MANY} files, each reader once, in one process, from its "
            "start to its end. Ours answers everything else in the same reading: children, how it leaked, what "
            "breaks, what to rotate; the others list the calls. trailscraper cannot ask for a key.",
        ),
    )
