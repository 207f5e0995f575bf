"""The trail of a deployed stack: a table of Athena where one is named, else its bucket, else CloudTrail's memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.config import Config

from chalicelib.inquiry.limit import Limited
from chalicelib.inquiry.places import PLACES
from chalicelib.inquiry.readers.ahead import in_order
from chalicelib.inquiry.readers.athena import Table
from chalicelib.inquiry.readers.auto import Chosen, enabled
from chalicelib.inquiry.readers.bucket import Bucket
from chalicelib.inquiry.readers.logs import Logs, taken
from chalicelib.inquiry.readers.lookup import KEPT, LookUp
from chalicelib.inquiry.trail import Gap
from chalicelib.inquiry.where_used import Found, where_used
from chalicelib.model import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from chalicelib.inquiry.limit import Limit
    from chalicelib.inquiry.trail import Trail
    from chalicelib.ports import Ports

SEARCHED = tuple(one for one in PLACES if one.service != "ssm")
"""Not SSM parameters: the right to get those that are not encrypted opens encrypted ones too."""

_NAMED = {
    "codebuild:BatchGetProjects": "codebuild:*:${AWS::AccountId}:project/*",
    "ec2:DescribeInstanceAttribute": "ec2:*:${AWS::AccountId}:instance/*",
}
"""The few of these calls that can be allowed on things of our account alone."""

_OF_GLUE = ("${TrailGlueCatalog}", "${TrailGlueDatabase}", "${TrailGlueTable}")
"""A call about a table is weighed against all three (Glue developer guide, "Specifying Glue resource ARNs")."""

PERMISSIONS = (
    Permission(("cloudtrail:LookupEvents", "ec2:DescribeRegions"), ("*",)),
    Permission(tuple(action for one in SEARCHED for action in one.actions if action not in _NAMED), ("*",)),
    *(Permission((action,), (f"arn:${{AWS::Partition}}:{resource}",)) for action, resource in _NAMED.items()),
    Permission(
        (
            *("athena:StartQueryExecution", "athena:StopQueryExecution"),
            *("athena:GetQueryExecution", "athena:GetQueryResults"),
        ),
        ("${TrailWorkgroupArn}",),
    ),
    Permission(("athena:GetTableMetadata",), ("${TrailCatalogArn}",)),
    Permission(("glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"), _OF_GLUE),
    Permission(("s3:GetBucketLocation", "s3:ListBucket"), ("${TrailResultsArn}",)),
    Permission(("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"), ("${TrailResultsObjects}",)),
    Permission(("s3:GetBucketLocation", "s3:ListBucket"), ("${TrailBucketArn}",)),
    Permission(("s3:GetObject",), ("${TrailObjects}",)),
)

HABITS = timedelta(days=30)
"""How long before the exposure the owner's habits are read."""

SECONDS = 780
"""For all that is read, of the 900 that a function has."""

_FETCHED = 16


@contextmanager
def trail(ports: Ports, limit: Limit, sleep: Callable[[float], None], since: datetime) -> Iterator[Trail]:
    """From some time before the exposure until now."""
    now, settings, session = ports.now(), ports.settings, ports.aws.session
    begin = max(now - KEPT, since - HABITS)
    if settings.trail_table:
        yield Chosen(Limited(_table(ports, limit, sleep, begin), limit), "TrailTable names it")
        return
    if not settings.trail_bucket:
        regions = enabled(session)
        memory = LookUp(session, settings.account, regions, begin, now, limit.clock, sleep)
        yield Chosen(Limited(memory, limit), "TrailTable names no table, and TrailBucket no bucket")
        return
    s3 = session.client("s3", config=Config(max_pool_connections=_FETCHED))
    bucket = Bucket(s3, settings.trail_bucket, settings.trail_prefix, begin, now)
    where = f"s3://{settings.trail_bucket}/{settings.trail_prefix}"
    with ThreadPoolExecutor(_FETCHED) as hands:
        logs = Logs(
            lambda: limit.passing(bucket.logs()),
            where,
            lambda tasks: (result for _, result in in_order(hands, taken, tasks, 2 * _FETCHED)),
            outside=bucket.outside(),
            skipped=bucket.skipped,
        )
        yield Chosen(Limited(logs, limit), "TrailBucket names it")


def _table(ports: Ports, limit: Limit, sleep: Callable[[float], None], begin: datetime) -> Table:
    settings, athena = ports.settings, ports.aws.session.client("athena", region_name=ports.settings.region)
    named = (settings.trail_workgroup, settings.trail_database, settings.trail_table)
    return Table(athena, *named, begin, ports.now(), sleep, is_over=limit.is_over)


_OBJECTS = "ask for those where keys may lie with `leak-responder where-used --objects s3://BUCKET/PREFIX`"


def written_down(ports: Ports, limit: Limit, keys: Iterable[str]) -> Found:
    """Where these keys stand that should stand nowhere, as far as there is time."""
    session = ports.aws.session
    regions = enabled(session)
    looks = [(one, region) for one in SEARCHED for region in regions]
    found = where_used(session, keys, looks, passing=limit.passing)
    more = "ask for it with `leak-responder where-used`"
    gaps = [
        Gap("SSM parameters", "the inquiry of the stack has no right to get them", more),
        Gap("S3 objects", "the inquiry of the stack may read those of the trail's bucket alone", _OBJECTS),
    ]
    if limit.cut:
        gaps.append(Gap("more places where a key may be written down", "there was no time left for them", more))
    return Found(found.hits, (*found.gaps, *gaps))
