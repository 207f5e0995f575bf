"""A trail's bucket, where nobody has copied it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from chalicelib.wiring import now
from tests.backtest.logs import at, call, log, result, run
from tests.sources import events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "our-trail"
QUARANTINED = events.policy_moved("AttachUserPolicy", f"{events.QUARANTINE}V3")


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """A folder of logs, and a bucket that holds the same under the day of its delivery."""
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        for number in range(40):
            records = [at(number, QUARANTINED)] if number == 7 else [call(number)]
            file = log(tmp_path / "logs" / f"{number:02}.json.gz", *records)
            day = now() - timedelta(days=1)
            key = f"AWSLogs/{events.ACCOUNT}/CloudTrail/us-east-1/{day:%Y/%m/%d}/{file.name}"
            s3.put_object(Bucket=BUCKET, Key=key, Body=file.read_bytes())
        s3.put_object(
            Bucket=BUCKET, Key=f"AWSLogs/{events.ACCOUNT}/CloudTrail/us-east-1/2020/01/01/old.json", Body=b"{"
        )
        yield tmp_path / "logs"


def test_a_bucket_is_decided_as_a_copy_of_it(logs: Path) -> None:
    of_bucket, of_folder = result(f"s3://{BUCKET}/AWSLogs/"), result(logs)
    assert of_bucket == of_folder
    assert of_bucket["incidents"]["act"] == 1
    assert result(f"s3://{BUCKET}", logs) == {
        **of_folder,
        "files": {**of_folder["files"], "read": 80},
        "events": {"read": 40, "copies": 40, "odd": 0},
    }


def test_older_days_are_read_where_they_are_asked_for(logs: Path) -> None:
    found = result(f"s3://{BUCKET}", "--since", "2020-01-01")
    (fault,) = found["files"]["faults"]
    assert fault["file"].startswith(f"s3://{BUCKET}/AWSLogs/")
    assert fault["file"].endswith("2020/01/01/old.json")
    assert found["incidents"]["act"] == result(logs)["incidents"]["act"]


@pytest.mark.usefixtures("logs")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["s3://nobodys-trail"],
            "nothing was looked at, so nothing is known of it: AWS refused ListObjectsV2: NoSuchBucket",
        ),
        (["s3:/x"], "s3:/x is no bucket: write it as s3://BUCKET"),
        ([f"s3://{BUCKET}", "--since", "yesterday"], "--since yesterday is no time"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(words: list[str], said: str) -> None:
    refused = run(*words)
    assert refused.exit_code == 2
    assert said in refused.stderr
