"""`leak-responder backtest`: what the responder would have done, had it been there."""

from __future__ import annotations

import tempfile
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalicelib.inquiry.files import found
from chalicelib.model import Decision, Mode
from chalicelib.wiring import now
from console.backtest import page, spool
from console.backtest.comparing import compared
from console.backtest.judging import judged
from console.backtest.reader import read
from console.backtest.result import Read, result
from console.backtest.showing import show
from console.chosen import AS_EXPLAINED, ChosenError, chosen
from console.cores import processes
from console.progress import progress
from console.terminal import console, document, refuse, say, written

if TYPE_CHECKING:
    from chalicelib.settings import Settings

_NOTHING, _CONTAINED = 1, 3


def backtest(
    paths: Annotated[list[Path], typer.Argument(help="Files, and folders of .json, .jsonl, .json.gz, .jsonl.gz.")],
    *,
    mode: Annotated[
        Mode | None, typer.Option(help="Decide as in this mode; contain-confirmed where none is set.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="JSON object of the stack's parameters to decide with.", dir_okay=False)
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="Other such parameters: say about whom they decide otherwise.", dir_okay=False)
    ] = None,
    html: Annotated[str | None, typer.Option(help="Write it as one page into this file.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; all cores where not given.")] = None,
) -> None:
    """Say what would have been contained, asked and told, had the responder seen these recorded events.

    Reads CloudTrail log files, records, Athena's unloaded as JSON, EventBridge envelopes and GuardDuty findings.
    Touches nothing in AWS. What cannot be read is counted and named, and the rest is read.

    Exact: the rules, each event's decision, the order of all signals by the time of their activity, whatever file
    they stand in, and which events each pattern lets through.

    Approximated: every account counts as ours, nobody is protected but by --settings, and no role is the responder's
    own; a key whose user no event names is somebody of its own; an incident stays open to the end; signals count when
    their activity happened, though AWS reports it later; events of all Regions count as forwarded.
    """
    here, there = _chosen(settings, mode), _chosen(compare, None) if compare else None
    with tempfile.TemporaryDirectory(prefix="leak-responder-") as folder:
        try:
            known = _read(paths, Path(folder), jobs or processes(paths))
        except BrokenProcessPool:
            say("a process that read files was ended from outside, perhaps for want of memory: try --jobs 1", "red")
            raise typer.Exit(_NOTHING) from None
        verdicts = judged(spool.taken(Path(folder)), here)
        made = result(known, verdicts, here.mode)
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


def _read(paths: list[Path], folder: Path, count: int) -> Read:
    known = Read()
    with progress("events", lambda: sum(1 for _ in found(paths))) as step:
        for file, tally in read(found(paths), folder, now(), count):
            known.add(file, tally)
            step(known.total.events)
    return known
