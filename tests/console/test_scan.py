"""A scanner's result at the console: ours is contained or asked about, and nobody else is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from chalicelib.model import Mode
from console.main import command_line
from tests.conformance import scene
from tests.console.stack import deployed, one_document, typed
from tests.scans import shapes
from tests.scans.shapes import FILE, KEY, SECRET
from tests.world import key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world import World

LOCK = "111122223333/user/victim"


@pytest.fixture
def console(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    world.with_settings(mode=Mode.OBSERVE)
    deployed(world, monkeypatch)
    return world


def answer(text: str, folder: Path, *words: str, ends: int) -> Any:
    file = folder / "result.json"
    file.write_text(text)
    result = typed("scan", str(file), "--json", *words)
    assert (result.exit_code, SECRET in result.output) == (ends, False)
    return one_document(result)


def test_a_key_that_the_scanner_saw_working_is_contained_once(console: World, tmp_path: Path) -> None:
    holder, bystander = console.holder("victim"), console.holder("bystander")
    text = shapes.trufflehog(key_id(holder))
    (looked,) = answer(text, tmp_path, ends=3)["keys"]
    assert (looked["left"], looked["order"]["acted"], works(holder)) == ("declined", False, True)
    (done,) = answer(text, tmp_path, "--yes", ends=0)["keys"]
    assert (done["decision"], done["order"]["answer"], done["order"]["unfinished"]) == ("act", "contained", [])
    assert (works(holder), works(bystander)) == (False, True)
    incident = console.incident(LOCK)
    assert incident
    assert SECRET not in str(console.state())
    (again,) = answer(text, tmp_path, "--yes", ends=0)["keys"]
    assert (again["said"].endswith("contained already"), console.incident(LOCK)) == (True, incident)


def test_a_mere_id_is_asked_about_once_and_works_until_somebody_approves(console: World, tmp_path: Path) -> None:
    holder = console.holder("victim")
    text = shapes.gitleaks(key_id(holder))
    (asked,) = answer(text, tmp_path, "--yes", ends=3)["keys"]
    assert (asked["decision"], asked["confidence"], asked["left"]) == ("ask", "suspected", "waits")
    incident = console.incident(LOCK)
    assert incident
    assert (incident.acting, works(holder)) == (False, True)
    again = typed("scan", str(tmp_path / "result.json"), "--yes")
    assert (again.exit_code, f"leak-responder approve {incident.id}" in again.stdout) == (3, True)
    assert console.incident(LOCK) == incident
    (now,) = answer(shapes.kingfisher(key_id(holder)), tmp_path, "--yes", ends=0)["keys"]
    assert (now["order"]["incident"], works(holder)) == (incident.id, False)


def test_a_key_that_is_inactive_wakes_nobody_at_each_build(console: World, tmp_path: Path) -> None:
    key = console.new_key("victim")
    console.account.admin("iam").update_access_key(UserName="victim", AccessKeyId=key, Status="Inactive")
    (found,) = answer(shapes.gitleaks(key), tmp_path, "--yes", ends=0)["keys"]
    assert ("inactive already" in found["said"], console.incident(LOCK)) == (True, None)


def test_others_and_sessions_are_named_and_left_alone(console: World, tmp_path: Path) -> None:
    session = console.minted(console.holder("victim"))
    text = json.dumps([*json.loads(shapes.gitleaks()), *json.loads(shapes.gitleaks(key_id(session)))])
    before = console.state()
    foreign, ours = answer(text, tmp_path, "--yes", ends=3)["keys"]
    assert (foreign["account"], foreign["ours"], foreign["left"]) == (shapes.ACCOUNT_OF_KEY, False, None)
    assert (ours["ours"], ours["left"], "CloudTrail" in ours["said"]) == (True, "unnamed", True)
    assert console.state() == before
    answer(shapes.gitleaks(KEY), tmp_path, "--yes", ends=0)


def test_the_key_behind_a_hash_is_recognised_among_those_of_the_account(console: World, tmp_path: Path) -> None:
    holder = console.holder("victim")
    result = answer(shapes.detect_secrets(key_id(holder)), tmp_path, ends=3)
    assert [one["key"] for one in result["keys"]] == [key_id(holder)]
    assert {one["where"] for one in result["hashes"]} == {f"{FILE}:3"}


def test_offline_nothing_is_asked_and_a_build_fails_on_a_key(tmp_path: Path) -> None:
    (key,) = answer(shapes.git_secrets(), tmp_path, "--offline", ends=3)["keys"]
    assert (key["account"], key["ours"], key["order"]) == (shapes.ACCOUNT_OF_KEY, None, None)
    assert (key["verified"], key["confidence"]) == (False, "suspected")
    (key,) = answer(shapes.trufflehog(), tmp_path, "--offline", ends=3)["keys"]
    assert (key["verified"], key["confidence"]) == (True, "confirmed")
    assert answer("[]", tmp_path, "--offline", ends=0)["keys"] == []
    assert answer("[1]", tmp_path, "--offline", ends=1)["faults"]
    assert answer("", tmp_path, "--offline", ends=1)["faults"]
    assert typed("scan", "--offline", str(tmp_path / "gone")).exit_code == 2
    assert typed("scan", "--offline", str(tmp_path)).exit_code == 2


def test_a_result_is_read_from_a_pipe_and_answered_on_stdout() -> None:
    piped = typed("scan", "--offline", "-", said=shapes.trufflehog())
    assert (piped.exit_code, KEY in piped.stdout, SECRET in piped.output) == (3, True, False)
    latin = CliRunner(charset="latin-1").invoke(
        command_line(["scan"]), ["scan", "--offline", "-"], input=f"a.txt:1:caf\xe9 {KEY}\n".encode("latin-1")
    )
    assert (latin.exit_code, "a.txt:1" in latin.stdout, latin.exception.__class__) == (3, True, SystemExit)


def test_from_a_pipe_nobody_is_asked_and_nothing_is_done(console: World) -> None:
    holder = console.holder("victim")
    piped = typed("scan", "-", said=shapes.trufflehog(key_id(holder)))
    assert (piped.exit_code, "--yes was not given" in piped.stdout, works(holder)) == (3, True, True)


SECRET_IN_PATH = f"keys/{SECRET}.ini"


@pytest.mark.parametrize(
    "result",
    [
        lambda key: shapes.trufflehog(key).replace(FILE, SECRET_IN_PATH),
        lambda key: shapes.git_secrets(key).replace(FILE, SECRET_IN_PATH),
        lambda key: shapes.kingfisher(key).replace(FILE, SECRET_IN_PATH),
        lambda key: (
            "repo,line,commit,offender,leakURL,rule,info,commitMessage,author,email,file,date\n"
            f"r,ID={key} SECRET={SECRET},4a1acdf,{key},,AWS,,m,Ana,a@b.c,{SECRET_IN_PATH},2026-11-30T23:59:25Z\n"
        ),
    ],
    ids=["TruffleHog", "git-secrets", "Kingfisher", "gitleaks 7 CSV"],
)
def test_no_secret_of_a_result_reaches_the_ledger_the_message_or_show(
    console: World, tmp_path: Path, result: Callable[[str], str]
) -> None:
    inbox = scene.queue(console.account.cloud, "inbox")
    console.admin("sns").subscribe(TopicArn=console.settings.topic, Protocol="sqs", Endpoint=inbox.arn)
    file = tmp_path / "result"
    file.write_text(result(key_id(console.holder("victim"))))
    answered = typed("scan", str(file), "--yes")
    incident = console.incident(LOCK)
    assert incident
    shown = typed("show", incident.id)
    message = str(inbox.next_json()["Message"])
    assert "keys/kX3b….ini" in json.dumps(json.loads(message), ensure_ascii=False)
    for output in (answered.output, shown.output, str(console.state()), message):
        assert SECRET not in output
