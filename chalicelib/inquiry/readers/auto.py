"""What an account has: the Regions that it uses, and where its own trail writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudtrail.type_defs import TrailTypeDef


def trails_bucket(cloudtrail: CloudTrailClient) -> str | None:
    """The address of the logs of a trail over all Regions that is recording; None where there is none to be seen."""
    try:
        found = cloudtrail.describe_trails()["trailList"]
        own = next((one for one in found if one.get("IsMultiRegionTrail") and _records(cloudtrail, one)), None)
    except ClientError:
        return None
    if own is None:
        return None
    prefix = own.get("S3KeyPrefix")
    return f"s3://{own['S3BucketName']}/{f'{prefix}/' if prefix else ''}AWSLogs/"


def _records(cloudtrail: CloudTrailClient, trail: TrailTypeDef) -> bool:
    return cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]


def enabled(session: boto3.Session) -> tuple[str, ...]:
    """The Regions that the account uses; all there are where it may not ask."""
    try:
        answer = session.client("ec2").describe_regions()
    except ClientError:
        return tuple(session.get_available_regions("cloudtrail"))
    return tuple(sorted(one["RegionName"] for one in answer["Regions"]))
