"""`leak-responder report`: of an incident its report, of a file what a scanner wrote into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from console.deployed import STACK, Stack
from console.reporting.incident import Form, write
from console.reporting.link import link as signed_link
from console.scans.command import answer
from console.terminal import refuse
from console.timeline.command import LOGS

_INCIDENT = re.compile(r"\d{8}-[0-9a-f]{8}")


def report(
    subject: Annotated[
        str, typer.Argument(help="An incident, or what a scanner wrote: a file, - for stdin.", metavar="INCIDENT|FILE")
    ],
    *,
    html: Annotated[str | None, typer.Option(help="INCIDENT: as one page, into this file.", metavar="FILE")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="INCIDENT: as Markdown, as without it.")] = False,
    support: Annotated[bool, typer.Option("--support", help="INCIDENT: the reply to AWS Support's case.")] = False,
    as_ocsf: Annotated[bool, typer.Option("--ocsf", help="INCIDENT: as an OCSF Incident Finding, JSON.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="INCIDENT: a link to the filed page, signed by you for 15 minutes.")
    ] = False,
    logs: Annotated[
        str | None,
        typer.Option(help="INCIDENT: where to look, as in timeline; else CloudTrail.", metavar=LOGS),
    ] = None,
    no_inquiry: Annotated[bool, typer.Option("--no-inquiry", help="INCIDENT: only what the ledger has.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="FILE: ask AWS nothing, only say which keys of which accounts.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="FILE: why; it is told, and kept in the ledger. Else that a scanner found it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="FILE: act without asking.")] = False,
    stack: Stack = STACK,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Write the report on an incident, or answer what a secret scanner found.

    Of an INCIDENT: how long each part took, what the credential did, what it made and whether that is contained, who
    stands still without it, which secrets it read, what could not be seen, and how to undo. It reads the ledger and,
    with your AWS credentials, CloudTrail, as `leak-responder timeline` does. Nothing is changed. The page loads
    nothing and runs nothing: it can be sent, kept and printed. A link opens the page that lies in the stack's bucket
    for whoever has it, signed with your own credentials. The reply to AWS Support says NOT DONE where something
    was not done: do it, or strike it out, before you send it.

    Of a FILE: for each access key of this account the plan first, then act if you say so. Reads what git-secrets,
    gitleaks, TruffleHog 3 (--json), detect-secrets (its baseline) and Kingfisher (--format json) write. A key is
    contained where the scanner itself saw that the secret works; where it did not, people are asked, with the plan. Of
    the findings nothing is kept but key ids and places: no secret is printed or stored.
    """
    given = {"--html": html, "--markdown": markdown, "--support": support, "--ocsf": as_ocsf, "--logs": logs}
    given |= {"--no-inquiry": no_inquiry}
    if _is_incident(subject):
        _refuse_given({"--offline": offline, "--reason": reason, "--yes": yes}, "for what a scanner wrote")
        if link:
            _refuse_given({**given, "--json": as_json}, "without --link, which opens the page as it was filed")
            signed_link(subject, stack)
            return
        form = Form(html, as_json=as_json, support=support, ocsf=as_ocsf)
        write(subject, form, stack, logs, inquiring=not no_inquiry)
    else:
        _refuse_given({**given, "--link": link}, _NO_FILE)
        answer(subject, reason or "a scanner found it", stack, offline=offline, yes=yes, as_json=as_json)


_NO_FILE = "for an incident, by the id that stands in every message"


def _refuse_given(options: Mapping[str, object], whose: str) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        refuse(f"{', '.join(given)}: only {whose}")


def _is_incident(subject: str) -> bool:
    """A file of that name is a file."""
    return bool(_INCIDENT.fullmatch(subject)) and not Path(subject).exists()
