"""`leak-responder explain`: what would be decided about an event file, offline."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib import playbook, sources
from chalicelib.model import Confidence, Decision, Facts, Ignored, Judgement, Malformed, Mode, Plan, Signal
from chalicelib.report.message import notice_message
from chalicelib.report.text import render
from chalicelib.settings import Settings
from chalicelib.wiring import now
from console.terminal import document, say

_MALFORMED = 1
_LARGEST = 5_000_000  # bytes; EventBridge delivers 256 KB at most


@dataclass(frozen=True)
class Reading:
    """One signal of a file and what would come of it."""

    signal: Signal
    judgement: Judgement
    plan: Plan


def explain(
    files: Annotated[list[Path], typer.Argument(help="Event files: envelope, record, finding, Health event.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, a line per file.")] = False,
) -> None:
    """Say what would be decided about each event, without touching AWS.

    Decides as in mode contain-confirmed, with nothing known but the event. Exit code 1 if a file cannot be read.
    """
    outcomes = [(file, *_read(file)) for file in files]
    for file, readings, verdict in outcomes:
        row = _row(file, readings, verdict)
        document(row) if as_json else _show(row, readings)
    if any(isinstance(verdict, Malformed) for _, _, verdict in outcomes):
        raise typer.Exit(_MALFORMED)


def _read(file: Path) -> tuple[list[Reading], Ignored | Malformed | None]:
    try:
        if file.stat().st_size > _LARGEST:
            return [], Malformed(f"larger than {_LARGEST} bytes")
        event = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError) as error:
        return [], Malformed(f"{type(error).__name__}: {error}")
    if not isinstance(event, dict):
        return [], Malformed("not a JSON object")
    if "shape" in event and isinstance(event.get("event"), dict):
        event = event["event"]
    return read_event(event)


def read_event(event: dict[str, Any]) -> tuple[list[Reading], Ignored | Malformed | None]:
    """The readings of one event, or why there are none."""
    parsed = sources.read_any(event, now())
    if isinstance(parsed, Ignored | Malformed):
        return [], parsed
    return [_reading(signal) for signal in parsed], None


def _reading(signal: Signal) -> Reading:
    settings = Settings(account=signal.account, mode=Mode.CONTAIN_CONFIRMED, quarantine_policy="the quarantine policy")
    judgement = playbook.strike(signal, settings)
    if signal.principal is None and signal.subject.id and judgement.decision in {Decision.ACT, Decision.ASK}:
        judgement = replace(judgement, strike=playbook.blow(playbook.presumed(signal), settings))
    return Reading(signal, judgement, playbook.decide(signal, judgement, Facts(), settings))


def _row(file: Path, readings: list[Reading], verdict: Ignored | Malformed | None) -> dict[str, Any]:
    if verdict is not None or not readings:
        decision = "malformed" if isinstance(verdict, Malformed) else Decision.IGNORE
        reason = verdict.reason if verdict else "no credential is concerned"
        return {
            "file": str(file),
            "decision": decision,
            "confidence": None,
            "reason": reason,
            "subjects": [],
            "actions": [],
        }
    strongest = min(readings, key=lambda one: tuple(Decision).index(one.judgement.decision)).judgement
    acts = strongest.decision in {Decision.ACT, Decision.ASK}
    steps = (step.action for one in readings for step in one.plan.steps) if acts else ()
    row: dict[str, Any] = {
        "file": str(file),
        "decision": strongest.decision,
        "confidence": max((one.judgement.confidence for one in readings), key=tuple(Confidence).index),
        "reason": _reason(strongest),
        "subjects": [_subject(one.signal) for one in readings],
        "actions": list(dict.fromkeys(steps)),
    }
    return row | ({"dry": True} if strongest.dry else {})


def _reason(judgement: Judgement) -> str:
    return "; ".join((judgement.reason, *(f"{one.action} withheld: {one.reason}" for one in judgement.withheld)))


def _subject(signal: Signal) -> dict[str, str | None]:
    name = signal.principal.name if signal.principal else None
    return {"kind": signal.subject.kind, "id": signal.subject.id, "principal": name, "account": signal.account}


def _show(row: dict[str, Any], readings: list[Reading]) -> None:
    say(f"{row['file']}: {row['decision']}", "bold")
    say(f"  {row['reason']}")
    for one in readings:
        settings = Settings(account=one.signal.account)
        message = notice_message(one.signal, one.judgement, one.signal.native_id, now(), settings)
        typer.echo(render(message))
    if row["actions"]:
        say(f"  actions, in order: {', '.join(row['actions'])}")
