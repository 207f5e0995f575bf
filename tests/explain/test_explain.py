"""`leak-responder explain`: its lines for programs, its prose for people, and what it makes of files that are none."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.model import Decision
from console.explain import line_of, verdicts_of
from tests.explain.command import row, rows, run
from tests.routes import bodies
from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, ASIA, OURS, QUARANTINE, SECRET, TOKEN, Json

MEMBERS = ["file", "decision", "confidence", "reason", "subjects", "actions", "rule", "why_not"]


def written(folder: Path, event: Any, name: str = "event.json") -> Path:
    file = folder / name
    file.write_text(event if isinstance(event, str) else json.dumps(event))
    return file


DECIDED: dict[str, tuple[Json | list[Json], str, str | None, list[str]]] = {
    # the event: decision, confidence, actions
    "user's key": (events.guardduty(), "act", "confirmed", ["quarantine-user", "deactivate-key"]),
    "exfiltrated": (
        events.guardduty(events.OUTSIDE, events.role_details()),
        "act",
        "confirmed",
        ["revoke-role-sessions"],
    ),
    "several actors, root among them": (
        events.sequence(
            events.actor("IAMUser", "deploy", events.AIDA, AKIA),
            events.actor("AssumedRole", "x", f"{events.AROA}:x", ASIA, f"arn:aws:iam::{ACCOUNT}:role/worker"),
            events.actor("Root", "root", ACCOUNT, ""),
        ),
        "act",
        "confirmed",
        ["quarantine-user", "deactivate-key", "revoke-role-sessions"],
    ),
    "suspicious": (
        events.guardduty("Recon:IAMUser/TorIPCaller"),
        "ask",
        "suspected",
        ["quarantine-user", "deactivate-key"],
    ),
    "bare finding": (events.finding(), "act", "confirmed", ["quarantine-user", "deactivate-key"]),
    "as the API spells it": (
        events.pascal(events.finding()),
        "act",
        "confirmed",
        ["quarantine-user", "deactivate-key"],
    ),
    "federated, of an unknown user": (
        events.guardduty(details=events.user_details(ASIA, userType="FederatedUser")),
        "tell",
        "confirmed",
        [],
    ),
    "root's key": (events.guardduty(details=events.user_details(userType="Root")), "tell", "confirmed", []),
    "sample": (events.guardduty(title="[SAMPLE] x"), "tell", "confirmed", []),
    "key id alone": (events.health(events.exposed(AKIA)), "act", "confirmed", ["quarantine-user", "deactivate-key"]),
    "bare Health detail": (events.exposed(AKIA), "act", "confirmed", ["quarantine-user", "deactivate-key"]),
    "no key id": (events.health(events.exposed("UNKNOWN")), "tell", "confirmed", []),
    "quarantined": (
        events.policy_moved("AttachUserPolicy", f"{QUARANTINE}V4"),
        "act",
        "confirmed",
        ["quarantine-user"],
    ),
    "ours undone": (events.policy_moved("DetachUserPolicy", OURS), "ask", "suspected", ["quarantine-user"]),
    "not ours undone": (
        events.policy_moved("DetachUserPolicy", f"arn:aws:iam::{ACCOUNT}:policy/leak-responder-tools"),
        "ignore",
        None,
        [],
    ),
    "created": (events.called(events.key_created()), "tell", "informational", []),
    "creating failed": (events.denied("CreateAccessKey"), "ignore", "informational", []),
    "boundary": (events.boundary_deleted(), "ignore", "informational", []),
    "another call": (events.record("CreateGroup", {"groupName": "x"}), "ignore", None, []),
    "GetFindings for one id": (
        {"Findings": [events.pascal(events.finding())]},
        "act",
        "confirmed",
        ["quarantine-user", "deactivate-key"],
    ),
    "a log of one record": ({"Records": [events.key_created()]}, "tell", "informational", []),
    "GitHub's alert": (bodies.alert(validity="active"), "tell", "confirmed", []),
    "GitLab's tokens": ([bodies.token()], "ask", "suspected", ["quarantine-user", "deactivate-key"]),
    "two records, of which one is told": (
        {"Records": [events.record("CreateGroup"), events.key_created()]},
        "tell",
        "informational",
        [],
    ),
    "a message of SNS": (
        {"Type": "Notification", "TopicArn": "x", "Message": json.dumps(events.guardduty())},
        "act",
        "confirmed",
        ["quarantine-user", "deactivate-key"],
    ),
    "SNS in SQS, as Lambda has it": (
        {
            "Records": [
                {
                    "eventSource": "aws:sqs",
                    "body": json.dumps({"TopicArn": "x", "Message": json.dumps(events.called(events.key_created()))}),
                }
            ]
        },
        "tell",
        "informational",
        [],
    ),
    "LookupEvents": (
        {"Events": [{"EventName": "CreateAccessKey", "CloudTrailEvent": json.dumps(events.key_created())}]},
        "tell",
        "informational",
        [],
    ),
    "DescribeEventDetails": (
        {
            "successfulSet": [
                {
                    "event": {"arn": "a", "eventTypeCode": "AWS_RISK_CREDENTIALS_EXPOSED"},
                    "eventDescription": {"latestDescription": "x"},
                    "eventMetadata": {"publicKey": AKIA},
                }
            ],
            "failedSet": [],
        },
        "act",
        "confirmed",
        ["quarantine-user", "deactivate-key"],
    ),
    "a request of a webhook": (
        {"headers": {"X-GitHub-Event": "secret_scanning_alert"}, "body": json.dumps(bodies.alert(validity="active"))},
        "tell",
        "confirmed",
        [],
    ),
    "a result of gitleaks": (
        [{"RuleID": "aws-access-token", "Secret": AKIA, "Match": AKIA, "File": "a.py", "StartLine": 3}],
        "ask",
        "suspected",
        ["quarantine-user", "deactivate-key"],
    ),
    "a webhook about something else": ({"repository": {}, "sender": {}, "zen": "x"}, "ignore", None, []),
    "no shape": ({"hello": "world"}, "malformed", None, []),
}


@pytest.mark.parametrize("case", DECIDED)
def test_each_event_is_decided_as_in_mode_contain_confirmed(case: str, tmp_path: Path) -> None:
    event, decision, confidence, actions = DECIDED[case]
    found = row(written(tmp_path, event))
    assert (found["decision"], found["confidence"], found["actions"]) == (decision, confidence, actions)
    assert [name for name in found if name not in {"dry", "events"}] == ["version", *MEMBERS]
    assert found["reason"]
    assert found.get("dry", False) is (case == "sample")


@pytest.mark.parametrize("case", DECIDED)
def test_a_wrapper_with_a_shape_changes_nothing(case: str, tmp_path: Path) -> None:
    event = DECIDED[case][0]
    bare, wrapped = written(tmp_path, event), written(tmp_path, {"label": "x", "shape": "y", "event": event}, "w.json")
    one, other = rows(bare, wrapped)
    assert {**one, "file": ""} == {**other, "file": ""}


def test_subjects_are_named_with_kind_id_principal_and_account(tmp_path: Path) -> None:
    both = events.health(events.exposed_with_metadata(affectedEntities=[{"entityValue": events.SIBLING}]))
    assert row(written(tmp_path, both))["subjects"] == [
        {"kind": "access-key", "id": AKIA, "principal": "deploy", "account": ACCOUNT},
        {"kind": "access-key", "id": events.SIBLING, "principal": None, "account": ACCOUNT},
    ]


def test_what_is_withheld_stands_in_the_reason(tmp_path: Path) -> None:
    reason = row(written(tmp_path, DECIDED["several actors, root among them"][0]))["reason"]
    assert "contain withheld: IAM cannot constrain the root user" in reason


UNSUPPORTED: dict[str, Any] = {
    "'Scheduled Event'": events.envelope("aws.events", "Scheduled Event", {}),
    "Security Hub Insight Results": events.envelope("aws.securityhub", "Security Hub Insight Results", {}),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_a_kind_of_event_that_no_feed_reads_is_ignored(case: str, tmp_path: Path) -> None:
    found = row(written(tmp_path, UNSUPPORTED[case]))
    assert found["decision"] == "ignore"
    assert case in found["reason"]
    assert found["reason"].endswith("read by no feed")


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not a JSON document"),
    "no JSON": (b"hello", "not a JSON document"),
    "cut off": (json.dumps(events.guardduty()).encode()[:-7], "not a JSON document"),
    "more after it": (b"{} x", "not JSON"),
    "a list of none": (b"[1]", "not a JSON object"),
    "a message of none": (b'{"TopicArn": "x", "Message": "hello"}', "the message holds no JSON"),
    "damaged": (b"\x1f\x8bxx", "not whole"),
    "a text": (b'"x"', "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "no text": (b'{"a": "\xff\xfe"}', "not UTF-8"),
    "two answers": (b'{"detail-type": "a", "detail-type": "b"}', "'detail-type' stands there twice"),
    "two answers further down": (b'{"detail": {"id": 1, "id": 2}}', "'id' stands there twice"),
    "no number": (b'{"severity": NaN}', "NaN is not a number"),
    "infinity": (b'{"severity": -Infinity}', "-Infinity is not a number"),
    "a number too long": (b'{"severity": ' + b"9" * 9_000 + b"}", "not a JSON document"),
    "too deep": (b"[" * 200_000 + b"]" * 200_000, "nested too deeply"),
    "too large": (b" " * 5_000_001, "larger than 5,000,000 bytes"),
    "a wrapper of nothing": (b'{"shape": "x", "event": null}', "not a JSON object"),
    "a finding without id": (json.dumps(events.finding(id=None)).encode(), "without type or id"),
    "an envelope without detail": (
        b'{"detail-type": "GuardDuty Finding", "source": "aws.guardduty"}',
        "without source",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_malformed_and_says_why(case: str, tmp_path: Path) -> None:
    content, reason = UNREADABLE[case]
    file = tmp_path / "event.json"
    file.write_bytes(content)
    found = row(file)
    assert (found["decision"], found["subjects"], found["actions"]) == ("malformed", [], [])
    assert reason in found["reason"]
    assert len(found["reason"]) < 400


def test_lines_are_events_and_what_cannot_be_read_among_them_is_named(tmp_path: Path) -> None:
    """As GuardDuty exports findings to S3."""
    file = tmp_path / "export.jsonl.gz"
    lines = (events.finding(), events.finding(id=None), events.finding("Recon:EC2/Portscan", resource={}))
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    result = run("--json", file)
    found = json.loads(result.stdout)
    assert (found["decision"], found["events"], len(found["subjects"])) == ("act", 3, 1)
    assert found["unread"] == ["a GuardDuty finding without type or id"]
    assert result.exit_code == 1
    assert "Not all could be read" in run(file).stdout


CARRIED = st.recursive(
    st.sampled_from([*DECIDED["several actors, root among them"][:1], events.key_created(), {}, [], None, "x", "{"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda name, value: {name: value},
            st.sampled_from(["Records", "findings", "Sns", "body", "Message", "event", "request", "payload", "tokens"]),
            inner,
        )
        | st.builds(lambda value: {"TopicArn": "x", "Message": json.dumps(value)}, inner)
        | st.builds(lambda value: {"shape": "x", "event": value, "eventDescription": value, "headers": {}}, inner)
    ),
)


@given(CARRIED)
def test_whatever_carries_events_ends_in_a_decision_or_is_malformed(content: Any) -> None:
    found = line_of(Path("x.json"), verdicts_of(content))
    assert found["decision"] in {*Decision, "malformed"}
    assert found["reason"]


def test_copies_of_an_event_count_once(tmp_path: Path) -> None:
    one = events.key_created()
    looked_up = {"Events": [{"EventName": "CreateAccessKey", "CloudTrailEvent": json.dumps(one)}]}
    copies = [{"Records": [one]}, looked_up, events.called(one), {**one, "eventTime": "2026-11-24T03:00:00Z"}]
    found = row(written(tmp_path, copies))
    assert (found["events"], len(found["subjects"])) == (2, 2)


def test_a_list_of_no_event_says_so(tmp_path: Path) -> None:
    assert row(written(tmp_path, {"Records": []}))["reason"] == "a list that holds no event"


@pytest.mark.parametrize("text", [f"config.py:3:key = '{AKIA}'\n", f"2026-11-30T23:59:25Z {AKIA}\n", AKIA])
def test_a_text_with_a_key_id_is_no_finding_of_a_scanner(text: str, tmp_path: Path) -> None:
    found = row(written(tmp_path, text))
    assert (found["decision"], found["subjects"]) == ("malformed", [])


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(events.guardduty()).encode())
    assert row(file)["decision"] == "act"


def test_there_is_a_line_for_every_file_in_order_and_exit_code_1_if_one_is_malformed(tmp_path: Path) -> None:
    good, odd = written(tmp_path, events.guardduty()), tmp_path / "a\x1b[31m\nb.json"
    odd.write_text("{")
    files = [tmp_path, good, tmp_path / "missing.json", odd, Path(os.devnull), Path("/dev/zero"), good]
    result = run("--json", *files)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["file"] for one in found] == [str(file) for file in files]
    assert [one["decision"] for one in found] == ["malformed", "act", *["malformed"] * 4, "act"]
    assert "Is a directory" in found[0]["reason"]
    assert "No such file" in found[2]["reason"]
    assert result.exit_code == 1
    assert run("--json", good, good).exit_code == 0


def test_a_file_that_may_not_be_read_is_malformed(tmp_path: Path) -> None:
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    assert "the file cannot be read" in row(loop)["reason"]


@pytest.mark.parametrize("case", events.of_every_kind())
def test_no_secret_of_an_event_is_shown(case: str, tmp_path: Path) -> None:
    file = written(tmp_path, events.of_every_kind()[case])
    for shown in (run("--json", file).output, run(file).output):
        assert SECRET not in shown
        assert TOKEN not in shown


@pytest.mark.parametrize("case", DECIDED)
def test_the_prose_gives_decision_reason_and_next_step(case: str, tmp_path: Path) -> None:
    file = written(tmp_path, DECIDED[case][0])
    decided, result = row(file), run(file)
    lines = result.stdout.splitlines()
    assert lines[0] == f"{file}: {decided['decision']}"
    assert lines[-1].startswith("Next: ")
    assert result.stderr == ""
    assert all(f". {action}: " in result.stdout for action in decided["actions"])


def test_the_prose_gives_the_plan_with_what_is_withheld(tmp_path: Path) -> None:
    shown = run(written(tmp_path, DECIDED["quarantined"][0])).stdout
    assert "THE PLAN, IN ORDER" in shown
    assert "1. quarantine-user: deny the user everything" in shown
    assert "not deactivate-key: no feed says which credential leaked" in shown
    assert "you: our deny stops all of them while it stands" in shown


def test_where_only_a_person_can_act_the_next_step_says_so(tmp_path: Path) -> None:
    shown = run(written(tmp_path, DECIDED["federated, of an unknown user"][0])).stdout
    assert "GetFederationToken" in shown
    assert shown.splitlines()[-1].startswith("Next: the responder cannot act on this")


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["prose", "json"])
def test_hostile_text_reaches_no_terminal_as_it_stands(words: tuple[str, ...], tmp_path: Path) -> None:
    evil = "\x1b[31m\x1b]0;owned\x07[bold red]\u202e"
    details = events.user_details(userName=evil, principalId=evil)
    event = events.guardduty(details=details, title=evil, id=evil, region=evil)
    name = written(tmp_path, event, "\x1b[31m.json")
    shown = run(*words, name, FORCE_COLOR="").output
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert words or "[bold red]" in shown


def test_half_a_character_is_shown_as_an_escape(tmp_path: Path) -> None:
    file = written(tmp_path, events.guardduty(details=events.user_details(userName="\ud800")))
    assert run(file).exit_code == 0
    assert "\\ud800" in run(file).stdout


def test_colour_is_for_terminals_only(tmp_path: Path) -> None:
    file = written(tmp_path, events.guardduty())
    shell = {**os.environ, "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "console", "explain", str(file)]
    assert b"\x1b" not in subprocess.check_output(command, env=shell | {"FORCE_COLOR": "1"})
    ours, terminal = os.openpty()
    subprocess.run(command, env=shell, stdout=terminal, check=True)
    assert b"\x1b[" in os.read(ours, 1000)
    os.close(terminal)
    os.close(ours)


ATTACHED = {
    # the policy that a machine gives itself: what is decided offline
    f"arn:aws:iam::{events.ACCOUNT}:policy/ops": "tell",
    f"arn:aws:iam::{events.ACCOUNT}:policy/AdministratorAccess": "tell",
    "arn:aws:iam::aws:policy/SecretsManagerReadWrite": "tell",
    "arn:aws:iam::aws:policy/AdministratorAccess": "ask",
}


@pytest.mark.parametrize("policy", ATTACHED)
def test_a_machine_that_gives_itself_what_nobody_can_see_is_told(tmp_path: Path, policy: str) -> None:
    asked = {"roleName": "worker", "policyArn": policy}
    record = events.record("AttachRolePolicy", asked, userIdentity=events.machine_identity())
    (tmp_path / "event.json").write_text(json.dumps(record))
    found = row(tmp_path / "event.json")
    assert (found["decision"], found["rule"]) == (ATTACHED[policy], "rights-taken")
