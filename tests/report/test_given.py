"""What other services gave the credential stands in each form of the report, with the command that ends it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from chalicelib.inquiry import kept
from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, leaked_key
from chalicelib.inquiry.inquire import inquire
from chalicelib.report.document import as_json, compose, markdown, page, support
from chalicelib.report.document.lines import GIVEN
from chalicelib.sources.reading import moment
from console.timeline.page import show
from tests.inquiry import story
from tests.inquiry.story import USER, call
from tests.report import reports
from tests.report.runs import KEY, SEEN

Json = dict[str, Any]

SSH = call("ec2", "CreateKeyPair", "24T02:44:00", USER, {"keyName": "spare"}, {})
LOGIN = call("ecr", "GetAuthorizationToken", "24T02:44:30", USER, {}, None)
BRIEF = call("airflow", "CreateCliToken", "24T02:45:00", USER, {"name": "jobs"}, None)
ENDED = "aws ec2 delete-key-pair --key-name spare --region us-east-1"


def answer(*records: Json) -> Json:
    """What an inquiry answers about these calls."""
    bounds = Bounds(since=moment(story.SINCE))
    return document(inquire(reports.Recorded(records), [leaked_key(KEY)], bounds))


FOUND = answer(SSH, LOGIN, BRIEF)


def test_each_says_whether_the_containment_leaves_it_working() -> None:
    given = reports.written(reports.followed(), FOUND).given
    assert [(one.what, one.outlives, one.until is None) for one in given] == [
        ("SSH key spare", True, True),
        ("login to the container registry", True, False),
        ("command line of the Airflow environment jobs", False, False),
    ]


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_what_ended_before_the_containment_does_not_outlive_it(late: int) -> None:
    incident = reports.followed().incident
    assert incident.contained_at
    ends = (incident.contained_at + timedelta(seconds=late)).isoformat()
    changed = {**FOUND, "issued": [{**FOUND["issued"][1], "until": ends}]}
    (one,) = reports.written(reports.followed(), changed).given
    assert one.outlives is (late > 0)


@pytest.mark.parametrize("render", [page.render, markdown.render], ids=["page", "markdown"])
def test_page_and_markdown_have_it_with_its_command_and_how_long_it_lasts(render: Any) -> None:
    text = render(reports.written(reports.followed(), FOUND)).replace("\\", "")
    assert GIVEN in text
    assert ENDED in text
    assert "it works until somebody ends it" in text
    assert "it works until 2026-11-24 14:44:30 UTC at the latest" in text
    assert "ended by itself at 2026-11-24 02:46:00 UTC" in text
    assert GIVEN not in render(reports.written(reports.followed(), answer()))


def test_json_has_it_as_data() -> None:
    read = json.loads(as_json.render(reports.written(reports.followed(), FOUND)))
    assert [(one["what"], one["outlives"], one["until"], one["command"]) for one in read["given"][:1]] == [
        ("SSH key spare", True, None, ENDED)
    ]


def test_without_an_incident_all_of_it_may_still_work() -> None:
    report = compose.inquired(FOUND, SEEN)
    assert [one.outlives for one in report.given] == [True, True, True]
    assert report.severity == "high"
    assert "got 3 credentials of other services" in report.headline
    assert compose.inquired(answer(), SEEN).severity == "medium"


def test_the_answer_to_aws_support_claims_nothing_of_it() -> None:
    text = " ".join(support.render(reports.written(reports.followed(), FOUND)).split())
    assert "SSH key spare in us-east-1, account 111122223333: outlives the containment" in text
    assert "NOT DONE YET: end 2 credentials of other services." in text


def test_an_inquiry_that_was_kept_before_there_was_such_a_list_is_read() -> None:
    old = {name: value for name, value in FOUND.items() if name != "issued"}
    report = reports.written(reports.followed(), old)
    assert report.given == ()
    assert compose.inquired(old, SEEN).given == ()


def test_what_is_too_long_for_the_ledger_is_shortened_and_counted() -> None:
    many = {**FOUND, "issued": [{**FOUND["issued"][0], "name": f"{number:032x}"} for number in range(30_000)]}
    short = kept.unpacked(kept.packed(many))
    assert 0 < len(short["issued"]) < 30_000
    assert "lines" in short["complete"]["gaps"][-1]["what"]
    left = reports.written(reports.followed(), many).found
    assert left
    assert left.more["issued"] == 30_000 - len(reports.written(reports.followed(), many).given)


@pytest.mark.parametrize("width", [40, 100, 300])
def test_timeline_has_it_under_what_to_make_worthless(width: int) -> None:
    written = io.StringIO()
    show(FOUND, Console(width=width, file=written), "next")
    text = " ".join(written.getvalue().split())
    assert "What other services gave it: make it worthless, in this order" in text
    assert ENDED in text
    assert "outlives a containment, works until somebody ends it" in text
    assert "works until 2026-11-24 14:44 UTC at the latest" in text
    assert text.index("SSH key spare") < text.index("login to the container registry")


def test_a_hostile_name_changes_nothing_but_itself() -> None:
    hostile = replace(reports.written(reports.followed(), reports.spoilt(FOUND)))
    for render in (page.render, markdown.render, as_json.render):
        assert reports.NASTY not in render(hostile)
