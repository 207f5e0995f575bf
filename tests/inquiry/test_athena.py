"""A table of Athena: the same answers as of a folder, of its partitions alone, and what it could not answer is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from chalicelib.inquiry.document import document
from chalicelib.inquiry.family import Bounds, leaked_key
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.readers.athena import Table, partitioned, place, projected, query
from chalicelib.inquiry.readers.auto import Chosen, best
from chalicelib.sources.reading import moment
from tests.inquiry import story
from tests.inquiry.asking import run
from tests.sources.events import AKIA, Json

BEGIN, END = datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC)
COLUMNS = (
    *("useridentity", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent"),
    *("errorcode", "errormessage", "requestparameters", "responseelements", "eventid", "eventtype"),
    *("recipientaccountid", "resources"),
)
DESCRIBED: Json = {
    "TableMetadata": {
        "Name": "trail",
        "Columns": [{"Name": name, "Type": "string"} for name in COLUMNS],
        "PartitionKeys": [{"Name": "timestamp", "Type": "string"}],
    }
}


class Queries:
    """Athena with these records in its table; every query is answered by all of them, in pages of three rows."""

    def __init__(self, *records: Json) -> None:
        self.asked: list[Json] = []
        self._records = records
        self._states = iter(("QUEUED", "RUNNING", "SUCCEEDED") * 9)

    def get_table_metadata(self, **_: str) -> Json:
        """The standard table."""
        return DESCRIBED

    def start_query_execution(self, **asked: Any) -> Json:
        """Keeps the question."""
        self.asked.append(asked)
        return {"QueryExecutionId": f"{len(self.asked)}"}

    def get_query_execution(self, **_: str) -> Json:
        """Takes a while."""
        return {"QueryExecution": {"Status": {"State": next(self._states)}}}

    def get_paginator(self, _: str) -> Queries:
        """Itself."""
        return self

    def paginate(self, **_: str) -> Any:
        """A header, then a row for each record, as text."""
        names = [part.partition('"')[2].rstrip('"') for part in self._selected()]
        rows: list[list[str | None]] = [[*names]]
        rows += [[_column(record, name) for name in names] for record in self._records]
        for start in range(0, len(rows), 3):
            data = [[{"VarCharValue": one} if one else {} for one in row] for row in rows[start : start + 3]]
            yield {"ResultSet": {"Rows": [{"Data": row} for row in data]}}

    def _selected(self) -> list[str]:
        return [one for one in self.asked[-1]["QueryString"].partition(" FROM ")[0].split(", ") if " AS " in one]


def _column(record: Json, path: str) -> str | None:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if path == "resources":
        return " ".join(one["ARN"] for one in value or ())
    return json.dumps(value) if isinstance(value, dict) else value


def table(athena: Any) -> Table:
    """The trail, of a month."""
    return Table(athena, "primary", "logs", "trail", BEGIN, END, lambda _: None)


def test_it_answers_as_a_folder_does() -> None:
    records = [one for one in story.everything() if "eventTime" in one]
    athena = Queries(*records)
    found = document(inquire(table(athena), [leaked_key(AKIA)], Bounds(since=moment(story.SINCE))))
    names = {one["name"] for one in found["children"]}
    assert names >= {"backup", story.BACKUP_KEY, story.FEDERATED, story.FIRST_HOP, story.SECOND_HOP, story.OUTSIDE}
    assert {one["name"] for one in found["rotate"]} == {"db/prod", "api", "k-1", "/app/token"}
    assert found["leak"]["compared"]
    assert "table logs.trail of Athena, 2026-10-25 to 2026-11-24" in found["complete"]["seen"]
    first, second = (one["QueryString"] for one in athena.asked[:2])
    assert f"useridentity.accesskeyid = '{AKIA}'" in first
    assert f"useridentity.accesskeyid = '{story.BACKUP_KEY}'" in second
    assert AKIA not in second.partition("WHERE")[2]  # what was asked for is not asked for again
    assert "\"timestamp\" BETWEEN '2026/10/25' AND '2026/11/25' AND eventtime BETWEEN '2026-10-25T00:00:00Z'" in first
    assert {one["WorkGroup"] for one in athena.asked} == {"primary"}


MARKS = {
    "user:1/o'neil": "useridentity.username = 'o''neil'",
    "session:1/build/x": "strpos(useridentity.arn, ':assumed-role/build/x') > 0",
    "role:*/build": "strpos(useridentity.arn, ':assumed-role/build/') > 0",
    "federated:1/bob": "strpos(useridentity.arn, ':federated-user/bob') > 0",
    "instance:1/i-1": "strpos(useridentity.arn, '/i-1') > 0",
    "stranger-into:1/audit": "strpos(requestparameters, '/audit\"') > 0",
    "through:arn:aws:iam::1:saml-provider/x": "strpos(requestparameters, 'arn:aws:iam::1:saml-provider/x') > 0",
    "key:x') OR 1=1 --": "useridentity.accesskeyid = 'x'') OR 1=1 --'",
}


@pytest.mark.parametrize("mark", MARKS)
def test_each_mark_is_asked_for_and_none_ends_the_text_that_it_stands_in(mark: str) -> None:
    assert query("trail", {}, ["a"], [mark]).endswith(f" WHERE a AND ({MARKS[mark]})")


def test_only_the_days_in_question_are_read_where_the_table_knows_days() -> None:
    span = "BETWEEN '2026/10/25' AND '2026/11/25'"
    assert partitioned({"timestamp", "region"}, BEGIN, END) == (f'"timestamp" {span}',)
    (by_day,) = partitioned({"region", "year", "month", "day"}, BEGIN, END)
    assert by_day.endswith(span)
    assert partitioned({"region"}, BEGIN, END) == ()


def test_what_cannot_be_waited_for_is_stopped_and_said() -> None:
    client: Any = boto3.client("athena", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    stub.add_response("get_table_metadata", DESCRIBED)
    stub.add_response("start_query_execution", {"QueryExecutionId": "q"})
    stub.add_response("get_query_execution", {"QueryExecution": {"Status": {"State": "RUNNING"}}})
    stub.add_response("stop_query_execution", {}, {"QueryExecutionId": "q"})
    late = replace(table(client), is_over=lambda: True)
    with stub:
        assert list(late.calls([AKIA])) == []
    stub.assert_no_pending_responses()
    assert any("no time left" in gap.why for gap in late.gaps())


def gaps(stub: Stubber, client: Any) -> dict[str, str]:
    """What could not be seen, and why."""
    trail = table(client)
    with stub:
        assert list(trail.calls([f"key:{AKIA}"])) == []
    assert trail.unread()
    return {one.what: one.why for one in trail.gaps()}


def test_what_athena_refuses_or_cannot_do_is_a_gap() -> None:
    client = boto3.client("athena", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub, name = Stubber(client), "table logs.trail of Athena"
    stub.add_client_error("get_table_metadata", "AccessDeniedException")
    assert gaps(stub, client)[name] == "AccessDeniedException"
    stub = Stubber(client)
    stub.add_response("get_table_metadata", {"TableMetadata": {"Name": "trail", "Columns": []}})
    stub.add_response(
        "start_query_execution",
        {"QueryExecutionId": "1"},
        {"QueryString": ANY, "WorkGroup": "primary", "QueryExecutionContext": {"Database": "logs"}},
    )
    failed = {"QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: useridentity"}}}
    stub.add_response("get_query_execution", failed)
    found = gaps(stub, client)
    assert found[name] == "COLUMN_NOT_FOUND: useridentity"
    assert "all of it is read and paid for" in found["nothing of trail, but at a price"]


def test_what_the_table_lacks_is_named_as_far_as_rows_and_projection_say_it() -> None:
    trail = table(Queries(*story.habits()))
    assert list(trail.calls([f"key:{AKIA}"]))
    lacking = {one.what for one in trail.gaps()}
    assert {"Regions other than us-east-1", "data events, such as reading and writing S3 objects"} <= lacking
    told = {"projection.timestamp.range": "2026/11/01,NOW", "projection.region.values": "us-east-1,eu-west-1"}
    named = [one.what for one in projected(told, BEGIN)]
    assert named == ["days before 2026-11-01", "Regions other than us-east-1, eu-west-1"]
    assert list(projected(PROJECTED, BEGIN)) == []


def test_rows_that_are_no_call_are_counted() -> None:
    good = story.habits()[0]
    trail = table(Queries(good, {**good, "eventTime": "yesterday"}, {**good, "eventName": ""}))
    assert len(list(trail.calls([f"key:{AKIA}"]))) == 1
    assert "2 rows of table logs.trail of Athena" in {one.what for one in trail.gaps()}


def test_an_address_names_workgroup_database_and_table() -> None:
    assert place("athena:logs.trail") == ("primary", "logs", "trail")
    assert place("athena:security/logs.trail") == ("security", "logs", "trail")
    assert place("athena:trail") is None
    said = run("--access-key", AKIA, "--logs", "athena:trail")
    assert (said.exit_code, "is no table" in said.stderr) == (2, True)


TRAILS: Json = {"trailList": [{"TrailARN": "all", "S3BucketName": "our-trail", "IsMultiRegionTrail": True}]}
OVER = "s3://our-trail/AWSLogs/111122223333/CloudTrail"
KEEPS: Json = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}


PROJECTED: Json = {
    "projection.enabled": "true",
    "projection.timestamp.type": "date",
    "projection.timestamp.range": "2020/01/01,NOW",
    "storage.location.template": OVER + "/${region}/${timestamp}",
}


class Has:
    """A session of an account that has such a trail and such a table."""

    def __init__(self, location: str = OVER, *, keeps: Json = KEEPS, trails: Json = TRAILS, **projection: str) -> None:
        told = {
            "location": location,
            **PROJECTED,
            **{name.replace("_", "."): told for name, told in projection.items()},
        }
        self._table = {**DESCRIBED["TableMetadata"], "Parameters": told}
        self._keeps, self._trails = keeps, trails
        self._stubs: list[Stubber] = []

    def client(self, service: str) -> Any:
        """Each is asked once for each thing."""
        made: Any = boto3.client(service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # type: ignore[call-overload]
        stub = Stubber(made)
        if service == "cloudtrail":
            stub.add_response("describe_trails", self._trails)
            stub.add_response("get_trail_status", {"IsLogging": True})
        else:
            stub.add_response("get_work_group", {"WorkGroup": {"Name": "primary", "Configuration": self._keeps}})
            stub.add_response("list_databases", {"DatabaseList": [{"Name": "logs"}]})
            stub.add_response("list_table_metadata", {"TableMetadataList": [self._table]})
        stub.activate()
        self._stubs.append(stub)
        return made


BUCKET = "s3://our-trail/AWSLogs/"
CHOICES: dict[str, tuple[Has, str, str]] = {
    "a table over the trail": (Has(), "athena:logs.trail", "projects its days"),
    "over all accounts of the trail": (Has(BUCKET), "athena:logs.trail", "projects its days"),
    "one whose results Athena keeps": (
        Has(keeps={"ManagedQueryResultsConfiguration": {"Enabled": True}}), "athena:logs.trail", "projects its days",
    ),
    "a table over an organisation's trail": (
        Has(f"{BUCKET}o-ab12", storage_location_template=f"{BUCKET}o-ab12/${{who}}/CloudTrail/${{timestamp}}"),
        "athena:logs.trail", "projects its days",
    ),
    "a table over another account's logs": (Has(f"{BUCKET}444455556666/CloudTrail"), BUCKET, "no table over it"),
    "a template of another account": (
        Has(BUCKET, storage_location_template=f"{BUCKET}444455556666/CloudTrail/${{timestamp}}"),
        BUCKET, "no table over it",
    ),
    "a template of other accounts": (
        Has(BUCKET, storage_location_template=f"{BUCKET}${{who}}/CloudTrail/${{timestamp}}",
            projection_who_values="444455556666"),
        BUCKET, "no table over it",
    ),
    "a template of one Region alone": (
        Has(storage_location_template=f"{OVER}/us-east-1/${{timestamp}}"), BUCKET, "no table over it",
    ),
    "a table of one Region alone": (Has(f"{OVER}/us-east-1/"), BUCKET, "no table over it"),
    "a table over another bucket": (Has("s3://old-trail/AWSLogs/1/CloudTrail"), BUCKET, "no table over it"),
    "days that somebody must add": (Has(projection_enabled="false"), BUCKET, "no table over it"),
    "days that ended": (Has(projection_timestamp_range="2020/01/01,2020/02/01"), BUCKET, "no table over it"),
    "a template elsewhere": (Has(storage_location_template="s3://theirs/${timestamp}"), BUCKET, "no table over it"),
    "nowhere for results": (Has(keeps={}), BUCKET, "keeps no results"),
    "no trail": (Has(trails={"trailList": []}), "", "no trail over all Regions"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHOICES)
def test_auto_takes_a_table_before_the_bucket_and_the_bucket_before_cloudtrail_and_says_why(case: str) -> None:
    account, address, why = CHOICES[case]
    choice = best(account.client("cloudtrail"), account.client("athena"), "111122223333")
    assert choice.address == address
    assert why in choice.why


def test_what_was_chosen_is_said_beside_what_was_read() -> None:
    found = inquire(Chosen(table(Queries()), "because"), [leaked_key(AKIA)], Bounds())
    assert found.seen == "table logs.trail of Athena, 2026-10-25 to 2026-11-24 (chosen: because)"
