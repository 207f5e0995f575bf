"""`leak-responder explain`: what would be decided about an event file, offline."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.text import Text

from chalicelib import playbook, sources
from chalicelib.model import Confidence, Context, Decision, Facts, Ignored, Judgement, Malformed, Plan, Signal
from chalicelib.report.escape import plain
from chalicelib.report.message import notice_message
from chalicelib.report.text import clean, render
from chalicelib.report.words import deed
from chalicelib.settings import Settings
from chalicelib.wiring import now
from console.chosen import AS_EXPLAINED
from console.terminal import console, document

if TYPE_CHECKING:
    from chalicelib.report.form import Message

_MALFORMED = 1
_LARGEST = 5_000_000  # bytes; EventBridge delivers 256 KB at most


@dataclass(frozen=True)
class Reading:
    """One signal of a file and what would come of it."""

    signal: Signal
    judgement: Judgement
    plan: Plan
    settings: Settings

    @property
    def contains(self) -> bool:
        """Whether its plan would be run, unasked or once a person approves."""
        return self.judgement.decision in {Decision.ACT, Decision.ASK}


Verdict = tuple[Reading, ...] | Ignored | Malformed


def explain(
    files: Annotated[list[Path], typer.Argument(help="Event files: envelope, record, finding, Health event.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, a line per file.")] = False,
) -> None:
    """Say what would be decided about each event, without touching AWS.

    Decides as in mode contain-confirmed, with nothing known but the event. Exit code 1 if a file cannot be read.
    """
    unreadable = False
    for number, file in enumerate(files):
        verdict = verdict_of(document_of(file))
        unreadable = unreadable or isinstance(verdict, Malformed)
        if as_json:
            document(line_of(file, verdict))
        else:
            _show(file, verdict, first=number == 0)
    if unreadable:
        raise typer.Exit(_MALFORMED)


def document_of(file: Path) -> Any:  # noqa: ANN401 - any JSON
    """What a file holds; where it cannot be read, why, as Malformed."""
    try:
        return _parsed(_bytes(file))
    except OSError as error:
        return Malformed(f"the file cannot be read: {error.strerror or type(error).__name__}")
    except RecursionError:
        return Malformed("nested too deeply")
    except UnicodeDecodeError as error:
        return Malformed(f"not UTF-8: byte {error.start}")
    except ValueError as error:
        return Malformed(f"not a JSON document that we trust: {plain(str(error))}")


def verdict_of(content: Any, chosen: Settings = AS_EXPLAINED) -> Verdict:  # noqa: ANN401 - any JSON
    """The readings of what a file holds, or why there are none."""
    if isinstance(content, Malformed):
        return content
    event = unwrapped(content)
    if not isinstance(event, dict):
        return Malformed("not a JSON object")
    parsed = sources.read_any(event, now())
    if isinstance(parsed, Ignored | Malformed):
        return parsed
    return tuple(weighed(signal, chosen) for signal in parsed)


def unwrapped(event: Any) -> Any:  # noqa: ANN401 - any JSON
    """What stands in a wrapper that tells the shape of its event; the tokens of GitLab, which sends a bare list."""
    if isinstance(event, dict) and "shape" in event and "event" in event:
        event = event["event"]
    event = _alone(event)
    return {"tokens": event} if isinstance(event, list) and all(map(_is_token, event)) else event


def _alone(event: Any) -> Any:  # noqa: ANN401 - any JSON
    """The one event of a list: as GetFindings answers for one id, or a log file that was cut down to a record."""
    for name in "Records", "Findings":
        held = event.get(name) if isinstance(event, dict) and set(event) <= {name, "NextToken"} else None
        if isinstance(held, list) and len(held) == 1:
            return held[0]
    return event


def _is_token(one: object) -> bool:
    return isinstance(one, dict) and {"token", "type", "location"} <= set(one)


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST:,} bytes")
    return content


def _parsed(content: bytes) -> Any:  # noqa: ANN401 - any JSON
    """As strict as the standard: what two readers may take for two different events is none."""
    return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once_each, parse_constant=_no_number)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member {next(name for name in members if names.count(name) > 1)!r} stands there twice")
    return members


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is not a number of JSON")


_OUR_QUARANTINE = re.compile(r"arn:aws[a-z-]*:iam::\d*:policy/leak-responder/leak-responder-quarantine-[\w-]+")


def weighed(signal: Signal, chosen: Settings = AS_EXPLAINED, context: Context | None = None) -> Reading:
    """As the responder of that very account would; offline nobody knows its stack, so our policy goes by its name."""
    named = signal.policy if _OUR_QUARANTINE.fullmatch(signal.policy or "") else None
    settings = replace(chosen, account=signal.account, quarantine_policy=named or "the quarantine policy")
    judgement = playbook.strike(signal, settings, context)
    known = signal
    if signal.principal is None and judgement.decision in {Decision.ACT, Decision.ASK}:
        known = playbook.presumed(signal)
        judgement = replace(judgement, strike=playbook.blow(known, settings))
    return Reading(signal, judgement, playbook.decide(known, judgement, Facts(), settings), settings)


def line_of(file: Path, verdict: Verdict) -> dict[str, Any]:
    """The line of `--json`."""
    match verdict:
        case Malformed(reason=reason):
            return _nothing(file, "malformed", reason)
        case Ignored(reason=reason):
            return _nothing(file, Decision.IGNORE, reason)
        case readings:
            return _found(file, readings)


def _nothing(file: Path, decision: str, reason: str) -> dict[str, Any]:
    return {
        "file": str(file),
        "decision": decision,
        "confidence": None,
        "reason": reason,
        "subjects": [],
        "actions": [],
        "rule": None,
        "why_not": reason,
    }


def _found(file: Path, readings: tuple[Reading, ...]) -> dict[str, Any]:
    leading = _leading(readings)
    strongest = leading.judgement
    steps = [step.action for one in readings if one.contains for step in one.plan.steps]
    row: dict[str, Any] = {
        "file": str(file),
        "decision": strongest.decision,
        "confidence": max((one.judgement.confidence for one in readings), key=tuple(Confidence).index),
        "reason": _reason(strongest, readings),
        "subjects": [_subject(one.signal) for one in readings],
        "actions": list(dict.fromkeys(steps)),
        "rule": leading.signal.sign,
        "why_not": strongest.why_not or None,
    }
    return row | ({"dry": True} if strongest.dry else {})


def _leading(readings: tuple[Reading, ...]) -> Reading:
    """The one that most is done about."""
    return min(readings, key=lambda one: tuple(Decision).index(one.judgement.decision))


def _reason(strongest: Judgement, readings: tuple[Reading, ...]) -> str:
    withheld = (f"{one.action} withheld: {one.reason}" for reading in readings for one in reading.plan.withheld)
    return "; ".join(dict.fromkeys((strongest.reason, *withheld)))


def _subject(signal: Signal) -> dict[str, str | None]:
    name = signal.principal.name if signal.principal else None
    return {"kind": signal.subject.kind, "id": signal.subject.id, "principal": name, "account": signal.account}


_COLOURS = {"malformed": "red", Decision.ACT: "bold red", Decision.ASK: "bold yellow", Decision.TELL: "bold cyan"}


def _show(file: Path, verdict: Verdict, *, first: bool) -> None:
    """The same for a person: the decision, the message of each signal, the plan, and what to do next."""
    row = line_of(file, verdict)
    page = console(stderr=False)
    if not first:
        page.print()
    page.print(Text(clean(f"{row['file']}: {row['decision']}"), style=_COLOURS.get(row["decision"], "bold")))
    page.print(Text(f"  {plain(row['reason'], 1000)}"))
    readings = verdict if isinstance(verdict, tuple) else ()
    for one in readings:
        page.print(Text(f"\n{render(_message(one))}"))
        if one.contains:
            page.print(Text(_plan(one.plan)))
    page.print(Text(f"Next: {_next(row, readings)}", style="bold"))


def _message(one: Reading) -> Message:
    number = sha256(one.signal.native_id.encode(errors="backslashreplace")).hexdigest()
    return notice_message(one.signal, one.judgement, number, now(), one.settings)


def _plan(plan: Plan) -> str:
    """The whole plan: the message has the first step only, for it is written before anything is looked up."""
    steps = (f"  {number}. {step.action}: {deed(step)}" for number, step in enumerate(plan.steps, 1))
    withheld = (
        f"  not {one.action}: {plain(one.reason, 400)}\n    you: {plain(one.instead, 400)}" for one in plan.withheld
    )
    return "\n".join(("THE PLAN, IN ORDER", *steps, *withheld, ""))


def _next(row: dict[str, Any], readings: tuple[Reading, ...]) -> str:
    if row["decision"] == Decision.TELL and any(one.plan.withheld for one in readings) and "dry" not in row:
        return "the responder cannot act on this: do what the message above asks of you."
    return _NEXT[row["decision"]]


_NEXT = {
    "malformed": "nothing was decided. Check that the file holds one event as AWS delivered it.",
    Decision.IGNORE: "nothing to do, unless you know more than this event says.",
    Decision.TELL: "read the message above; nothing would be changed in AWS.",
    Decision.ASK: "to have the deployed responder plan this and ask: leak-responder replay, with this file.",
    Decision.ACT: "to have the deployed responder do this: leak-responder replay, with this file. It asks first.",
}
