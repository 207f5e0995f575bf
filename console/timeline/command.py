"""`leak-responder timeline`: what a credential did, what it made, how it leaked, what breaks, what to rotate."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from botocore.config import Config

from chalicelib.inquiry.document import document as made_of
from chalicelib.inquiry.family import Bounds, Member, leaked_key, leaked_role, leaked_user
from chalicelib.inquiry.files import Skipped, found
from chalicelib.inquiry.inquire import Inquiry, inquire
from chalicelib.inquiry.readers.ahead import in_order
from chalicelib.inquiry.readers.athena import Table, place as table
from chalicelib.inquiry.readers.auto import Chosen, best, enabled
from chalicelib.inquiry.readers.bucket import Bucket, place
from chalicelib.inquiry.readers.logs import File, Logs, Work, taken
from chalicelib.inquiry.readers.lookup import KEPT, LookUp
from chalicelib.report.document import page
from chalicelib.report.document.compose import inquired
from chalicelib.sources.reading import key_id
from chalicelib.wiring import now
from console import moments
from console.cores import AHEAD, pool, processes
from console.deployed import STACK, refusing, session
from console.looks import refuse_missing, refuse_unread
from console.progress import progress
from console.terminal import console, document, refuse, say, written
from console.timeline.page import show

if TYPE_CHECKING:
    from chalicelib.inquiry.trail import Trail

LOGS = "FOLDER|s3://…|athena:…|auto"

_NOTHING, _KEY = 1, "--access-key"
_FETCHED = 16  # files at a time: most of the time goes by waiting for S3
_HABITS = timedelta(days=30)


def timeline(
    *,
    access_key: Annotated[
        str | None, typer.Option(help="The key that leaked, AKIA… or ASIA….", metavar="AKIA…")
    ] = None,
    user: Annotated[str | None, typer.Option(help="A user, with all credentials.", metavar="NAME")] = None,
    role: Annotated[str | None, typer.Option(help="A role, with all sessions.", metavar="NAME")] = None,
    role_session: Annotated[
        str | None, typer.Option("--session", help="Only this session of the role.", metavar="NAME")
    ] = None,
    logs: Annotated[
        str | None,
        typer.Option(help="CloudTrail logs; without them CloudTrail is asked.", metavar=LOGS),
    ] = None,
    since: Annotated[str | None, typer.Option(help="The exposure, as 2026-11-24T02:58Z.", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option(help="Look at nothing later.", metavar="TIME")] = None,
    html: Annotated[str | None, typer.Option(help="Write it as one page into this file.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; all cores where not given.", metavar="N")] = None,
) -> None:
    """Say what a credential did: its calls, what it made, how it leaked, what breaks without it, what to rotate.

    Follows what the credential made, and what that made in turn, over all Regions and accounts in the logs. Needs no
    deployment, and changes nothing in AWS. What could not be seen is named; where nothing at all could be read, nothing
    is known, and the exit code is 2.

    Without --logs it asks CloudTrail with your AWS credentials, which may call cloudtrail:LookupEvents and
    ec2:DescribeRegions: management events of 90 days, in every Region that the account uses. Of a bucket it reads the
    days since 30 before --since, or the last 90. `athena:DATABASE.TABLE`, or `athena:WORKGROUP/DATABASE.TABLE`, has
    Athena look in its table of the trail, of the same days as far as the table is partitioned by day; you pay for what
    it reads.

    `auto` takes the first that there is: a table of Athena over the logs of the account's own trail over all Regions,
    whose days are projected; the bucket of that trail; CloudTrail. Which it was, and why, stands beside what was read.

    With --since, calls before it are the owner's habits: by them the first foreign call is found, and who stands still
    without the credential. Children and secrets count from then on.
    """
    leaked = _leaked(access_key, user, role, role_session)
    words = _words(access_key, user, role, role_session)
    bounds = Bounds(since=moments.given("--since", since), until=moments.given("--until", until))
    answer = made_of(answered(logs, leaked, bounds, jobs))
    if html:
        written(html, page.render(inquired(answer, now())))
    if as_json:
        document(answer)
    elif not html:
        show(answer, console(stderr=False), _following(answer, words))
    if not answer["calls"]:
        raise typer.Exit(_NOTHING)


def _leaked(key: str | None, user: str | None, role: str | None, own: str | None) -> list[Member]:
    if key and not key_id(key):
        refuse(f"{key} is no key id: it begins with AKIA or ASIA, and is not the secret key")
    if own and not role:
        refuse("say with --role whose session it is")
    leaked = [leaked_key(key)] if key else []
    leaked += [leaked_user(user)] if user else []
    leaked += [leaked_role(role, own)] if role else []
    if not leaked:
        refuse("say what leaked, with --access-key, --user or --role")
    return leaked


def _words(key: str | None, user: str | None, role: str | None, own: str | None) -> list[str]:
    """The options that name it again. Of a key and its user the key says more."""
    if key or user:
        return [_KEY, key] if key else ["--user", user or ""]
    return ["--role", role or "", *(("--session", own) if own else ())]


def answered(logs: str | None, leaked: list[Member], bounds: Bounds, jobs: int | None = None) -> Inquiry:
    """An inquiry of that trail. Where nothing of it could be read there is no answer."""
    try:
        with _trail(logs, bounds, jobs) as trail:
            found = inquire(trail, leaked, bounds)
            if error := trail.unread():
                refuse_unread(error)
            return found
    except BrokenProcessPool:
        refuse("a process that read files was ended from outside, perhaps for want of memory: try --jobs 1")


@contextmanager
def _trail(logs: str | None, bounds: Bounds, jobs: int | None) -> Iterator[Trail]:
    """The one that was named, or the best that there is."""
    if logs != "auto":
        with _named(logs or "", bounds, jobs) as trail:
            yield trail
        return
    with refusing(STACK):
        ours = session()
        account = ours.client("sts").get_caller_identity()["Account"]
        choice = best(ours.client("cloudtrail"), ours.client("athena"), account)
    with _named(choice.address, bounds, jobs) as trail:
        yield Chosen(trail, choice.why)


@contextmanager
def _named(where: str, bounds: Bounds, jobs: int | None) -> Iterator[Trail]:
    """A folder of logs, a table of Athena, a trail's bucket, or what CloudTrail itself remembers."""
    with refusing(STACK):
        if not where:
            with progress("calls") as step:
                yield _memory(bounds, step)
        elif where.startswith("athena:"):
            with progress("calls") as step:
                yield _table(where, bounds, step)
        elif where.startswith("s3:"):
            with progress("calls") as step, ThreadPoolExecutor(_FETCHED) as hands:
                bucket = _bucket(where, bounds)
                work = _by(hands, 2 * _FETCHED)
                outside, unread = bucket.outside(), bucket.looks.unread
                yield Logs(bucket.logs, where, work, step, outside, unread, bucket.skipped)
        else:
            with _folder(Path(where), jobs) as trail:
                yield trail


@contextmanager
def _folder(folder: Path, jobs: int | None) -> Iterator[Trail]:
    refuse_missing((folder,))
    count, skipped = jobs or processes((folder,)), Skipped()

    def files() -> Iterator[File]:
        return map(File, found((folder,), skipped))

    with progress("calls", lambda: sum(1 for _ in found((folder,)))) as step, ExitStack() as stack:
        logs = Logs(files, str(folder), step=step, skipped=skipped)
        if count > 1:
            logs.work = _by(stack.enter_context(pool(count)), count * AHEAD)
        yield logs


def _by(hands: Executor, ahead: int) -> Work:
    return lambda tasks: (result for _, result in in_order(hands, taken, tasks, ahead))


def _bucket(address: str, bounds: Bounds) -> Bucket:
    """Of the days since some time before the exposure, which show the owner's habits."""
    named = place(address)
    if named is None:
        refuse(f"{address} is no bucket: write it as s3://BUCKET or s3://BUCKET/PREFIX")
    begin = _begin(bounds)
    s3 = session().client("s3", config=Config(max_pool_connections=_FETCHED))
    return Bucket(s3, *named, begin, bounds.until or now())


def _begin(bounds: Bounds) -> datetime:
    return bounds.since - _HABITS if bounds.since else now() - KEPT


def _table(address: str, bounds: Bounds, step: Callable[[int], None]) -> Table:
    named = table(address)
    if named is None:
        refuse(f"{address} is no table: write it as athena:DATABASE.TABLE or athena:WORKGROUP/DATABASE.TABLE")
    athena = session().client("athena")
    return Table(athena, *named, _begin(bounds), bounds.until or now(), time.sleep, step)


def _memory(bounds: Bounds, step: Callable[[int], None]) -> LookUp:
    mine = session()
    account = mine.client("sts").get_caller_identity()["Account"]
    end = min(bounds.until or now(), now())
    regions = enabled(mine)
    say(f"looking up {len(regions)} Regions of account {account}, two calls a second in each …", "dim")
    return LookUp(mine, account, regions, now() - KEPT, end, time.monotonic, time.sleep, step)


def _following(answer: dict[str, Any], words: list[str]) -> str:
    if not answer["calls"]:
        return (
            "nothing was found in what was read. Are these the logs of its account, and of the time in question? What "
            "could not be seen is named above"
        )
    plan = f"`leak-responder plan {shlex.join(words)}` says what containing it would do"
    made = "; then the same for what it made" if answer["children"] else ""
    written = f", and `leak-responder where-used {shlex.join(words)}` where it is written down" if _KEY in words else ""
    return f"{plan}{made}{written}."
