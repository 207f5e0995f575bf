"""How fast recorded CloudTrail is judged, beside unpacking and parsing the same files and nothing else."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bench.figures import median, ratio
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

ROUNDS = 5
_FILES, _EACH, _ONE_IN = 20, 5_000, 1_000
_CALLS = (("ec2", "DescribeInstances"), ("kms", "Decrypt"), ("sts", "AssumeRole"), ("logs", "CreateLogStream"))


def measure(step: Callable[[], None]) -> Figures:
    """Records per second of floor, one process and all cores, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        times: dict[str, list[float]] = {"floor": [], "one": [], "all": []}
        for _ in range(ROUNDS):
            times["floor"].append(_timed(lambda: _floor(Path(folder))))
            times["one"].append(_timed(lambda: _tested(Path(folder), 1)))
            times["all"].append(_timed(lambda: _tested(Path(folder), os.cpu_count() or 1)))
            step()
    records = _FILES * _EACH
    shown = {
        name: {"per_second": round(records / median(taken)), "ratio": ratio(times["floor"], taken)}
        for name, taken in times.items()
    }
    return {"records": records, "files": _FILES, "one_in": _ONE_IN, **shown}


def _timed(work: Callable[[], int]) -> float:
    begin = time.perf_counter()
    count = work()
    taken = time.perf_counter() - begin
    if count != _FILES * _EACH:
        raise ValueError(f"{count} records were read of {_FILES * _EACH}")
    return taken


def _floor(folder: Path) -> int:
    return sum(len(json.loads(gzip.decompress(file.read_bytes()))["Records"]) for file in found((folder,)))


def _tested(folder: Path, processes: int) -> int:
    known = Read()
    with tempfile.TemporaryDirectory() as kept:
        for file, tally in read(map(File, found((folder,))), Path(kept), now(), frozenset(), processes):
            known.add(file.name, tally)
        made: dict[str, Any] = result(known, judged(spool.taken(Path(kept)), AS_EXPLAINED), Mode.OBSERVE)
    if sum(row["deliveries"] for row in made["patterns"]) != _FILES * _EACH // _ONE_IN:
        raise ValueError("the backtest did not find the signals that were written")
    count: int = made["events"]["read"]
    return count


def _write(folder: Path) -> None:
    random = Random(4)  # noqa: S311 - the same logs in every run
    for number in range(_FILES):
        records = [_record(random, number * _EACH + one) for one in range(_EACH)]
        text = json.dumps({"Records": records}, separators=(",", ":"))
        (folder / f"{number:02}.json.gz").write_bytes(gzip.compress(text.encode()))


def _record(random: Random, number: int) -> dict[str, Any]:
    """A call by a role session, as most are; one in a thousand makes a key."""
    service, name = ("iam", "CreateAccessKey") if number % _ONE_IN == 0 else random.choice(_CALLS)
    made = {"accessKey": {"userName": "deploy", "accessKeyId": f"AKIA{number:016}", "status": "Active"}}
    return {
        "eventVersion": "1.11",
        "userIdentity": _worker(random),
        "eventTime": f"2026-11-{number % 28 + 1:02}T02:58:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"198.51.100.{random.randrange(255)}",
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22 api/service#1.0",
        "requestParameters": {"userName": "deploy"} if service == "iam" else {"items": [{"id": f"i-{number:017x}"}]},
        "responseElements": made if service == "iam" else None,
        "requestID": f"{random.getrandbits(128):032x}",
        "eventID": f"{random.getrandbits(128):032x}",
        "readOnly": service != "iam",
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"{service}.us-east-1.amazonaws.com"},
    }


def _worker(random: Random) -> dict[str, Any]:
    unique, session, account = "AROADBQP57FF2AEXAMPLE", f"i-{random.getrandbits(64):017x}", "111122223333"
    issuer = {
        "type": "Role",
        "principalId": unique,
        "arn": f"arn:aws:iam::{account}:role/worker",
        "accountId": account,
        "userName": "worker",
    }
    return {
        "type": "AssumedRole",
        "principalId": f"{unique}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/worker/{session}",
        "accountId": account,
        "accessKeyId": f"ASIA{random.getrandbits(60):016X}",
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}},
    }
