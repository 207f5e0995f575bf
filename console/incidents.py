"""Replay, approve, release, restore: what a person does about an incident, with their own AWS credentials."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import undo
from chalicelib.ledger import LeaseLostError
from chalicelib.replay import ReplayError, replay as replayed
from chalicelib.respond import UnfinishedError
from chalicelib.settings import Settings, from_environment
from chalicelib.wiring import ports_for
from console.terminal import document, refuse, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from chalicelib.ports import Ports

Stack = Annotated[str, typer.Option(help="Name of the deployed stack.", envvar="LEAK_RESPONDER_STACK")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the ledger.")]
_STACK = "leak-responder-dev"
_FUNCTION = "GuarddutyFinding"
T = TypeVar("T")


def ports_of(stack: str, **changes: Any) -> Ports:  # noqa: ANN401 - any setting
    """The ports of a deployed stack, with the person's own credentials and the deployed functions' settings."""
    session = boto3.Session()
    found = session.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=_FUNCTION)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    environment = session.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    region = session.region_name or Settings().region
    return ports_for(session, replace(from_environment({**environment, "AWS_REGION": region}), **changes))


def _done(work: Callable[[], T]) -> T:
    try:
        return work()
    except (undo.RefusedError, ReplayError, UnfinishedError, LeaseLostError) as error:
        refuse(str(error))
    except (ClientError, BotoCoreError) as error:
        refuse(f"AWS refused: {error}; check the credentials and --stack")


def _me() -> str:
    """Who acts is what STS says, not what anybody claims."""
    return str(boto3.client("sts").get_caller_identity()["Arn"])


def replay(
    what: Annotated[str, typer.Argument(help="GuardDuty finding id, incident id, or path of an event file.")],
    *,
    stack: Stack = _STACK,
    region: Annotated[str, typer.Option(help="Region of the finding.")] = "us-east-1",
    mode: Annotated[str | None, typer.Option(help="A mode that does less than the deployed one.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a finding again: the plan first, then act if you say so. Exit code 2 with the reason if it cannot be."""
    ports = _done(lambda: ports_of(stack))
    request = {"region": region, "mode": mode, **_named(what, ports)}
    plan = _done(lambda: replayed(request, ports))
    _show(plan, as_json=as_json and not yes)
    if yes or (not as_json and typer.confirm("Act on this plan?", default=False, err=True)):
        answer = _done(lambda: replayed({**request, "yes": True}, ports))
        _show(answer, as_json=as_json)


def _named(what: str, ports: Ports) -> dict[str, Any]:
    if Path(what).is_file():
        event = json.loads(Path(what).read_text())
        return {"event": event["event"] if "shape" in event and "event" in event else event}
    return {"incident": what} if ports.ledger.load(what) else {"finding": what}


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        document(answer)
        return
    for plan in answer.get("plans", ()):
        say(f"{plan['what']}: {plan['decision']} ({plan['reason']})", "bold")
        say(f"  {plan['principal']}: {', '.join(plan['actions']) or 'no action'}")
        for one in plan["withheld"]:
            say(f"  withheld: {one['reason']}. You: {one['instead']}", "yellow")
    if "unfinished" in answer:
        say(f"incident {answer['incident']}: unfinished: {', '.join(answer['unfinished']) or 'nothing'}")
    if answer.get("acted"):
        say(f"done: {', '.join(answer['answers'])}", "green")


def approve(incident: str, *, stack: Stack = _STACK) -> None:
    """Let a plan run that waits for a person."""
    done = _done(lambda: undo.approve(incident, _me(), ports_of(stack)))
    say(f"incident {incident}: {'contained' if done and done.contained_at else 'begun'}", "green")


def release(incident: str, *, reason: Reason, stack: Stack = _STACK, as_json: AsJson = False) -> None:
    """After a true alarm: the owner works again; the leaked key and every older session stay dead."""
    done = _done(lambda: undo.release(incident, _me(), reason, ports_of(stack)))
    _tell_end(done, "released: new sessions and other keys work; what leaked stays dead", as_json=as_json)


def restore(
    incident: str,
    *,
    false_positive: Annotated[bool, typer.Option("--false-positive", help="Say that the alarm was false.")] = False,
    reason: Reason,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    stack: Stack = _STACK,
    as_json: AsJson = False,
) -> None:
    """After a false alarm: everything back exactly as it was. It would revive an intruder's sessions."""
    if not false_positive:
        refuse("restore revives every old session and the key itself; say --false-positive, or use `release`")
    done = _done(lambda: undo.restore(incident, _me(), reason, ports_of(stack), action))
    _tell_end(done, "restored exactly", as_json=as_json)


def _tell_end(incident: Incident, words: str, *, as_json: bool) -> None:
    if as_json:
        document({"incident": incident.id, "restored": {key: one.status for key, one in incident.restored.items()}})
    say(f"incident {incident.id}: {words}", "green")


def listed(*, stack: Stack = _STACK, as_json: AsJson = False) -> None:
    """Open incidents, and how far each has come."""
    ports = _done(lambda: ports_of(stack))
    for incident_id in ports.ledger.open_incidents():
        incident = ports.ledger.load(incident_id)
        if incident is None:
            continue
        if as_json:
            document({"incident": incident.id, "principal": asdict(incident.principal)})
            continue
        say(f"{incident.id}  {incident.principal.lock}  {', '.join(incident.reached) or 'contained'}")


pause = typer.Typer(help="Stop the responder, or let it go on. People are told.", no_args_is_help=True)


@pause.command("on")
def pause_on(*, stack: Stack = _STACK) -> None:
    """From now on nothing is contained; signals are still told."""
    _done(lambda: ports_of(stack).ledger.switch_pause(on=True, by=_me()))
    say("paused: signals are told, nothing is contained; `leak-responder pause off` ends it", "yellow")


@pause.command("off")
def pause_off(*, stack: Stack = _STACK) -> None:
    """Containment works again."""
    _done(lambda: ports_of(stack).ledger.switch_pause(on=False, by=_me()))
    say("the responder works again; replay what was told meanwhile with `leak-responder replay`", "green")
