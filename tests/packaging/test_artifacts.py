"""The bucket that packages come from: ours, closed, and never a stranger's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from console import artifacts

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "leak-responder-artifacts-123456789012-us-east-1"


def silent(line: str) -> None:
    """Nobody listens."""


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


def test_it_is_made_closed_and_kept(session: boto3.Session) -> None:
    said: list[str] = []
    made, again = artifacts.bucket(session, said.append), artifacts.bucket(session, said.append)
    s3 = session.client("s3")
    assert (made.name, again.name, said) == (NAME, NAME, [f"Making bucket {NAME}"])
    assert all(s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]


def test_what_is_there_is_not_put_again(session: boto3.Session) -> None:
    bucket = artifacts.bucket(session, silent)
    assert bucket.put("key", b"content")
    assert not bucket.put("key", b"content")
    assert session.client("s3").get_object(Bucket=NAME, Key="key")["Body"].read() == b"content"
    assert bucket.url("key") == f"https://s3.us-east-1.amazonaws.com/{NAME}/key"


def test_a_bucket_of_a_stranger_is_never_used() -> None:
    s3 = boto3.client("s3")
    found = artifacts.Bucket(s3, NAME, "123456789012")
    with Stubber(s3) as stub:
        expected = {"Bucket": NAME, "ExpectedBucketOwner": "123456789012"}
        stub.add_client_error("head_bucket", "403", http_status_code=403, expected_params=expected)
        with pytest.raises(artifacts.BucketError, match="stranger's bucket"):
            artifacts.ensure(found, silent)
        stub.assert_no_pending_responses()
