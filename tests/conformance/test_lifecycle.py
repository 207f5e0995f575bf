"""The embedded AWS comes up on loopback alone, takes a package, and leaves nothing behind, however it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drill.cloud import lifecycle
from drill.cloud.shim import patching
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

STARTS = """
import json, sys
from drill.cloud import lifecycle
cloud = lifecycle.start()
print(json.dumps({"pid": cloud.pid, "folder": cloud.folder, "endpoint": cloud.endpoint}), flush=True)
sys.stdin.read()
"""


def gone(pid: int) -> bool:
    """Whether nothing of this process group is left."""
    with suppress(ProcessLookupError):
        os.killpg(pid, 0)
        return False
    return True


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(end: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout
        started = json.loads(parent.stdout.readline())
        assert Path(started["folder"]).is_dir()
        parent.send_signal(end)

    scene.eventually(lambda: gone(started["pid"]))
    scene.eventually(lambda: not Path(started["folder"]).exists())


def test_its_workers_end_with_it() -> None:
    with lifecycle.running() as cloud:
        arn = scene.function(cloud, "sleeper", "import os\ndef handler(event, context): return os.getpid()")
        worker = int(cloud.client("lambda").invoke(FunctionName=arn, Payload=b"{}")["Payload"].read())
        assert os.getpgid(worker) == cloud.pid
        os.kill(cloud.pid, signal.SIGKILL)

    scene.eventually(lambda: gone(cloud.pid))
    assert not Path(cloud.folder).exists()


def test_it_listens_on_loopback_alone(cloud: Cloud) -> None:
    port = int(cloud.endpoint.rsplit(":", 1)[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    listening = [row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port]

    assert [socket.inet_ntoa(bytes.fromhex(address)[::-1]) for address in listening] == ["127.0.0.1"]


def test_one_that_does_not_come_up_shows_its_log() -> None:
    with pytest.raises(lifecycle.CloudError, match=r"(?s)did not come up.*ValueError: could not convert"):
        lifecycle.start(LAMBDA_ASYNC_RETRY_BASE_SECONDS="soon")


def packaged(folder: Path, source: str, **resources: Any) -> Path:
    """What `chalice package` writes, for one function."""
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Runtime": "python3.11", "Handler": "code.handler", "CodeUri": "./deployment.zip"},
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Greeting": {"Type": "String", "Default": "hello"}},
        "Resources": {"Function": function, **resources},
        "Outputs": {"Name": {"Value": {"Ref": "Function"}}, "Greeting": {"Value": {"Ref": "Greeting"}}},
    }
    (folder / "sam.json").write_text(json.dumps(template))
    (folder / "deployment.zip").write_bytes(scene.zipped(source))
    return folder


def test_a_package_is_deployed_and_updated(cloud: Cloud, tmp_path: Path) -> None:
    def answer(deployed: Cloud) -> Any:
        reply = cloud.client("lambda").invoke(FunctionName=deployed.outputs["Name"], Payload=b"{}")
        return json.loads(reply["Payload"].read())

    first = lifecycle.deploy(cloud, packaged(tmp_path, "def handler(event, context): return 1"))
    assert (answer(first), first.outputs["Greeting"]) == (1, "hello")
    lifecycle.deploy(cloud, tmp_path)  # nothing has changed

    package = packaged(tmp_path, "def handler(event, context): return 2")
    second = lifecycle.deploy(cloud, package, parameters={"Greeting": "good day"})
    assert (answer(second), second.outputs["Greeting"]) == (2, "good day")


def test_a_stack_that_fails_says_why(cloud: Cloud, tmp_path: Path) -> None:
    wrong = {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": "gone", "Qualifier": "$LATEST"}}
    package = packaged(tmp_path, "def handler(event, context): return 1", Wrong=wrong)

    with pytest.raises(lifecycle.StackError, match=r"(?s)ROLLBACK.*Wrong .*gone"):
        lifecycle.deploy(cloud, package)


def test_a_ministack_that_changed_is_noticed() -> None:
    class Shim:
        PATCHES = (patching.Patch(io, "StringIO", str), patching.Patch(zipfile, "renamed", str))
        USES = ((json, "dumps"), (json, "gone"))

    with pytest.raises(patching.MinistackChangedError, match="gone, renamed"):
        patching.check((Shim(),))
