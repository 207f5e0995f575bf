"""What Athena unloads is decided like the records that it was made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from chalicelib.inquiry.formats import rows
from tests.backtest.logs import at, counts, lines, log, result
from tests.sources import events
from tests.sources.test_totality import TREES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.events import Json

_TEXT = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")
RECORDS = {
    name: event["detail"]
    for name, event in events.of_every_kind().items()
    if "CloudTrail" in event["detail-type"] and "eventName" in event["detail"]
}


def unloaded(record: Json) -> Json:
    """As the table of the Athena user guide holds it: columns in lower case, some of them as text."""
    columns = {name: json.dumps(held) if name in _TEXT and held is not None else held for name, held in record.items()}
    lower: Json = _lower(columns)
    return {**lower, "errorcode": lower.get("errorcode"), "vpcendpointid": None}


def _lower(tree: Any) -> Any:
    return {name.lower(): _lower(held) for name, held in tree.items()} if isinstance(tree, dict) else tree


@pytest.mark.parametrize("case", RECORDS)
def test_every_record_that_we_read_comes_back_as_it_was(case: str) -> None:
    record = {name: held for name, held in RECORDS[case].items() if held is not None}
    assert rows.record_of(unloaded(record), pytest.fail) == record


def test_an_export_is_decided_like_the_log_it_was_made_of(tmp_path: Path) -> None:
    records = [at(minute, record) for minute, record in enumerate(RECORDS.values())]
    whole = result(log(tmp_path / "log" / "log.json.gz", *records))
    export = result(lines(tmp_path / "export" / "20261124_0001.json.gz", *map(unloaded, records)))
    assert counts(export) == counts(whole)
    assert (export["incidents"], export["principals"], export["patterns"]) == (
        whole["incidents"],
        whole["principals"],
        whole["patterns"],
    )


@given(TREES)
def test_whatever_stands_in_a_column_is_kept_or_taken_apart(held: Any) -> None:
    record = rows.record_of(
        {"eventname": "CreateAccessKey", "eventsource": "x", "requestparameters": held, "odd": held}, lambda _: None
    )
    assert record["eventName"] == "CreateAccessKey"
