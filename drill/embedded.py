"""The embedded AWS as a process: started on a free loopback port, deployed to, and ended without a trace."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
ACCOUNT = "000000000000"
_UP_WITHIN = 30  # seconds
_DIE_WITH_PARENT = 1  # prctl(PR_SET_PDEATHSIG), prctl(2)


class CloudError(Exception):
    """The embedded AWS, or a deployment onto it, failed; the text says how."""


@dataclass(frozen=True)
class Cloud:
    """A running embedded AWS. The credentials are those of its administrator."""

    endpoint: str
    folder: str
    pid: int
    key: str = "test"
    secret: str = "test"
    outputs: dict[str, str] = field(default_factory=dict)

    def session(self, key: str = "", secret: str = "", token: str | None = None) -> boto3.Session:
        """A session signed with these credentials; the administrator's by default."""
        return boto3.Session(key or self.key, secret or self.secret, token, region_name=REGION)

    def client(self, service: str, session: boto3.Session | None = None, region: str = REGION) -> Any:
        """A client of this cloud."""
        chosen = session or self.session()
        return chosen.client(service, region_name=region, endpoint_url=self.endpoint)  # type: ignore[call-overload]


@contextmanager
def running(**environment: str) -> Iterator[Cloud]:
    """A cloud that ends with the block, whatever happens in it."""
    cloud = start(detached=False, **environment)
    try:
        yield cloud
    finally:
        stop(cloud.pid, cloud.folder)


def start(*, detached: bool = False, **environment: str) -> Cloud:
    """A fresh, empty cloud. CloudError with its log where it does not come up."""
    folder, port = tempfile.mkdtemp(prefix="leak-responder-"), _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    settings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "TMPDIR": folder,
        "PYTHONPATH": str(ROOT),
        "AWS_ENDPOINT_URL": endpoint,
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "1.1",
        "LOG_LEVEL": "INFO",
        **environment,
    }
    with (Path(folder) / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "drill.shim"],
            env=settings,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            preexec_fn=None if detached else _die_with_parent,  # noqa: PLW1509 - one prctl call, before any thread
        )
    _await(endpoint, process, folder)
    return Cloud(endpoint, folder, process.pid)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(endpoint: str, process: subprocess.Popen[bytes], folder: str) -> None:
    deadline = time.monotonic() + _UP_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    log = (Path(folder) / "log").read_text()[-3000:]
    stop(process.pid, folder)
    message = f"the embedded AWS did not come up:\n{log}"
    raise CloudError(message)


def stop(pid: int, folder: str) -> None:
    """End the whole process group and remove its folder; nothing to do is fine."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, kind)
        except ProcessLookupError:
            break
        _reap(pid)
    shutil.rmtree(folder, ignore_errors=True)


def _reap(pid: int) -> None:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return
        except ChildProcessError:
            return
        time.sleep(0.02)


def deploy(cloud: Cloud, package: Path, parameters: dict[str, str], stack: str = "leak-responder") -> dict[str, str]:
    """The outputs of the deployed package. CloudError with the stack's events where it fails."""
    template = json.loads((package / "sam.json").read_text())
    s3, formation = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="artifacts")
    s3.upload_file(str(package / "deployment.zip"), "artifacts", "deployment.zip")
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "deployment.zip"}
    s3.put_object(Bucket="artifacts", Key="template.json", Body=json.dumps(template))
    formation.create_stack(
        StackName=stack,
        TemplateURL=f"{cloud.endpoint}/artifacts/template.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    return _outputs(formation, stack)


def _outputs(formation: Any, stack: str) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = formation.describe_stacks(StackName=stack)["Stacks"][0]
        if found["StackStatus"] == "CREATE_COMPLETE":
            return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
        if "FAILED" in found["StackStatus"] or "ROLLBACK" in found["StackStatus"]:
            break
        time.sleep(0.1)
    events = formation.describe_stack_events(StackName=stack)["StackEvents"]
    why = "\n".join(f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in events[:20])
    message = f"the stack was not created:\n{why}"
    raise CloudError(message)
