"""`leak-responder cloud` as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from drill.cloud import lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = lifecycle.ROOT / ".drill" / "cloud.json"


def cloud(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from console.cloud import app; app()", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=lifecycle.ROOT, timeout=60)


@pytest.fixture(autouse=True)
def nobody_elses() -> Iterator[None]:
    """A person's own embedded AWS is not ended by a test."""
    if STATE.exists():
        pytest.skip("an embedded AWS is up; `leak-responder cloud down` ends it")
    yield
    cloud("down")


def test_up_and_down() -> None:
    started = cloud("up", "--bare")
    assert started.returncode == 0, started.stderr
    up = json.loads(started.stdout)
    sts = boto3.client(
        "sts",
        endpoint_url=up["endpoint"],
        region_name=up["region"],
        aws_access_key_id=up["access_key"],
        aws_secret_access_key=up["secret_key"],
    )
    assert sts.get_caller_identity()["Account"] == up["account"]
    assert STATE.stat().st_mode & 0o777 == 0o600
    state = json.loads(STATE.read_text())

    again = cloud("up", "--bare")
    assert (again.returncode, again.stdout) == (2, "")
    assert up["endpoint"] in again.stderr

    ended = cloud("down")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert not STATE.exists()
    assert not Path(state["folder"]).exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(state["pid"], 0)


def test_down_when_none_is_running() -> None:
    ended = cloud("down")

    assert (ended.returncode, ended.stdout) == (0, "")
    assert "None was running" in ended.stderr


def test_what_a_shell_is_to_set_reaches_it() -> None:
    started = cloud("up", "--bare", "--env")
    assert started.returncode == 0, started.stderr
    line = 'eval "$1"; exec "$2" -c "import boto3; print(boto3.client(\\"sts\\").get_caller_identity()[\\"Arn\\"])"'
    asked = subprocess.run(
        ["sh", "-c", line, "sh", started.stdout, sys.executable], capture_output=True, text=True, check=True
    )
    assert asked.stdout == f"arn:aws:iam::{lifecycle.ACCOUNT}:root\n"
