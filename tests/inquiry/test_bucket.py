"""The trail's bucket: the same answers as of a folder, of the days in question, and what could not be read is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws import Aws
from chalicelib.inquiry.family import Bounds, leaked_key
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.limit import Limit, Limited
from chalicelib.inquiry.readers.athena import Table
from chalicelib.inquiry.readers.auto import Chosen
from chalicelib.inquiry.readers.bucket import Bucket, days
from chalicelib.inquiry.readers.configured import HABITS, trail
from chalicelib.ports import Ports
from chalicelib.settings import Settings
from tests.backtest import logs
from tests.inquiry import story
from tests.inquiry.asking import run
from tests.inquiry.story import BACKUP_KEY
from tests.sources.events import ACCOUNT, AKIA, Json

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

BUCKET = "our-trail"
_BELOW = f"AWSLogs/{ACCOUNT}"


def key(day: str, region: str = "us-east-1") -> str:
    """Where CloudTrail delivers what happened on a day."""
    name = f"{ACCOUNT}_CloudTrail_{region}_{day.replace('/', '')}T0300Z_x.json.gz"
    return f"{_BELOW}/CloudTrail/{region}/{day}/{name}"


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[S3Client]:
    """A bucket with the story, delivered the day after, and much that is none of it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = boto3.client("s3", region_name="us-east-1")
        made.create_bucket(Bucket=BUCKET)
        habits, night = tmp_path / "habits.json.gz", tmp_path / "night.json.gz"
        logs.log(habits, *story.habits())
        logs.log(night, *story.night().values(), *story.bystanders())
        for where, file in (
            (key("2026/11/20"), habits),
            (key("2026/11/25", "eu-west-1"), night),
            (key("2026/07/01"), night),
            (key("2025/11/24"), night),
            (f"{_BELOW}/CloudTrail-Digest/us-east-1/2026/11/24/digest.json.gz", night),
            (f"{_BELOW}/CloudTrail/eu-west-1/2026/11/24/readme.md", night),
        ):
            made.put_object(Bucket=BUCKET, Key=where, Body=file.read_bytes())
        yield made


def asked(*words: str) -> Json:
    """The document, of what leaked and when."""
    found: Json = json.loads(run("--json", "--access-key", AKIA, "--since", story.SINCE, *words).stdout)
    return found


def test_a_bucket_answers_as_a_folder_does(s3: S3Client, tmp_path: Path) -> None:
    of_bucket, of_folder = asked("--logs", f"s3://{BUCKET}", "--until", "2026-11-25"), asked("--logs", str(tmp_path))
    for part in ("leaked", "owners", "timeline", "refused", "before", "children", "leak", "breaks", "rotate"):
        assert of_bucket[part] == of_folder[part], part
    assert of_bucket["copies"] == 0
    assert "2 log files of s3://our-trail" in of_bucket["complete"]["seen"]
    assert "anything before 2026-10-25" in {one["what"] for one in of_bucket["complete"]["gaps"]}


def test_auto_reads_the_bucket_of_a_trail_that_records_every_region(s3: S3Client) -> None:
    cloudtrail = boto3.client("cloudtrail", region_name="us-east-1")
    cloudtrail.create_trail(Name="all", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="all")
    found = asked("--logs", "auto", "--until", "2026-11-25")
    assert BACKUP_KEY in {one["name"] for one in found["children"]}
    seen = found["complete"]["seen"]
    assert "s3://our-trail/AWSLogs/" in seen
    assert "chosen: the trail writes there, and workgroup primary of Athena" in seen


def test_what_the_bucket_does_not_give_is_named(s3: S3Client) -> None:
    said = run("--access-key", AKIA, "--logs", "s3://not-our-trail")
    assert (said.exit_code, said.stdout) == (2, "")
    assert "nothing was looked at, so nothing is known of it: AWS refused ListObjectsV2: NoSuchBucket" in said.stderr
    empty = run("--access-key", AKIA, "--logs", f"s3://{BUCKET}/elsewhere/")
    assert (empty.exit_code, empty.stdout) == (2, "")
    assert f"s3://{BUCKET}/elsewhere/ holds no log of CloudTrail" in empty.stderr
    listed = list(Bucket(s3, BUCKET, "", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)).logs())
    assert len(listed) == 2
    s3.delete_object(Bucket=BUCKET, Key=listed[0].key)
    with pytest.raises(OSError, match="NoSuchKey"):
        list(listed[0].content())


def test_a_file_that_is_not_given_is_a_gap_and_the_rest_is_read(s3: S3Client) -> None:
    first, *_ = Bucket(s3, BUCKET, "", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)).logs()
    s3.put_object(Bucket=BUCKET, Key=f"{first.key.rpartition('/')[0]}/broken.json.gz", Body=b"\x1f\x8b broken")
    found = asked("--logs", f"s3://{BUCKET}", "--until", "2026-11-25")
    assert found["calls"]
    assert any("broken.json.gz" in gap["what"] for gap in found["complete"]["gaps"])


def test_a_deployed_stack_reads_the_bucket_that_it_is_given(s3: S3Client) -> None:
    aws, settings = Aws(boto3.Session(), "us-east-1"), Settings(trail_bucket=BUCKET, trail_prefix="AWSLogs/")
    now, since = datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    nothing: Any = None
    ports = Ports(settings, aws, nothing, nothing, lambda: now, nothing)
    with trail(ports, Limit(lambda: 0.0, 1), lambda _: None, since) as read:
        found = inquire(read, [leaked_key(AKIA)], Bounds(since=since))
    assert BACKUP_KEY in {one.name for one in found.family.children()}
    assert found.seen.startswith("2 log files of s3://our-trail/AWSLogs/")
    assert found.seen.endswith("(chosen: TrailBucket names it)")


def test_a_table_that_the_stack_is_given_is_asked_in_place_of_the_bucket() -> None:
    aws = Aws(boto3.Session(), "us-east-1")
    settings = Settings(trail_bucket=BUCKET, trail_database="logs", trail_table="trail", trail_workgroup="ours")
    now, since = datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    nothing: Any = None
    ports = Ports(settings, aws, nothing, nothing, lambda: now, nothing)
    with trail(ports, Limit(lambda: 0.0, 1), lambda _: None, since) as read:
        assert read.seen().endswith("(chosen: TrailTable names it)")
        assert isinstance(read, Chosen)
        assert isinstance(read.trail, Limited)
        table = read.trail.trail
        assert isinstance(table, Table)
    assert (table.workgroup, table.database, table.table) == ("ours", "logs", "trail")
    assert (table.begin, table.end) == (since - HABITS, now)


def test_no_bucket_is_refused() -> None:
    said = run("--access-key", AKIA, "--logs", "s3:/x")
    assert said.exit_code == 2
    assert "is no bucket" in said.stderr


DAYS = {
    "x/2026/": ("2026-01-01", "2027-01-01"),
    "x/2024/02/": ("2024-02-01", "2024-03-01"),
    "x/2026/11/24/": ("2026-11-24", "2026-11-25"),
}


@pytest.mark.parametrize("folder", DAYS)
def test_a_folder_says_which_days_are_in_it(folder: str) -> None:
    span = days(folder)
    assert span
    assert tuple(f"{one:%Y-%m-%d}" for one in span) == DAYS[folder]


@pytest.mark.parametrize("folder", ["x/", "x/us-east-1/", "x/2026/13/", "x/0000/"])
def test_other_folders_may_hold_any_day(folder: str) -> None:
    assert days(folder) is None
