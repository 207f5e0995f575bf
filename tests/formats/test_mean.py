"""Files as people really have them: each gets a true sentence, and an exit code that is no false calm."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.backtest import logs
from tests.explain.command import run as explain
from tests.formats import forms
from tests.inquiry.asking import run as timeline
from tests.sources.events import AKIA

if TYPE_CHECKING:
    from pathlib import Path

_LOG = forms.TEXT.encode()
_LINES = forms.FORMS["lines"]
_ZIPPED = forms.zipped(("a.json", _LOG))
_DIGEST = b'{"digestS3Bucket": "x", "digestStartTime": "y", "logFiles": []}'
_FLOW = b"version account-id interface-id\n2 111122223333 eni-1 198.51.100.7 10.0.0.1 443 ACCEPT OK\n"
_WAF = b'{"timestamp": 1, "formatVersion": 1, "webaclId": "x", "action": "BLOCK"}\n' * 3
_ACCESS = b"79a5 a-bucket [24/Nov/2026:02:58:00 +0000] 198.51.100.7 - 3E57 REST.GET.OBJECT a.txt\n"
_ENCRYPTED = _ZIPPED.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x01\x00\x08\x00")
_LONG = b'{"a": "' + b"x" * 20_000_000 + b'"}\n'
_ALL = len(forms.CALLS)

READ: dict[str, tuple[dict[str, bytes], str]] = {
    # files whose calls are all found, and what is said beside them
    "gzip under another name": ({"a.json": gzip.compress(_LOG)}, ""),
    "plain under the name of gzip": ({"a.json.gz": _LOG}, ""),
    "JSON in a text of JSON": ({"a.json": json.dumps(forms.TEXT).encode()}, ""),
    "a name in capitals": ({"A.JSON.GZ": gzip.compress(_LOG)}, ""),
    "UTF-16 without a mark": ({"a.json": forms.TEXT.encode("utf-16-le")}, ""),
    "UTF-16 without a mark, big end first": ({"a.json": forms.TEXT.encode("utf-16-be")}, ""),
    "members that we do not know": (
        {"a.json": json.dumps([{**one, "eventVersion": "9.9", "new": {"x": [1]}} for one in forms.CALLS]).encode()},
        "",
    ),
    "more behind the compressed data": ({"a.json.gz": gzip.compress(_LOG) + b"something else"}, "not whole"),
    "a line that is too long": ({"a.json": _LONG + _LINES}, "a value of more than 8,388,608 characters"),
    "a comment in front": ({"a.jsonl": b"# exported\n" + _LINES}, "not JSON"),
    "a comma too many": ({"a.json": b"[" + _LINES.strip().replace(b"\n", b",") + b",]"}, "not JSON"),
    "a byte of Latin-1": ({"a.jsonl": _LINES.replace(b"aws-cli", b"aws\xe9cli", 1)}, "not UTF-8"),
    "an archive in an archive": (
        {"a.zip": forms.zipped(("in.zip", _ZIPPED), ("b.json", _LOG))},
        "in.zip is an archive in an archive: unpack it first",
    ),
    "gzip twice in an archive": (
        {"a.zip": forms.zipped(("in.json.gz", gzip.compress(gzip.compress(_LOG))), ("b.json", _LOG))},
        "in.json.gz is compressed more than once: unpack it first",
    ),
    "a folder of macOS and Windows": (
        {"a.json": _LOG, ".DS_Store": b"\0\0\0\1Bud1", "._a.json": b"\0\5\x16\7", "Thumbs.db": b"x"},
        "3 files were not read: 2 of macOS, 1 .db",
    ),
    "an archive of macOS": (
        {"a.zip": forms.zipped(("a.json", _LOG), ("__MACOSX/._a.json", b"\0\5\x16\7"))},
        "1 of its members are no logs by their names",
    ),
    "logs of others beside it": (
        {"a.json": _LOG, "flow.log": _FLOW, "waf.json": _WAF, "access.log": _ACCESS},
        "no record of CloudTrail stands in it in a form that is known",
    ),
}

UNREAD: dict[str, tuple[dict[str, bytes], str]] = {
    # files of which nothing can be said, and why
    "gzip of no bytes": ({"a.json.gz": b""}, "a.json.gz: empty"),
    "gzip of nothing": ({"a.json.gz": gzip.compress(b"")}, "a.json.gz: empty"),
    "gzip cut off": ({"a.json.gz": gzip.compress(_LOG)[:-300]}, "not whole: the compressed data ends early"),
    "gzip twice": ({"a.json.gz": gzip.compress(gzip.compress(_LOG))}, "compressed more than once: unpack it first"),
    "tar cut off": ({"a.tar.gz": gzip.compress(forms.tarred(("a.json", _LOG))[:1500])}, "not a whole tar archive"),
    "an archive in an archive alone": (
        {"a.tar": forms.tarred(("in.zip", _ZIPPED))},
        "in.zip is an archive in an archive: unpack it first",
    ),
    "an archive with a password": ({"a.zip": _ENCRYPTED}, "a.json is encrypted: unpack the archive first"),
    "Base64": ({"a.txt": base64.b64encode(gzip.compress(_LOG))}, "a.txt"),
    "access logs of S3": ({"access.log": _ACCESS}, "access.log"),
    "access logs of S3 by their names": ({"2026-11-24-00-00-00-AB": _ACCESS}, "1 file was not read: 1 without an"),
    "flow logs of a VPC": ({"flow.log.gz": gzip.compress(_FLOW)}, "flow.log.gz"),
    "flow logs where AWS puts them": (
        {"AWSLogs/111122223333/vpcflowlogs/us-east-1/f.log.gz": gzip.compress(_FLOW)},
        "1 file was not read: 1 logs of vpcflowlogs",
    ),
    "logs of a WAF": ({"waf.json": _WAF}, "waf.json"),
    "a refusal of S3 in place of a file": ({"a.json.gz": b"<?xml?><Error><Code>AccessDenied</Code></Error>"}, "a.json"),
    "a dictionary of Python": ({"a.json": str({"Records": forms.CALLS}).encode()}, "not JSON"),
    "an export without records": ({"a.json": b'{"Records": null}'}, "a.json"),
    "one line that is too long": ({"a.json": _LONG}, "a.json"),
    "Parquet": ({"a.gz": b"PAR1xxxx"}, "Parquet: export it as JSON"),
    "names of something else": ({"a.json.bak": _LOG, "a.json.gz.part": _LOG}, "2 files were not read: 1 .bak, 1 .part"),
}


def _folder(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_is_read_and_the_rest_is_named(case: str, tmp_path: Path) -> None:
    files, said = READ[case]
    folder = _folder(tmp_path, files)
    found, tested = timeline("--access-key", AKIA, "--logs", folder), logs.run(folder)
    assert (found.exit_code, tested.exit_code) == (0, 3)
    assert f"{_ALL} calls with it" in found.stdout
    assert f"{_ALL} events in" in tested.stdout
    assert said in " ".join(found.stdout.split())
    assert case == "logs of others beside it" or said in tested.stdout


@pytest.mark.parametrize("case", UNREAD)
def test_where_nothing_can_be_read_nothing_is_said_of_the_key(case: str, tmp_path: Path) -> None:
    files, said = UNREAD[case]
    folder = _folder(tmp_path, files)
    for run in (timeline("--access-key", AKIA, "--logs", folder), logs.run(folder)):
        assert (run.exit_code, run.stdout) == (2, "")
        assert "nothing was looked at, so nothing is known of it: " in run.stderr
        assert said in run.stderr


@pytest.mark.parametrize("case", UNREAD)
def test_explain_decides_nothing_about_what_it_cannot_read(case: str, tmp_path: Path) -> None:
    files, _ = UNREAD[case]
    if case == "names of something else":
        return  # a file that is named is read whatever its name
    name = next(iter(files))
    found = json.loads(explain("--json", _folder(tmp_path, files) / name).stdout)
    assert found["decision"] == "malformed"


@pytest.mark.parametrize("empty", [b'{"Records": []}', b"[]", b'{"Events":[],"NextToken":"x"}', b'{"results": []}'])
def test_an_empty_log_was_looked_at(empty: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(empty)
    found = timeline("--access-key", AKIA, "--logs", tmp_path)
    assert found.exit_code == 1
    assert "nothing was found in what was read" in " ".join(found.stdout.split())
    assert logs.run(tmp_path).exit_code == 1


def test_digests_and_findings_beside_logs_are_no_gap_and_alone_are_no_log(tmp_path: Path) -> None:
    beside = {"digest.json": _DIGEST, "finding.json": b'{"schemaVersion": "2.0", "id": "x", "type": "y"}'}
    only = timeline("--access-key", AKIA, "--logs", _folder(tmp_path / "only", beside))
    assert (only.exit_code, only.stdout) == (2, "")
    assert "holds no log of CloudTrail" in only.stderr
    (tmp_path / "both").mkdir()
    logs.log(tmp_path / "both" / "a.json", logs.call())
    both = timeline("--json", "--access-key", AKIA, "--logs", _folder(tmp_path / "both", beside))
    assert both.exit_code == 1
    assert [gap["what"] for gap in json.loads(both.stdout)["complete"]["gaps"]] == [
        "data events, such as reading and writing S3 objects"
    ]
