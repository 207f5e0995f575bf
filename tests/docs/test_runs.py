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

from tests.console.stack import typed as typed_in
from tests.docs.pages import EXECUTABLE, PAGES, ROOT, commands
from tests.scans import shapes


def typed(prefix: str) -> list[str]:
    """The commands of all pages that begin so."""
    lines = [one.line.replace(EXECUTABLE, "leak-responder") for page in PAGES for one in commands(page) if one.whole]
    return sorted({line for line in lines if line.startswith(prefix)})


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("leak-responder")), *line.split()[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what a fresh clone has of the pages, into which commands may write."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    return tmp_path


OFFLINE: dict[str, tuple[int, str]] = {
    # how it ends, and something that it says
    "leak-responder explain docs/examples/finding.json": (0, "docs/examples/finding.json: act"),
    "leak-responder test docs/rules": (0, "are decided as they expect"),
    "leak-responder backtest docs/examples/AWSLogs": (3, "13 events in 4 files, 2026-11-22 to 2026-11-24"),
    "leak-responder backtest docs/examples/AWSLogs --mode contain-suspected": (3, "contained: user deploy"),
    "leak-responder backtest docs/examples/AWSLogs --settings docs/examples/settings.json "
    "--compare docs/examples/next.json --html difference.html": (0, "contained, then told: user deploy"),
    "leak-responder timeline --access-key AKIAIOSFODNN7EXAMPLE --logs docs/examples/AWSLogs": (
        0,
        "access key AKIAI44QH8DHBEXAMPLE of user backup: CreateAccessKey",
    ),
    "leak-responder scan --offline docs/examples/gitleaks.json": (3, f"a key of account {shapes.ACCOUNT_OF_KEY}"),
}
"""The commands that need no AWS."""

ELSEWHERE = ("leak-responder deploy ", "leak-responder cloud ")
"""What builds a package first, or starts a server: tests/packaging and tests/conformance run them."""


@pytest.mark.parametrize("line", OFFLINE)
def test_a_command_of_the_pages_runs_on_a_fresh_clone(line: str, clone: Path) -> None:
    ends, said = OFFLINE[line]
    ran = run(line, clone)
    assert (ran.returncode, said in ran.stdout) == (ends, True), ran.stdout + ran.stderr
    named = [one for one in shlex.split(line) if one.endswith(".html")]
    assert all((clone / one).is_file() for one in named)


def test_these_are_the_commands_of_the_pages() -> None:
    assert set(OFFLINE) <= set(typed("leak-responder "))


@pytest.mark.parametrize(
    "line", [line for line in typed("leak-responder ") if line not in OFFLINE and not line.startswith(ELSEWHERE)]
)
def test_every_other_command_of_the_pages_asks_aws_and_says_what_is_missing(
    line: str, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone)
    (clone / "trufflehog.jsonl").write_text(shapes.trufflehog())  # as the table of the page has TruffleHog write it
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(clone))
    spelt = line.replace("INCIDENT", "20261124-1a2b3c4d").replace("BUCKET", "a-bucket")
    ran = typed_in(*shlex.split(spelt, comments=True)[1:])
    assert ran.exit_code == 2, ran.output
    assert bool(ran.stdout) == ("--json" in line)
    assert "no AWS credentials" in ran.stderr


def test_the_samples_are_in_the_checkout_and_no_key_in_them_is_anybody_s() -> None:
    kept = subprocess.run(
        ["git", "ls-files", "docs/examples"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    there = [file for file in (ROOT / "docs" / "examples").rglob("*") if file.is_file()]
    assert {str(file.relative_to(ROOT)) for file in there} == set(kept)
    keys = {key for file in there for key in re.findall(r"A[KS]IA[A-Z0-9]{16}", file.read_text())}
    assert {key for key in keys if not key.endswith("EXAMPLE")} == {shapes.KEY}


def test_the_finding_is_one_of_the_examples_of_the_rules() -> None:
    sample = json.loads((ROOT / "docs" / "examples" / "finding.json").read_text())
    assert sample == json.loads((ROOT / "docs" / "rules" / "compromised.guardduty.json").read_text())["event"]


def test_explain_reads_as_one_line_a_file_where_a_program_asks(clone: Path) -> None:
    said = run("leak-responder explain --json docs/examples/finding.json", clone)
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


def test_the_generated_files_are_fresh(tmp_path: Path) -> None:
    said = run("leak-responder generate --check", tmp_path)
    assert said.returncode == 0, said.stderr


def test_make_alone_lists_every_target() -> None:
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in said.splitlines()} == set(phony.split()[1:])
    assert [line for line in said.splitlines() if len(line) > 80] == []
