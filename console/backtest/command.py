"""`leak-responder backtest`: what the responder would have done, had it been there."""

from __future__ import annotations

import tempfile
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.inquiry.files import found
from chalicelib.model import Decision, Mode
from chalicelib.wiring import now
from console.backtest import spool
from console.backtest.judging import judged
from console.backtest.reader import read
from console.backtest.result import Read, result
from console.backtest.showing import show
from console.chosen import AS_EXPLAINED
from console.cores import processes
from console.progress import progress
from console.terminal import console, document, say

_NOTHING, _CONTAINED = 1, 3


def backtest(
    paths: Annotated[list[Path], typer.Argument(help="Files, and folders of .json, .jsonl, .json.gz, .jsonl.gz.")],
    *,
    mode: Annotated[Mode, typer.Option(help="Decide as in this mode.")] = Mode.CONTAIN_CONFIRMED,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; all cores where not given.")] = None,
) -> None:
    """Say what would have been contained, asked and told, had the responder seen these recorded events.

    Reads CloudTrail log files, records, EventBridge envelopes and GuardDuty findings. Touches nothing in AWS. What
    cannot be read is counted and named, and the rest is read.

    Exact: the rules, each event's decision, the order of all signals by the time of their activity, whatever file
    they stand in, and which events each pattern lets through.

    Approximated: every account counts as ours, nobody is protected, and no role is the responder's own; a key whose
    user no event names is somebody of its own; an incident stays open to the end; signals count when their activity
    happened, though AWS reports it later; events of all Regions count as forwarded.
    """
    with tempfile.TemporaryDirectory(prefix="leak-responder-") as folder:
        try:
            known = _read(paths, Path(folder), jobs or processes(paths))
        except BrokenProcessPool:
            say("a process that read files was ended from outside, perhaps for want of memory: try --jobs 1", "red")
            raise typer.Exit(_NOTHING) from None
        verdicts = judged(spool.taken(Path(folder)), replace(AS_EXPLAINED, mode=mode))
    made = result(known, verdicts, mode)
    if as_json:
        document(made)
    else:
        show(made, console(stderr=False))
    if not known.total.events:
        raise typer.Exit(_NOTHING)
    if verdicts.incidents(Decision.ACT):
        raise typer.Exit(_CONTAINED)


def _read(paths: list[Path], folder: Path, count: int) -> Read:
    known = Read()
    with progress("events", lambda: sum(1 for _ in found(paths))) as step:
        for file, tally in read(found(paths), folder, now(), count):
            known.add(file, tally)
            step(known.total.events)
    return known
