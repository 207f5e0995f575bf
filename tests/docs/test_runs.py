"""Commands of the pages that need no AWS, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import EXECUTABLE, PAGES, ROOT, commands
from tests.scans import shapes

EVENT = {
    "version": "0",
    "id": "6f1f6c1e-0000-4000-8000-000000000000",
    "detail-type": "AWS API Call via CloudTrail",
    "source": "aws.iam",
    "account": "111122223333",
    "time": "2026-11-24T03:11:30Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {
        "eventVersion": "1.11",
        "eventTime": "2026-11-24T03:11:30Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "AttachUserPolicy",
        "eventID": "0a0a0a0a-0000-4000-8000-000000000000",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/deploy",
            "accountId": "111122223333",
            "userName": "deploy",
        },
        "requestParameters": {
            "userName": "deploy",
            "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
        },
    },
}


def typed(prefix: str) -> list[str]:
    """The commands of all pages that begin so."""
    lines = [one.line.replace(EXECUTABLE, "leak-responder") for page in PAGES for one in commands(page) if one.whole]
    return sorted({line for line in lines if line.startswith(prefix)})


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("leak-responder")), *line.split()[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("line", typed("leak-responder explain "))
def test_explain_says_what_would_be_done(line: str, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    said = run(line, tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("event.json: act")


def test_explain_reads_as_one_line_a_file_where_a_program_asks(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    said = run("leak-responder explain --json event.json", tmp_path)
    assert json.loads(said.stdout)["decision"] == "act"


FOUND_NOTHING, FAILED = "printf '[]'", "exit 1"


@pytest.mark.parametrize(
    ("scanner", "passes", "shows_account"),
    [
        (f"{FOUND_NOTHING}", True, False),
        ("cat result; exit 1", False, True),
        (f"{FOUND_NOTHING}; exit 1", False, False),
        (FAILED, False, False),
        ("", False, False),
        (None, False, False),
    ],
    ids=["found nothing", "found a key", "found another secret", "failed", "wrote nothing", "is missing"],
)
def test_the_hook_lets_a_commit_pass_only_where_the_scanner_found_nothing(
    tmp_path: Path, scanner: str | None, passes: bool, shows_account: bool
) -> None:
    entry = re.search(r"entry: (bash -c .*)$", (ROOT / "docs" / "scanners.md").read_text(), re.MULTILINE)
    assert entry
    (tmp_path / "result").write_text(shapes.gitleaks())
    if scanner is not None:
        (tmp_path / "gitleaks").write_text(f"#!/bin/sh\n{scanner}\n")
        (tmp_path / "gitleaks").chmod(0o700)
    path = f"{tmp_path}:{Path(sys.executable).parent}:/usr/bin:/bin"
    said = subprocess.run(
        shlex.split(entry[1]),
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ((said.returncode == 0), shapes.ACCOUNT_OF_KEY in said.stdout) == (passes, shows_account), said.stderr


@pytest.mark.parametrize("line", typed("leak-responder scan --offline "))
def test_scan_names_the_account_of_a_key(line: str, tmp_path: Path) -> None:
    (tmp_path / "gitleaks.json").write_text(shapes.gitleaks())
    said = run(line, tmp_path)
    assert (said.returncode, shapes.ACCOUNT_OF_KEY in said.stdout) == (3, True), said.stderr


def test_the_generated_files_are_fresh(tmp_path: Path) -> None:
    said = run("leak-responder generate --check", tmp_path)
    assert said.returncode == 0, said.stderr


def test_make_alone_lists_every_target() -> None:
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in said.splitlines()} == set(phony.split()[1:])
    assert [line for line in said.splitlines() if len(line) > 80] == []
