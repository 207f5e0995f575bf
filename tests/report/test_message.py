"""What a message promises, whatever it is about."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from chalicelib import playbook
from chalicelib.actions import BY_NAME
from chalicelib.entries import Approved, Closed, Joined, Lifted, Result, Told, Undone
from chalicelib.model import DONE, Outcome, PrincipalKind, Status, SubjectKind
from chalicelib.report import history, json_form, slack, text
from chalicelib.report.dangers import failures, still_open
from chalicelib.report.escape import mrkdwn
from chalicelib.report.form import NOT_ROTATED, PUT_BACK, REMINDED, UNDONE, Kind, Message, Number, Severity
from chalicelib.report.message import compose, is_outdated
from chalicelib.report.words import CREDENTIALS, OWNERS
from tests.report.cases import CASES
from tests.report.runs import (
    ASKING,
    HEALTH_SIGNAL,
    KEY,
    ROLE_SIGNAL,
    SETTINGS,
    SUSPECTED,
    USER,
    USER_SIGNAL,
    denied,
    narrowed,
    notice,
    opened,
)

ROOT = Path(__file__).parents[2]
MESSAGES = {name: case() for name, case in CASES.items()}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_every_form_carries_the_incident_and_the_number(message: Message) -> None:
    blocks = slack.blocks(message)
    document = json.loads(json_form.render(message))
    assert f"Incident {message.incident}, message {message.ordinal}," in text.render(message)
    assert f"Incident {message.incident}, message {message.ordinal}," in blocks["blocks"][-1]["elements"][0]["text"]
    assert (document["incident"], document["number"]) == (message.incident, message.number)
    assert message.incident in message.subject


_COPIED = re.compile(r"`([^`]+)`|(arn:aws[^\s;,)]+)")


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_no_command_and_no_arn_is_broken_by_a_line_end(message: Message) -> None:
    written = " ".join((message.headline, *(line for one in message.sections for line in one.lines)))
    lines = text.render(message).splitlines()
    for command, arn in _COPIED.findall(written):
        assert any((command or arn).rstrip(".") in line for line in lines), command or arn


@given(st.lists(st.text("ab-/:.", min_size=1, max_size=120), min_size=1, max_size=6), st.text("ab ", max_size=200))
def test_what_is_copied_stays_on_one_line_however_long_it_is(words: list[str], around: str) -> None:
    command, arn = f"`aws {' '.join(words)}`", f"arn:aws:iam::111122223333:policy/{words[0]}"
    lines = text.wrapped(f"{around} {command} {around} {arn} {around}", "  ", "    ", 40).splitlines()
    assert any(command in line for line in lines)
    assert any(arn in line for line in lines)
    assert all(len(line) <= 40 or " " not in line.strip().replace(command, "x") for line in lines)


def test_messages_count_as_people_count() -> None:
    """Asked, approved and contained, then released: one, two, three, whatever they are called inside."""
    run = opened(SUSPECTED)
    ordinals = []
    for number in (Number.FIRST, Number.APPROVED, Number.RELEASED):
        ordinals.append(run.tells(number).ordinal)
        run = run.then(Told(number, "sns", DONE), Told(number, "slack", Outcome(Status.FAILED, "down", retryable=True)))
    assert ordinals == [1, 2, 3]
    assert run.tells(Number.APPROVED).ordinal == 2
    assert run.tells(Number.END).subject.endswith(" #4]")


def test_the_ledger_counts_messages_as_they_were_told_also_before_it_began_again() -> None:
    """An answer to the question begins it again, and the first message is told once more under the same number."""
    run = opened(SUSPECTED).then(Told(Number.FIRST, "sns", DONE), Told(REMINDED + 1, "sns", DONE))
    again = Joined(USER_SIGNAL, playbook.strike(USER_SIGNAL, SETTINGS), run.incident.cut_off)
    run = run.then(again, Told(Number.FIRST, "sns", DONE), Told(Number.FIRST, "slack", DONE))
    said = [text for _, text in history.lines(run.entries, run.incident)]
    told = [line.partition("message ")[2] for line in said if ": message " in line]
    assert told == ["1 over sns.", "2 over sns.", "3 over sns.", "3 over slack."]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_commands_survive_the_way_into_a_shell(message: Message) -> None:
    assert_commands_can_be_copied(message)


def assert_commands_can_be_copied(message: Message) -> None:
    """A shell reads from the text exactly the words of each command."""
    lines = text.render(message).split("\n")
    start = lines.index("WHAT TO RUN") + 1 if message.commands else lines.index("")
    shown = lines[start : lines.index("", start)]
    shell = "\n".join(line for line in shown if line.startswith("    ") or not line.startswith(" "))
    typed = [words for words in map(shlex.split, shell.replace("\\\n", "").splitlines()) if words]
    assert typed == [shlex.split(command.line) for command in message.commands]
    assert [line.strip() for line in shell.splitlines()] == [command.line for command in message.commands]


def test_every_word_for_a_credential_and_an_owner_is_there() -> None:
    assert set(CREDENTIALS) == set(SubjectKind)
    assert set(OWNERS) == set(PrincipalKind)


def test_the_same_incident_and_time_make_the_same_message() -> None:
    run = opened().ended()
    assert compose(run.incident, 1, run.at, SETTINGS) == compose(run.incident, 1, run.at, SETTINGS)


@pytest.mark.parametrize("number", range(10))
def test_every_number_is_answered_in_every_state(number: int) -> None:
    for run in (opened(), opened().ended(), opened(ROLE_SIGNAL)):
        assert compose(run.incident, number, run.at, SETTINGS).number == number


END, ALARMED = Closed(Result.HELD), Closed(Result.RESTORED, "a test of theirs")
ONCE = {
    "what was found": Number.FIRST,
    "whether it holds": Number.FOLLOW_UP,
    "what an approval did": Number.APPROVED,
    "the first undoing": UNDONE + 1,
    "the last undoing": UNDONE + 1000,
}
EVER = {
    "the end": Number.END,
    "a release": Number.RELEASED,
    "a deny that stays": Number.DENY_NOT_LIFTED,
    "what was not rotated": NOT_ROTATED + 1,
}
BACK = {"a restore": Number.RESTORED, "a part of one": PUT_BACK + 1}


@pytest.mark.parametrize("name", ONCE | EVER | BACK)
def test_what_the_end_or_a_restore_made_untrue_does_not_come_again(name: str) -> None:
    number = (ONCE | EVER | BACK)[name]
    run = opened().ended()  # the linked secret still has to be rotated
    over = run.then(END, Lifted("x", Outcome(Status.FAILED)))
    assert not is_outdated(run.incident, number)
    assert is_outdated(over.incident, number) is (name in ONCE)
    assert is_outdated(over.then(ALARMED).incident, number) is (name not in BACK)


def test_a_question_that_was_answered_is_not_asked_again() -> None:
    asked = opened(settings=ASKING)
    assert not is_outdated(asked.incident, REMINDED + 1)
    approved = asked.then(Approved("ana")).incident
    assert is_outdated(approved, REMINDED + 1)
    assert is_outdated(asked.then(Closed(Result.DECLINED)).incident, REMINDED + 1)
    assert not is_outdated(approved, Number.APPROVED)


def test_trouble_that_is_over_does_not_come_again() -> None:
    over = opened(ROLE_SIGNAL).ended().then(END, Lifted("x", DONE)).incident
    assert is_outdated(over, Number.DENY_NOT_LIFTED)
    assert is_outdated(over, NOT_ROTATED + 1)


def test_a_message_that_may_come_often_has_numbers_of_its_own_however_often() -> None:
    undoings = 100 * 50  # of a hundred steps, each as often as the watch does it again
    assert max(Number) < UNDONE + 1
    assert UNDONE + undoings < PUT_BACK
    assert PUT_BACK + undoings < NOT_ROTATED
    incident = opened().ended().then(*(Undone("x", "gone", reapplied=True) for _ in range(500))).incident
    assert compose(incident, UNDONE + 500, incident.opened_at, SETTINGS).kind is Kind.UNDONE


@pytest.mark.parametrize("action", ["quarantine-user", "deactivate-key"])
def test_a_failed_step_says_why_what_it_leaves_open_and_who_must_act(action: str) -> None:
    run = opened().ended(**{action.replace("-", "_"): denied("iam:Something")})
    (section,) = failures(run.incident)
    told = dict(section.pairs)
    assert "iam:Something: AccessDenied" in told["Because"]
    assert told["Still works"]
    assert BY_NAME[action].by_hand in told["By hand"]
    assert USER.account in told["By hand"]
    assert "until a person" in told["Next"]


def test_what_is_tried_again_says_so() -> None:
    throttled = Outcome(Status.FAILED, "Throttling: Rate exceeded", retryable=True)
    (section,) = failures(opened().ended(deactivate_key=throttled).incident)
    assert dict(section.pairs)["Next"].startswith("We try again")


def test_a_credential_that_still_works_wakes_somebody() -> None:
    assert MESSAGES["denied-everything"].severity is Severity.CRITICAL
    assert MESSAGES["denied-everything"].kind is Kind.NOT_CONTAINED
    assert MESSAGES["contained-user-key"].severity is Severity.HIGH
    assert MESSAGES["sample"].severity is Severity.LOW


def test_release_is_offered_only_where_it_would_be_accepted() -> None:
    def offers(name: str) -> bool:
        return any(command.words[1] == "release" for command in MESSAGES[name].commands)

    assert offers("contained-user-key")
    assert not offers("denied-deactivate-key")
    assert offers("contained-unnamed-key")  # on the condition that its words name: every older key inactive
    assert not offers("contained-role-session")
    assert offers("failed")  # it does again what it needs
    assert not offers("released")


def test_what_we_gave_up_is_never_said_to_stand() -> None:
    run = narrowed(opened().ended())
    shrunk, key = run.incident.narrowed, run.incident.step("deactivate-key")
    assert shrunk
    assert key
    over = run.then(Undone(shrunk.key, "it is not the boundary", reapplied=False))
    (section,) = failures(over.incident)
    assert "sessions that it was to stop" in dict(section.pairs)["Still works"]
    assert "release" in dict(section.pairs)["By hand"]
    assert still_open(over.incident).startswith("the key itself is dead")
    revived = over.then(Undone(key.key, "the key is active", reapplied=False)).incident
    assert still_open(revived) == "it still works"


def test_commands_name_the_stack_where_it_is_not_the_default() -> None:
    for command in MESSAGES["contained-in-prod"].commands:
        assert command.words[-2:] == ("--stack", "leak-responder-prod")


@pytest.mark.parametrize("name", ["x; rm -rf /", "--no-verify-ssl", "$(reboot)", "a\nb", "", "~root"])
def test_a_name_that_no_shell_takes_as_it_stands_gets_no_aws_command(name: str) -> None:
    hostile = replace(USER, name=name)
    run = opened(replace(USER_SIGNAL, principal=hostile)).ended(deactivate_key=denied("iam:UpdateAccessKey"))
    assert [command.words[0] for command in run.tells(1).commands] == ["leak-responder", "leak-responder"]


def test_a_hundred_signals_make_no_longer_message_than_a_few() -> None:
    few = opened().ended().incident
    many = replace(few, signals=(*few.signals, *(replace(HEALTH_SIGNAL, native_id=str(n)) for n in range(99))))
    shown = text.render(compose(many, 1, many.opened_at, SETTINGS))
    assert "and 97 more signals" in shown
    assert len(shown) < 1.5 * len(text.render(compose(few, 1, few.opened_at, SETTINGS)))


def test_clocks_of_feeds_that_run_ahead_make_no_negative_times() -> None:
    ahead = replace(USER_SIGNAL, at=USER_SIGNAL.at.replace(year=2027))
    assert "0 s after the last sign" in text.render(opened(ahead).ended().tells(1))


def test_the_json_says_each_thing_under_the_same_name_in_every_message() -> None:
    documents = [json.loads(json_form.render(message)) for message in MESSAGES.values()]
    assert all(set(one) == set(other) for one, other in pairwise(documents))
    notices = {frozenset(one["facts"]) for one in documents if one["incident"].startswith("notice-")}
    incidents = {frozenset(one["facts"]) for one in documents if one["incident"][0].isdigit()}
    assert len(notices) == len(incidents) == 1
    assert next(iter(notices)) < next(iter(incidents))


def test_the_credential_stands_in_every_form_in_full() -> None:
    message = notice(USER_SIGNAL)
    assert KEY in text.render(message)
    assert KEY in json_form.render(message)
    assert KEY in json.dumps(slack.blocks(message))


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_what_to_run_stands_first_in_mail_and_slack_where_a_credential_works(message: Message) -> None:
    titles = [one.title for one in message.sections if one.lines or one.pairs]
    if not message.commands or not titles:
        return
    shown, mail = json.dumps(slack.blocks(message)["blocks"], ensure_ascii=False), text.render(message)
    command = message.commands[0].line
    first_in_slack = shown.index(json.dumps(mrkdwn(command), ensure_ascii=False)[1:-1]) < shown.index(titles[0])
    first_in_mail = mail.index(command) < mail.index(titles[0].partition(": ")[0].upper())
    assert (first_in_slack, first_in_mail) == (message.is_urgent, message.is_urgent)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_slack_folds_nothing_and_says_how_urgent_it_is(message: Message) -> None:
    blocks = slack.blocks(message)["blocks"]
    assert all(block["expand"] for block in blocks if block["type"] == "section")
    assert blocks[0]["text"]["text"].startswith(f"{message.severity.upper()} ")


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_slack_names_the_heading_of_the_runbook_that_explains_it(message: Message) -> None:
    headings = [
        line for line in (ROOT / "docs/runbook.md").read_text().splitlines() if line.startswith("## The message")
    ]
    shown = slack.blocks(message)["blocks"][-1]["elements"][0]["text"]
    word = shown.partition("The message says ")[2].removesuffix("”")
    assert word == message.subject.partition(":")[0]
    assert any(word in line for line in headings)


def test_a_plan_is_read_before_it_is_approved() -> None:
    wanted = MESSAGES["approval-wanted-for-role"]
    assert (wanted.kind, wanted.severity, wanted.is_urgent) == (Kind.APPROVAL_WANTED, Severity.CRITICAL, False)
    assert MESSAGES["denied-everything"].is_urgent
