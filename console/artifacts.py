"""The bucket that packages are deployed from: private, encrypted, versioned, and certainly ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3
    from mypy_boto3_s3 import S3Client  # noqa: TC004 - only a checker reads the annotation

_ABSENT, _FOREIGN = "404", "403"


class BucketError(Exception):
    """The bucket cannot be trusted with a package; the text says why and what to do."""


@dataclass(frozen=True)
class Bucket:
    """The bucket, and the account that must own it at every call: its name can be guessed, so anyone can take it."""

    s3: S3Client
    name: str
    account: str

    def put(self, key: str, content: bytes) -> bool:
        """Put an object that is named after its content; False where it was there already."""
        try:
            self.s3.head_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self.account)
        except ClientError as error:
            if error.response["Error"]["Code"] != _ABSENT:
                raise
            self.s3.put_object(Bucket=self.name, Key=key, Body=content, ExpectedBucketOwner=self.account)
            return True
        return False

    def url(self, key: str) -> str:
        """Where CloudFormation reads an object, which must be an https URL of S3."""
        return f"https://s3.{self.s3.meta.region_name}.amazonaws.com/{self.name}/{key}"


def bucket(session: boto3.Session, report: Callable[[str], None]) -> Bucket:
    """The account's bucket for packages, made where there is none, and closed to the public each time."""
    account, s3 = session.client("sts").get_caller_identity()["Account"], session.client("s3")
    found = Bucket(s3, f"leak-responder-artifacts-{account}-{session.region_name}", account)
    ensure(found, report)
    return found


def ensure(found: Bucket, report: Callable[[str], None]) -> None:
    """Make the bucket where there is none, and close it. BucketError where it is somebody else's."""
    try:
        found.s3.head_bucket(Bucket=found.name, ExpectedBucketOwner=found.account)
    except ClientError as error:
        _refuse_foreign(found, error)
        report(f"Making bucket {found.name}")
        found.s3.create_bucket(Bucket=found.name)
    _close(found)


def _refuse_foreign(found: Bucket, error: ClientError) -> None:
    code = error.response["Error"]["Code"]
    if code == _FOREIGN:
        raise BucketError(
            f"Bucket {found.name} belongs to another account, or you may not use it. A package must not be deployed "
            f"from a stranger's bucket: ask for the rights to it, or, if account {found.account} does not own it, "
            "report it to AWS."
        ) from error
    if code != _ABSENT:
        raise error


def _close(found: Bucket) -> None:
    name, owner = found.name, found.account
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    found.s3.put_public_access_block(
        Bucket=name,
        ExpectedBucketOwner=owner,
        PublicAccessBlockConfiguration=closed,  # type: ignore[arg-type]
    )
    found.s3.put_bucket_versioning(
        Bucket=name, ExpectedBucketOwner=owner, VersioningConfiguration={"Status": "Enabled"}
    )
    found.s3.put_bucket_encryption(
        Bucket=name,
        ExpectedBucketOwner=owner,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
