"""The report on an incident: what it says, and that nothing in it does what an intruder wrote."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import tostring

import pytest
from hypothesis import given

from chalicelib import playbook
from chalicelib.entries import Closed, Did, Joined, Planned, Replaced, Result, Told
from chalicelib.model import DONE, Evidence, Outcome, Plan, Sign, Status, Subject, SubjectKind
from chalicelib.report.document import as_json, compose, lines, markdown, page, still, terminal
from chalicelib.report.document.drawing import GLYPHS
from chalicelib.report.document.lines import NOT_INQUIRED
from chalicelib.report.form import Severity
from chalicelib.report.html import coded, element, policy
from chalicelib.report.style import STYLE
from tests.report import reports
from tests.report.runs import (
    ACCOUNT,
    ID,
    KEY,
    ROLE_SIGNAL,
    SEEN,
    SETTINGS,
    SIBLING,
    SUSPECTED,
    USER_SIGNAL,
    Run,
    denied,
    opened,
)
from tests.report.test_hostile import TEXT

if TYPE_CHECKING:
    from chalicelib.report.document.form import Report

FORMS = (page.render, markdown.render, as_json.render, terminal.render)


def test_six_clocks_each_with_what_it_counts_from() -> None:
    clocks = {one.name: one for one in reports.usual().clocks}
    assert [*clocks] == ["leaked", "detected", "told", "contained", "verified", "rotated"]
    assert clocks["leaked"].note == "the earliest call that is shown here"
    assert clocks["leaked"].at < SEEN - timedelta(minutes=12)  # type: ignore[operator]  # there is one
    assert clocks["detected"].since == "the leak"
    assert clocks["contained"].after == timedelta(seconds=2)
    assert [name for name, one in clocks.items() if one.at is None] == ["rotated"]
    assert clocks["rotated"].note == "1 of 5 secrets so far"


def test_no_call_is_shown_that_is_older_than_the_leak() -> None:
    report = reports.usual()
    assert report.found
    leaked = report.clocks[0].at
    assert leaked == min(one.first for one in (*report.found.acts, *report.found.refused))


def test_a_report_begins_with_what_is_still_to_be_done() -> None:
    report = reports.usual()
    left = [one.what for one in report.open]
    assert left[0] == "Contain user backup"
    assert "6 more of what it made" in left
    assert "Rotate secret db/prod in us-east-1, account 111122223333" in left
    assert left.index("Contain user backup") < left.index(f"Replace access key {KEY} where it is still needed")
    written = page.render(report)
    assert written.index(still.TITLE) < written.index("Clocks")
    assert f'class="word {Severity.HIGH}"' in written
    shown = markdown.render(report)
    assert shown.index(still.TITLE) < shown.index("Clocks")
    assert [one["what"] for one in json.loads(as_json.render(report))["open"]] == left


def _left(run: Run) -> list[str]:
    return [one.what for one in reports.written(run, {**reports.found(), **_CLEAN}).open]


_CLEAN: dict[str, Any] = {"children": [], "rotate": [], "complete": {"seen": "a story", "gaps": []}, "issued": []}
_REPLACE, _RELEASE = (
    f"Replace access key {KEY} where it is still needed",
    "Let user deploy work again, once that is safe",
)
_FAILED = "Do by hand: deny the user everything: every key, session and sign-in at once"


@pytest.mark.parametrize(
    ("run", "left"),
    [
        (opened(SUSPECTED), ["Approve the plan or decline it", "Rotate secret prod/orders-db in us-east-1"]),
        (opened().ended(quarantine_user=denied("iam:AttachUserPolicy")), [_FAILED, "Rotate secret…", _REPLACE]),
        (opened().ended(), ["Rotate secret…", _RELEASE, _REPLACE]),
        (reports.followed(), [_REPLACE]),
        (reports.followed().then(Replaced("s", "r", "ana", "why", ())), [_REPLACE]),
        (reports.followed().then(Replaced("s", "r", "ana", "why", (), "AKIAI44QH8DHBEXAMPLE")), []),
        (reports.followed().then(Closed(Result.RESTORED)), []),
        (opened(ROLE_SIGNAL).ended(), []),
    ],
    ids=["asked", "failed", "contained", "held", "a key in the making", "replaced", "false alarm", "role"],
)
def test_what_is_left_follows_from_how_the_incident_stands(run: Run, left: list[str]) -> None:
    wanted = ["Rotate secret prod/orders-db in us-east-1" if one == "Rotate secret…" else one for one in left]
    assert _left(run) == wanted
    said = page.render(reports.written(run, {**reports.found(), **_CLEAN}))
    assert (still.NOTHING in said) is (not left)


@pytest.mark.parametrize("closed", [False, True])
def test_a_question_that_waits_is_left_to_do_until_the_end(closed: bool) -> None:
    given = replace(
        USER_SIGNAL, sign=Sign.CREATED, source="cloudtrail", subject=Subject(SubjectKind.ACCESS_KEY, SIBLING)
    )
    run = opened().ended().then(Joined(given, playbook.strike(given, SETTINGS), told_apart=True))
    run = run.then(Closed(Result.HELD)) if closed else run
    asked = [one for one in _left(run) if one.startswith("Say whether this is expected: ")]
    assert len(asked) == (0 if closed else 1)


def test_where_nobody_has_looked_and_where_the_key_is_written_down_is_left_to_do() -> None:
    assert "Look into CloudTrail" in [one.what for one in reports.written(reports.followed(), None).open]
    where = {
        "key": "AKIA1",
        "thing": "Lambda function",
        "name": "job",
        "region": "x",
        "where": "variable",
        "instead": "a role",
    }
    report = reports.written(reports.followed(), {**reports.found(), "written": [where]})
    assert ("Take AKIA1 out of Lambda function job in x, variable", "A role.") in [
        (one.what, one.why) for one in report.open
    ]


def test_where_no_call_was_seen_nothing_is_said_of_networks() -> None:
    nothing = {**reports.found(), "calls": 0, "leak": {"compared": False, "foreign": []}}
    report = reports.written(reports.followed(), nothing)
    assert report.found
    assert report.found.leak.lines == ("No call of it was seen, so nothing says where it was used.",)


def test_a_command_in_a_page_is_code() -> None:
    shown = tostring(element("p", *coded("run `leak-responder report x`."))).decode()
    assert "<code>leak-responder report x</code>" in shown
    assert "<code>leak-responder approve" in page.render(reports.written(opened(SUSPECTED), None))
    assert coded("`rm -rf /`") == ["`rm -rf /`"]
    assert "<code>rm" not in page.render(reports.hostile())


def test_what_a_feed_says_is_no_command() -> None:
    signal = replace(USER_SIGNAL, evidence=(Evidence("agent", "`leak-responder restore x`"),))
    report = reports.written(opened(signal).ended(), None)
    assert "`leak-responder restore x`" in page.render(report)
    assert "<code>leak-responder restore x</code>" not in page.render(report)
    assert r"\`leak-responder restore x\`" in markdown.render(report)
    assert "`leak-responder restore x`" not in markdown.render(report)


def test_a_command_of_ours_is_code_in_markdown_and_stays_what_it_is() -> None:
    left = markdown.render(reports.written(opened(SUSPECTED), None))
    assert f"`leak-responder decline {ID} --reason 'why'`" in left
    assert markdown.coded("`rm x_y`") == r"\`rm x\_y\`"


def test_a_terminal_shows_the_same_words_without_escapes_and_breaks_no_command() -> None:
    report = reports.usual()
    shown = terminal.render(report)
    assert "\\" not in shown
    assert "\\" in markdown.render(report)
    titles = [one.removeprefix("## ").upper() for one in markdown.render(report).splitlines() if one.startswith("## ")]
    assert {one for one in titles if one not in shown} == {
        "HOW TO GO ON, AND HOW TO UNDO",
        "THE LEDGER, ENTRY BY ENTRY",
    }
    assert all(f"    {one.line}" in shown.splitlines() for one in report.undo)
    asked = terminal.render(reports.written(opened(SUSPECTED), None))
    assert any(f"`leak-responder decline {ID} --reason 'why'`" in line for line in asked.splitlines())


def test_what_differs_by_colour_differs_by_form() -> None:
    assert len(set(GLYPHS.values())) == len(GLYPHS)
    run = opened().ended(quarantine_user=denied("iam:AttachUserPolicy"))
    drawn, _, legend = page.render(reports.written(run, reports.found())).partition('class="key"')
    for sort, form in GLYPHS.items():
        assert not sort or f'<path d="{form}" class="glyph {sort}"' in drawn
        assert f'<path d="{form}"' in legend.partition("</p>")[0]


def test_an_inquiry_without_an_incident_says_whose_account_it_is() -> None:
    document = {**reports.found(), "leaked": [{"kind": "access key", "name": KEY, "account": ""}]}
    assert compose.inquired(document, SEEN).account == ACCOUNT


def test_a_clock_that_never_struck_says_why_and_nothing_is_claimed() -> None:
    run = opened().ended(quarantine_user=denied("iam:AttachUserPolicy")).then(Told(1, "sns", Outcome(Status.FAILED)))
    clocks = {one.name: one for one in reports.written(run, None).clocks}
    assert clocks["leaked"].note == "the earliest sign that a feed gives"
    assert {name: one.note for name, one in clocks.items() if one.at is None} == {
        "told": "no channel took a message",
        "contained": "not every step that contains has worked",
        "verified": "not read again yet",
        "rotated": "0 of 1 secrets so far",
    }


def test_a_plan_that_waits_is_not_said_to_have_failed() -> None:
    clocks = {one.name: one.note for one in reports.written(opened(SUSPECTED), None).clocks}
    assert clocks["contained"] == "nobody has approved the plan"


def test_children_are_contained_only_where_a_step_stands_that_is_about_them() -> None:
    found = reports.usual().found
    assert found
    states = {one.name: one.is_contained for one in found.children}
    assert [name for name, stands in states.items() if stands] == ["ASIA0000000000000001"]  # the user's own session
    assert "not contained by this incident" in {one.state for one in found.children}


def test_each_secret_is_named_and_is_rotated_only_where_it_was() -> None:
    rotations = {one.name: one for one in reports.usual().rotations}
    assert [*rotations] == ["prod/orders-db", "db/prod", "api", "k-1", "/app/token"]
    assert [name for name, one in rotations.items() if one.at] == ["prod/orders-db"]
    failed = reports.written(opened().ended().later("rotate-secret", Outcome(Status.FAILED, "no function")), None)
    assert [one.state for one in failed.rotations] == ["NOT rotated: no function"]


def test_who_does_what_about_a_secret_that_is_not_ours_to_rotate() -> None:
    answer = json.loads(json.dumps(reports.found()))
    answer["rotate"][0]["remedy"] = {"owner": "team orders", "reason": "it has no rotation", "steps": "set a new one"}
    found = {one.name: one for one in reports.written(reports.followed(), answer).rotations}
    assert found["db/prod"].state == "NOT rotated: it has no rotation"
    assert "Its owner: team orders. What they do: set a new one." in lines.rotation(found["db/prod"])[2]


def test_a_secret_that_was_read_and_is_ours_to_rotate_is_one_line() -> None:
    steps = playbook.of_read(opened().incident, [(f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:api-AbCdEf", 2)])
    run = reports.followed().then(Planned(Plan(steps)))
    api = next(one for one in reports.written(run, reports.found()).rotations if one.name == "api")
    assert (api.state, api.at) == ("NOT rotated: it has not been done yet", None)
    run = run.then(*(Did(step.key, DONE) for step in steps))
    api = next(one for one in reports.written(run, reports.found()).rotations if one.name == "api")
    assert api.state == "rotated twice, for two users take turns in it"
    assert api.at
    assert api.read
    assert api.how.startswith(" by role session")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, ""),
        ([], "Nowhere that was searched."),
        (
            [
                {
                    "key": "AKIA1",
                    "thing": "Lambda function",
                    "name": "job",
                    "region": "eu-west-1",
                    "where": "variable KEY",
                    "instead": "a role",
                }
            ],
            "AKIA1: Lambda function job in eu-west-1, variable KEY",
        ),
    ],
)
def test_where_the_key_is_written_down(written: Any, said: str) -> None:
    answer = {**reports.found(), **({} if written is None else {"written": written})}
    report = reports.written(reports.followed(), answer)
    for text in (page.render(report), markdown.render(report)):
        assert ("Where the key is written down" in text) is bool(said)
        assert said in text


def test_where_a_feed_found_it_stands_under_how_it_leaked() -> None:
    url = "https://github.com/acme/app/security/secret-scanning/7"
    signal = replace(USER_SIGNAL, evidence=(Evidence("alert", url),))
    report = reports.written(reports.followed(opened(signal).ended()), reports.found())
    assert report.found
    assert report.found.leak.pairs[-1] == ("Found at", url)
    assert url in page.render(report)


def test_without_an_inquiry_it_says_that_nobody_has_looked() -> None:
    report = reports.written(reports.followed(), None)
    assert report.found is None
    assert markdown.escaped(NOT_INQUIRED) in markdown.render(report)
    assert NOT_INQUIRED in page.render(report)
    assert "We have not looked for it yet." in page.render(report)
    assert "Look in CloudTrail for AssumeRole" in page.render(report)
    assert "We have not looked for it yet." not in page.render(reports.usual())
    assert "Look in CloudTrail for AssumeRole" not in page.render(reports.usual())


def test_the_watch_ends_when_it_was_said_to_end_however_late_the_report_is_written() -> None:
    run = reports.followed()
    late = compose.report("i", run.entries, None, run.at + timedelta(days=9), SETTINGS)
    assert late.headline == reports.written(run, None).headline
    assert reports.written(run.then(Closed(Result.HELD)), None).word == "HELD"


def test_a_credential_without_an_incident_has_its_report_too() -> None:
    report = compose.inquired(reports.found(), SEEN)
    text = page.render(report)
    assert "What a credential did" in text
    assert report.clocks == ()
    assert "This contained and changed nothing." in text


def test_a_child_in_another_account_says_in_which() -> None:
    """A role's name alone is in every account."""
    found = reports.found()
    moved = [{**found["children"][0], "account": "999988887777"}, *found["children"][1:]]
    made = compose.inquired({**found, "children": moved}, SEEN).found
    assert made
    said = [f"{one.name} {one.owner}" for one in made.children]
    assert [", account 999988887777" in one for one in said] == [True, *(False for _ in said[1:])]
    assert {one.state for one in made.children} >= {"not contained by this inquiry"}


def test_json_has_everything_and_reads_back() -> None:
    report = reports.usual()
    read = json.loads(as_json.render(report))
    assert read["version"] == as_json.VERSION
    assert read["clocks"][3]["after"] == 2
    assert [one["name"] for one in read["found"]["children"]] == [one.name for one in report.found.children]  # type: ignore[union-attr]  # there is one


class _Tree(HTMLParser):
    """The names of all elements and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("report", [reports.usual(), reports.hostile()], ids=["usual", "hostile"])
def test_a_page_has_no_script_no_link_and_nothing_that_loads(report: Report) -> None:
    text = page.render(report)
    tree = _Tree(text)
    assert not tree.elements & {
        "script",
        "a",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "link",
        "base",
        "image",
        "use",
    }
    assert not [one for one in tree.attributes if one.startswith("on") or one in {"style", "href", "src", "action"}]
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert policy(STYLE).replace("'", "&#x27;") in text or policy(STYLE) in text


@pytest.mark.parametrize("render", FORMS, ids=["page", "markdown", "json", "terminal"])
def test_no_form_holds_what_a_terminal_obeys(render: Any) -> None:
    text = render(reports.hostile())
    assert not [char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}]
    assert reports.NASTY not in text


@given(TEXT)
def test_markdown_takes_the_meaning_of_every_mark(text: str) -> None:
    quiet = markdown.escaped(text)
    bare = re.sub(r"\\(.)", "x", quiet, flags=re.DOTALL)  # a mark between two characters keeps them apart
    assert not re.search(r"[*_`\[\]<>|~]|https?://|www\.", bare)
    assert not re.match(r"\s*([-+=#]|\d+[.)])", bare)


def test_markdown_of_a_hostile_report_makes_nothing_of_it() -> None:
    text = markdown.render(reports.hostile())
    assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(|[^\\]://", text)
    assert r"\<script\>" in text


def test_two_reports_of_the_same_moment_are_the_same_bytes() -> None:
    first, second = reports.usual(), replace(reports.usual())
    assert [render(first) for render in FORMS] == [render(second) for render in FORMS]
