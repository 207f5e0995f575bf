"""`leak-responder backtest`: what the responder would have done, had it been there."""

from __future__ import annotations

import tempfile
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalicelib.inquiry.files import Skipped, found
from chalicelib.inquiry.looks import nothing_in
from chalicelib.inquiry.readers.bucket import Bucket, place
from chalicelib.inquiry.readers.logs import File, Log
from chalicelib.model import Decision, Mode
from chalicelib.wiring import now
from console import moments
from console.backtest import page, spool
from console.backtest.comparing import compared
from console.backtest.judging import judged
from console.backtest.reader import FETCHED, fetched, read
from console.backtest.result import Read, result
from console.backtest.showing import show
from console.chosen import AS_EXPLAINED, ChosenError, chosen
from console.cores import processes
from console.looks import refuse_missing, refuse_unread
from console.progress import progress
from console.terminal import console, document, refuse, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.settings import Settings

_NOTHING, _CONTAINED = 1, 3
_DAYS = timedelta(days=30)


def backtest(
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, and buckets as s3://BUCKET/PREFIX.", metavar="PATH")
    ],
    *,
    mode: Annotated[
        Mode | None, typer.Option(help="Decide as in this mode; contain-confirmed where none is set.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="JSON object of the stack's parameters to decide with.", dir_okay=False, metavar="FILE"),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(help="Other parameters: say about whom they decide otherwise.", dir_okay=False, metavar="FILE"),
    ] = None,
    html: Annotated[str | None, typer.Option(help="Write it as one page into this file.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Of a bucket, the days since then; the last 30 where not given.", metavar="TIME")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; all cores where not given.", metavar="N")] = None,
) -> None:
    """Say what would have been contained, asked and told, had the responder seen these recorded events.

    Touches nothing in AWS. What cannot be read is counted and named, and the rest is read; where nothing could be
    read, nothing is known, and the exit code is 2. Copies of an event count once.

    Exact: the rules, the decoys of --settings, each event's decision, the order of all signals by the time of their
    activity, whatever file they stand in, the circuit breaker, and which events each pattern lets through.

    Approximated: every account counts as ours, nobody is protected but by --settings, and no role is the responder's
    own; a key whose user no event names is somebody of its own; an incident stays open to the end; signals count when
    their activity happened, though AWS reports it later; events of all Regions count as forwarded.
    """
    here, there = _chosen(settings, mode), _chosen(compare, None) if compare else None
    with tempfile.TemporaryDirectory(prefix="leak-responder-") as folder:
        try:
            known = _read(paths, Path(folder), jobs, moments.given("--since", since), frozenset(here.decoys))
        except BrokenProcessPool:
            refuse("a process that read files was ended from outside, perhaps for want of memory: try --jobs 1")
        verdicts = judged(spool.taken(Path(folder)), here)
        made = result(known, spool.counts(Path(folder)), verdicts, here.mode)
        if there:
            made["compared"] = compared(verdicts, judged(spool.taken(Path(folder)), there), here, there)
    if as_json:
        document(made)
    else:
        show(made, console(stderr=False))
    if html:
        written(html, page.written(made))
    if not known.total.events:
        raise typer.Exit(_NOTHING)
    if made["compared"]["more"] if there else verdicts.incidents(Decision.ACT):
        raise typer.Exit(_CONTAINED)


def _chosen(file: Path | None, mode: Mode | None) -> Settings:
    try:
        found = chosen(file) if file else AS_EXPLAINED
    except ChosenError as error:
        refuse(str(error))
    return replace(found, mode=mode) if mode else found


def _read(paths: list[str], folder: Path, jobs: int | None, since: datetime | None, planted: frozenset[str]) -> Read:
    local = [Path(one) for one in paths if not one.startswith("s3:")]
    refuse_missing(local)
    buckets = [_bucket(one, since or now() - _DAYS) for one in paths if one.startswith("s3:")]
    count, known, skipped = jobs or processes(local), Read(), Skipped()
    with progress("events", None if buckets else lambda: sum(1 for _ in found(local))) as step:
        held = read(map(File, found(local, skipped)), folder, now(), planted, count)
        for file, tally in chain(held, *(fetched(_listed(one), folder, now(), planted) for one in buckets)):
            known.add(file.name, tally)
            step(known.total.events)
    for one in (skipped, *(bucket.skipped for bucket in buckets)):
        known.skipped.update(one.kinds)
    if not known.total.events:
        _refuse_unread(known, paths, buckets)
    return known


def _refuse_unread(known: Read, paths: list[str], buckets: list[Bucket]) -> None:
    """Where AWS gave no file, or none could be read, no event is no answer."""
    for error in filter(None, (one.looks.unread() for one in buckets)):
        refuse_unread(error)
    if known.files == known.faulty:
        faults = {name: tally.fault for name, tally in known.faults}
        more = known.faulty - len(faults)
        refuse_unread(nothing_in(", ".join(paths), faults, Skipped(known.skipped).told(), more))


def _bucket(address: str, since: datetime) -> Bucket:
    from botocore.config import Config  # takes half a second, and most runs read a disk

    from console.deployed import STACK, refusing, session

    named = place(address)
    if named is None:
        refuse(f"{address} is no bucket: write it as s3://BUCKET or s3://BUCKET/PREFIX")
    with refusing(STACK):
        s3 = session().client("s3", config=Config(max_pool_connections=FETCHED))
    return Bucket(s3, *named, since, now())


def _listed(bucket: Bucket) -> Iterator[Log]:
    from console.deployed import STACK, reason_behind

    try:
        yield from bucket.logs()
    except OSError as error:
        if not bucket.looks.is_answered:
            refuse_unread(error)
        refuse(f"s3://{bucket.bucket} cannot be listed to its end: {reason_behind(error, STACK)}")
