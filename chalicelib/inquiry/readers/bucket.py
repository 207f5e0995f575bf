"""The trail's bucket: only the days in question are listed, and each file is fetched once."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.inquiry.files import Skipped, is_log, is_other_log
from chalicelib.inquiry.looks import Looks
from chalicelib.inquiry.trail import Gap
from chalicelib.model import refusal_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client  # noqa: TC004 - only a checker reads the annotation

_PIECE = 1 << 18
_KEPT = 1 << 22  # bytes of a file that is kept between searching and parsing it; a larger one is fetched again
_PLACE = re.compile(r"s3://(?P<bucket>[a-z0-9.-]{3,63})/?(?P<prefix>.*)")
_LATER = timedelta(days=1)


@dataclass
class Object:
    """A log in the bucket."""

    s3: S3Client
    bucket: str
    key: str
    size: int
    looks: Looks = field(default_factory=Looks, repr=False)
    _body: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.key}"

    def content(self) -> Iterator[bytes]:
        """Its bytes. OSError where it cannot be had."""
        if self.size > _KEPT:
            yield from self._fetched()
            return
        if self._body is None:
            self._body = b"".join(self._fetched())
        yield self._body

    def _fetched(self) -> Iterator[bytes]:
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"]
            self.looks.answer()
            yield from body.iter_chunks(_PIECE)
        except (ClientError, BotoCoreError, urllib3.exceptions.HTTPError) as error:
            self.looks.refuse(error)
            raise _as_os_error(error) from error


def _as_os_error(error: Exception) -> OSError:
    """What a reader of files expects, with the code of AWS's refusal or the kind of obstacle."""
    code = refusal_code(error.response) if isinstance(error, ClientError) else type(error).__name__
    return OSError(0, code)


def place(address: str) -> tuple[str, str] | None:
    """Bucket and prefix of an s3:// address."""
    found = _PLACE.fullmatch(address)
    return (found["bucket"], found["prefix"]) if found else None


@dataclass(frozen=True)
class Bucket:
    """Log files below a prefix, of the days between two moments as far as folders say the day."""

    s3: S3Client
    bucket: str
    prefix: str
    begin: datetime
    end: datetime
    looks: Looks = field(default_factory=Looks)
    skipped: Skipped = field(default_factory=Skipped, compare=False)

    def logs(self) -> Iterator[Object]:
        """In order of their names. OSError where AWS does not list them."""
        self.skipped.kinds.clear()
        try:
            yield from self._below(self.prefix)
        except (ClientError, BotoCoreError) as error:
            self.looks.refuse(error)
            raise _as_os_error(error) from error

    def _below(self, prefix: str) -> Iterator[Object]:
        folders: list[str] = []
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        for page in pages:
            for one in page.get("Contents", ()):
                if is_log(one["Key"]) and not is_other_log(one["Key"]):
                    yield Object(self.s3, self.bucket, one["Key"], one["Size"], self.looks)
                else:
                    self.skipped.add(one["Key"])
            folders += [one["Prefix"] for one in page.get("CommonPrefixes", ())]
        trails = [one for one in folders if one.endswith("/CloudTrail/")]  # beside digests, insights, other services
        for folder in trails or folders:
            if self._is_asked_for(folder):
                yield from self._below(folder)

    def _is_asked_for(self, folder: str) -> bool:
        """A folder's day is that of the delivery, which may be the day after the call."""
        span = days(folder)
        return span is None or (span[0] <= self.end + _LATER and span[1] >= self.begin)

    def outside(self) -> tuple[Gap, ...]:
        """What is in no file that is read, whatever they hold."""
        return (
            Gap(f"anything before {self.begin:%Y-%m-%d}", "the older days of the bucket are not read"),
            Gap("the last minutes", "CloudTrail delivers a call some minutes later", "run this again later"),
        )


_DATED = re.compile(r"/(?P<year>\d{4})/(?:(?P<month>\d\d)/(?:(?P<day>\d\d)/)?)?$")


def days(folder: str) -> tuple[datetime, datetime] | None:
    """From when to when a folder of a year, a month or a day is; None for any other."""
    found = _DATED.search(folder)
    if not found:
        return None
    year, month, day = (int(found[name] or 0) for name in ("year", "month", "day"))
    try:
        first = datetime(year, month or 1, day or 1, tzinfo=UTC)
        last = datetime(year, month or 12, day or monthrange(year, month or 12)[1], tzinfo=UTC)
    except ValueError:
        return None
    return first, last + timedelta(days=1)
