"""`leak-responder explain`: what would be decided about an event file, offline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from chalicelib import playbook, sources
from chalicelib.inquiry.formats.envelopes import Unread, events_in, is_example
from chalicelib.inquiry.formats.packing import PIECE, Unreadable
from chalicelib.inquiry.formats.records import identity_of, is_aside
from chalicelib.inquiry.formats.values import documents_of, values_in
from chalicelib.inquiry.reading import Note, parsed_strictly, raw_decode_strictly
from chalicelib.ledger import habits
from chalicelib.model import Confidence, Context, Decision, Facts, Ignored, Judgement, Malformed, Plan, Sign, Signal
from chalicelib.report.escape import plain
from chalicelib.report.message import notice_message
from chalicelib.report.text import clean, render
from chalicelib.report.words import deed
from chalicelib.settings import Settings
from chalicelib.sources.escalation import ALMIGHTY
from chalicelib.wiring import now
from console.chosen import AS_EXPLAINED
from console.scans.formats import find_json_format
from console.scans.reader import collect_findings, read_values
from console.scans.signals import found_signals
from console.terminal import console, document

if TYPE_CHECKING:
    from chalicelib.report.form import Message
    from console.scans.findings import Scan

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
    files: Annotated[list[Path], typer.Argument(help="Event files, alone or in lists and messages.", metavar="FILE")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, a line per file.")] = False,
) -> None:
    """Say what would be decided about each event, without touching AWS.

    Takes results of scanners, too. Of several events in a file the one leads that most is done about.

    Decides as in mode contain-confirmed, with nothing known but the event: what a machine's role does, it does for the
    first time; rights that it gives itself count so where the event shows what they are. Exit code 1 if a file cannot
    be read.
    """
    unreadable = False
    for number, file in enumerate(files):
        verdicts = verdicts_of(document_of(file))
        unreadable = unreadable or any(isinstance(verdict, Malformed) for verdict in verdicts)
        if as_json:
            document(line_of(file, verdicts))
        else:
            _show(file, verdicts, first=number == 0)
    if unreadable:
        raise typer.Exit(_MALFORMED)


def document_of(file: Path) -> Any:  # noqa: ANN401 - any JSON
    """What a file holds, or all files in it where it is an archive; where it cannot be read, why, as Malformed."""
    notes: list[str] = []
    contents: list[Any] = []
    left = _LARGEST
    try:
        for _, content in documents_of(_raw(file), notes.append):
            held = _bytes(content, left)
            left -= len(held)
            contents.append(_content(held))
    except (OSError, UnicodeDecodeError, ValueError, Unreadable) as error:
        contents.append(Malformed(_fault_in(error)))
    contents += map(Malformed, notes)
    return contents[0] if len(contents) == 1 else contents


def _content(held: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return _documents(held.decode("utf-8-sig"))
    except RecursionError:
        return Malformed("nested too deeply")
    except ValueError as error:
        return Malformed(_fault_in(error))


def _fault_in(error: Exception) -> str:
    match error:
        case OSError():
            return f"the file cannot be read: {error.strerror or type(error).__name__}"
        case UnicodeDecodeError():
            return f"not UTF-8: byte {error.start}"
        case Unreadable():
            return str(error)
        case _:
            return f"not a JSON document that we trust: {plain(str(error))}"


def verdicts_of(content: Any, chosen: Settings = AS_EXPLAINED) -> list[Verdict]:  # noqa: ANN401 - any JSON
    """What is made of each event that a file holds, nothing known but itself."""
    scan = _read_scan(content)
    if scan:
        unread: list[Verdict] = [Malformed(fault) for fault in scan.faults]
        found: Verdict = _weighed_all(found_signals(scan, now()), chosen) if scan.found else Ignored(_NO_KEY)
        return [found, *unread]
    notes: list[str] = []
    verdicts = [_verdict(event, chosen) for event in events_of(content, notes.append)]
    verdicts += map(Malformed, dict.fromkeys(notes))
    return verdicts or [Ignored("a list that holds no event")]


def events_of(content: Any, note: Note) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Each event of a file, without the copies: it may hold what two trails delivered."""
    known: set[bytes] = set()
    for event in events_in(content, note):
        identity = identity_of(event) if isinstance(event, dict) else None
        if identity is None or identity not in known:
            yield event
        if identity is not None:
            known.add(identity)


def _read_scan(content: Any) -> Scan | None:  # noqa: ANN401 - any JSON
    """Return the findings of a scanner's result; None if it is none."""
    if is_example(content):
        return _read_scan(content["event"])
    first = next(iter(content), None) if isinstance(content, list) else content
    return collect_findings(read_values([content])) if find_json_format(first) else None


_NO_KEY = "the result of a scanner, which names no access key id"


def _verdict(event: Any, chosen: Settings) -> Verdict:  # noqa: ANN401 - any JSON
    if isinstance(event, Unread):
        return Malformed(event.reason)
    if not isinstance(event, dict):
        return event if isinstance(event, Malformed) else Malformed("not a JSON object")
    if is_aside(event):
        return Ignored("CloudTrail's own notes about its logs, and no call")
    found = sources.read_any(event, now(), (), chosen.decoys)
    return found if isinstance(found, Ignored | Malformed) else _weighed_all(found, chosen)


def _weighed_all(signals: Iterable[Signal], chosen: Settings) -> Verdict:
    return tuple(weighed(signal, chosen, _as_new(signal)) for signal in signals)


def _as_new(signal: Signal) -> Context | None:
    """Return the context of a machine whose habits nobody knows here: it never did so before.

    Where not even the event shows how far the rights reach that it took, two things are unknown: then it is judged as
    by a responder that knows no habits yet.
    """
    return Context(is_new_to_machine=True) if habits.concerns(signal) and _shows_reach(signal) else None


def _shows_reach(signal: Signal) -> bool:
    """Say whether the event shows what was given, and not the name alone of a policy, role or boundary."""
    if signal.sign is not Sign.RIGHTS_TAKEN:
        return True
    owner, _, name = (signal.policy or "").rpartition(":policy/")
    return signal.what == "PutRolePolicy" or (owner.endswith(":iam::aws") and name in ALMIGHTY)


def _raw(file: Path) -> Iterator[bytes]:
    """Its bytes, a pipe's too."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _bytes(plain: Iterator[bytes], most: int) -> bytes:
    """All of it. ValueError where that is more than any file of events is taken to have."""
    taken, length = [], 0
    for piece in plain:
        taken.append(piece)
        length += len(piece)
        if length > most:
            raise ValueError(f"larger than {_LARGEST:,} bytes")
    return b"".join(taken)


def _documents(written: str) -> Any:  # noqa: ANN401 - any JSON
    """Return one document, or a list of several as logs and exports have them."""
    try:
        return parsed_strictly(written)
    except ValueError:
        faults: list[str] = []
        values = list(values_in(iter((written,)), faults.append, decode=raw_decode_strictly))
        if not values:
            raise
        return [*values, *map(Malformed, faults)]


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


def line_of(file: Path, verdicts: list[Verdict]) -> dict[str, Any]:
    """The line of `--json`. Of several events the one leads that most is done about, and their number is given."""
    readings = _readings(verdicts)
    unread = list(dict.fromkeys(one.reason for one in verdicts if isinstance(one, Malformed)))
    ignored = dict.fromkeys(one.reason for one in verdicts if isinstance(one, Ignored))
    if readings:
        row = _found(file, readings)
    elif unread:
        row = _nothing(file, "malformed", "; ".join(unread))
    else:
        row = _nothing(file, Decision.IGNORE, "; ".join(islice(ignored, _REASONS)))
    several = {"events": len(verdicts)} if len(verdicts) > 1 else {}
    return row | several | ({"unread": unread} if readings and unread else {})


_REASONS = 5
"""Of a long list that says nothing, the first few are enough."""


def _readings(verdicts: list[Verdict]) -> tuple[Reading, ...]:
    return tuple(one for verdict in verdicts if isinstance(verdict, tuple) for one in verdict)


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


def _show(file: Path, verdicts: list[Verdict], *, first: bool) -> None:
    """The same for a person: the decision, the message of each signal, the plan, and what to do next."""
    row = line_of(file, verdicts)
    page = console(stderr=False)
    if not first:
        page.print()
    page.print(Text(clean(f"{row['file']}: {row['decision']}"), style=_COLOURS.get(row["decision"], "bold")))
    page.print(Text(f"  {plain(row['reason'], 1000)}"))
    if "unread" in row:
        page.print(Text(f"  Not all could be read: {plain('; '.join(row['unread']), 1000)}"))
    readings = _readings(verdicts)
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
