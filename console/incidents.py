"""Incidents, approve, decline, release, restore, pause: what a person decides, with their own AWS credentials."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.digest import digest_of
from chalicelib.entries import Stage
from chalicelib.folding import fold
from chalicelib.ledger import roll
from chalicelib.model import describe_holdings
from chalicelib.orders import pause as switch, restoring, undo
from chalicelib.orders.entitled import refuse_contained
from chalicelib.orders.restoring import Newer
from chalicelib.report import first, text
from chalicelib.report.words import moment
from console.deployed import STACK, AsJson, IncidentId, Reason, Stack, ask, me, refusing, with_stack
from console.show import recorded, show, trouble
from console.terminal import ask_person, confirm, document, print_result, refuse, say
from console.watch import watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.incident import Incident
    from chalicelib.model import Holding, Outcome
    from chalicelib.orders.restoring import Forced
    from chalicelib.ports import Ports
    from chalicelib.settings import Settings


def approve(
    incident: IncidentId,
    *,
    plan: Annotated[
        str | None, typer.Option(help="Approve at once the plan of this hash, and no other.", metavar="HASH")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking.")] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Let a plan run that waits for a person: the plan first, then approve it if you say so."""
    with refusing(stack):
        ports = ask(stack)
        waiting = _read_waiting(incident, ports)
        by = me()
        refuse_contained(by, ports)
        if not as_json:
            _show_plan(waiting, ports.settings)
        if not plan and not yes:
            if as_json or not confirm("Approve this?"):
                _end_unapproved(waiting, as_json=as_json)
                return
            plan = digest_of(waiting)  # the one that was shown
        done = undo.approve(incident, by, ports, plan)
    contained = bool(done and done.contained_at and not trouble(done))
    if as_json:
        document({"incident": incident, "approved": True, "contained": contained})
    came = "contained" if contained else "begun; the message says what is left"
    print_result(f"incident {incident}: {came}", "green", as_json=as_json)
    _next(f"`leak-responder release {incident} --reason …` once the owner may work again", stack)


def _read_waiting(incident: str, ports: Ports) -> Incident:
    """Return the incident with its plan. Raises RefusedError where none waits for a person."""
    found = fold(incident, recorded(incident, ports))
    undo.refuse_unless_waiting(found)
    return found


def _show_plan(waiting: Incident, settings: Settings) -> None:
    for section in first.asks(waiting, settings).sections:
        if section.lines or section.pairs:
            print_result(f"{text.section(section)}\n")
    print_result(f"plan {digest_of(waiting)}", "bold")


def _end_unapproved(waiting: Incident, *, as_json: bool) -> None:
    if as_json:
        document({"incident": waiting.id, "plan": digest_of(waiting), "approved": False, "contained": False})
    say(f"nothing was approved; --yes or `--plan {digest_of(waiting)}` approves without asking")


def decline(incident: IncidentId, *, reason: Reason, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Close an incident that waits for an answer, with nothing done. People are told."""
    with refusing(stack):
        ports = ask(stack)
        done = undo.decline(incident, me(), reason, ports)
    if as_json:
        document({"incident": incident, "result": done.closed.result if done.closed else None})
    print_result(f"incident {incident}: declined; nothing was changed, and it is closed", "green", as_json=as_json)
    _next("nothing; if the alarm was true after all, `leak-responder contain`", stack)


def _next(words: str, stack: str, style: str = "") -> None:
    say(with_stack(f"next: {words}", stack), style)


def release(
    incident: IncidentId,
    *,
    let_in: Annotated[
        list[str] | None,
        typer.Option(
            "--let-in",
            metavar="ID",
            help="Let in this credential of the user, made since the leak began, or `password`; once for each.",
        ),
    ] = None,
    reason: Reason,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """After a true alarm: the owner works again; the leaked key and every older session stay dead.

    What the user was given since the leak began may be the intruder's: the release refuses, and lists every credential
    with when it was made and by whom, until each such one is ended or named with --let-in.
    """
    with refusing(stack):
        ports = ask(stack)
        done = undo.release(incident, me(), reason, ports, let_in or ())
    _tell_end(done, "released: new sessions and other keys work; what leaked stays dead", as_json=as_json)
    for holding in done.released.lets_in if done.released and not as_json else ():
        print_result(f"  works again: {describe_holdings((holding,))}")
    _next("hand the owner a new key; the deny on old sessions ends by itself when none can be alive any more", stack)


def restore(
    incident: IncidentId,
    *,
    false_positive: Annotated[bool, typer.Option("--false-positive", help="Say that the alarm was false.")] = False,
    true_alarm: Annotated[
        bool, typer.Option("--true-alarm", help="Say that it was true, and that this one ACTION is safe to undo.")
    ] = False,
    reason: Reason,
    action: Annotated[str | None, typer.Option(help="Only this action.", metavar="ACTION")] = None,
    force: Annotated[
        list[str] | None,
        typer.Option(help="Put this item back over what somebody did since; once for each.", metavar="ITEM"),
    ] = None,
    keep_newer: Annotated[
        bool, typer.Option("--keep-newer", help="Keep what newer incidents of the same principal hold.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Restore newer incidents too without asking.")] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """After a false alarm: everything back exactly as it was. It would revive an intruder's sessions.

    Where newer incidents of the same principal followed it, it lists what would be undone of each and asks: they go
    first, the newest first, down to this one. Were they no false alarms, --keep-newer undoes of this one what they do
    not hold; exit code 1 says that something of it is left until they are restored.

    After a true alarm `release` lets an owner work again. Of a user of Cognito or Identity Center only a person knows
    when that is safe: --true-alarm --action ACTION then gives them back what that action took.

    Where somebody changed something since, it stops, shows the difference and asks; with --json it stops.
    """
    if false_positive == true_alarm:
        words = "restore revives every old session and the key itself; say --false-positive, or use "
        refuse(with_stack(f"{words}`leak-responder release {incident} --reason …`", stack))
    if true_alarm and action is None:
        refuse("--true-alarm undoes one action and keeps the rest: say which with --action ACTION")
    with refusing(stack):
        ports = ask(stack)
        newer = None if true_alarm or action else _newer(incident, ports, keep=keep_newer, yes=yes, as_json=as_json)
        order = _Restore(incident, me(), reason, action, true_alarm=true_alarm, stack=stack, newer=newer)
        done = _put_back(order, ports, dict.fromkeys(force or ()), as_json=as_json)
    _tell_restored(done, newer, action, as_json=as_json)
    _next(_after_restore(done), stack)
    if not action and not done.was_restored:
        raise typer.Exit(1)


def _newer(incident: str, ports: Ports, *, keep: bool, yes: bool, as_json: bool) -> Newer | None:
    """Return what a person says of the incidents that followed this one; None where nothing of any stands."""
    chain = restoring.read_restore(incident, ports)
    if not chain.standing:
        return None
    links = () if keep else chain.standing
    if not as_json:
        _show_chain((*links, chain.named), () if not keep else chain.standing)
    if keep or yes:
        return Newer(false_too=tuple(one.id for one in links), are_kept=keep)
    if as_json or not ask_person("Were all of these false alarms? Restore all?"):
        words = (
            f"nothing was restored: incident {incident} was followed by {', '.join(one.id for one in chain.standing)}. "
            "Where those were false alarms too, type the same again with --yes; where not, with --keep-newer"
        )
        refuse(words, incident=incident, chain=[_link(one) for one in (*chain.standing, chain.named)])
    return Newer(false_too=tuple(one.id for one in links))


def _show_chain(links: Sequence[Incident], kept: Sequence[Incident]) -> None:
    """Print what would be undone, incident by incident, in the order in which it is."""
    for one in links:
        print_result(f"incident {one.id}, opened at {moment(one.opened_at)}:", "bold")
        for item, deed in restoring.find_deeds(one).items():
            print_result(f"  {item}  {deed}")
    for one in kept:
        print_result(f"incident {one.id}, opened at {moment(one.opened_at)}: kept, with what it holds")


def _link(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.id,
        "opened_at": incident.opened_at.isoformat(),
        "undo": restoring.find_deeds(incident),
    }


def _tell_restored(done: Incident, newer: Newer | None, action: str | None, *, as_json: bool) -> None:
    words = f"{action} restored" if action else "restored exactly"
    if newer and newer.false_too:
        words = f"restored exactly, after {', '.join(newer.false_too)}"
    if newer and newer.are_kept:
        words = "restored, but for what newer incidents hold"
    if not action and not done.was_restored:
        left = ", ".join(restoring.find_deeds(done))
        words = f"restored in part: a newer incident cannot do without {left}; restore that one, then this one again"
    chain = {"restored_before": list(newer.false_too), "kept_newer": newer.are_kept} if newer else {}
    _tell_end(done, words, as_json=as_json, **chain)


def _after_restore(done: Incident) -> str:
    if done.given_back:
        return "nothing; the rest of what was done stands"
    if done.closed and done.closed.beneath:
        return f"nothing; incident {done.closed.beneath} stands"
    again = "if the alarm was true after all, `leak-responder replay` the finding at once"
    if done.replacement and done.replacement.key:
        return f"the user has replacement key {done.replacement.key} too: delete the one that is not needed; {again}"
    return f"nothing; {again}"


@dataclass(frozen=True)
class _Restore:
    """What was typed."""

    incident: str
    by: str
    reason: str
    only: str | None
    true_alarm: bool
    stack: str
    newer: Newer | None = None


def _put_back(order: _Restore, ports: Ports, forced: Forced, *, as_json: bool) -> Incident:
    """As far as it goes without asking; what is agreed to at the prompt is that difference and no other."""
    try:
        if order.true_alarm and order.only:
            return undo.give_back(order.incident, order.by, order.reason, ports, order.only, forced)
        if order.newer:
            return restoring.restore_chain(order.incident, order.by, order.reason, ports, order.newer, forced)
        return undo.restore(order.incident, order.by, order.reason, ports, order.only, forced)
    except undo.MovedError as stopped:
        if as_json:
            at = {"item": stopped.item, **asdict(stopped.moved)}
            refuse(with_stack(str(stopped), order.stack), incident=order.incident, stopped_at=at)
        if not _agreed(stopped):
            raise
        return _put_back(order, ports, {**forced, stopped.item: stopped.moved}, as_json=as_json)


def _agreed(stopped: undo.MovedError) -> bool:
    moved = stopped.moved
    say(f"stopped at {stopped.item}: somebody changed it since", "yellow")
    for name, stands in (("we left", moved.left), ("now", moved.now), ("would be put back", moved.back)):
        say(f"  {name}: {stands}")
    return bool(ask_person("Put it back over that?"))


def _tell_end(incident: Incident, words: str, *, as_json: bool, **more: Any) -> None:  # noqa: ANN401 - any JSON
    if as_json:
        document(
            {
                "incident": incident.id,
                "result": incident.closed.result if incident.closed else None,
                "released": incident.released is not None,
                "lets_in": [_holding(holding) for holding in incident.released.lets_in] if incident.released else [],
                "restored": {key: one.status for key, one in incident.restored.items()},
                **more,
            }
        )
    print_result(f"incident {incident.id}: {words}", "green", as_json=as_json)


def _holding(holding: Holding) -> dict[str, object]:
    return {
        "kind": holding.kind,
        "id": holding.id,
        "made": holding.made.isoformat(),
        "by": holding.by,
        "made_since_the_leak": holding.is_young,
    }


incidents = typer.Typer(invoke_without_command=True)


@incidents.callback()
def every(context: typer.Context, *, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """The open incidents, and how far each has come; one of them step by step, or followed live."""
    if context.invoked_subcommand is None:
        listed(stack=stack, as_json=as_json)
    elif typed := [name for name in context.params if _was_typed(context, name)]:
        refuse(f"write --{typed[0].removeprefix('as_')} after {context.invoked_subcommand}, whose option it is")


@incidents.command("list")
def listed(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Open incidents, and how far each has come."""
    with refusing(stack):
        ledger = ask(stack).ledger
        found = [one for one in map(ledger.load, roll.open_incidents(ledger)) if one]
    if as_json:
        document({"incidents": [_summary(one) for one in found]})
    for one in found:
        style = "" if _is_well(one) else "yellow"
        print_result(f"{one.id}  {one.principal.lock}  {_progress(one)}", style, as_json=as_json)
    if not found:
        print_result("no incident is open", "green", as_json=as_json)
    for words in _ways_on(found):
        _next(words, stack)


def _was_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


incidents.command("show")(show)
incidents.command("watch")(watch)


def _is_well(incident: Incident) -> bool:
    return incident.acting and not trouble(incident)


def _ways_on(found: list[Incident]) -> list[str]:
    """What to do about incidents in the states that are there."""
    waits = any(not one.acting for one in found)
    stuck = any(one.acting and one.unfinished() for one in found)
    stands = any(one.acting and not one.unfinished() and not one.released for one in found)
    offers = {
        "where one waits, `leak-responder approve INCIDENT` or `leak-responder decline INCIDENT --reason …`": waits,
        "where one is NOT done, mend what its message names, then `leak-responder replay INCIDENT --yes`": stuck,
        "once the owner may work again, `leak-responder release INCIDENT --reason …`": stands,
        "where an alarm is false, `leak-responder restore INCIDENT --false-positive --reason …`": stuck or stands,
        "`leak-responder show INCIDENT` says what happened": bool(found),
    }
    return [words for words, holds in offers.items() if holds]


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
        return "waits for an approval: the credential works"
    if amiss := trouble(incident):
        return amiss
    if not incident.contained_at:
        return "nothing to contain"
    after = "released" if incident.released else "it holds" if Stage.REPORT in incident.reached else "to be read again"
    return f"contained at {moment(incident.contained_at)}, {after}"


def pause(*, reason: Reason, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """From now on nothing is contained; signals are still told, and so is the pause with its reason."""
    _turn(stack, on=True, reason=reason, as_json=as_json)
    _next("`leak-responder resume --reason …` ends it; until then leaks are told and nothing stops", stack, "yellow")


def resume(*, reason: Reason, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Containment works again. People are told."""
    _turn(stack, on=False, reason=reason, as_json=as_json)
    _next("replay what was told meanwhile with `leak-responder replay`", stack, "green")


def _turn(stack: str, *, on: bool, reason: str, as_json: bool) -> None:
    with refusing(stack):
        ports = ask(stack)
        told = switch.turn(on=on, by=me(), reason=reason, ports=ports)
    if as_json:
        channels = {name: outcome.status for name, outcome in (told or {}).items()}
        document({"paused": on, "changed": told is not None, "told": channels})
    if told is None:
        words = f"the responder {'is paused' if on else 'works'} already: nothing was changed, nobody was told"
        print_result(words, as_json=as_json)
        return
    print_result("paused" if on else "the responder works again", "bold", as_json=as_json)
    for name, outcome in told.items():
        _print_told(name, outcome, as_json=as_json)


def _print_told(channel: str, outcome: Outcome, *, as_json: bool) -> None:
    if outcome.good:
        print_result(f"  told over {channel}", as_json=as_json)
    else:
        print_result(f"  NOT told over {channel}: {outcome.detail}; tell people yourself", "red", as_json=as_json)
