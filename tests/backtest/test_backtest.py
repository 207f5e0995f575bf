"""`leak-responder backtest`: what it decides, counts and says, however the records are spread over files."""

from __future__ import annotations

import gzip
import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib import sources
from chalicelib.inquiry.formats.records import identity_of
from tests.backtest import logs
from tests.backtest.logs import at, call, counts, run
from tests.sources import events
from tests.sources.events import AKIA, OURS, QUARANTINE, SECRET, SIBLING, TOKEN, Json

if TYPE_CHECKING:
    from pathlib import Path

INTRUDER = events.user_identity("deploy", AKIA)
QUARANTINED = events.policy_moved("AttachUserPolicy", f"{QUARANTINE}V3")
MINTED = events.key_created("second", SIBLING, userIdentity=INTRUDER)
UNDONE = events.policy_moved("DetachUserPolicy", OURS)

DECIDED: dict[str, tuple[list[Json], str, tuple[int, int, int, int], dict[str, int]]] = {
    # records by minute, mode: signals acted on, asked, told, ignored; incidents by their decision
    "quarantined by AWS": ([QUARANTINED], "contain-confirmed", (1, 0, 0, 0), {"act": 1, "ask": 0}),
    "the same again and again": ([QUARANTINED] * 5, "contain-confirmed", (5, 0, 0, 0), {"act": 1, "ask": 0}),
    "asked first": ([QUARANTINED], "approval-required", (0, 1, 0, 0), {"act": 0, "ask": 1}),
    "observed": ([QUARANTINED], "observe", (0, 0, 1, 0), {"act": 0, "ask": 0}),
    "a key created": ([MINTED], "contain-confirmed", (0, 0, 1, 0), {"act": 0, "ask": 0}),
    "a key created by one contained": ([QUARANTINED, MINTED], "contain-confirmed", (2, 0, 0, 0), {"act": 2, "ask": 0}),
    "a key created before": ([MINTED, QUARANTINED], "contain-confirmed", (1, 0, 1, 0), {"act": 1, "ask": 0}),
    "a key created by one asked about": (
        [QUARANTINED, MINTED],
        "approval-required",
        (0, 1, 1, 0),
        {"act": 0, "ask": 1},
    ),
    "our deny taken off": ([UNDONE], "contain-confirmed", (0, 1, 0, 0), {"act": 0, "ask": 1}),
    "and again: a question does not answer itself": (
        [UNDONE, UNDONE],
        "contain-confirmed",
        (0, 2, 0, 0),
        {"act": 0, "ask": 1},
    ),
    "our deny taken off one contained": (
        [QUARANTINED, UNDONE],
        "contain-confirmed",
        (2, 0, 0, 0),
        {"act": 1, "ask": 0},
    ),
    "suspected": ([UNDONE], "contain-suspected", (1, 0, 0, 0), {"act": 1, "ask": 0}),
    "a boundary changed": ([events.boundary_deleted()], "contain-confirmed", (0, 0, 0, 1), {"act": 0, "ask": 0}),
    "refused": ([events.denied("CreateAccessKey")], "contain-confirmed", (0, 0, 0, 1), {"act": 0, "ask": 0}),
    "root signed in": ([events.signed_in("No")], "contain-confirmed", (0, 0, 1, 0), {"act": 0, "ask": 0}),
    "of no interest": ([call(), call(1)], "contain-confirmed", (0, 0, 0, 0), {"act": 0, "ask": 0}),
}


@pytest.mark.parametrize("case", DECIDED)
def test_each_signal_is_decided_knowing_what_was_open_by_then(case: str, tmp_path: Path) -> None:
    records, mode, signals, incidents = DECIDED[case]
    written = [at(minute, record) for minute, record in enumerate(records)]
    random.Random(case).shuffle(written)  # noqa: S311 - any order will do: what counts is when it happened
    logs.log(tmp_path / "a.json.gz", *written)
    found = logs.result(tmp_path, "--mode", mode)
    assert counts(found) == signals
    assert found["incidents"] == incidents
    assert found["events"] == {"read": len(records), "copies": 0, "odd": 0}
    assert run(tmp_path, "--mode", mode).exit_code == (3 if incidents["act"] else 0)
    for rows in (found["rules"], found["days"]):
        assert tuple(sum(row[name] for row in rows) for name in ("act", "ask", "tell", "ignore")) == signals
        assert sum(row["incidents"] for row in rows) == sum(incidents.values())


_ALL: list[Json] = [
    *(
        at(minute, record)
        for minute, record in enumerate([UNDONE, MINTED, QUARANTINED, MINTED, UNDONE, UNDONE, call()])
    ),
    *(
        {**one["detail"], "eventID": f"of-every-kind-{number}"} if "eventID" in one["detail"] else one["detail"]
        for number, one in enumerate(events.of_every_kind().values())
    ),
]
POOL = list({identity_of(one): one for one in _ALL}.values())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spread=st.lists(st.integers(0, 4), min_size=len(POOL), max_size=len(POOL)))
def test_the_files_together_give_what_one_file_with_everything_gives(spread: list[int], tmp_path: Path) -> None:
    for number in range(5):
        logs.log(tmp_path / "many" / f"{number}.json", *(POOL[i] for i, file in enumerate(spread) if file == number))
    logs.log(tmp_path / "one" / "all.json", *POOL)
    many, one = logs.result(tmp_path / "many"), logs.result(tmp_path / "one")
    assert {**many, "files": None} == {**one, "files": None}
    alone = [logs.result(tmp_path / "many" / f"{number}.json") for number in range(5)]
    assert sum(found["events"]["read"] for found in alone) == one["events"]["read"]
    for place, pattern in enumerate(one["patterns"]):
        assert sum(found["patterns"][place]["deliveries"] for found in alone) == pattern["deliveries"]


COPIES = [at(minute, record) for minute, record in enumerate([QUARANTINED, MINTED, UNDONE])]
LOOKED_UP = {"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(one)} for one in COPIES]}


@pytest.mark.parametrize("jobs", [1, 2])
def test_copies_of_an_event_count_once_and_are_decided_once(jobs: int, tmp_path: Path) -> None:
    logs.log(tmp_path / "one" / "a.json.gz", *COPIES, call())
    one = logs.result(tmp_path / "one")
    assert one["events"] == {"read": 4, "copies": 0, "odd": 0}
    logs.log(tmp_path / "many" / "a.json.gz", *COPIES, call())
    logs.raw(tmp_path / "many" / "looked-up.json", json.dumps(LOOKED_UP).encode())
    logs.lines(tmp_path / "many" / "b.jsonl", *map(events.called, COPIES), call(), call(), at(1, call(5)))
    many = logs.result(tmp_path / "many", "--jobs", jobs)
    assert many["events"] == {"read": 5, "copies": 8, "odd": 0}
    assert [row["events"] for row in many["days"]] == [4, 1]
    changed = {"events", "files", "days", "patterns"}
    assert {name: one[name] for name in one.keys() - changed} == {name: many[name] for name in many.keys() - changed}
    delivered = ([(row["source"], row["deliveries"]) for row in found["patterns"]] for found in (one, many))
    assert next(delivered) == next(delivered)
    assert "8 more were copies of these" in run(tmp_path / "many").stdout
    assert "copies" not in run(tmp_path / "one").stdout


_ASFF = events.asff(events.asff_key(), UpdatedAt="2026-11-24T02:59:00Z")
_EXPOSED = events.exposed(AKIA)
_NAMELESS = {name: held for name, held in call().items() if name != "eventID"}
ALIKE: dict[str, tuple[Any, Any, int]] = {
    # two events, and how many they are
    "a finding, as exported and as answered": (events.finding(), events.guardduty(), 1),
    "a finding and its update": (events.finding(), events.finding(updatedAt="2026-11-24T09:00:00Z"), 2),
    "a finding of Security Hub": (events.passed_on(_ASFF), _ASFF, 1),
    "calls without an id": (_NAMELESS, _NAMELESS, 2),
    "calls with another time": (call(), call(eventTime="2026-11-24T02:58:01Z"), 2),
    "calls with another name": (call(), {**call(), "eventName": "DescribeVpcs"}, 2),
    "an exposure told twice": (events.health(_EXPOSED), events.health(_EXPOSED), 1),
    "two exposures": (events.exposed(AKIA), events.exposed(SIBLING), 2),
}


@pytest.mark.parametrize("case", ALIKE)
def test_what_tells_events_apart_is_their_id_with_name_and_time(case: str, tmp_path: Path) -> None:
    *both, different = ALIKE[case]
    found = logs.result(logs.lines(tmp_path / "a.json", *both))
    assert found["events"] == {"read": different, "copies": 2 - different, "odd": 0}


def test_one_process_and_many_give_the_same(tmp_path: Path) -> None:
    for number, record in enumerate(POOL):
        logs.log(tmp_path / f"{number:02}.json.gz", record, call(number))
    logs.raw(tmp_path / "broken.json", b"{")
    assert run("--json", tmp_path, "--jobs", 1).stdout == run("--json", tmp_path, "--jobs", 2).stdout


def test_patterns_are_counted_per_million_events(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", QUARANTINED, *map(call, range(9)))
    rows = {row["source"]: (row["deliveries"], row["per_million"]) for row in logs.result(tmp_path)["patterns"]}
    assert rows["credential_events"] == (1, 100_000.0)
    assert rows["sessions"] == (0, 0.0)


def test_whom_says_who_when_why_and_what(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", at(5, QUARANTINED), at(9, QUARANTINED), at(7, MINTED))
    first, second = logs.result(tmp_path)["principals"]
    assert (first["name"], first["opened"], first["last"]) == (
        "deploy",
        "2026-11-20T00:05:00+00:00",
        "2026-11-20T00:09:00+00:00",
    )
    assert (first["decision"], first["actions"], first["rules"]) == (
        "act",
        ["quarantine-user"],
        {"quarantined-by-aws": 2},
    )
    assert (second["name"], second["actions"]) == ("second", ["quarantine-user", "deactivate-key"])
    assert second["reason"] == "a credential was created by a principal that is contained"


def test_every_kind_of_file_below_a_folder_is_read_once_and_others_are_not(tmp_path: Path) -> None:
    logs.log(tmp_path / "a" / "b" / "log.json.gz", call())
    logs.lines(tmp_path / "findings.jsonl.gz", events.finding(), events.pascal(events.finding(id="other")))
    logs.lines(tmp_path / "events.JSON", events.called(events.key_created()), events.health(events.exposed(AKIA)))
    logs.raw(tmp_path / "notes.md", b"hello")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    found = logs.result(tmp_path, tmp_path / "a", tmp_path)
    assert found["files"] == {"read": 3, "faulty": 0, "faults": [], "skipped": {".md": 1}}
    assert "1 file was not read: 1 .md: no log has such a name" in run(tmp_path).stdout
    assert found["events"] == {"read": 5, "copies": 0, "odd": 0}
    delivered = {row["source"]: row["deliveries"] for row in found["patterns"]}
    assert {source: count for source, count in delivered.items() if count} == {
        "guardduty": 2,
        "credential_events": 1,
        "health": 1,
    }
    assert len(delivered) == len(sources.SOURCES)


def test_bad_files_are_counted_and_named_and_do_not_end_the_run(tmp_path: Path) -> None:
    logs.log(tmp_path / "good.json", QUARANTINED)
    logs.raw(tmp_path / "a\x1b[31m.json", b"{}\n{\n{\n")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    os.mkfifo(tmp_path / "pipe.json")
    logs.lines(tmp_path / "odd.json", call(), {"what": "no event"}, ["nor", "this"])
    result = run(tmp_path)
    assert result.exit_code == 3
    assert "4 files could not be read, or not all of them" in result.stdout
    assert "odd.json: values that are no event in a form that is known: 3 (" in result.stdout
    assert "\\x1b[31m.json: not JSON" in result.stdout
    assert "\x1b" not in result.stdout
    found = logs.result(tmp_path)
    assert (found["files"]["read"], found["files"]["faulty"], found["events"]["odd"]) == (5, 4, 4)
    assert len(found["files"]["faults"]) == 4


def test_where_what_was_read_holds_no_event_the_exit_code_is_1(tmp_path: Path) -> None:
    logs.raw(tmp_path / "a.json", b'{"Records": []}')
    logs.raw(tmp_path / "b.json", b"hello")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "b.json: not JSON" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Next: no event stands in what was read.")


UNREAD: dict[str, tuple[dict[str, bytes], str]] = {
    # files, and what is said of them
    "nothing there": ({}, "holds no log of CloudTrail"),
    "nothing by its name": ({"a.png": b"", "b.png": b"", "c": b"\0"}, "3 files were not read: 2 .png, 1 without an"),
    "an empty file": ({"a.json": b""}, "a.json: empty"),
    "no JSON": ({"a.log": b"hello"}, "a.log: not JSON"),
    "no event": ({"a.json": b"{}"}, "a.json: values that are no event in a form that is known: 1 ("),
    "several": ({"a.json": b"{}", "b.log": b"x"}, "and 1 more could not be read either"),
    "cut off": ({"a.json.gz": gzip.compress(b"[]")[:9]}, "a.json.gz: not whole"),
}


@pytest.mark.parametrize("case", UNREAD)
def test_where_nothing_could_be_read_nothing_is_known(case: str, tmp_path: Path) -> None:
    files, said = UNREAD[case]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    result = run(tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nothing was looked at, so nothing is known of it: " in result.stderr
    assert said in result.stderr
    failed = run(tmp_path, "--json")
    assert (failed.exit_code, said in json.loads(failed.stdout)["error"]) == (2, True)


def test_a_path_that_is_not_there_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", QUARANTINED)
    result = run(tmp_path, tmp_path / "gone")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{tmp_path / 'gone'} does not exist: name a folder of logs" in result.stderr


def test_the_page_names_what_was_not_read(tmp_path: Path) -> None:
    logs.log(tmp_path / "logs" / "a.json", QUARANTINED)
    logs.raw(tmp_path / "logs" / "b.json", b"<hello>")
    logs.raw(tmp_path / "logs" / "c.md", b"")
    run(tmp_path / "logs", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "b.json: not JSON" in page
    assert "1 file was not read: 1 .md" in page


@pytest.mark.parametrize("words", [(), ("--mode", "nope", "x"), ("--jobs", "0", "x")])
def test_a_wrong_command_line_is_exit_code_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_another_region_is_said_to_be_one(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", events.federated(awsRegion="eu-west-1"), events.key_created())
    assert logs.result(tmp_path)["signals"]["elsewhere"] == 1
    assert "1 signals are of other Regions" in run(tmp_path).stdout


def test_no_secret_and_nothing_hostile_is_shown(tmp_path: Path) -> None:
    evil = "\x1b[31m\x1b]0;owned\x07[bold red]\u202e\ud800"
    details = events.user_details(userName=evil, principalId=evil)
    named = (events.guardduty(details=details, title=evil, id=evil, region=evil, accountId=evil), [evil], {evil: evil})
    logs.lines(tmp_path / "a.json", *named, *events.of_every_kind().values())
    for words in ((), ("--json",)):
        shown = run(*words, tmp_path, FORCE_COLOR="1").output
        assert not set(shown) & {"\x1b", "\x07", "\u202e", "\ud800"}
        assert SECRET not in shown
        assert TOKEN not in shown


def test_the_document_is_one_line(tmp_path: Path) -> None:
    said: Any = run("--json", logs.log(tmp_path / "a.json", QUARANTINED)).stdout
    assert said.count("\n") == 1
    assert list(json.loads(said)) == [
        "version",
        "mode",
        "files",
        "events",
        "signals",
        "incidents",
        "principals",
        "rules",
        "days",
        "patterns",
    ]
