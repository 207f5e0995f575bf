"""`leak-responder replace-key`: a new key for a released user, in a secret that one role alone can read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from chalicelib.orders import replacing
from chalicelib.orders.entitled import refuse_silent
from chalicelib.report.escape import plain
from chalicelib.settings import HOME_REGION
from console.deployed import STACK, AsJson, Reason, Stack, ask, me, refusing
from console.terminal import confirm, document, print_result, say

if TYPE_CHECKING:
    from chalicelib.orders.replacing import Replacement


def replace_key(
    incident: Annotated[
        str, typer.Argument(help="The id that stands in every message; it must be released.", metavar="INCIDENT")
    ],
    *,
    reader: Annotated[str, typer.Option(help="The role that the workload has now, by name or ARN.", metavar="ROLE")],
    reason: Reason,
    secret: Annotated[str, typer.Option(help="Name of the new secret.", metavar="NAME")] = "",
    region: Annotated[str, typer.Option(help="Where the secret is to be.", metavar="REGION")] = HOME_REGION,
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Make a new access key for a user who was released, and keep it where the given role alone can read it.

    A role needs no key at all: this is for what cannot use one yet. The key is made with your own AWS credentials, and
    is shown to nobody.
    """
    with refusing(stack):
        refuse_silent(reason)
        ports, asked = ask(stack), replacing.Asked(incident, reader, secret or f"replaced/{incident}", region)
        plan = replacing.planned(asked, ports)
        if not as_json:
            _show(plan)
        if not yes and (as_json or not confirm("Make it?")):
            if as_json:
                document({**asdict(plan), "acted": False})
            say("nothing was done")
            return
        made = replacing.replaced(asked, me(), reason, ports)
    if as_json:
        document({**asdict(plan), "acted": True, "secret": made.secret, "key": made.key})
    print_result(
        f"access key {made.key} of user {plan.user} is in {made.secret}; {made.reader} alone can read it",
        "green",
        as_json=as_json,
    )
    read = f"aws secretsmanager get-secret-value --secret-id {made.secret} --region {region}"
    say(f"next: the workload reads it as that role, by `{read}`; better still, let the role do the work")


def _show(plan: Replacement) -> None:
    user, secret, region = plain(plan.user), plain(plan.secret), plain(plan.region)
    lets_in = plain("; ".join(plan.lets_in), 400)
    print_result(f"a new access key of user {user}, in secret {secret} of {region}", "bold")
    print_result(f"  read by {plain(plan.reader)} alone; its trust policy lets in {lets_in}")
    print_result(f"  what leaked stays inactive: {', '.join(plan.leaked) or 'no key'}")
