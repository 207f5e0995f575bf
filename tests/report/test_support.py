"""The reply to AWS Support claims what was done and is known, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.entries import Closed, Restored, Result, Stage
from chalicelib.model import DONE
from chalicelib.report.document import support
from tests.report import reports
from tests.report.runs import KEY, denied, opened

if TYPE_CHECKING:
    from chalicelib.report.document.form import Report

INACTIVE = f"set access key {KEY} inactive, and no other"


def reply(report: Report) -> str:
    """Without the breaks of its lines."""
    text = support.render(report)
    assert max(map(len, text.splitlines())) <= 78
    return " ".join(text.split())


def test_what_was_done_is_said_with_its_time_and_what_was_seen_with_its_gaps() -> None:
    text = reply(reports.usual())
    assert f"access key {KEY} of user deploy (AIDACKCEVSQ6C2EXAMPLE) in account 111122223333" in text
    assert f"Done: {INACTIVE}." in text
    assert "Contained at 2026-11-24 03:12:09 UTC." in text
    assert "Not seen: data events (the trail has none)." in text
    assert "secret prod/orders-db in us-east-1: rotated at" in text


def test_what_it_made_and_nobody_contained_is_left_open() -> None:
    text = reply(reports.usual())
    assert "It made user backup: NOT DONE YET: it is not stopped." in text
    assert "NOT DONE YET: stop 11 things that it made." in text
    assert "NOT DONE YET: change 4 secrets that it could read." in text
    one = reply(reports.written(opened().ended(), None))
    assert "NOT DONE YET: change 1 secret that it could read." in one


def test_a_step_that_failed_is_never_claimed() -> None:
    run = opened().ended(quarantine_user=denied("iam:AttachUserPolicy"))
    text = reply(reports.written(run, None))
    assert "NOT DONE YET: contained (not every step that contains has worked)." in text
    assert "NOT DONE YET: deny the user everything" in text
    assert "Done: deny the user everything" not in text
    assert "NOT DONE YET: nobody has looked into CloudTrail yet." in text
    assert "In what we read it made no" not in text


def test_what_was_put_back_since_is_not_what_stands() -> None:
    run = opened().ended().reached(Stage.VERIFY)
    back = [Restored(step.key, "arn:ana", "a test", DONE) for step in run.incident.steps if not step.later]
    text = reply(reports.written(run.then(*back, Closed(Result.RESTORED, "a test")), None))
    assert f"Done: {INACTIVE}." not in text
    assert f"put back since: {INACTIVE}." in text
    assert f"NOT DONE YET: {INACTIVE} (put back)." in text


@pytest.mark.parametrize("report", [reports.usual(), reports.written(opened().ended(), None)], ids=["looked", "not"])
def test_no_word_of_it_is_for_us(report: Report) -> None:
    text = reply(report)
    for ours in (
        "leak-responder",
        "--",
        "Tell AWS",
        "by us",
        "by hand",
        "chosen:",
        "TrailBucket",
        "configuration",
        "this incident",
    ):
        assert ours not in text
    assert any("who replaced the key" in reminder for reminder in support.list_reminders(report))
    assert any("--no-inquiry" in reminder for reminder in support.list_reminders(report)) is (report.found is None)
