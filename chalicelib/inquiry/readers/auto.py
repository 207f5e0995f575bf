"""What an account has: the Regions that it uses, where its own trail writes to, and a table of Athena over that.

`auto` takes the first of three that is there. A table is asked for what it is about, where a bucket is read to the end;
both hold data events too, and more than the 90 days and management events that CloudTrail itself remembers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.inquiry.readers import athena
from chalicelib.inquiry.trail import Trail
from chalicelib.model import refusal_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import boto3
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudtrail.type_defs import TrailTypeDef

    from chalicelib.inquiry.call import Call
    from chalicelib.inquiry.trail import Gap


@dataclass(frozen=True)
class Choice:
    """The address of the best that there is, "" for CloudTrail's own memory, and why it and nothing better."""

    address: str
    why: str


@dataclass(frozen=True)
class Chosen:
    """A trail that nobody named, which says why it was taken."""

    trail: Trail
    why: str

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """See `Trail`."""
        return self.trail.calls(marks)

    def gaps(self) -> tuple[Gap, ...]:
        """See `Trail`."""
        return self.trail.gaps()

    def seen(self) -> str:
        """See `Trail`."""
        return f"{self.trail.seen()} (chosen: {self.why})"

    def unread(self) -> Exception | None:
        """See `Trail`."""
        return self.trail.unread()


def best(cloudtrail: CloudTrailClient, tables: Any, account: str) -> Choice:  # noqa: ANN401 - no types of Athena are installed
    """A table over the trail's logs that knows their days, or else the bucket, or else CloudTrail's own memory."""
    logs = trails_bucket(cloudtrail)
    if logs is None:
        return Choice("", "no trail over all Regions that records is to be seen")
    table, why = _table_over(_Folder(logs, account), tables)
    return Choice(f"athena:{table}", why) if table else Choice(logs, f"the trail writes there, and {why}")


_PRIMARY = "primary"


@dataclass(frozen=True)
class _Folder:
    """Where a trail writes to, and whose logs are wanted of it."""

    logs: str
    account: str

    def is_whole(self, place: str, told: Any) -> bool:  # noqa: ANN401 - plain JSON values
        """Whether the account's logs of all Regions lie there. A bucket may hold a folder for each of many accounts."""
        whose = rf"(?:{self.account}|\$\{{(?P<name>\w+)\}})/CloudTrail/(?:\$\{{.*)?"
        found = re.fullmatch(rf"{re.escape(self.logs)}(?:o-\w+/)?(?:{whose})?", place)
        listed = told.get(f"projection.{found['name']}.values") if found else None
        return found is not None and (listed is None or self.account in listed.split(","))


def _table_over(folder: _Folder, client: Any) -> tuple[str, str]:  # noqa: ANN401 - no types of Athena are installed
    """The table, or "" and why there is none. One that knows no days would cost all that it holds."""
    try:
        if not _keeps_results(client.get_work_group(WorkGroup=_PRIMARY)["WorkGroup"].get("Configuration", {})):
            return "", f"workgroup {_PRIMARY} of Athena is off or keeps no results"
        found = [name for name, one in _tables(client) if _is_over(folder, one)]
    except ClientError as error:
        return "", f"Athena answered {refusal_code(error.response)}"
    if not found:
        return "", "Athena has no table over it that projects its days"
    return found[0], "it is over the trail's bucket and projects its days, so that Athena reads those alone"


def _keeps_results(configuration: Any) -> bool:  # noqa: ANN401 - plain JSON values
    managed = configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled", False)
    return bool(managed or configuration.get("ResultConfiguration", {}).get("OutputLocation"))


def _tables(client: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - no types of Athena are installed
    """Every one that an address can name."""
    for page in client.get_paginator("list_databases").paginate(CatalogName=athena.CATALOGUE):
        for database in page["DatabaseList"]:
            asked = {"CatalogName": athena.CATALOGUE, "DatabaseName": database["Name"]}
            for tables in client.get_paginator("list_table_metadata").paginate(**asked):
                for one in tables["TableMetadataList"]:
                    name = f"{database['Name']}.{one['Name']}"
                    if athena.place(f"athena:{name}"):
                        yield name, one


def _is_over(folder: _Folder, table: Any) -> bool:  # noqa: ANN401 - plain JSON values
    """Whether it has the account's logs of all Regions, and finds the days in them by itself, up to now.

    Partitions that are not projected are there only if somebody added them: of the newest days they may be missing.
    Whoever may write tables may have one look elsewhere, or end years ago (Athena user guide, "Partition projection").
    """
    told = table.get("Parameters", {})
    template = told.get("storage.location.template", folder.logs)
    ranges = [told.get(f"{name.removesuffix('.type')}.range", "") for name, kind in told.items() if kind == "date"]
    places = (template, f"{told.get('location', '').rstrip('/')}/")
    if not all(one.endswith("NOW") for one in ranges) or not all(folder.is_whole(one, told) for one in places):
        return False
    partitions = {one["Name"].lower() for one in table.get("PartitionKeys", ())}
    columns = {one["Name"].lower() for one in table.get("Columns", ())}
    projected = told.get("projection.enabled") == "true" and athena.knows_days(partitions)
    return projected and columns >= _READ


_READ = {"useridentity", "eventtime", "eventsource", "eventname", "requestparameters", "responseelements"}
"""Columns without which a table says too little to be taken unasked."""


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
