"""Scanners' results are read down to key ids and places; nothing else of them is kept, whatever stands in them."""

from __future__ import annotations

import json
from base64 import b32encode
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from chalicelib import key_ids
from console.scans import baseline
from console.scans.results import Found, Scan, read
from tests.scans import shapes
from tests.scans.shapes import ACCOUNT_OF_KEY, FILE, KEY, SECRET

if TYPE_CHECKING:
    from pathlib import Path

IN_COMMIT = f"{FILE}:2 in 30236e6551b0"
READS: dict[str, tuple[str, Found, int]] = {
    "gitleaks": (shapes.gitleaks(), Found(KEY, "gitleaks", IN_COMMIT), 1),
    "trufflehog": (shapes.trufflehog(), Found(KEY, "TruffleHog", IN_COMMIT, verified=True), 1),
    "trufflehog-unverified": (shapes.trufflehog(verified=False), Found(KEY, "TruffleHog", IN_COMMIT), 1),
    "kingfisher": (shapes.kingfisher(), Found(KEY, "Kingfisher", f"{FILE}:2", verified=True), 0),
    "kingfisher-inactive": (
        shapes.kingfisher(status="Inactive Credential"),
        Found(KEY, "Kingfisher", f"{FILE}:2"),
        0,
    ),
    "kingfisher-lines": (
        json.dumps(json.loads(shapes.kingfisher().splitlines()[0])["findings"][0]),
        Found(KEY, "Kingfisher", f"{FILE}:2", verified=True),
        0,
    ),
    "git-secrets": (shapes.git_secrets(), Found(KEY, "git-secrets", f"{FILE}:2"), 1),
}


@pytest.mark.parametrize(("text", "found", "others"), READS.values(), ids=READS)
@pytest.mark.parametrize("size", [1, 7, 1 << 18])
def test_each_scanner_is_read_however_its_result_is_cut(text: str, found: Found, others: int, size: int) -> None:
    scan = read(text[at : at + size] for at in range(0, len(text), size))
    assert (scan.found[0], set(scan.keys()), scan.others, scan.faults) == (found, {KEY}, others, [])
    assert SECRET not in repr(scan)


def test_a_key_behind_a_hash_is_found_in_its_line_or_among_the_keys_of_the_account(tmp_path: Path) -> None:
    scan = read([shapes.detect_secrets()])
    assert (len(scan.hashed), scan.found, scan.others) == (2, [], 1)
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(f"[default]\nid = {KEY}\nsecret = {SECRET}\n")
    known = baseline.in_the_files(scan.hashed, tmp_path)
    assert known.found == (Found(KEY, "detect-secrets", f"{FILE}:2"),)
    assert [one.line for one in known.left] == [3]
    (tmp_path / FILE).unlink()
    assert baseline.in_the_files(scan.hashed, tmp_path).found == ()
    assert baseline.among(scan.hashed, ["AKIAQNZGKIQY56JQ7WML", KEY]).found == known.found


def test_no_file_outside_the_folder_is_opened(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.write_text(f"\n{KEY}\n")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    for name in ("../outside", str(outside), "link"):
        assert baseline.in_the_files(read([shapes.detect_secrets(file=name)]).hashed, folder).found == ()


@pytest.mark.parametrize("text", ["", "no scanner wrote this\n", '{"a": 1}', "[1, 2]", '[{"RuleID": 1}]', '{"a": '])
def test_what_no_scanner_wrote_is_said_and_not_taken_for_a_clean_result(text: str) -> None:
    scan = read([text])
    assert (scan.found, bool(scan.faults)) == ([], bool(text))


@given(st.integers(0, 999_999_999_999), st.binary(min_size=5, max_size=5), st.sampled_from(["AKIA", "ASIA"]))
def test_an_id_names_its_account(account: int, rest: bytes, prefix: str) -> None:
    bits = (1 << 79) | account << 39 | int.from_bytes(rest) >> 1
    key = prefix + b32encode(bits.to_bytes(10)).decode()
    assert key_ids.account_of(key) == f"{account:012d}"
    assert key_ids.found(f'x="{key}";') == (key,)


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "AKIAJQNZGKIQY56JQ7WM", "AKIAQ01890189018901", "", "ASIA"])
def test_an_older_id_names_none(key: str) -> None:
    assert key_ids.account_of(key) is None


def test_known_ids_are_of_the_accounts_that_their_owners_published() -> None:
    assert key_ids.account_of("ASIAQNZGKIQY56JQ7WML") == "029608264753"
    assert key_ids.account_of(KEY) == ACCOUNT_OF_KEY


NAMES = [
    "RuleID",
    "Secret",
    "File",
    "StartLine",
    "Commit",
    "DetectorName",
    "Raw",
    "RawV2",
    "SourceMetadata",
    "Data",
    "rule",
    "finding",
    "snippet",
    "validation",
    "findings",
    "metadata",
    "plugins_used",
    "results",
    "hashed_secret",
    "filename",
    "line_number",
    "type",
    "dependent_captures",
    "path",
]
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([KEY, SECRET, "AWS Access Key"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=8,
        )
    ),
    max_leaves=24,
)


def check(scan: Scan, tmp: Path) -> None:
    assert all(key_ids.found(one.key) == (one.key,) for one in scan.found)
    assert SECRET not in repr([one.key for one in scan.found])
    baseline.in_the_files(scan.hashed, tmp)
    baseline.among(scan.hashed, [KEY])


@given(st.one_of(JSON, st.lists(JSON, max_size=4)).map(json.dumps), st.integers(1, 40))
def test_any_json_is_read_to_its_end(tmp_path_factory: pytest.TempPathFactory, text: str, size: int) -> None:
    check(read(text[at : at + size] for at in range(0, len(text), size)), tmp_path_factory.getbasetemp())


@given(st.lists(st.text(max_size=60) | st.sampled_from([KEY, "{", "[", "\n", ":2:", "\ufeff"]), max_size=12))
def test_any_text_is_read_to_its_end(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    check(read(pieces), tmp_path_factory.getbasetemp())
