"""Cold starts of the packaged zip under Lambda's own runtime client, against bare boto3, an IAM client and one call.

Both run from the same unzipped package, with the same bytecode, in a fresh process each time, and take turns. Lambda's
own part, placing the function and fetching its code, is in neither. The files are in the page cache, as they are on a
Lambda host that has just unpacked them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import events, runtime_api
from bench.account import BenchError
from bench.calls import Call, first
from bench.figures import Figures, ratio, spread
from bench.handler import DEACTIVATING, DENYING
from console.package import ROOT, ZIP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.account import Account

_BARE = "iam.PutUserPolicy"


@dataclass(frozen=True)
class Start:
    """One cold start, in milliseconds since the process was spawned."""

    ready: float
    powerless: float
    key_inactive: float | None
    answered: float


def measure(account: Account, package: Path, repeats: int, step: Callable[[], None]) -> Figures:
    """The figures of `repeats` starts of each kind; the first pair warms the page cache and is thrown away."""
    ours: list[Start] = []
    bare: list[Start] = []
    plain: list[float] = []
    with tempfile.TemporaryDirectory(prefix="leak-responder-cold-") as folder:
        with zipfile.ZipFile(package / ZIP) as archive:
            archive.extractall(folder)
        for number in range(repeats + 1):
            pair = _start(account, folder, "ours"), _start(account, folder, "bare")
            process = _process(account, folder)
            if number:
                ours.append(pair[0])
                bare.append(pair[1])
                plain.append(process)
            step()
    return _figures(ours, bare, plain)


def _start(account: Account, folder: str, kind: str) -> Start:
    victim = account.victim()
    event = events.compromised_key(account, victim)
    with runtime_api.serving(event) as api, tempfile.TemporaryFile() as output:
        environment = _environment(account, folder) | {"AWS_LAMBDA_RUNTIME_API": api.address, "BENCH_COLD": kind}
        spawned = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", f"bench.cold_handlers.{kind}"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            answered = api.wait()
        finally:
            process.kill()
            process.wait()
        if not answered or api.failed:
            output.seek(0)
            raise BenchError(f"the cold start of {kind} failed: {api.answer}\n{output.read().decode()[-2000:]}")
    if account.may_act(victim.stolen[0]):
        raise BenchError(f"the intruder can still act after the cold start of {kind}")
    return _started(api, spawned)


def _started(api: runtime_api.RuntimeApi, spawned: float) -> Start:
    calls = [Call(name, began, ended) for name, began, ended in api.answer]
    denied, inactive = first(calls, *DENYING, _BARE), first(calls, *DEACTIVATING)
    if denied is None:
        raise BenchError("a cold start denied nothing")
    return Start(
        ready=(api.asked - spawned) * 1e3,
        powerless=(denied.ended - spawned) * 1e3,
        key_inactive=(inactive.ended - spawned) * 1e3 if inactive else None,
        answered=(api.answered - spawned) * 1e3,
    )


def _process(account: Account, folder: str) -> float:
    """The same bare call from a Python process without any runtime around it."""
    victim = account.victim()
    code = (
        "import sys, boto3\n"
        "iam = boto3.client('iam')\n"
        "iam.put_user_policy(UserName=sys.argv[1], PolicyName='deny', PolicyDocument=sys.argv[2])\n"
    )
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
    environment = _environment(account, folder)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code, victim.name, deny], cwd=folder, env=environment, check=True)
    return (time.monotonic() - began) * 1e3


def _environment(account: Account, folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        **account.environment,
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",  # the package comes first, so its boto3 and its app.py are used
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": folder,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    }


def _figures(ours: list[Start], bare: list[Start], plain: list[float]) -> Figures:
    inactive = [one.key_inactive for one in ours if one.key_inactive is not None]
    powerless, floor = [one.powerless for one in ours], [one.powerless for one in bare]
    return {
        "bare": {"ready": spread([one.ready for one in bare]), "powerless": spread(floor)},
        "bare_without_runtime": spread(plain),
        "ready": {
            **spread([one.ready for one in ours]),
            "ratio": ratio([one.ready for one in ours], [one.ready for one in bare]),
        },
        "powerless": {
            **spread(powerless),
            "ratio": ratio(powerless, floor),
            "ratio_without_runtime": ratio(powerless, plain),
        },
        "key_inactive": {**spread(inactive), "ratio": ratio(inactive, floor)},
        "answered": spread([one.answered for one in ours]),
    }
