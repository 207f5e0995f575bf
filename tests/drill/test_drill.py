"""The drill as a person starts it: the whole of it once, and its end by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from console.ctrl_c import INTERRUPTED
from drill.scenarios import ALONE, DESCRIBED, MORE, SCENARIOS
from drill.scene import ENDS

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "console", "drill", "--json"]
ALL = [*COMMAND, "--all", "--report"]
MEMBERS = {
    "scenario", "subject", "seconds_to_contained", "intruder_allowed_before", "intruder_allowed_after",
    "bystanders_denied", "secrets_rotated", "told", "owner_works_after_release", "restore_exact", "unasked",
    "judged_by", "status",
}  # fmt: skip
SHELL = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:9",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}
"""A person's shell that points at an account, at another embedded AWS, and at a proxy."""
EVERYWHERE = ["event-bus", "slack", "sns"]
UNASKED = {
    "sample finding": (None, None),
    "an innocent administrator is aimed at": (None, None),
    "dead credentials called on after the release": (True, None),
}
"""Stories that do not ask whether the owner works and a restore is exact, or one of the two: each says why."""


def environment(folder: Path) -> dict[str, str]:
    """A person's, whose temporary files are all in one place."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}


def left_of(folder: Path) -> list[str]:
    """Processes that still work in the folder, and files that still lie there."""
    running = [link for link in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in _read(link)]
    return [str(link) for link in running] + [str(path) for path in folder.iterdir()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The one document that a whole drill prints, by scenario."""
    folder, page = tmp_path_factory.mktemp("drill"), ROOT / ".drill" / "report.html"
    page.unlink(missing_ok=True)
    shell = environment(folder) | SHELL  # which points elsewhere, and does not lead it there
    done = subprocess.run(ALL, cwd=ROOT, env=shell, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert left_of(folder) == []
    assert str(page) in done.stderr
    document = json.loads(done.stdout)
    assert "disable-trust-anchor" in document["judged_elsewhere"]
    assert not set(document["judged_elsewhere"]) & {"quarantine-user", "deactivate-key", "revoke-role-sessions"}
    return {one["scenario"]: one for one in document["scenarios"]}


def test_every_scenario_is_there_with_the_same_members(told: dict[str, Any]) -> None:
    assert list(told) == [one.NAME for one in (*SCENARIOS, *MORE, *ALONE, *DESCRIBED)]
    assert all(set(one) == MEMBERS for one in told.values())


@pytest.mark.parametrize("name", [one.NAME for one in (*SCENARIOS, *MORE, *ALONE, *DESCRIBED)])
def test_it_keeps_its_promises(told: dict[str, Any], name: str) -> None:
    scene = told[name]
    assert not scene["intruder_allowed_after"]
    assert scene["bystanders_denied"] == 0
    assert scene["told"] == EVERYWHERE
    assert scene["status"] in ENDS
    assert scene["judged_by"].endswith("judged by the embedded AWS")
    asked = (scene["owner_works_after_release"], scene["restore_exact"])
    assert asked == UNASKED.get(name, (True, True))
    assert bool(scene["unasked"]) == (name in UNASKED)


def test_how_each_ended(told: dict[str, Any]) -> None:
    others = {
        "false alarm, restored": "restored",
        "two false alarms in a row, restored through the chain": "restored",
        "sample finding": "dry",
        "an innocent administrator is aimed at": "asked",
        "the fighting intruder": "contested",
        "a renamed user": "contested",
        "a colleague takes the deny off": "failed",
    }
    assert {name: scene["status"] for name, scene in told.items()} == {name: others.get(name, "held") for name in told}


def test_the_main_story(told: dict[str, Any]) -> None:
    scene = told["user key with minted sessions"]
    assert scene["intruder_allowed_before"] == 9
    assert scene["secrets_rotated"] == 1
    assert scene["owner_works_after_release"] is True
    assert told["false alarm, restored"]["restore_exact"] is True


def _heeds_ctrl_c() -> None:
    """What a shell starts in the background ignores it, and so does all that it starts in turn."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeds_ctrl_c,  # noqa: PLW1509 - it takes no lock that another thread could hold
    ) as drill:
        assert drill.stderr
        next(line for line in drill.stderr if "deployed" in line)
        drill.send_signal(signal.SIGINT)
        told = drill.stderr.read()
    assert drill.returncode == INTERRUPTED
    assert told.endswith("nothing is left running. Next: `leak-responder drill`\n")
    deadline = time.monotonic() + 10
    while left_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_of(tmp_path) == []


def test_a_name_that_nothing_has_is_refused_with_those_there_are() -> None:
    done = subprocess.run(
        [*COMMAND, "--only", "no such"], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "user key with minted sessions" in done.stderr
