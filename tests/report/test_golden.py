"""What people read is reviewed like code: a change of any message is a change of a file in `golden`.

After a change that is meant, write them anew and read the difference:
LEAK_RESPONDER_GOLDEN=write make test ARGS=tests/report/test_golden.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chalicelib.actions import ACTIONS
from chalicelib.report import json_form, slack, text
from chalicelib.report.form import SEVERITIES, Kind
from tests.report.cases import CASES

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("LEAK_RESPONDER_GOLDEN") == "write"
MACHINES = ("contained-user-key", "denied-bound-user", "follow-up-kept-wide", "observed", "sample")
"""Shown in the forms for machines too; every kind is shown as text."""


def compare(name: str, shown: str) -> None:
    """The file of that name, or write it where that was asked for."""
    if WRITE:
        assert not os.environ.get("CI"), "golden files are written and read by a person, never in CI"
        (GOLDEN / name).write_text(shown)
    assert shown == (GOLDEN / name).read_text()


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_reviewed(name: str) -> None:
    message = CASES[name]()
    compare(f"{name}.txt", f"Subject: {message.subject}\n\n{text.render(message)}")


@pytest.mark.parametrize("name", MACHINES)
def test_the_json_is_the_one_that_was_reviewed(name: str) -> None:
    document = json.loads(json_form.render(CASES[name]()))
    compare(f"{name}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", MACHINES)
def test_the_slack_blocks_are_the_ones_that_were_reviewed(name: str) -> None:
    compare(f"{name}.slack.json", json.dumps(slack.blocks(CASES[name]()), indent=2, ensure_ascii=False) + "\n")


def test_every_golden_file_belongs_to_a_message() -> None:
    texts = {f"{name}.txt" for name in CASES}
    machines = {f"{name}{end}" for name in MACHINES for end in (".json", ".slack.json")}
    assert {file.name for file in GOLDEN.iterdir()} == texts | machines


def test_every_kind_of_message_has_a_golden_text() -> None:
    assert {case().kind for case in CASES.values()} == set(Kind)


def test_every_severity_of_a_message_is_known_to_whoever_looks_at_filters() -> None:
    told = {(message.kind, message.severity) for message in (case() for case in CASES.values())}
    assert told <= {(kind, severity) for kind, found in SEVERITIES.items() for severity in found}
    assert set(SEVERITIES) == set(Kind)


@pytest.mark.parametrize("action", [action.name for action in ACTIONS])
def test_every_action_has_a_golden_text_for_the_day_it_is_denied(action: str) -> None:
    message = CASES[f"denied-{action}"]()
    assert "AccessDenied" in text.render(message)
