"""Results that the scanners wrote themselves: each gives its exit code, its places, and never the secret.

tests/scans/inputs/README.md says how each file was made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.console.stack import one_document, typed
from tests.scans.shapes import KEY, SECRET

INPUTS = Path(__file__).parent / "inputs"

REVOKED_KEY = "AKIAY34FZKBOHV7TQ2XL"
"""A second key id, in GitHub's lists of alerts alone."""

CLEAN, UNREAD, FOUND = 0, 1, 3
ENV, CONFIG = ".env:1", "deploy/config.ini:2"
BOTH = {ENV, CONFIG}
COMMIT = "f3a8af3609b0"
IN_COMMIT = {f"{place} in {COMMIT}" for place in BOTH}
FILES_IN_COMMIT = {f".env in {COMMIT}", f"deploy/config.ini in {COMMIT}"}
ALERTS = {f"acme-invented/shop/security/secret-scanning:{number}" for number in (2, 4)}
TREE_AND_COMMIT = {"./.env:1", "./deploy/config.ini:2", *IN_COMMIT}
NOWHERE: set[str] = set()

ENDS: dict[str, tuple[int, set[str]]] = {
    "betterleaks-1.7.0-clean.csv": (UNREAD, NOWHERE),
    "betterleaks-1.7.0-clean.json": (CLEAN, NOWHERE),
    "betterleaks-1.7.0-clean.sarif": (CLEAN, NOWHERE),
    "betterleaks-1.7.0-redact.json": (FOUND, NOWHERE),
    "betterleaks-1.7.0.csv": (FOUND, IN_COMMIT),
    "betterleaks-1.7.0.json": (FOUND, IN_COMMIT),
    "betterleaks-1.7.0.sarif": (FOUND, IN_COMMIT),
    "betterleaks-2.0.0-rc.4-clean-log.txt": (UNREAD, NOWHERE),
    "betterleaks-2.0.0-rc.4-clean.json": (CLEAN, NOWHERE),
    "betterleaks-2.0.0-rc.4-clean.jsonl": (CLEAN, NOWHERE),
    "betterleaks-2.0.0-rc.4-no-repository.jsonl": (UNREAD, NOWHERE),
    "betterleaks-2.0.0-rc.4-redact.json": (FOUND, NOWHERE),
    "betterleaks-2.0.0-rc.4-redact50.jsonl": (FOUND, NOWHERE),
    "betterleaks-2.0.0-rc.4.json": (FOUND, IN_COMMIT),
    "betterleaks-2.0.0-rc.4.jsonl": (FOUND, IN_COMMIT),
    "betterleaks-2.0.0-rc.4.txt": (UNREAD, NOWHERE),
    "detect-secrets-0.12.4-clean.json": (CLEAN, NOWHERE),
    "detect-secrets-0.12.4.json": (FOUND, NOWHERE),
    "detect-secrets-0.13.1.json": (FOUND, NOWHERE),
    "detect-secrets-0.14.3.json": (FOUND, NOWHERE),
    "detect-secrets-1.5.0-audited.json": (FOUND, NOWHERE),
    "detect-secrets-1.5.0-clean.json": (CLEAN, NOWHERE),
    "detect-secrets-1.5.0-hook.txt": (UNREAD, NOWHERE),
    "detect-secrets-1.5.0-slim.json": (FOUND, NOWHERE),
    "detect-secrets-1.5.0.json": (FOUND, NOWHERE),
    "ggshield-1.56.1-clean.json": (CLEAN, NOWHERE),
    "ggshield-1.56.1-clean.sarif": (CLEAN, NOWHERE),
    "ggshield-1.56.1-clean.txt": (UNREAD, NOWHERE),
    "ggshield-1.56.1-repository-clean.json": (CLEAN, NOWHERE),
    "ggshield-1.56.1-repository.json": (FOUND, NOWHERE),
    "ggshield-1.56.1-repository.sarif": (FOUND, NOWHERE),
    "ggshield-1.56.1-show-secrets.json": (FOUND, {"/tmp/scanme/.env:1", "/tmp/scanme/deploy/config.ini:2"}),
    "ggshield-1.56.1.json": (FOUND, NOWHERE),
    "ggshield-1.56.1.sarif": (FOUND, NOWHERE),
    "ggshield-1.56.1.txt": (UNREAD, NOWHERE),
    "git-secrets-1.3.0-clean.txt": (UNREAD, NOWHERE),
    "git-secrets-1.3.0-history.txt": (FOUND, IN_COMMIT),
    "git-secrets-1.3.0-recursive.txt": (FOUND, {"./.env:1", "./deploy/config.ini:2"}),
    "git-secrets-1.3.0-stdin.txt": (FOUND, {"(standard input):1"}),
    "git-secrets-1.3.0.txt": (FOUND, BOTH),
    "github-2022-11-28-alerts-clean.json": (CLEAN, NOWHERE),
    "github-2022-11-28-alerts-disabled.json": (UNREAD, NOWHERE),
    "github-2022-11-28-alerts-hidden.json": (FOUND, NOWHERE),
    "github-2022-11-28-alerts-old.json": (FOUND, ALERTS),
    "github-2022-11-28-alerts-pages.json": (FOUND, IN_COMMIT),
    "github-2022-11-28-alerts-slurp.json": (FOUND, IN_COMMIT),
    "github-2022-11-28-alerts.json": (FOUND, IN_COMMIT),
    "github-2022-11-28-locations.json": (UNREAD, NOWHERE),
    "github-2022-11-28-org-alerts.json": (FOUND, {".env:1 in f3a8af3609b0"}),
    "gitlab-15.2.1-clean.json": (CLEAN, NOWHERE),
    "gitlab-15.2.1-failed.json": (UNREAD, NOWHERE),
    "gitlab-15.2.1-no-extract.json": (FOUND, NOWHERE),
    "gitlab-15.2.1.json": (FOUND, IN_COMMIT),
    "gitleaks-7.6.1-clean-log.txt": (UNREAD, NOWHERE),
    "gitleaks-7.6.1-log.txt": (UNREAD, NOWHERE),
    "gitleaks-7.6.1-redact.csv": (FOUND, NOWHERE),
    "gitleaks-7.6.1-redact.json": (FOUND, NOWHERE),
    "gitleaks-7.6.1-verbose.txt": (FOUND, IN_COMMIT),
    "gitleaks-7.6.1.csv": (FOUND, FILES_IN_COMMIT),
    "gitleaks-7.6.1.json": (FOUND, IN_COMMIT),
    "gitleaks-7.6.1.sarif": (FOUND, IN_COMMIT),
    "gitleaks-8.0.0-clean-log.txt": (UNREAD, NOWHERE),
    "gitleaks-8.0.0-redact.json": (FOUND, NOWHERE),
    "gitleaks-8.0.0-verbose.txt": (FOUND, IN_COMMIT),
    "gitleaks-8.0.0.csv": (FOUND, IN_COMMIT),
    "gitleaks-8.0.0.json": (FOUND, IN_COMMIT),
    "gitleaks-8.0.0.sarif": (FOUND, NOWHERE),
    "gitleaks-8.30.1-clean-junit.xml": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-clean-log.txt": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-clean.csv": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-clean.json": (CLEAN, NOWHERE),
    "gitleaks-8.30.1-clean.sarif": (CLEAN, NOWHERE),
    "gitleaks-8.30.1-dir.json": (FOUND, BOTH),
    "gitleaks-8.30.1-junit.xml": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-log.txt": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-no-repository-log.txt": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-no-repository.json": (CLEAN, NOWHERE),
    "gitleaks-8.30.1-redact-junit.xml": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-redact-verbose.txt": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-redact.csv": (FOUND, NOWHERE),
    "gitleaks-8.30.1-redact.json": (FOUND, NOWHERE),
    "gitleaks-8.30.1-redact.sarif": (FOUND, NOWHERE),
    "gitleaks-8.30.1-redact50.json": (FOUND, NOWHERE),
    "gitleaks-8.30.1-verbose-no-color.txt": (UNREAD, NOWHERE),
    "gitleaks-8.30.1-verbose.txt": (UNREAD, NOWHERE),
    "gitleaks-8.30.1.csv": (FOUND, IN_COMMIT),
    "gitleaks-8.30.1.json": (FOUND, IN_COMMIT),
    "gitleaks-8.30.1.sarif": (FOUND, IN_COMMIT),
    "kingfisher-1.99.0-clean.json": (CLEAN, NOWHERE),
    "kingfisher-1.99.0.json": (FOUND, NOWHERE),
    "kingfisher-1.99.0.jsonl": (FOUND, NOWHERE),
    "kingfisher-1.99.0.txt": (UNREAD, NOWHERE),
    "kingfisher-2.14.0-clean.json": (CLEAN, NOWHERE),
    "kingfisher-2.14.0-clean.jsonl": (CLEAN, NOWHERE),
    "kingfisher-2.14.0-clean.sarif": (CLEAN, NOWHERE),
    "kingfisher-2.14.0-clean.toon": (UNREAD, NOWHERE),
    "kingfisher-2.14.0-clean.txt": (UNREAD, NOWHERE),
    "kingfisher-2.14.0-output-file.json": (FOUND, {".env:1 in f3a8af3609b0"}),
    "kingfisher-2.14.0-redact.json": (FOUND, NOWHERE),
    "kingfisher-2.14.0-redact.jsonl": (FOUND, NOWHERE),
    "kingfisher-2.14.0-redact.sarif": (FOUND, NOWHERE),
    "kingfisher-2.14.0-redact.toon": (UNREAD, NOWHERE),
    "kingfisher-2.14.0-redact.txt": (UNREAD, NOWHERE),
    "kingfisher-2.14.0.html": (UNREAD, NOWHERE),
    "kingfisher-2.14.0.json": (
        FOUND,
        TREE_AND_COMMIT,
    ),
    "kingfisher-2.14.0.jsonl": (
        FOUND,
        TREE_AND_COMMIT,
    ),
    "kingfisher-2.14.0.sarif": (FOUND, {"./.env:1", "./deploy/config.ini:2", *BOTH}),
    "kingfisher-2.14.0.toon": (UNREAD, NOWHERE),
    "kingfisher-2.14.0.txt": (UNREAD, NOWHERE),
    "trivy-0.59.1-clean-log.txt": (UNREAD, NOWHERE),
    "trivy-0.59.1-clean.json": (CLEAN, NOWHERE),
    "trivy-0.59.1-clean.sarif": (CLEAN, NOWHERE),
    "trivy-0.59.1.json": (FOUND, NOWHERE),
    "trivy-0.59.1.sarif": (FOUND, NOWHERE),
    "trivy-0.59.1.txt": (UNREAD, NOWHERE),
    "trufflehog-2.2.1-clean.jsonl": (UNREAD, NOWHERE),
    "trufflehog-2.2.1-regex.jsonl": (FOUND, FILES_IN_COMMIT),
    "trufflehog-2.2.1-regex.txt": (UNREAD, NOWHERE),
    "trufflehog-2.2.1.jsonl": (FOUND, FILES_IN_COMMIT),
    "trufflehog-2.2.1.txt": (UNREAD, NOWHERE),
    "trufflehog-3.16.0.jsonl": (FOUND, IN_COMMIT),
    "trufflehog-3.63.0.jsonl": (FOUND, IN_COMMIT),
    "trufflehog-3.97.0-clean-with-log.jsonl": (CLEAN, NOWHERE),
    "trufflehog-3.97.0-clean-with-log.txt": (UNREAD, NOWHERE),
    "trufflehog-3.97.0-clean.jsonl": (UNREAD, NOWHERE),
    "trufflehog-3.97.0-clean.sarif": (CLEAN, NOWHERE),
    "trufflehog-3.97.0-failed-with-log.jsonl": (UNREAD, NOWHERE),
    "trufflehog-3.97.0-filesystem.jsonl": (FOUND, BOTH),
    "trufflehog-3.97.0-github-actions.txt": (UNREAD, NOWHERE),
    "trufflehog-3.97.0-legacy.jsonl": (FOUND, FILES_IN_COMMIT),
    "trufflehog-3.97.0-verification-error.jsonl": (FOUND, IN_COMMIT),
    "trufflehog-3.97.0-verified.jsonl": (FOUND, IN_COMMIT),
    "trufflehog-3.97.0-verified.txt": (UNREAD, NOWHERE),
    "trufflehog-3.97.0-with-log.jsonl": (FOUND, IN_COMMIT),
    "trufflehog-3.97.0-with-log.txt": (UNREAD, NOWHERE),
    "trufflehog-3.97.0.jsonl": (FOUND, IN_COMMIT),
    "trufflehog-3.97.0.sarif": (FOUND, NOWHERE),
    "trufflehog-3.97.0.txt": (UNREAD, NOWHERE),
    "trufflehog3-3.0.10-clean.json": (CLEAN, NOWHERE),
    "trufflehog3-3.0.10-clean.txt": (UNREAD, NOWHERE),
    "trufflehog3-3.0.10.json": (FOUND, BOTH),
    "trufflehog3-3.0.10.txt": (UNREAD, NOWHERE),
}


def test_each_input_has_a_line() -> None:
    assert {path.name for path in INPUTS.iterdir()} == {*ENDS, "README.md"}


@pytest.mark.parametrize(("name", "code", "places"), [(name, *end) for name, end in ENDS.items()], ids=ENDS)
def test_a_result_gives_its_places_and_its_exit_code(
    name: str, code: int, places: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = typed("scan", "--offline", "--json", str(INPUTS / name))
    assert (result.exit_code, _places(one_document(result))) == (code, places)
    assert SECRET not in result.output
    assert SECRET not in typed("scan", "--offline", str(INPUTS / name)).output


NOT_BELOW = ("ggshield", "github-2022-11-28-alerts-old")
"""Results that name their files by an absolute path, by the line of a diff, or not at all."""


@pytest.mark.parametrize(
    "name", [name for name, (code, _) in ENDS.items() if code == FOUND and not name.startswith(NOT_BELOW)]
)
def test_the_scanned_folder_tells_the_ids_that_a_result_does_not_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    (tmp_path / ".env").write_text(f"AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET}\n")
    (tmp_path / CONFIG[:-2]).write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    result = typed("scan", "--offline", "--json", str(INPUTS / name))
    lines = {place.split(" in ")[0].removeprefix("./") for place in _places(one_document(result))}
    assert lines
    assert lines <= {*BOTH, "(standard input):1"}
    assert SECRET not in result.output


NEXT_STEPS = ("docs/scanners.md", "have it write JSON", "read its log", "not everything was scanned")


def test_an_unread_result_names_the_tool_and_what_to_use() -> None:
    for name, (code, _) in ENDS.items():
        faults = one_document(typed("scan", "--offline", "--json", str(INPUTS / name)))["faults"]
        assert bool(faults) == (code == UNREAD)
        assert all(any(step in fault for step in NEXT_STEPS) for fault in faults), (name, faults)


def _places(document: Any) -> set[str]:
    assert {key["key"] for key in document["keys"]} <= {KEY, REVOKED_KEY}
    assert SECRET not in json.dumps(document)
    return {found["where"] for key in document["keys"] for found in key["found"]}
