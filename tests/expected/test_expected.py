"""`leak-responder test`: what holds passes, what does not fails with the reason, and nothing misspelt passes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from console.main import command_line
from tests.sources import events

if TYPE_CHECKING:
    from pathlib import Path

SUSPICIOUS = events.guardduty("Recon:IAMUser/TorIPCaller")


def run(*words: object) -> Result:
    """`leak-responder test …`."""
    return CliRunner().invoke(command_line(["test"]), ["test", *map(str, words)])


def kept(folder: Path, **files: Any) -> Path:
    """A folder of such files."""
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_what_is_decided_as_expected_passes(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    kept(tmp_path / "more", created={"expect": "tell", "event": events.called(events.key_created())})
    whole: dict[str, Any] = {"decision": "ask", "confidence": "suspected", "rule": "suspicious"}
    whole |= {"actions": ["quarantine-user", "deactivate-key"]}
    rules = kept(
        tmp_path,
        tor={"note": "our exit node", "expect": whole, "event": SUSPICIOUS},
        nothing={"expect": "malformed", "event": {"hello": "world"}},
        ignored={"expect": {"decision": "ignore", "confidence": None}, "event": events.record("CreateGroup")},
    )
    passed = run(rules)
    assert passed.exit_code == 0, passed.stdout
    assert "4 of 4 are decided as they expect" in passed.stdout
    assert passed.stderr == ""


def test_what_is_not_fails_with_both_and_the_reason(tmp_path: Path) -> None:
    rules = kept(tmp_path, tor={"expect": {"decision": "act", "actions": []}, "event": SUSPICIOUS})
    failed = run(rules, "--json")
    assert failed.exit_code == 1
    (case,) = json.loads(failed.stdout)["cases"]
    assert (case["passed"], case["found"]["decision"]) == (False, "ask")
    assert case["faults"][:2] == [
        "decision is ask, expected act",
        "actions is quarantine-user, deactivate-key, expected none",
    ]
    assert case["faults"][2].startswith("because GuardDuty finds the use of the credential suspicious")
    assert "MISMATCH" in run(rules).stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not a JSON document"),
        (SUSPICIOUS, "no JSON object of `expect`, `event`"),
        ({"expects": "ask", "event": SUSPICIOUS}, "no JSON object of `expect`, `event`"),
        ({"expect": "contain", "event": SUSPICIOUS}, "'contain' is no decision: there are act, ask, tell, ignore"),
        ({"expect": ["ask"], "event": SUSPICIOUS}, "is no decision"),
        ({"expect": {"rule": "tor"}, "event": SUSPICIOUS}, "'tor' is no rule"),
        ({"expect": {"mode": "observe"}, "event": SUSPICIOUS}, "`expect` has 'mode'"),
        ({"expect": {}, "event": SUSPICIOUS}, "expects nothing"),
    ],
    ids=range(8),
)
def test_what_cannot_be_compared_fails_and_says_why(content: Any, said: str, tmp_path: Path) -> None:
    failed = run(kept(tmp_path, case=content))
    assert failed.exit_code == 1
    assert said in failed.stdout


def test_the_settings_of_a_stack_decide(tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{events.ACCOUNT}:user/deploy"
    (tmp_path / "rules").mkdir()
    rules = kept(tmp_path / "rules", tor={"expect": "act", "event": SUSPICIOUS})
    acting = kept(tmp_path, settings={"Mode": "contain-suspected"}) / "settings.json"
    assert run(rules, "--settings", acting).exit_code == 0
    protected = [{"arn": arn, "unique_id": events.AIDA}]
    for written in (protected, json.dumps(protected)):
        sparing = kept(tmp_path, sparing={"Mode": "contain-suspected", "Protected": written}) / "sparing.json"
        spared = run(rules, "--settings", sparing, "--json")
        assert spared.exit_code == 1
        assert json.loads(spared.stdout)["cases"][0]["found"]["decision"] == "tell"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[", "cannot be read"),
        ("[]", "no object of parameters"),
        ('{"mode": "observe"}', "no parameter of the stack: mode; there are Mode"),
        ('{"Mode": "contain", "Protected": "x"}', "MODE: "),
        ('{"Mode": "contain", "Protected": "x"}', "PROTECTED: "),
    ],
)
def test_settings_that_are_none_are_refused_with_every_fault(settings: str, said: str, tmp_path: Path) -> None:
    rules = kept(tmp_path, tor={"expect": "ask", "event": SUSPICIOUS})
    (tmp_path / "chosen").write_text(settings)
    refused = run(rules, "--settings", tmp_path / "chosen")
    assert refused.exit_code == 2
    assert said in refused.stderr


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == 2
