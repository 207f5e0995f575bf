"""What is looked for, in a form that nobody reads: a gap with the file's name, and never silence."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.backtest import logs
from tests.console.stack import deployed, typed
from tests.formats import forms
from tests.inquiry.asking import run
from tests.sources import events
from tests.sources.events import AKIA
from tests.world import key_id

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

_ACCESS_LOG = (
    "79a5 our-bucket [24/Nov/2026:02:58:00 +0000] 198.51.100.7 arn:aws:iam::111122223333:user/deploy 3E57 "
    f'REST.GET.OBJECT a.txt "GET /a.txt?X-Amz-Credential={AKIA}%2F20261124 HTTP/1.1" 200 - 5 5 7 7 "-" "-" -\n'
)

HELD: dict[str, tuple[bytes, str, str]] = {
    # content, what timeline says of it, what backtest says
    "an event of a SIEM": (
        json.dumps({"src": "aws", "message_text": f"{AKIA} called ListBuckets"}).encode(),
        "what is looked for stands in values that are no record of CloudTrail in a known form: 1",
        "values that are no event in a form that is known: 1 (",
    ),
    "two of a list": (
        json.dumps([{"who": AKIA}, {"who": {"key": AKIA}}, {"who": "nobody"}]).encode(),
        "in values that are no record of CloudTrail in a known form: 2",
        "values that are no event in a form that is known: 3 (",
    ),
    "a record that says no time": (
        json.dumps({**forms.CALLS[0], "eventTime": "yesterday"}).encode(),
        "in values that are no record of CloudTrail in a known form: 1",
        "",
    ),
    "an access log of S3": (_ACCESS_LOG.encode(), "not JSON", "not JSON"),
    "a table of something else": (f"time,key\n2026-11-24,{AKIA}\n".encode(), "not JSON", "not JSON"),
    "cut off": (gzip.compress(forms.TEXT.encode())[:-200], "not whole", "not whole"),
    "in a number of bytes that is no text": (AKIA.encode() + b"\xff\xff\x00" * 9, "not UTF-8", "not UTF-8"),
}


@pytest.mark.parametrize("case", HELD)
def test_where_the_text_holds_the_key_and_no_record_comes_of_it_the_file_is_named(case: str, tmp_path: Path) -> None:
    content, of_timeline, of_backtest = HELD[case]
    logs.log(tmp_path / "good.json", forms.CALLS[1], logs.call())
    (tmp_path / "held.log").write_bytes(content)
    gaps = _gaps(run("--json", "--access-key", AKIA, "--logs", tmp_path).stdout)
    assert of_timeline in gaps[str(tmp_path / "held.log")]
    assert str(tmp_path / "held.log") in run("--access-key", AKIA, "--logs", tmp_path).stdout
    faults = {one["file"]: one["reason"] for one in logs.result(tmp_path)["files"]["faults"]}
    assert of_backtest in faults.get(str(tmp_path / "held.log"), "")
    assert bool(of_backtest) is (str(tmp_path / "held.log") in logs.run(tmp_path).stdout)


def test_a_principal_by_name_is_looked_for_as_a_key_is(tmp_path: Path) -> None:
    logs.lines(tmp_path / "held.json", {"who": "user/deployer"})
    logs.log(tmp_path / "good.json", logs.call())
    for words in (("--user", "deployer"), ("--role", "deployer")):
        gaps = _gaps(run("--json", *words, "--logs", tmp_path).stdout)
        assert "in values that are no record of CloudTrail in a known form: 1" in gaps[str(tmp_path / "held.json")]


def test_where_nothing_is_known_of_what_holds_the_key_the_answer_is_no_calm(tmp_path: Path) -> None:
    (tmp_path / "held.json").write_text(json.dumps({"who": AKIA}))
    found = run("--access-key", AKIA, "--logs", tmp_path)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "held.json: what is looked for stands in values that are no record" in found.stderr


@pytest.mark.parametrize(
    "harmless",
    [
        {"digestS3Bucket": "x", "digestStartTime": "y", "who": AKIA},
        {"who": "nobody"},
        events.key_set("Inactive", userIdentity=events.user_identity("admin", events.SIBLING)),
    ],
)
def test_what_holds_nothing_of_it_or_is_somebody_else_s_call_is_no_gap(harmless: Any, tmp_path: Path) -> None:
    logs.lines(tmp_path / "a.json", forms.CALLS[1], harmless)
    assert str(tmp_path / "a.json") not in _gaps(run("--json", "--access-key", AKIA, "--logs", tmp_path).stdout)


def test_what_a_folder_holds_beside_logs_is_counted_and_named_by_kind(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", forms.CALLS[1])
    for name in ("notes.md", "b.png", "c.png"):
        (tmp_path / name).write_text(AKIA)
    gaps = _gaps(run("--json", "--access-key", AKIA, "--logs", tmp_path).stdout)
    assert "3 files were not read: 2 .png, 1 .md" in gaps
    assert logs.result(tmp_path)["files"]["skipped"] == {".png": 2, ".md": 1}


def test_a_report_names_the_same(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deployed(world, monkeypatch)
    key = key_id(world.holder("victim"))
    assert typed("contain", "--access-key", key, "--reason", "a test", "--yes").exit_code == 0
    incident = world.incident("111122223333/user/victim")
    assert incident
    logs.lines(tmp_path / "held.json", {"who": key})
    logs.log(tmp_path / "good.json", logs.call())
    (tmp_path / "notes.md").write_text(key)
    said = typed("report", incident.id, "--logs", str(tmp_path)).stdout
    assert "held.json" in said
    assert "in values that are no record of CloudTrail in a known form: 1" in said
    assert "1 file was not read: 1 .md" in said.replace("\\", "")
    for where in (tmp_path / "gone", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        refused = typed("report", incident.id, "--logs", str(where))
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert f"`leak-responder report {incident.id} --no-inquiry`" in refused.stderr


def _gaps(written: str) -> dict[str, str]:
    return {gap["what"]: gap["why"] for gap in json.loads(written)["complete"]["gaps"]}
