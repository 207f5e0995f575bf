"""The embedded AWS from outside: started on a free loopback port, deployed to, and ended without a trace."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "111122223333"
_UP_WITHIN = 30.0  # seconds
_DEPLOYED_WITHIN = 120.0
_GONE_WITHIN = 5.0
_BUCKET = "artifacts"
LOCK = "lock"
_LOG_SHOWN = 4000  # characters

# The clouds that this process started, and the write ends of the lifelines of those that end with it.
_started: dict[int, subprocess.Popen[bytes]] = {}
_lifelines: dict[int, int] = {}
# Endpoint, service and Region: making a client takes longer than most of its calls.
_administrators: dict[tuple[str, str, str], Any] = {}


class CloudError(Exception):
    """The embedded AWS did not come up; the text holds its log."""


class StackError(Exception):
    """The stack was not deployed; the text holds what CloudFormation said, resource by resource."""


@dataclass(frozen=True)
class Cloud:
    """A running embedded AWS. `key` and `secret` are its root's; `folder` holds its log and goes with it."""

    endpoint: str
    folder: str
    pid: int
    secret: str = field(repr=False)
    key: str = "test"
    region: str = REGION
    account: str = ACCOUNT
    outputs: Mapping[str, str] = field(default_factory=dict)

    def session(
        self, key: str | None = None, secret: str | None = None, token: str | None = None, region: str | None = None
    ) -> boto3.Session:
        """A session of these credentials (the administrator's if none): its clients call this cloud, once."""
        core = botocore.session.Session()
        core.register_component("data_loader", _models())  # a drill has many callers, and reading models takes long
        core.set_config_variable("config_file", str(Path(self.folder) / "config"))
        chosen = (key, secret, token) if key else (self.key, self.secret, None)
        return boto3.Session(*chosen, region_name=region or self.region, botocore_session=core)

    def client(self, service: str, session: boto3.Session | None = None, region: str | None = None) -> Any:
        """A client of any service: of this session, or the administrator's, which is made once."""
        if session:
            return session.client(service, region_name=region or self.region)  # type: ignore[call-overload]
        wanted = (self.endpoint, service, region or self.region)
        if wanted not in _administrators:
            _administrators[wanted] = self.session().client(service, region_name=wanted[-1])  # type: ignore[call-overload]
        return _administrators[wanted]


@cache
def _models() -> Loader:
    return create_loader()


def only_here() -> None:
    """From now on nothing holds that the shell says of AWS, and no proxy stands before this machine.

    For a command that starts a cloud: an endpoint or a proxy of the shell would be asked in its place.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))


@contextmanager
def running(**environment: str) -> Iterator[Cloud]:
    """A cloud that ends with the block, whatever happens in it."""
    cloud = start(**environment)
    try:
        yield cloud
    finally:
        stop(cloud)


def start(**environment: str) -> Cloud:
    """A fresh, empty cloud, that ends with this process at the latest. CloudError where it does not come up."""
    far, near = os.pipe()
    try:
        cloud = _start(environment, far)
    except BaseException:
        os.close(near)
        raise
    finally:
        os.close(far)
    _lifelines[cloud.pid] = near
    return cloud


def start_detached(**environment: str) -> Cloud:
    """A fresh, empty cloud that goes on when this process has ended."""
    return _start(environment, None)


def is_running(cloud: Cloud) -> bool:
    """Its process holds a lock on its folder, so that a pid that somebody else has by now is not mistaken for it."""
    try:
        with (Path(cloud.folder) / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def stop(cloud: Cloud) -> None:
    """Ends the whole process tree and removes its folder; that nothing is left to end is fine."""
    lifeline = _lifelines.pop(cloud.pid, None)
    if lifeline is not None:
        os.close(lifeline)
    if cloud.pid in _started or is_running(cloud):
        _end(cloud.pid, Path(cloud.folder))
    shutil.rmtree(cloud.folder, ignore_errors=True)


def deploy(
    cloud: Cloud, package: Path, stack: str = "leak-responder", parameters: Mapping[str, str] | None = None
) -> Cloud:
    """The cloud with the outputs of the stack, made or updated from what `chalice package` wrote. StackError."""
    template = json.loads((package / "sam.json").read_text())
    code = (package / "deployment.zip").read_bytes()
    key = f"{hashlib.sha256(code).hexdigest()[:16]}.zip"  # new code has a new name, or an update would not see it
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = {"Bucket": _BUCKET, "Key": key}
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key=key, Body=code)
    s3.put_object(Bucket=_BUCKET, Key=f"{stack}.json", Body=json.dumps(template))
    return replace(cloud, outputs=_applied(cloud, stack, parameters or {}))


def _applied(cloud: Cloud, stack: str, parameters: Mapping[str, str]) -> dict[str, str]:
    formation = cloud.client("cloudformation")
    wanted = {
        "StackName": stack,
        "TemplateURL": f"{cloud.endpoint}/{_BUCKET}/{stack}.json",
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    try:
        formation.create_stack(**wanted)
    except formation.exceptions.AlreadyExistsException:
        with suppress(formation.exceptions.ClientError):  # nothing to update; what is wrong otherwise, the stack says
            formation.update_stack(**wanted)
    found = _settled(formation, stack)
    if found["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = reversed(formation.describe_stack_events(StackName=stack)["StackEvents"])
        said = (f"{one['LogicalResourceId']} {one['ResourceStatus']}: {one['ResourceStatusReason']}"
                for one in events if one.get("ResourceStatusReason"))  # fmt: skip
        raise StackError(f"The stack {stack} ended as {found['StackStatus']}:\n" + "\n".join(said))
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}


def _settled(formation: Any, stack: str) -> dict[str, Any]:
    deadline = time.monotonic() + _DEPLOYED_WITHIN
    while True:
        found: dict[str, Any] = formation.describe_stacks(StackName=stack)["Stacks"][0]
        if not found["StackStatus"].endswith("IN_PROGRESS"):
            return found
        if time.monotonic() > deadline:
            raise StackError(f"The stack {stack} was still {found['StackStatus']} after {_DEPLOYED_WITHIN:.0f} s.")
        time.sleep(0.05)


def _start(environment: Mapping[str, str], lifeline: int | None) -> Cloud:
    folder = Path(tempfile.mkdtemp(prefix="leak-responder-cloud-"))
    secret = secrets.token_hex(20)
    with socket.socket() as listener, (folder / "log").open("wb") as log:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (folder / "config").write_text(f"[default]\nendpoint_url = {endpoint}\nmax_attempts = 1\n")
        handles = (listener.fileno(),) if lifeline is None else (listener.fileno(), lifeline)
        process = subprocess.Popen(
            [sys.executable, "-m", "drill.cloud.server", str(folder), *map(str, handles)],
            cwd=ROOT,
            env=_environment(secret) | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=handles,
            start_new_session=True,
        )
    _started[process.pid] = process
    try:
        _await(endpoint, process, folder)
    except BaseException:
        _end(process.pid, folder)
        raise
    return Cloud(endpoint, str(folder), process.pid, secret)


def _environment(secret: str) -> dict[str, str]:
    """Nothing of the person's AWS settings, and nothing that would reach the functions as if Lambda had set it."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "PATH", "TZ") if name in os.environ}
    return kept | {
        "AWS_SECRET_ACCESS_KEY": secret,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
    }


def _await(endpoint: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    """The socket listens from the start: a request waits until the server takes it."""
    deadline = time.monotonic() + _UP_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_drill/", timeout=deadline - time.monotonic()):
                return
        except OSError:
            time.sleep(0.02)
    log = (folder / "log").read_text(errors="replace")[-_LOG_SHOWN:]
    raise CloudError(f"The embedded AWS did not come up in {_UP_WITHIN:.0f} s. Its log ends:\n{log}")


def _end(pid: int, folder: Path) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, kind)
        except ProcessLookupError:
            break
        _await_end(pid)
    _started.pop(pid, None)
    shutil.rmtree(folder, ignore_errors=True)


def _await_end(pid: int) -> None:
    process, deadline = _started.get(pid), time.monotonic() + _GONE_WITHIN
    while time.monotonic() < deadline:
        if process and process.poll() is not None:
            return
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
