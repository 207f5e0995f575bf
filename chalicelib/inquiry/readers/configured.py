"""The trail of a deployed stack: its bucket where one is named, and else CloudTrail's own memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.config import Config

from chalicelib.inquiry.limit import Limited
from chalicelib.inquiry.readers.ahead import in_order
from chalicelib.inquiry.readers.auto import enabled
from chalicelib.inquiry.readers.bucket import Bucket
from chalicelib.inquiry.readers.logs import Logs, taken
from chalicelib.inquiry.readers.lookup import KEPT, LookUp
from chalicelib.model import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from chalicelib.inquiry.limit import Limit
    from chalicelib.inquiry.trail import Trail
    from chalicelib.ports import Ports

PERMISSIONS = (
    Permission(("cloudtrail:LookupEvents", "ec2:DescribeRegions"), ("*",)),
    Permission(("s3:ListBucket",), ("${TrailBucketArn}",)),
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
    if not settings.trail_bucket:
        regions = enabled(session)
        yield Limited(LookUp(session, settings.account, regions, begin, now, limit.clock, sleep), limit)
        return
    s3 = session.client("s3", config=Config(max_pool_connections=_FETCHED))
    bucket = Bucket(s3, settings.trail_bucket, settings.trail_prefix, begin, now)
    where = f"s3://{settings.trail_bucket}/{settings.trail_prefix}"
    with ThreadPoolExecutor(_FETCHED) as hands:
        yield Limited(
            Logs(
                lambda: limit.passing(bucket.logs()),
                where,
                lambda tasks: (result for _, result in in_order(hands, taken, tasks, 2 * _FETCHED)),
                outside=bucket.outside(),
            ),
            limit,
        )
