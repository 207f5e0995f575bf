"""Settings of one's own, two of them side by side, and the page about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.report.html import policy
from tests.backtest.logs import at, counts, log, result, run
from tests.sources import events
from tests.sources.test_totality import HOSTILE, replaced

if TYPE_CHECKING:
    from pathlib import Path

UNDONE = events.policy_moved("DetachUserPolicy", events.OURS)
QUARANTINED = events.policy_moved("AttachUserPolicy", f"{events.QUARANTINE}V3")
OTHERS = events.policy_moved("AttachUserPolicy", f"{events.QUARANTINE}V3", "other")
DEPLOY = {"arn": f"arn:aws:iam::{events.ACCOUNT}:user/deploy", "unique_id": events.AIDA}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Our deny taken off one user, AWS's quarantine put on another."""
    return log(tmp_path / "logs" / "log.json", at(0, UNDONE), at(1, OTHERS))


def chosen(folder: Path, name: str = "chosen.json", **parameters: Any) -> Path:
    """A file of parameters."""
    (folder / name).write_text(json.dumps(parameters))
    return folder / name


def test_it_decides_with_the_parameters_that_are_given(logs: Path, tmp_path: Path) -> None:
    assert result(logs)["incidents"] == {"act": 1, "ask": 1}
    acting = chosen(tmp_path, Mode="contain-suspected")
    assert result(logs, "--settings", acting)["incidents"] == {"act": 2, "ask": 0}
    assert result(logs, "--settings", acting, "--mode", "observe")["mode"] == "observe"
    sparing = chosen(tmp_path, Mode="contain-suspected", Protected=[DEPLOY])
    assert result(logs, "--settings", sparing)["incidents"] == {"act": 1, "ask": 0}


def test_decoys_and_the_circuit_breaker_are_those_of_the_parameters(tmp_path: Path) -> None:
    """The limit holds within an hour, and an hour later the next is contained unasked."""
    used = (
        events.record(
            "GetSecretValue",
            {"secretId": "bait"},
            eventSource="secretsmanager.amazonaws.com",
            userIdentity=events.user_identity(f"thief-{number}"),
            eventID=str(number),
        )
        for number in range(4)
    )
    log(tmp_path / "a.json", *(at(minute, one) for minute, one in zip((0, 1, 2, 90), used, strict=True)))
    planted = chosen(tmp_path, Decoys="bait", ContainmentsPerHour="2")
    assert counts(result(tmp_path / "a.json", "--settings", planted)) == (3, 1, 0, 0)
    assert counts(result(tmp_path / "a.json")) == (0, 0, 0, 0)


def test_a_list_of_settings_is_said_as_a_person_writes_it(logs: Path, tmp_path: Path) -> None:
    entry = {"arn": "arn:aws:iam::111122223333:user/deploy", "unique_id": "AIDACKCEVSQ6C2EXAMPLE"}
    sparing = chosen(tmp_path, Protected=[entry])
    assert result(logs, "--compare", sparing)["compared"]["settings"] == {
        "protected": ["none", f"{entry['arn']} {entry['unique_id']}"]
    }


def test_what_others_change_is_said_of_each_whom_it_concerns(logs: Path, tmp_path: Path) -> None:
    acting = chosen(tmp_path, Mode="contain-suspected")
    found = result(logs, "--compare", acting)["compared"]
    assert found["settings"] == {"mode": ["contain-confirmed", "contain-suspected"]}
    assert (found["incidents"], found["more"]) == ({"act": 2, "ask": 0}, 1)
    assert [(one["from"], one["to"], one["name"]) for one in found["principals"]] == [("ask", "act", "deploy")]
    said = run(logs, "--compare", acting)
    assert "asked, then contained: user deploy" in said.stdout
    assert said.exit_code == 3


def test_whom_only_one_of_them_tells_about_is_named_too(logs: Path, tmp_path: Path) -> None:
    watching, asking = chosen(tmp_path, "a.json", Mode="observe"), chosen(tmp_path, "b.json", Mode="approval-required")
    found = run(logs, "--settings", watching, "--compare", asking, "--json")
    assert [one["to"] for one in json.loads(found.stdout)["compared"]["principals"]] == ["ask", "ask"]
    assert found.exit_code == 0


def test_the_same_settings_change_nothing_and_nobody_more_is_contained(logs: Path, tmp_path: Path) -> None:
    same = run(logs, "--compare", chosen(tmp_path, Mode="contain-confirmed"), "--json")
    assert (same.exit_code, json.loads(same.stdout)["compared"]["principals"]) == (0, [])


def test_settings_that_cannot_be_used_are_refused_before_anything_is_read(logs: Path, tmp_path: Path) -> None:
    for option in "--settings", "--compare":
        refused = run(logs, option, chosen(tmp_path, Modus="observe"))
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "no parameter of the stack: Modus" in refused.stderr


def test_the_page_says_the_same_and_needs_nothing_but_itself(logs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run(logs, "--compare", chosen(tmp_path, Mode="contain-suspected"), "--html", page)
    written = page.read_text()
    assert "asked, then contained: user deploy" in written
    assert "contained: user other" in written
    head, _, body = written.partition("<body>")
    assert "default-src 'none'" in head
    assert not any(word in body for word in ("<script", "<style", "src=", "href=", "http:", "https:", "url("))
    style = written.partition("<style>")[2].partition("</style>")[0]
    assert policy(style).replace("'", "&#x27;") in head or policy(style) in head


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_an_intruder_wrote_is_only_ever_text_on_the_page(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    record = replaced(
        QUARANTINED, f"</li><script>{text}", ("type", "eventName", "eventSource", "policyArn", "eventTime")
    )
    run(log(tmp_path / "logs" / "log.json", record), "--html", page)
    written = page.read_text(encoding="utf-8")
    assert "&lt;/li&gt;&lt;script&gt;" in written
    assert "<script" not in written


def test_a_page_that_cannot_be_written_is_said(logs: Path, tmp_path: Path) -> None:
    refused = run(logs, "--html", tmp_path / "nowhere" / "page.html")
    assert refused.exit_code == 2
    assert "cannot be written" in refused.stderr
