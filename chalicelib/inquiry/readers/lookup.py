"""CloudTrail's own memory: management events of 90 days, Region by Region, two calls a second in each.

LookupEvents takes one attribute a call ("LookupEvents", CloudTrail API reference), so each mark is a look-up of its
own. It is there in every account, with no trail configured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Queue
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.inquiry import call
from chalicelib.inquiry.call import EVERY
from chalicelib.inquiry.looks import Looks
from chalicelib.inquiry.trail import Gap
from chalicelib.model import refusal_code
from chalicelib.sources.reading import node, text

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient  # noqa: TC004 - only a checker reads the annotation

    from chalicelib.inquiry.call import Call

KEPT = timedelta(days=90)
_EVERY = 0.5  # seconds between calls: 2 a second for an account in a Region (CloudTrail user guide, "Quotas")
_PAGE = 50
_PAGES = 400  # of one mark in one Region: 20,000 events, and more than three minutes
_SESSIONS = 100  # of a role, the newest: each is a look-up of its own
_AHEAD = 500

_REASONS = {"UnrecognizedClientException": "these Regions are not enabled for the account, as it seems"}

_WHO_MAY = "see who may call cloudtrail:LookupEvents"

_CONFIG = Config(
    connect_timeout=3, read_timeout=20, max_pool_connections=2, retries={"mode": "standard", "total_max_attempts": 6}
)


@dataclass
class Pace:
    """No two calls of a Region within half a second."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _free: float = 0.0

    def wait(self) -> None:
        """Until the next call may be made."""
        now = self.clock()
        if now < self._free:
            self.sleep(self._free - now)
        self._free = max(now, self._free) + _EVERY


@dataclass
class LookUp:
    """All Regions side by side, a thread each. `begin` and `end` are the time that is looked at."""

    session: boto3.Session
    account: str
    regions: tuple[str, ...]
    begin: datetime
    end: datetime
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    step: Callable[[int], None] = lambda _: None
    looks: Looks = field(default_factory=Looks)
    _done: int = 0
    _odd: int = 0
    _failed: dict[str, set[str]] = field(default_factory=dict)
    _cut: set[str] = field(default_factory=set)
    _paces: dict[str, Pace] = field(default_factory=dict)
    _clients: dict[str, CloudTrailClient] = field(default_factory=dict)

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """See `Trail`. A call found by several marks comes several times, with the same id."""
        new, found = tuple(marks[self._done :]), 0
        self._done = len(marks)
        self._connect()
        for record in self._together(new):
            made = call.of(record)
            if made:
                found += 1
                self.step(found)
                yield made
            else:
                self._odd += 1

    def _connect(self) -> None:
        """boto3 cannot make two clients at once, so they are made before the threads."""
        for region in self.regions:
            if region not in self._clients:
                self._clients[region] = self.session.client("cloudtrail", region_name=region, config=_CONFIG)
                self._paces[region] = Pace(self.clock, self.sleep)

    def _together(self, marks: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """What all Regions find, as they find it."""
        coming: Queue[dict[str, Any] | None] = Queue(_AHEAD)
        ended = Event()
        with ThreadPoolExecutor(max(1, len(self.regions))) as pool:
            running = [pool.submit(self._fill, region, marks, coming, ended) for region in self.regions]
            left = len(running)
            try:
                while left:
                    record = coming.get()
                    if record is None:
                        left -= 1
                    else:
                        yield record
            finally:
                ended.set()
                while left:  # whoever is about to hand something over must not wait for ever
                    left -= coming.get() is None
        for one in running:
            one.result()

    def _fill(self, region: str, marks: tuple[str, ...], coming: Queue[dict[str, Any] | None], ended: Event) -> None:
        try:
            for mark in marks:
                for record in self._marked(region, mark):
                    if ended.is_set():
                        return
                    coming.put(record)
        except (ClientError, BotoCoreError) as error:
            self.looks.refuse(error)
            self._failed.setdefault(_short(error), set()).add(region)
        finally:
            coming.put(None)

    def _marked(self, region: str, mark: str) -> Iterator[dict[str, Any]]:
        kind, _, rest = mark.partition(":")
        account, _, name = rest.partition("/")
        match kind:
            case "key":
                yield from self._found(region, "AccessKeyId", rest)
            case "user" | "console" | "federated" | "instance":
                yield from self._found(region, "Username", name)
            case "session":
                yield from self._found(region, "Username", name.rpartition("/")[2])
            case "role" | "stranger-into":
                own = self.account if account == EVERY else account
                yield from self._of_role(region, f"arn:aws:iam::{own}:role/{name}", follow=kind == "role")
            case _:
                yield from self._found(region, "ResourceName", rest)

    def _of_role(self, region: str, arn: str, *, follow: bool) -> Iterator[dict[str, Any]]:
        """Calls of a role cannot be looked up; those that gave out its sessions can, and then each session.

        A role with a path is found only where its own sessions are: nothing in a mark says the path.
        """
        keys: dict[str, None] = {}
        for record in self._found(region, "ResourceName", arn):
            yield record
            key = text(node(record, "responseElements", "credentials"), "accessKeyId")
            if key and follow and len(keys) < _SESSIONS:
                keys[key] = None
            elif key and key not in keys and follow:
                self._cut.add(f"older sessions of {arn}")
        for key in keys:
            yield from self._found(region, "AccessKeyId", key)

    def _found(self, region: str, attribute: str, value: str) -> Iterator[dict[str, Any]]:
        """Newest first, page by page."""
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
            "StartTime": self.begin,
            "EndTime": self.end,
            "MaxResults": _PAGE,
        }
        for _ in range(_PAGES):
            self._paces[region].wait()
            answer = self._clients[region].lookup_events(**asked)
            self.looks.answer()
            yield from _records(answer["Events"])
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]
        self._cut.add(f"events of {value} in {region} before its newest {_PAGES * _PAGE:,}")

    def unread(self) -> Exception | None:
        """See `Trail`."""
        return self.looks.unread()

    def gaps(self) -> tuple[Gap, ...]:
        """See `Trail`."""
        logs = "give the trail's logs with --logs"
        found = [
            Gap(f"all that happened in {', '.join(sorted(regions))}", _REASONS.get(reason, reason), _WHO_MAY)
            for reason, regions in sorted(self._failed.items())
        ]
        found += [Gap(one, "there are more than are looked up one by one", logs) for one in sorted(self._cut)]
        if self._odd:
            found.append(Gap(f"{self._odd:,} answers of LookupEvents", "they hold no record that can be read", logs))
        if self.end - self.begin >= KEPT:
            found.append(Gap(f"anything before {self.begin:%Y-%m-%d}", "LookupEvents keeps 90 days", logs))
        found += [
            Gap(
                "data events, such as reading and writing S3 objects and calling functions",
                "LookupEvents has management events alone",
                f"{logs}, if the trail records them",
            ),
            Gap("the last minutes", "CloudTrail shows a call some minutes after it was made", "run this again later"),
        ]
        return tuple(found)

    def seen(self) -> str:
        """See `Trail`."""
        failed = set().union(*self._failed.values()) if self._failed else set()
        count = len(self.regions) - len(failed)
        return f"LookupEvents of {count:,} Regions, {self.begin:%Y-%m-%d} to {self.end:%Y-%m-%d}"


def _short(error: ClientError | BotoCoreError) -> str:
    return refusal_code(error.response) if isinstance(error, ClientError) else str(error)[:200]


def _records(events: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The record of each event; an empty one where it cannot be read, which is no call."""
    for one in events:
        try:
            record = json.loads(one.get("CloudTrailEvent") or "{}")
        except (ValueError, RecursionError):
            record = {}
        yield record if isinstance(record, dict) else {}
