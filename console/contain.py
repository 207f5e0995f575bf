"""`leak-responder plan` and `contain`: a person's order, looked at first, then carried out as it was shown."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib.orders import containing
from chalicelib.orders.containing import Grounds
from chalicelib.orders.entitled import RefusedError, principal_of, refuse_silent
from chalicelib.orders.reported import Asked, refuse_unclear
from chalicelib.report import sections, text
from chalicelib.report.form import Section
from chalicelib.report.words import deed, moment
from chalicelib.respond import UnfinishedError
from console import moments
from console.deployed import STACK, AsJson, Reason, Stack, ask, me, refusing, with_stack
from console.show import state
from console.terminal import confirm, document, fail, print_result, refuse, say

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Facts
    from chalicelib.orders.containing import Order
    from chalicelib.ports import Ports
    from chalicelib.respond import Answer

_INCOMPLETE = 1

AccessKey = Annotated[str | None, typer.Option(help="The access key that leaked, AKIA….", metavar="AKIA…")]
User = Annotated[str | None, typer.Option(help="A user, all of whose credentials may have leaked.", metavar="NAME")]
Role = Annotated[str | None, typer.Option(help="A role whose sessions leaked.", metavar="NAME")]
CognitoUser = Annotated[
    str | None,
    typer.Option(help="A user of a Cognito user pool, whose password or token leaked.", metavar="POOL/USERNAME"),
]
CenterUser = Annotated[
    str | None,
    typer.Option(
        "--identity-center-user",
        help="A user of Identity Center, whose password or session leaked.",
        metavar="[REGION/]USERNAME",
    ),
]
Since = Annotated[
    str | None, typer.Option(help="Since when it leaks, as 2026-11-24T02:58Z; what is older is spared.", metavar="TIME")
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        help="Do this too; may be given more than once. docs/reference.md lists what there is.", metavar="NAME[=TARGET]"
    ),
]
Session = Annotated[
    str | None, typer.Option(help="Only this session of the role, or those of this identity of a pool.", metavar="NAME")
]


def plan(
    *,
    access_key: AccessKey = None,
    user: User = None,
    role: Role = None,
    session: Session = None,
    cognito_user: CognitoUser = None,
    center_user: CenterUser = None,
    since: Since = None,
    also: Also = None,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Say what `contain` would do, and the hash of that plan. Nothing is changed."""
    asked = Asked(access_key, user, role, session, cognito_user, center_user, tuple(also or ()))
    with refusing(stack):
        refuse_unclear(asked)
        ports = ask(stack)
        by = me()
        grounds = Grounds(since=moments.given("--since", since))
        order = containing.ordered(asked, by, "", ports, grounds)
    if as_json:
        document(described(order))
        return
    show(order, by)
    if not order.barred and not order.idle:
        typed = f"contain {_options(asked, since)} --plan {order.hash} --reason …"
        say(with_stack(f"next: `leak-responder {typed}` does exactly that", stack))


def contain(
    *,
    access_key: AccessKey = None,
    user: User = None,
    role: Role = None,
    session: Session = None,
    cognito_user: CognitoUser = None,
    center_user: CenterUser = None,
    since: Since = None,
    also: Also = None,
    reason: Reason,
    agreed: Annotated[
        str | None,
        typer.Option("--plan", help="Act at once on the plan of this hash, and on no other.", metavar="HASH"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Contain a credential that you know has leaked, in every mode: the plan first, then act if you say so."""
    with refusing(stack):
        refuse_silent(reason)
        asked = Asked(access_key, user, role, session, cognito_user, center_user, tuple(also or ()))
        refuse_unclear(asked)
        ports, by = ask(stack), me()
        grounds = Grounds(since=moments.given("--since", since))
        order = containing.ordered(asked, by, reason, ports, grounds)
        if not as_json:
            show(order, by)
        if order.barred or order.idle:
            _end_unacted(order, as_json=as_json)
            return
        if agreed:
            containing.refuse_another(order, agreed)
        elif not yes:
            if as_json or not confirm("Do this?"):
                _end_unacted(order, as_json=as_json)
                return
            order = looked_at_again(order, containing.ordered(asked, by, reason, ports, grounds))
        _act(order, ports, stack, as_json=as_json)


def looked_at_again(seen: Order, now: Order) -> Order:
    """What was agreed to at the prompt, if that is the plan still."""
    if seen.hash == now.hash:
        return now
    before, after = _lines(seen), _lines(now)
    gone = [f"  no more: {line}" for line in before if line not in after]
    fresh = [f"  now: {line}" for line in after if line not in before]
    message = "\n".join(("nothing was done: while you looked, the plan became another:", *gone, *fresh))
    raise RefusedError(message)


def _lines(order: Order) -> list[str]:
    withheld = (f"withheld: {one.action}: {one.reason}" for one in order.plan.withheld)
    return [*(deed(step) for step in order.plan.steps), *withheld]


def _end_unacted(order: Order, *, as_json: bool) -> None:
    """Nothing is done: because nothing can or must be, because all of it stands, or because nobody said yes."""
    if order.barred:
        refuse("nothing was done: this is withheld, and a person must act as above", **described(order))
    if as_json:
        document(described(order))
    if not order.idle:
        say("nothing was done")


def _act(order: Order, ports: Ports, stack: str, *, as_json: bool) -> None:
    try:
        answer = containing.carried_out(order, ports)
    except UnfinishedError as error:
        known = {**described(order), "acted": True, "answer": "unfinished", "unfinished": str(error)}
        fail(f"{error}. It is tried again by itself", _INCOMPLETE, **known)
    incident = answer.incident
    left = not_done(incident) if incident else []
    if as_json:
        document({**described(order), **ended(answer, left)})
    else:
        say_end(answer, left, stack)
    if left:
        raise typer.Exit(_INCOMPLETE)


def not_done(incident: Incident) -> list[str]:
    """Name the containing steps that do not stand, those that somebody undid too."""
    return [step.action for step in (*incident.unfinished(), *incident.lost) if not step.later]


def ended(answer: Answer, left: list[str]) -> dict[str, Any]:
    incident = answer.incident
    at = incident.contained_at if incident else None
    return {
        "acted": True,
        "answer": answer.what,
        "incident": incident.id if incident else None,
        "contained_at": at.isoformat() if at else None,
        "unfinished": left,
    }


def say_end(answer: Answer, left: list[str], stack: str) -> None:
    incident = answer.incident
    known = incident.id if incident else ""
    if left:
        print_result(f"incident {known}: NOT done: {', '.join(left)}. The message says what a person does now", "red")
    elif incident and not incident.is_denied:
        print_result(f"incident {known}: {state(incident)}. People are told", "yellow")
    else:
        at = f" at {moment(incident.contained_at)}" if incident and incident.contained_at else ""
        print_result(f"incident {known}: contained{at}. People are told; it is read again and watched", "green")
    say(
        with_stack(
            f"next: `leak-responder show {known}`; once the owner may work again, "
            f"`leak-responder release {known} --reason …`",
            stack,
        )
    )


def show(order: Order, by: str) -> None:
    """The plan with all that a person needs to say yes or no."""
    signal, steps = order.signal, order.plan.steps
    parts = (
        sections.about("What leaked", (signal,), signal.principal),
        _facts(order.facts),
        *((sections.planned("What would be done", steps),) if steps else ()),
        *sections.withheld_by_plan(order.plan.withheld),
        *sections.left_by_plan(order.plan.withheld),
        *((sections.would_break(steps[0].principal, steps),) if steps else ()),
    )
    for part in parts:
        if part.lines or part.pairs:
            print_result(f"{text.section(part)}\n")
    _say_state(order, by)


def _say_state(order: Order, by: str) -> None:
    known = order.incident.id if order.incident else ""
    if order.idle:
        print_result(f"contained already: incident {known} does all of it, and nothing is done again", "green")
    elif order.incident and not order.plan.steps:
        print_result(f"incident {known} denies the user already: the order keeps that deny as wide as it is")
    elif order.incident:
        print_result(f"this goes on with incident {known}, which is open")
    if _cuts_off(order, by):
        words = "these are your own credentials: they stop working, and the deployed responder finishes alone"
        print_result(words, "yellow")
    print_result(f"plan {order.hash}", "bold")


def _cuts_off(order: Order, by: str) -> bool:
    caller, owner = principal_of(by), order.signal.principal
    session = order.signal.subject.session
    mine = session is None or by.endswith(f"/{session}")
    return bool(order.plan.steps and caller and owner and caller.lock == owner.lock and mine)


def _facts(facts: Facts) -> Section:
    """What was looked up; unknown where it may not be read."""
    if facts.keys is None and facts.attached is None and facts.boundary is None:
        return Section("")
    keys = "; ".join(
        f"{key.id} {'active' if key.active else 'inactive'}, made {key.created:%Y-%m-%d}" for key in facts.keys or ()
    )
    password = {None: "unknown", True: "set", False: "none"}[facts.console_password]
    attached = "unknown" if facts.attached is None else f"{len(facts.attached)} attached"
    pairs = (
        ("Keys", keys or ("unknown" if facts.keys is None else "none")),
        ("Password", password),
        ("Policies", attached),
        ("Boundary", "unknown" if facts.boundary is None else facts.boundary or "none"),
    )
    return Section("What AWS says now", pairs=pairs)


def _options(asked: Asked, since: str | None) -> str:
    given = (
        ("--access-key", asked.access_key),
        ("--user", asked.user),
        ("--role", asked.role),
        ("--session", asked.session),
        ("--cognito-user", asked.cognito_user),
        ("--identity-center-user", asked.center_user),
        ("--since", since),
        *(("--also", word) for word in asked.also),
    )
    return " ".join(f"{name} {shlex.quote(value)}" for name, value in given if value)


def described(order: Order) -> dict[str, Any]:
    steps, signal = order.plan.steps, order.signal
    return {
        "plan": order.hash,
        "principal": asdict(signal.principal) if signal.principal else None,
        "subject": asdict(signal.subject),
        "facts": asdict(order.facts),
        "steps": [{"action": one.action, "what": deed(one), "why": one.reason, "later": one.later} for one in steps],
        "withheld": [asdict(one) for one in order.plan.withheld],
        "may_break": list(sections.would_break(steps[0].principal, steps).lines) if steps else [],
        "incident": order.incident.id if order.incident else None,
        "contained_already": order.idle,
        "acted": False,
    }
