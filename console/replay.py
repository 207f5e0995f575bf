"""`leak-responder replay`: a finding, an event or an incident answered again. The plan first, then what came of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.inquiry.formats.envelopes import Unread
from chalicelib.model import Malformed
from chalicelib.orders.entitled import NOTICE
from chalicelib.orders.replay import ReplayError, replay as replayed
from console.deployed import STACK, AsJson, Stack, ask, refusing, with_stack
from console.explain import document_of, events_of
from console.terminal import confirm, document, print_result, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.ports import Ports

_UNDONE = 1
CAME = {
    "contained": "it can do nothing any more",
    "repeated": "answered before, and nothing was left to do",
    "told": "people were told, and nothing was touched; the message says why",
    "ask": "a person has to agree first: `leak-responder incidents` says to which incident",
    "asked": "a person has to agree first: `leak-responder incidents` says to which incident",
    "ignored": "there is nothing to do about it",
    "queued": "answered within seconds: another run is at work on this principal, or IAM does not show it yet",
    "gathered": "people are told in two minutes, together with what else the caller does through that service",
    "overtaken": "another run has taken this over, and goes on",
    "early": "nothing has to be done before its next look",
    "settled": "nothing is left to do",
    "advanced": "done as far as it can be now; the rest follows by itself",
    "closed": "the incident is over; the message says how it ended",
    "renamed": "the user has another name now, and it was answered under that one: see the incident of that user",
    "folded": "NOTHING was done: a closed incident explains it, and nothing newer is known. If the credential works, "
    "stop it by hand",
    "explained": "an incident has stopped this credential: within minutes a look says whether any call of it succeeded",
    "failed": "NOT contained, or not wholly: run what the message says by hand",
    "withheld": "NOTHING could be done: the message says what a person does",
    "paused": "NOTHING was done, for the responder is paused: `leak-responder resume --reason …`, then replay again",
}
"""What each answer of a replay means to whoever asked for it."""
SHORT = frozenset({"folded", "failed", "withheld", "paused"})
"""Those that leave something for a person: exit code 1."""


def replay(
    what: Annotated[
        str, typer.Argument(help="GuardDuty finding id, incident id, or path of an event file.", metavar="WHAT")
    ],
    *,
    stack: Stack = STACK,
    region: Annotated[str, typer.Option(help="Region of the finding.", metavar="REGION")] = "us-east-1",
    mode: Annotated[
        str | None, typer.Option(help="A mode that does less than the deployed one.", metavar="MODE")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a finding again: the plan first, then act if you say so."""
    with refusing(stack):
        ports = ask(stack)
        request = {"region": region, "mode": mode, **_named(what, ports)}
        answer = replayed(request, ports)
        _show(answer, as_json=as_json)
        if _ready(answer) and (yes or (not as_json and _agreed(answer))):
            answer = {**answer, **replayed({**request, "yes": True}, ports)}
            answer.pop("next", None)
    if _ready(answer) and not answer["acted"]:
        answer["next"] = "to act, type the same again with --yes"
    if as_json:
        document(answer)
    if not _done(answer, stack, as_json=as_json) and yes:
        raise typer.Exit(_UNDONE)


def _ready(answer: Mapping[str, Any]) -> bool:
    """Whether saying yes would do anything at all."""
    return "plans" in answer or str(answer.get("next", "")).startswith("ask again")


def _agreed(answer: Mapping[str, Any]) -> bool:
    return confirm("Act on this plan?" if "plans" in answer else "Take it up again?")


_INCIDENT = r"\d{8}-[0-9a-f]{8}"


def _named(what: str, ports: Ports) -> dict[str, Any]:
    path = Path(what)
    if _is_file(path):
        return {"event": _read(path)}
    if ports.ledger.load(what) or re.fullmatch(_INCIDENT, what) or what.startswith(NOTICE):
        return {"incident": what}
    if "/" in what or what.endswith(".json"):
        message = f"there is no file {what}: give the path of an event file, or the id of a finding or an incident"
        raise ReplayError(message)
    return {"finding": what}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no file system takes such a name
        return False


def _read(path: Path) -> dict[str, Any]:
    """The one event of a file, in any form that `explain` reads. ReplayError where it cannot be told which one."""
    faults: list[str] = []
    events = list(events_of(document_of(path), faults.append))
    faults += [one.reason for one in events if isinstance(one, Malformed | Unread)]
    if faults:
        message = f"{path} cannot be read: {faults[0]}"
        raise ReplayError(message)
    if len(events) != 1 or not isinstance(events[0], dict):
        message = f"{path} holds {len(events):,} events and must hold one: give one event, finding or record a file"
        raise ReplayError(message)
    return dict(events[0])


def _show(answer: Mapping[str, Any], *, as_json: bool) -> None:
    for plan in answer.get("plans", ()):
        print_result(f"{plan['what']}: {plan['decision']} ({plan['reason']})", "bold", as_json=as_json)
        whose, actions = plan["principal"] or plan["subject"]["id"], ", ".join(plan["actions"]) or "no action"
        print_result(f"  {whose}: {actions}", as_json=as_json)
        for one in plan["withheld"]:
            print_result(f"  withheld: {one['reason']}. You: {one['instead']}", "yellow", as_json=as_json)
    if "unfinished" in answer:
        words = f"incident {answer['incident']} about {answer['principal']}: {_left(answer)}"
        print_result(words, "bold", as_json=as_json)


def _left(answer: Mapping[str, Any]) -> str:
    if answer["result"]:
        return f"closed, {answer['result']}"
    left = ", ".join(answer["unfinished"])
    return f"not done yet: {left}" if left else "each step of it is done"


def _done(answer: Mapping[str, Any], stack: str, *, as_json: bool) -> bool:
    """Say what came of it; whether nothing that was asked for is left."""
    if not answer["acted"]:
        print_result(with_stack(f"nothing was done: {answer['next']}", stack), "yellow", as_json=as_json)
        return bool(answer.get("result"))
    short = [word for word in answer["answers"] if _falls_short(word, answer)]
    for word in answer["answers"]:
        style = "yellow" if word in short else "green"
        print_result(with_stack(f"{word}: {CAME[word]}", stack), style, as_json=as_json)
    if not short:  # those say themselves what is next
        say(with_stack("next: read the message; `leak-responder incidents` says how far each incident has come", stack))
    return not short


def _falls_short(word: str, answer: Mapping[str, Any]) -> bool:
    """What was to be contained and was only told is no success: the responder is paused, or nobody may touch it."""
    planned = {plan["decision"] for plan in answer.get("plans", ())}
    return word in SHORT or (word == "told" and "act" in planned)
