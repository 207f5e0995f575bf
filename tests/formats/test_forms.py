"""Whatever the form: the three commands that read logs find the same calls in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.inquiry.formats.known import ENCODINGS, LOGS, PACKINGS
from tests.backtest import logs
from tests.explain.command import run as explain
from tests.formats import forms
from tests.inquiry.asking import run as timeline
from tests.sources.events import AKIA, SIBLING

if TYPE_CHECKING:
    from pathlib import Path


def test_every_form_of_the_list_is_tried_and_no_other() -> None:
    assert set(forms.OF) == {form.name for form in (*LOGS, *PACKINGS, *ENCODINGS)}
    assert sorted(name for names in forms.OF.values() for name in names) == sorted(forms.FORMS)


def written(folder: Path, form: str) -> Path:
    """A file in that form. Nothing is told by its name."""
    file = folder / "log"
    file.write_bytes(forms.FORMS[form])
    return file


def found(file: Path) -> dict[str, Any]:
    """What `timeline` says of the key."""
    made: dict[str, Any] = json.loads(timeline("--json", "--access-key", AKIA, "--logs", file).stdout)
    return made


@pytest.mark.parametrize("form", forms.FORMS)
def test_a_timeline_has_all_calls(form: str, tmp_path: Path) -> None:
    answer = found(written(tmp_path, form))
    assert {line["call"]: line["first"] for line in (*answer["timeline"], *answer["refused"])} == {
        one["eventName"]: one["eventTime"] for one in forms.CALLS
    }
    assert answer["calls"] == len(forms.CALLS)
    assert [line["call"] for line in answer["refused"]] == ["ListBuckets"]


@pytest.mark.parametrize("form", forms.FORMS)
def test_a_backtest_counts_all_calls(form: str, tmp_path: Path) -> None:
    counted = logs.result(written(tmp_path, form))
    assert counted["events"] == {"read": len(forms.CALLS), "copies": 0, "odd": 0}


@pytest.mark.parametrize("form", forms.WHOLE)
def test_a_form_that_keeps_all_changes_no_decision(form: str, tmp_path: Path) -> None:
    file = written(tmp_path, form)
    assert [child["name"] for child in found(file)["children"]] == [SIBLING]
    assert logs.result(file)["incidents"] == {"act": 1, "ask": 0}
    explained = json.loads(explain("--json", file).stdout)
    assert (explained["decision"], explained["events"]) == ("act", len(forms.CALLS))
    assert "unread" not in explained
    assert [gap["what"] for gap in found(file)["complete"]["gaps"]] == [
        "data events, such as reading and writing S3 objects"
    ]


def test_one_event_in_every_form_at_once_is_one(tmp_path: Path) -> None:
    for number, content in enumerate(forms.FORMS.values()):
        (tmp_path / f"{number}.log").write_bytes(content)
    copies = len(forms.CALLS) * (len(forms.FORMS) - 1)
    answer = found(tmp_path)
    assert (answer["calls"], answer["copies"]) == (len(forms.CALLS), copies)
    assert {line["count"] for line in (*answer["timeline"], *answer["refused"])} == {1}
    counted = logs.result(tmp_path)
    assert counted["events"] == {"read": len(forms.CALLS), "copies": copies, "odd": 0}
    assert counted["incidents"] == {"act": 1, "ask": 0}


@pytest.mark.parametrize("form", forms.PARTIAL)
def test_what_a_form_does_not_keep_is_said_by_every_command(form: str, tmp_path: Path) -> None:
    file = written(tmp_path, form)
    reasons = {gap["what"]: gap["why"] for gap in found(file)["complete"]["gaps"]}
    assert "asked" in reasons[str(file)]
    assert "asked" in logs.result(file)["files"]["faults"][0]["reason"]
    explained = explain("--json", file)
    assert explained.exit_code == 1
    assert "asked" in json.loads(explained.stdout)["unread"][0]
