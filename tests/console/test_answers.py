"""What a person runs after a message: replay, approve, release, restore, pause, dead letters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.ledger import switch
from chalicelib.model import Mode
from chalicelib.respond import respond
from console.deployed import with_stack
from drill.cloud import levers
from tests import signals
from tests.after.scene import leak, read
from tests.conformance import scene
from tests.console.stack import STACK, at_the_console, deployed, one_document, typed
from tests.world import ACCOUNT, key_id

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

HOSTILE = "\x1b]0;owned\x07[red]<!channel>`id`\u202e"


@pytest.fixture
def console(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    deployed(world, monkeypatch)
    return world


def victim(world: World) -> Any:
    return world.state()["users"]["victim"]


def event_file(folder: Path, event: Any) -> str:
    path = folder / "event.json"
    path.write_text(json.dumps(event).replace(signals.SEEN, "2026-11-20T03:00:00.000Z"))
    return str(path)


def test_replay_shows_the_plan_and_acts_only_when_told_to(console: World, tmp_path: Path) -> None:
    key = console.new_key("victim")
    file = event_file(tmp_path, signals.guardduty(key))
    before = victim(console)
    shown = typed("replay", file, said="n\n")
    assert shown.exit_code == 0
    assert "quarantine-user, deactivate-key" in shown.stdout
    assert victim(console) == before
    assert "{" not in shown.stdout
    assert "nothing was done: to act, type the same again with --yes" in shown.stdout
    acted = typed("replay", file, said="y\n")
    assert "contained: it can do nothing any more" in acted.stdout
    assert victim(console)["keys"][key] == "Inactive"


def test_replayed_twice_it_is_done_once(console: World, tmp_path: Path) -> None:
    file = event_file(tmp_path, signals.guardduty(console.new_key("victim")))
    first = one_document(typed("replay", file, "--yes", "--json"))
    after = console.state()
    second = one_document(typed("replay", file, "--yes", "--json"))
    assert (first["acted"], first["answers"]) == (True, ["contained"])
    assert second["answers"] == ["repeated"]
    assert first["plans"] == second["plans"] or first["plans"][0]["actions"] == second["plans"][0]["actions"]
    assert console.state() == after


def test_what_is_contained_is_not_said_to_work_where_a_mode_only_watches(console: World, tmp_path: Path) -> None:
    file = event_file(tmp_path, signals.guardduty(console.new_key("victim")))
    typed("replay", file, "--yes")
    console.wire.clear()
    watched = one_document(typed("replay", file, "--yes", "--mode", "observe", "--json"))
    assert watched["answers"] == ["folded"]
    assert console.wire.published == []


def test_json_without_yes_is_the_plan_and_no_prompt(console: World, tmp_path: Path) -> None:
    file = event_file(tmp_path, signals.guardduty(console.new_key("victim")))
    plan = one_document(typed("replay", file, "--json"))
    assert plan["acted"] is False
    assert plan["plans"][0]["decision"] == "act"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_finding_by_its_id_from_any_region(console: World, region: str) -> None:
    key = console.new_key("victim")
    finding = signals.finding(key)
    levers.publish_findings(console.account.cloud, [finding], region)
    answer = one_document(typed("replay", finding["id"], "--region", region, "--yes", "--json"))
    assert answer["answers"] == ["contained"]
    assert victim(console)["keys"] == {key: "Inactive"}


def test_a_mode_may_be_lowered_and_not_raised(console: World, tmp_path: Path) -> None:
    file = event_file(tmp_path, signals.guardduty(console.new_key("victim")))
    before = victim(console)
    lowered = typed("replay", file, "--mode", "observe", "--yes", "--json")
    assert one_document(lowered)["answers"] == ["told"]
    assert victim(console) == before
    raised = typed("replay", file, "--mode", "contain-suspected", "--yes")
    assert raised.exit_code == 2
    assert "may lower the mode, not raise it" in raised.stderr
    unknown = typed("replay", file, "--mode", "kill-everything", "--yes")
    assert (unknown.exit_code, "is unknown" in unknown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read: not a JSON document"),
        ("[" * 100_000, "cannot be read: nested too deeply"),
        ("[1, 2]", "holds 2 events and must hold one"),
        ("[1]", "holds 1 events and must hold one"),
        ("[]", "holds 0 events and must hold one"),
        ('{"TopicArn": "x", "Message": "hello"}', "cannot be read: the message holds no JSON"),
        ("{}", "no shape that we know"),
        ('{"Type": 1, "Service": 2}', "there is nothing to answer"),
        (b"\xff\xfe\x00", "cannot be read: not UTF-8"),
    ],
)
def test_a_file_that_is_no_event(console: World, tmp_path: Path, text: str | bytes, why: str) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = typed("replay", str(path), "--yes", "--json")
    assert (result.exit_code, why in result.stderr) == (2, True)
    assert why in one_document(result)["error"]


def test_a_file_is_read_in_the_forms_that_explain_reads(console: World, tmp_path: Path) -> None:
    key = console.new_key("victim")
    event = signals.guardduty(key)
    file = event_file(tmp_path, event)
    plan = one_document(typed("replay", file, "--json"))
    assert [one["decision"] for one in plan["plans"]] == ["act"]
    wrapped = {"note": "ours", "expect": "act", "event": event}
    message = {"TopicArn": "x", "Message": json.dumps(event)}
    for other in (wrapped, {"label": "x", "shape": "y", "event": event}, message, [event], [event, event]):
        assert one_document(typed("replay", event_file(tmp_path, other), "--json")) == plan


def test_ids_that_nobody_knows(console: World) -> None:
    result = typed("replay", "0" * 32, "--region", "eu-west-1", "--yes")
    assert result.exit_code == 2
    assert "GuardDuty in eu-west-1 has no finding 000" in result.stderr
    assert typed("replay", "x" * 5000, "--yes").exit_code == 2
    for command in (("release", "nope"), ("restore", "nope", "--false-positive")):
        refused = typed(*command, "--reason", "why")
        assert refused.exit_code == 2
        assert "there is no incident nope" in refused.stderr
    assert "there is no incident nope" in typed("approve", "nope").stderr


def test_guardduty_that_refuses_says_which_right_is_missing(console: World, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = scene.policy("Deny", "guardduty:*")
    console.admin("iam").put_user_policy(UserName="bystander", PolicyName="not", PolicyDocument=denied)
    held = console.holder("bystander").get_credentials()
    assert held is not None
    at_the_console(console, monkeypatch, str(held.access_key), str(held.secret_key))
    result = typed("replay", "0" * 32, "--yes")
    assert result.exit_code == 2
    assert "replaying takes guardduty:ListDetectors and guardduty:GetFindings" in result.stderr


def test_a_region_that_does_not_exist(console: World) -> None:
    result = typed("replay", "0" * 32, "--region", "not a region!", "--yes")
    assert (result.exit_code, "is that the Region of the finding?" in result.stderr) == (2, True)


def test_what_the_intruder_wrote_reaches_no_terminal_as_it_is(console: World, tmp_path: Path) -> None:
    event = signals.guardduty(console.new_key("victim"), kind=f"CredentialAccess:IAMUser/{HOSTILE}", user=HOSTILE)
    result = typed("replay", event_file(tmp_path, event), said="n\n")
    for one in ("\x1b", "\x07", "\u202e"):
        assert one not in result.stderr


def test_a_finding_of_another_account_is_told_and_nothing_touched(console: World, tmp_path: Path) -> None:
    event = signals.guardduty(console.new_key("victim"))
    event["detail"]["accountId"] = "999988887777"
    before = console.state()
    answer = one_document(typed("replay", event_file(tmp_path, event), "--yes", "--json"))
    assert "999988887777" in answer["plans"][0]["withheld"][0]["reason"]
    assert answer["answers"] == ["told"]
    assert console.state() == before


def test_an_incident_is_resumed_by_its_id_and_keeps_its_plan(console: World) -> None:
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    shown = one_document(typed("replay", incident.id, "--json"))
    assert (shown["acted"], shown["unfinished"]) == (False, [])
    assert typed("replay", incident.id, "--mode", "observe").exit_code == 2
    assert typed("restore", incident.id, "--false-positive", "--reason", "a test").exit_code == 0
    again = typed("replay", incident.id, "--yes")
    assert "nothing was done: it is closed" in again.stdout


def test_a_prompt_that_nobody_answers_is_a_no(console: World, tmp_path: Path) -> None:
    file = event_file(tmp_path, signals.guardduty(console.new_key("victim")))
    before = victim(console)
    result = typed("replay", file)
    assert (result.exit_code, victim(console)) == (2, before)
    assert "nobody is there to answer" in result.stderr


def test_yes_that_contains_nobody_ends_with_its_reason_and_code_1(console: World, tmp_path: Path) -> None:
    file = event_file(tmp_path, signals.guardduty(console.new_key("victim")))
    assert typed("pause", "--reason", "why").exit_code == 0
    paused = typed("replay", file, "--yes")
    assert (paused.exit_code, "told: people were told, and nothing was touched" in paused.stdout) == (1, True)
    assert typed("resume", "--reason", "why").exit_code == 0
    assert typed("replay", file, "--yes").exit_code == 0
    assert typed("replay", file, "--yes").exit_code == 0


@pytest.mark.parametrize("what", ["missing.json", "/nowhere/event", "20261124-00000000"])
def test_what_is_plainly_no_finding_is_not_looked_for_in_guardduty(console: World, what: str) -> None:
    result = typed("replay", what, "--yes")
    assert (result.exit_code, "GuardDuty" in result.stderr) == (2, False)
    assert f"there is no {'incident' if what[0] == '2' else 'file'} {what}" in result.stderr


def test_a_command_that_is_told_finds_the_stack_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "run `leak-responder approve x`, or `aws iam list-users`; then `leak-responder incidents`"
    assert with_stack(text, "leak-responder-dev") == text
    told = with_stack(text, "other")
    assert told == (
        "run `leak-responder approve x --stack other`, or `aws iam list-users`; "
        "then `leak-responder incidents --stack other`"
    )
    monkeypatch.setenv("LEAK_RESPONDER_STACK", "other")
    assert with_stack(text, "other") == text


def test_how_far_an_incident_has_come_and_what_to_do_about_it(console: World) -> None:
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    shown = typed("incidents").output
    assert f"{incident.id}  {incident.principal.lock}  contained at 20" in shown
    assert "`leak-responder release INCIDENT --reason …`" in shown
    assert "approve" not in shown


def test_a_plan_that_waits_is_listed_approved_and_done(console: World) -> None:
    console.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    listed = one_document(typed("incidents", "--json"))
    assert [(one["incident"], one["waits_for_approval"]) for one in listed["incidents"]] == [(incident.id, True)]
    assert "leak-responder approve" in typed("incidents").stderr
    assert "leak-responder approve" in typed("replay", incident.id, "--yes").stdout
    assert one_document(typed("approve", incident.id, "--yes", "--json"))["contained"] is True
    assert victim(console)["attached"] == ["leak-responder-quarantine"]


def test_restore_without_its_word_changes_nothing(console: World) -> None:
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    before = console.state()
    refused = typed("restore", incident.id, "--reason", "why")
    assert (refused.exit_code, "--false-positive" in refused.stderr) == (2, True)
    assert console.state() == before


def test_what_is_given_back_after_a_true_alarm_is_one_action_that_is_named(console: World) -> None:
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    before = console.state()
    for words in (("--true-alarm",), ("--true-alarm", "--false-positive", "--action", "quarantine-user")):
        assert typed("restore", incident.id, *words, "--reason", "why").exit_code == 2
    assert console.state() == before
    given = typed("restore", incident.id, "--true-alarm", "--action", "quarantine-user", "--reason", "denied by hand")
    assert (given.exit_code, "the rest of what was done stands" in given.stderr) == (0, True)
    assert victim(console)["attached"] == []
    shown = " ".join(typed("show", incident.id).output.split())
    assert "after a true alarm (denied by hand): the deny on the whole user" in shown
    assert set(victim(console)["keys"].values()) == {"Inactive"}


def test_a_restore_asks_before_it_overwrites_what_somebody_did_since(console: World) -> None:
    key = console.new_key("victim")
    incident, iam = leak(console, signals.guardduty(key)), console.admin("iam")
    iam.delete_access_key(UserName="victim", AccessKeyId=key)
    command = ("restore", incident.id, "--false-positive", "--reason", "a test")
    turned_down = typed(*command, said="n\n")
    assert turned_down.exit_code == 2
    assert "  now: deleted\n  would be put back: nothing: AWS gives no deleted key back" in turned_down.stderr
    assert "--force deactivate-key" in turned_down.stderr
    stopped = typed(*command, "--json")
    assert (stopped.exit_code, one_document(stopped)["stopped_at"]["item"]) == (2, "deactivate-key")
    assert victim(console)["attached"] == ["leak-responder-quarantine"]
    assert typed(*command, said="y\n").exit_code == 0
    assert victim(console)["attached"] == []


def test_release_and_restore_as_one_document_each(console: World) -> None:
    incident = leak(console, signals.guardduty(console.new_key("victim")))
    assert one_document(typed("release", incident.id, "--reason", "new key", "--json"))["released"] is True
    back = one_document(typed("restore", incident.id, "--false-positive", "--reason", "a test", "--json"))
    assert back["result"] == "restored"
    assert set(back["restored"].values()) <= {"done", "already"}


def test_a_contained_principal_decides_nothing(console: World, monkeypatch: pytest.MonkeyPatch) -> None:
    intruder = console.holder("victim")
    console.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(console, signals.guardduty(key_id(intruder)))
    before = console.state()
    held = intruder.get_credentials()
    assert held is not None
    at_the_console(console, monkeypatch, str(held.access_key), str(held.secret_key))
    for words in (
        ("approve", incident.id),
        ("release", incident.id, "--reason", "why"),
        ("restore", incident.id, "--false-positive", "--reason", "why"),
        ("pause", "--reason", "why"),
        ("resume", "--reason", "why"),
    ):
        refused = typed(*words)
        assert refused.exit_code == 2
        assert "user victim has an open incident itself" in refused.stderr
    assert console.state() == before
    assert not switch.is_on(console.ports().ledger.table)


def test_the_pause_switch_is_told_with_the_name_that_sts_gives(console: World) -> None:
    first = one_document(typed("pause", "--reason", "why", "--json"))
    assert first == {"version": 1, "paused": True, "changed": True, "told": {"sns": "done", "event-bus": "done"}}
    assert one_document(typed("pause", "--reason", "why", "--json"))["changed"] is False
    assert one_document(typed("resume", "--reason", "why", "--json"))["told"] == {"sns": "done", "event-bus": "done"}
    assert "already" in typed("resume", "--reason", "why").stdout


def test_a_channel_that_is_gone_is_named_and_the_switch_is_turned_all_the_same(console: World) -> None:
    console.admin("sns").delete_topic(TopicArn=console.settings.topic)
    result = typed("pause", "--reason", "why")
    assert result.exit_code == 0
    assert "NOT told over sns" in result.stdout
    assert switch.is_on(console.ports().ledger.table)


COMMANDS = [
    ("incidents",),
    ("replay", "0" * 32),
    ("approve", "x"),
    ("release", "x", "--reason", "why"),
    ("restore", "x", "--false-positive", "--reason", "why"),
    ("pause", "--reason", "why"),
    ("dead-letters", "list"),
    ("dead-letters", "redrive"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_a_stack_that_does_not_exist_is_said(console: World, words: tuple[str, ...]) -> None:
    result = typed(*words, "--stack", "leak-responder-nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no stack leak-responder-nowhere in us-east-1" in result.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_no_credentials_is_said(console: World, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = typed(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no AWS credentials" in result.stderr


def test_the_person_s_own_region_does_not_matter(console: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert typed("incidents").exit_code == 0


def _url(world: World, name: str) -> str:
    found = world.admin("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=name)
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def test_dead_letters_are_counted_sent_again_and_only_to_the_stack_s_own(console: World) -> None:
    sqs = console.admin("sqs")
    elsewhere = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:payroll"
    target = {"TARGET_ARN": {"DataType": "String", "StringValue": elsewhere}}
    mine = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:finding"
    failed = {"requestContext": {"functionArn": f"{mine}:$LATEST"}, "requestPayload": {"a": 1}}
    sqs.send_message(QueueUrl=_url(console, "UndeliveredEvents"), MessageBody="{}", MessageAttributes=target)
    sqs.send_message(QueueUrl=_url(console, "FailedInvocations"), MessageBody=json.dumps(failed))
    sqs.send_message(QueueUrl=_url(console, "FollowUpDeadLetters"), MessageBody="not even JSON")
    wide = '{"detail-type": "AWS API Call via CloudTrail"}'
    sqs.send_message(QueueUrl=_url(console, "FollowUpDeadLetters"), MessageBody=wide)
    queues = {"UndeliveredEvents": 1, "FailedInvocations": 1, "FollowUpDeadLetters": 2}
    assert one_document(typed("dead-letters", "list", "--json"))["queues"] == queues
    result = typed("dead-letters", "redrive", "--json")
    assert one_document(result)["sent"] == {**queues, "UndeliveredEvents": 0}
    assert "payroll, which is not of this stack" in result.stderr
    left = {"UndeliveredEvents": 1, "FailedInvocations": 0, "FollowUpDeadLetters": 0}
    assert one_document(typed("dead-letters", "list", "--json"))["queues"] == left
    got = sqs.receive_message(QueueUrl=_url(console, "FollowUpQueue"))["Messages"]
    assert [one["Body"] for one in got] == ["not even JSON"]
    got = sqs.receive_message(QueueUrl=_url(console, "WideEvents"))["Messages"]
    assert [one["Body"] for one in got] == [wide]


def _name_stacks(console: World, *names: str) -> None:
    """Leave stacks of these names alone in the account."""
    formation = console.admin("cloudformation")
    for name in names:
        scene.stack(console.account.cloud, name, {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    formation.delete_stack(StackName=STACK)


def test_the_only_stack_need_not_be_named(console: World) -> None:
    _name_stacks(console, "leak-responder-prod")
    assert "asking stack leak-responder-prod" in typed("incidents").stderr
    assert "dead letters of stack leak-responder-prod" in typed("dead-letters", "list").stderr
    named = typed("incidents", "--stack", STACK)
    assert (named.exit_code, f"there is no stack {STACK}" in named.stderr) == (2, True)


def test_of_several_stacks_one_must_be_named(console: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _name_stacks(console, "leak-responder-prod", "leak-responder-test", "another")
    several = typed("incidents")
    assert (several.exit_code, "leak-responder-prod, leak-responder-test" in several.stderr) == (2, True)
    monkeypatch.setenv("LEAK_RESPONDER_STACK", "leak-responder-test")
    assert "asking stack leak-responder-test" in typed("incidents").stderr


def test_the_id_of_a_notice_shows_what_it_said(console: World) -> None:
    console.with_settings(mode=Mode.OBSERVE)
    inbox = scene.queue(console.account.cloud, "inbox")
    console.admin("sns").subscribe(TopicArn=console.settings.topic, Protocol="sqs", Endpoint=inbox.arn)
    respond(read(signals.guardduty(console.new_key("victim")), console), console.ports())
    told = json.loads(str(inbox.next_json()["Message"]))
    shown = typed("show", told["incident"])
    assert (shown.exit_code, told["incident"].startswith("notice-")) == (0, True)
    assert "OBSERVED, NOT TOUCHED: user victim" in shown.stdout
    assert f"Incident {told['incident']}" in shown.stdout
    assert told["incident"] in one_document(typed("show", told["incident"], "--json"))["subject"]
    for words in (("release", "--reason", "why"), ("approve",), ("watch",), ("replay", "--yes")):
        command = ("incidents", "watch") if words[0] == "watch" else words[:1]
        refused = typed(*command, told["incident"], *words[1:])
        assert (refused.exit_code, "it opened no incident" in refused.stderr) == (2, True), words
    unknown = typed("show", "notice-000000000000")
    assert (unknown.exit_code, "kept for 7 days" in unknown.stderr) == (2, True)
