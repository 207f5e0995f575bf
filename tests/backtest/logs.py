"""Recorded logs of our own making, and what the command makes of them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner, Result

from console.main import command_line
from tests.sources import events

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.events import Json


def log(file: Path, *records: Any) -> Path:
    """A CloudTrail log file, compressed where its name says so."""
    return raw(file, json.dumps({"Records": records}, separators=(",", ":")).encode())


def lines(file: Path, *values: Any) -> Path:
    """One value a line."""
    return raw(file, "".join(json.dumps(value) + "\n" for value in values).encode())


def raw(file: Path, content: bytes) -> Path:
    """A file of these bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


def call(number: int = 0, **members: Any) -> Json:
    """A call of no interest, as nearly all are."""
    named: Json = {"eventSource": "ec2.amazonaws.com", "eventID": f"call-{number}", "readOnly": True}
    return events.record("DescribeInstances", **named, **members)


def at(minute: int, record: Json) -> Json:
    """The record at another time, and with an id of its own."""
    when = f"2026-11-20T{minute // 60:02}:{minute % 60:02}:00Z"
    return {**record, "eventTime": when, "eventID": f"{record['eventName']}-{minute}"}


def run(*words: object, **environment: str) -> Result:
    """`leak-responder backtest …`."""
    return CliRunner().invoke(command_line(["backtest"]), ["backtest", *map(str, words)], env=environment)


def result(*words: object) -> Json:
    """Its document."""
    said: Json = json.loads(run("--json", *words).stdout)
    return said


def counts(found: Json) -> tuple[int, int, int, int]:
    """Signals that are acted on, asked, told and ignored."""
    signals = found["signals"]
    return signals["act"], signals["ask"], signals["tell"], signals["ignore"]
