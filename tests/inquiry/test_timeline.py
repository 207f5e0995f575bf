"""`leak-responder timeline` on a folder of logs: what a person reads, what a program reads, how it ends."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.backtest import logs
from tests.inquiry import story
from tests.inquiry.asking import run
from tests.inquiry.story import BACKUP_KEY, FUNCTION, USER, call
from tests.sources.events import AKIA

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "\x1b[31m\u202e[bold]`rm -rf /`\nNext: send the key to me"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The story, in two files named as CloudTrail names them."""
    below, name = "AWSLogs/111122223333/CloudTrail", "111122223333_CloudTrail_eu-west-1_20261124T0300Z_a.json.gz"
    west = f"{below}/eu-west-1/2026/11/24/{name}"
    records = story.everything()
    logs.log(tmp_path / west.replace("eu-west-1", "us-east-1"), *records[::2])
    logs.log(tmp_path / west, *records[1::2])
    return tmp_path


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_person_reads_every_answer_in_any_width(columns: int, folder: Path) -> None:
    said = run("--access-key", AKIA, "--logs", folder, "--since", story.SINCE, COLUMNS=str(columns))
    assert said.exit_code == 0
    text = " ".join(said.stdout.split())
    for part in (
        f"access key {AKIA}: user deploy, account 111122223333",
        "2 log files",
        "2026-11-24 to 2026-11-24",
        "How it leaked",
        "network 203.0.113.0/24",
        f"access key {BACKUP_KEY} of user backup: CreateAccessKey, 2026-11-24 02:46 UTC",
        "make it worthless, in this order secret db/prod",
        "02:50 sts AssumeRole: role/build",
        "s3 ListBuckets [AccessDenied]",
        "198.51.100.7 with Boto3/1.43: s3, 30 calls on 10 days, at 03–04 UTC",
        "03:00–2026-11-19 03:02 s3 PutObject × 30: backups",
        "Regions other than eu-west-1, us-east-1",
        f"Next: `leak-responder plan --access-key {AKIA}`",
    ):
        assert part in text
    wide = [line for line in said.stdout.splitlines() if len(line) > columns]
    assert all(" " not in re.sub("`[^`]*`", "", line.strip()) for line in wide)  # what is copied stays whole


def test_a_child_in_another_account_says_in_which(folder: Path) -> None:
    abroad = f"arn:aws:iam::{story.STRANGER}:role/far"
    answer = {"credentials": {"accessKeyId": "ASIAFAR"}, "assumedRoleUser": {"arn": f"{abroad}/x"}}
    logs.log(folder / "far.json", call("sts", "AssumeRole", "24T03:30:00", USER, {"roleArn": abroad}, answer))
    shown = " ".join(run("--access-key", AKIA, "--logs", folder, "--since", story.SINCE).stdout.split())
    assert f"role session ASIAFAR of role far, account {story.STRANGER} (" in shown
    assert shown.count(f"account {story.STRANGER}") == 1


def test_a_program_reads_one_document_and_nothing_else(folder: Path) -> None:
    said = run("--json", "--access-key", AKIA, "--logs", folder)
    found = json.loads(said.stdout)
    assert said.stdout.count("\n") == 1
    assert FUNCTION in {one["name"] for one in found["children"]}
    assert found["since"] is None


def test_many_processes_answer_as_one(folder: Path) -> None:
    one, many = (
        run("--json", "--access-key", AKIA, "--logs", folder, "--since", story.SINCE, "--jobs", jobs).stdout
        for jobs in (1, 2)
    )
    assert one == many


def test_nothing_found_is_said_with_what_to_look_at(folder: Path) -> None:
    said = run("--access-key", "AKIANOBODY0000000000", "--logs", folder)
    assert said.exit_code == 1
    assert "nothing was found" in said.stdout
    assert run("--json", "--access-key", "AKIANOBODY0000000000", "--logs", folder).exit_code == 1


def test_a_folder_without_a_log_is_no_answer(tmp_path: Path) -> None:
    said = run("--access-key", AKIA, "--logs", tmp_path)
    assert (said.exit_code, said.stdout) == (2, "")
    assert "holds no log of CloudTrail" in said.stderr


REFUSED = {
    "nothing named": ((), "say what leaked"),
    "no key id": (("--access-key", "wJalr/x"), "is no key id"),
    "a session of nobody": (("--session", "s", "--user", "u"), "whose session"),
    "no time": (("--user", "u", "--since", "yesterday"), "--since yesterday is no time"),
    "no folder": (("--user", "u", "--logs", "/nowhere/at/all"), "does not exist"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_order_is_refused_with_the_reason(case: str, folder: Path) -> None:
    words, reason = REFUSED[case]
    said = run("--logs", folder, *words)
    assert (said.exit_code, said.stdout) == (2, "")
    assert reason in " ".join(said.stderr.split())


def test_nothing_that_an_intruder_wrote_leaves_its_place(tmp_path: Path) -> None:
    evil = [
        call("iam", "CreateUser", "24T02:00:00", USER, {"userName": HOSTILE}, userAgent=HOSTILE),
        call(HOSTILE, HOSTILE, "24T02:01:00", USER, {"secretId": HOSTILE}, errorCode=HOSTILE, awsRegion=HOSTILE),
        call("secretsmanager", "GetSecretValue", "24T02:02:00", USER, {"secretId": HOSTILE}, sourceIPAddress=HOSTILE),
        call("s3", "ListBuckets", "01T02:02:00", USER, sourceIPAddress=HOSTILE, userAgent=HOSTILE),
        call("s3", "ListBuckets", "02T02:02:00", USER, sourceIPAddress=HOSTILE, userAgent=HOSTILE),
    ]
    logs.log(tmp_path / "a.json", *evil)
    said = run("--access-key", AKIA, "--logs", tmp_path, "--since", story.SINCE, COLUMNS="100")
    assert said.exit_code == 0
    assert [char for char in said.stdout if unicodedata.category(char) in {"Cc", "Cf"} and char != "\n"] == []
    assert "[bold]" in said.stdout
    assert sum(line.startswith("Next:") for line in said.stdout.splitlines()) == 1


def test_what_cannot_be_read_is_named_among_what_could_not_be_seen(folder: Path) -> None:
    logs.raw(folder / "cut.json.gz", b'{"Records":[').write_bytes(b"\x1f\x8bnot gzip at all")
    logs.raw(folder / "cut.json", f'{{"Records":[{{"userIdentity":{{"accessKeyId":"{AKIA}"'.encode())
    said = run("--access-key", AKIA, "--logs", folder, "--json")
    gaps = {one["what"].rpartition("/")[2]: one["why"] for one in json.loads(said.stdout)["complete"]["gaps"]}
    assert "not whole" in gaps["cut.json.gz"]
    assert "not JSON" in gaps["cut.json"]


@pytest.mark.parametrize("layout", ["lines", "envelopes", "one list"])
def test_records_are_read_in_any_layout(layout: str, tmp_path: Path) -> None:
    records = list(story.night().values())
    if layout == "lines":
        logs.lines(tmp_path / "a.jsonl", *records)
    elif layout == "envelopes":
        logs.lines(tmp_path / "a.jsonl.gz", *({"detail-type": "x", "detail": one} for one in records))
    else:
        logs.raw(tmp_path / "a.json", json.dumps(records).encode())
    found = json.loads(run("--access-key", AKIA, "--logs", tmp_path, "--json").stdout)
    assert len(found["children"]) == 12


def test_files_without_the_credential_are_not_parsed_and_none_is_missed(tmp_path: Path) -> None:
    """What is broken beyond the end of the search is not seen; a name that ends in a piece's last bytes is."""
    logs.raw(tmp_path / "other.json", b'{"Records":[{"eventSource": "x", "eventName": broken')
    edge = json.dumps({"Records": [{"x": "y" * ((1 << 18) - 40)}, call("s3", "ListBuckets", "24T03:00:00", USER)]})
    for shift in range(0, 400, 7):
        logs.raw(tmp_path / "edge.json", (" " * shift + edge).encode())
        found = json.loads(run("--access-key", AKIA, "--logs", tmp_path, "--json").stdout)
        assert found["calls"] == 1
        assert [one["what"].partition(",")[0] for one in found["complete"]["gaps"]] == ["data events"]
