"""Incidents, replay, approve, release, restore, pause: what a person decides, with their own AWS credentials."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib import pause as switch, undo
from chalicelib.replay import ReplayError, replay as replayed
from console.deployed import STACK, Stack, ask, me, ports_of, refusing
from console.terminal import document, refuse, say

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Outcome
    from chalicelib.ports import Ports

__all__ = ["approve", "listed", "pause", "ports_of", "release", "replay", "restore"]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the ledger.")]


def replay(
    what: Annotated[str, typer.Argument(help="GuardDuty finding id, incident id, or path of an event file.")],
    *,
    stack: Stack = STACK,
    region: Annotated[str, typer.Option(help="Region of the finding.")] = "us-east-1",
    mode: Annotated[str | None, typer.Option(help="A mode that does less than the deployed one.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a finding again: the plan first, then act if you say so. Exit code 2 with the reason if it cannot be."""
    with refusing(stack):
        ports = ask(stack)
        request = {"region": region, "mode": mode, **_named(what, ports)}
        answer = replayed(request, ports)
        _show(answer)
        if _ready(answer) and (yes or (not as_json and typer.confirm("Act on this plan?", default=False, err=True))):
            answer = {**answer, **replayed({**request, "yes": True}, ports)}
            answer.pop("next", None)
            _show_end(answer)
        if as_json:
            document(answer)


def _ready(answer: dict[str, Any]) -> bool:
    """Whether saying yes would do anything at all."""
    return "plans" in answer or str(answer.get("next", "")).startswith("ask again")


_LARGEST = 10_000_000  # bytes of a file that could be an event


def _named(what: str, ports: Ports) -> dict[str, Any]:
    path = Path(what)
    if _is_file(path):
        event = _read(path)
        inner = event.get("event")
        return {"event": inner if "shape" in event and isinstance(inner, dict) else event}
    return {"incident": what} if ports.ledger.load(what) else {"finding": what}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no file system takes such a name
        return False


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            message = f"{path} is larger than {_LARGEST:,} bytes: no event is"
            raise ReplayError(message)
        event = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        message = f"{path} cannot be read as JSON: {type(error).__name__}: {error}"
        raise ReplayError(message) from error
    if not isinstance(event, dict):
        message = f"{path} holds no JSON object, so no event: give one event, finding or record a file"
        raise ReplayError(message)
    return event


def _show(answer: dict[str, Any]) -> None:
    for plan in answer.get("plans", ()):
        say(f"{plan['what']}: {plan['decision']} ({plan['reason']})", "bold")
        say(f"  {plan['principal'] or plan['subject']['id']}: {', '.join(plan['actions']) or 'no action'}")
        for one in plan["withheld"]:
            say(f"  withheld: {one['reason']}. You: {one['instead']}", "yellow")
    if "unfinished" in answer:
        say(f"incident {answer['incident']} about {answer['principal']}: {_left(answer)}", "bold")
        if not _ready(answer):
            say(f"  {answer['next']}", "yellow")


def _left(answer: dict[str, Any]) -> str:
    if answer["result"]:
        return f"closed, {answer['result']}"
    return f"unfinished: {', '.join(answer['unfinished']) or 'nothing'}"


def _show_end(answer: dict[str, Any]) -> None:
    say(f"done: {', '.join(answer['answers']) or 'nothing'}", "green")
    say("the messages say what was done; `leak-responder incidents` says how far each incident has come")


def approve(incident: str, *, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Let a plan run that waits for a person."""
    with refusing(stack):
        done = undo.approve(incident, me(), ask(stack))
    contained = bool(done and done.contained_at)
    if as_json:
        document({"incident": incident, "approved": True, "contained": contained})
    say(f"incident {incident}: {'contained' if contained else 'begun; the message says what is left'}", "green")
    say(f"next: `leak-responder release {incident} --reason …` once the owner may work again")


def release(incident: str, *, reason: Reason, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """After a true alarm: the owner works again; the leaked key and every older session stay dead."""
    with refusing(stack):
        done = undo.release(incident, me(), reason, ask(stack))
    _tell_end(done, "released: new sessions and other keys work; what leaked stays dead", as_json=as_json)
    say("next: hand the owner a new key; the deny on old sessions ends by itself when none can be alive any more")


def restore(
    incident: str,
    *,
    false_positive: Annotated[bool, typer.Option("--false-positive", help="Say that the alarm was false.")] = False,
    reason: Reason,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """After a false alarm: everything back exactly as it was. It would revive an intruder's sessions."""
    if not false_positive:
        refuse("restore revives every old session and the key itself; say --false-positive, or use `release`")
    with refusing(stack):
        done = undo.restore(incident, me(), reason, ask(stack), action)
    _tell_end(done, f"{action} restored" if action else "restored exactly", as_json=as_json)
    say("next: nothing; if the alarm was true after all, `leak-responder replay` the finding at once")


def _tell_end(incident: Incident, words: str, *, as_json: bool) -> None:
    if as_json:
        document(
            {
                "incident": incident.id,
                "result": incident.closed.result if incident.closed else None,
                "released": incident.released is not None,
                "restored": {key: one.status for key, one in incident.restored.items()},
            }
        )
    say(f"incident {incident.id}: {words}", "green")


def listed(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Open incidents, and how far each has come."""
    with refusing(stack):
        ledger = ask(stack).ledger
        found = [one for one in map(ledger.load, ledger.open_incidents()) if one]
    if as_json:
        document({"incidents": [_summary(one) for one in found]})
    for one in found:
        say(f"{one.id}  {one.principal.lock}  {_progress(one)}", "" if one.acting else "yellow")
    if not found:
        say("no incident is open", "green")
    elif any(not one.acting for one in found):
        say("next: `leak-responder approve INCIDENT`, or `restore INCIDENT --false-positive` where the alarm is false")


def _summary(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.id,
        "principal": asdict(incident.principal),
        "waits_for_approval": not incident.acting,
        "opened_at": incident.opened_at.isoformat(),
        "contained_at": incident.contained_at.isoformat() if incident.contained_at else None,
        "released": incident.released is not None,
        "reached": list(incident.reached),
        "unfinished": [step.action for step in incident.unfinished()],
    }


def _progress(incident: Incident) -> str:
    if not incident.acting:
        return "waits for an approval"
    if left := incident.unfinished():
        return f"NOT done: {', '.join(step.action for step in left)}"
    return ", ".join(incident.reached) or "contained"


pause = typer.Typer(help="Stop the responder, or let it go on. People are told.", no_args_is_help=True)


@pause.command("on")
def pause_on(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """From now on nothing is contained; signals are still told."""
    _turn(stack, on=True, as_json=as_json)
    say("next: `leak-responder pause off` ends it; until then leaks are told and nothing is stopped", "yellow")


@pause.command("off")
def pause_off(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Containment works again."""
    _turn(stack, on=False, as_json=as_json)
    say("next: replay what was told meanwhile with `leak-responder replay`", "green")


def _turn(stack: str, *, on: bool, as_json: bool) -> None:
    with refusing(stack):
        told = switch.turn(on=on, by=me(), ports=ask(stack))
    if as_json:
        channels = {name: outcome.status for name, outcome in (told or {}).items()}
        document({"paused": on, "changed": told is not None, "told": channels})
    if told is None:
        say(f"the responder {'is paused' if on else 'works'} already: nothing was changed, nobody was told")
        return
    say("paused" if on else "the responder works again", "bold")
    for name, outcome in told.items():
        _say_told(name, outcome)


def _say_told(channel: str, outcome: Outcome) -> None:
    if outcome.good:
        say(f"  told over {channel}")
    else:
        say(f"  NOT told over {channel}: {outcome.detail}; tell people yourself", "red")
