"""Who answers the leak: we, and Cloud Custodian under the policies that its documentation suggests for it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import events
from bench.account import Account, Victim
from bench.events import Event
from console.package import ROOT


@dataclass(frozen=True)
class Environment:
    """Where programs of others are installed, and what exactly."""

    folder: Path
    lock: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")


ENVIRONMENT = Environment(ROOT / ".venv-peers", ROOT / "bench" / "peers-requirements.lock")


@dataclass(frozen=True)
class Contender:
    """A program, its configuration and the event that it wants. `rules` are those of a Custodian policy."""

    name: str
    program: str
    event: Callable[[Account, Victim], Event]
    rules: dict[str, Any] = field(default_factory=dict)

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return sys.executable if self.program == "ours" else ENVIRONMENT.python

    def configure(self, account: Account, folder: Path) -> None:
        """Write what its Lambda would carry beside the code."""
        if not self.rules:
            return
        rules = json.loads(json.dumps(self.rules).replace("DENY_ALL", account.environment["QUARANTINE_POLICY_ARN"]))
        rules["mode"]["execution-options"] = {"output_dir": str(folder / "output")}
        policy = {"name": "leaked-key", "resource": "iam-user", **rules}
        options = {"account_id": account.id, "region": account.cloud.region}
        config = {"execution-options": options, "policies": [policy]}
        (folder / "config.json").write_text(json.dumps(config))


def created(account: Account, victim: Victim) -> Event:
    """CloudTrail's CreateAccessKey, the event of the one mode in which Custodian disables keys."""
    by = {"type": "IAMUser", "arn": f"arn:aws:iam::{account.id}:user/somebody", "accountId": account.id}
    asked = {"userName": victim.name}
    return events.trail(account, "CreateAccessKey", by, requestParameters=asked)


_ROLE = "arn:aws:iam::111122223333:role/custodian"
_GUARDDUTY = {"type": "guard-duty", "role": _ROLE}
_TRAIL = {
    "type": "cloudtrail",
    "role": _ROLE,
    "events": [{"source": "iam.amazonaws.com", "event": "CreateAccessKey", "ids": "requestParameters.userName"}],
}
_SEVERE = [{"type": "event", "key": "detail.severity", "op": "gte", "value": 4}]
_ACTIVE = {"type": "access-key", "key": "Status", "value": "Active"}
_DISABLE = {"type": "remove-keys", "disable": True}
_DENY = {"type": "set-policy", "state": "attached", "arn": "DENY_ALL"}

CONTENDERS: tuple[Contender, ...] = (
    Contender("Leak Responder, GuardDuty", "ours", events.compromised_key),
    Contender(
        "Custodian guard-duty: remove-keys, disable",
        "custodian",
        events.compromised_key,
        {"mode": _GUARDDUTY, "filters": _SEVERE, "actions": [_DISABLE]},
    ),
    Contender(
        "Custodian guard-duty: matched keys only",
        "custodian",
        events.compromised_key,
        {"mode": _GUARDDUTY, "filters": [*_SEVERE, _ACTIVE], "actions": [{**_DISABLE, "matched": True}]},
    ),
    Contender(
        "Custodian guard-duty: set-policy, deny all",
        "custodian",
        events.compromised_key,
        {"mode": _GUARDDUTY, "filters": _SEVERE, "actions": [_DENY]},
    ),
    Contender(
        "Custodian cloudtrail: remove-keys, disable",
        "custodian",
        created,
        {"mode": _TRAIL, "filters": [], "actions": [_DISABLE]},
    ),
)


def set_up(wanted: Environment, report: Callable[[str], None]) -> None:
    """Make it from its lock, unless it is there."""
    digest, stamp = hashlib.sha256(wanted.lock.read_bytes()).hexdigest(), wanted.folder / ".made-from"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    report(f"setting up {wanted.folder.name}: once, about half a minute")
    pip = [wanted.python, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input"]
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(wanted.folder)], check=True)
    hashed = ["install", "--require-hashes", "--only-binary", ":all:", "--requirement", str(wanted.lock)]
    subprocess.run([*pip, *hashed], check=True, stdout=sys.stderr)
    (wanted.folder / ".gitignore").write_text("*\n")
    stamp.write_text(digest)


def environment(contender: Contender, account: Account, package: Path, folder: Path) -> dict[str, str]:
    """What its process sees: the embedded AWS, a home of its own, and for ours the unzipped package first."""
    path = [str(package), str(ROOT)] if contender.program == "ours" else [str(ROOT)]
    return {
        **account.environment,
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
    }
