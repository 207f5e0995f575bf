"""`leak-responder report`: the report on an incident."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

import typer

from chalicelib.report.escape import plain
from console.deployed import STACK, IncidentId, Stack
from console.reporting.incident import Form, write
from console.reporting.link import link as signed_link
from console.terminal import refuse
from console.timeline.command import LOGS

_INCIDENT = re.compile(r"\d{8}-[0-9a-f]{8}")


def report(
    incident: IncidentId,
    *,
    html: Annotated[str | None, typer.Option(help="As one page, into this file.", metavar="FILE")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown: the default but on a terminal.")] = False,
    support: Annotated[bool, typer.Option("--support", help="The reply to AWS Support's case.")] = False,
    as_ocsf: Annotated[bool, typer.Option("--ocsf", help="As an OCSF Incident Finding, JSON.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="A link to the filed page, signed by you for 15 minutes.")
    ] = False,
    logs: Annotated[
        str | None,
        typer.Option(help="Where to look, as in timeline; else CloudTrail.", metavar=LOGS),
    ] = None,
    no_inquiry: Annotated[bool, typer.Option("--no-inquiry", help="Only what the ledger has.")] = False,
    stack: Stack = STACK,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Write the report on an incident. Nothing is changed.

    The report says how long each part took, what the credential did, what it made and whether that is contained, who
    stands still without it, which secrets it read, what could not be seen, and how to undo. It reads the ledger and,
    with your AWS credentials, CloudTrail, as `leak-responder timeline` does. The page loads nothing and runs nothing:
    it can be sent, kept and printed. A link opens the page that lies in the stack's bucket for whoever has it, signed
    with your own credentials. The reply to AWS Support says NOT DONE YET where something was not done: do it, or strike
    it out, before you send it.

    To answer what a secret scanner found: `leak-responder scan FILE`.
    """
    if not _INCIDENT.fullmatch(incident):
        refuse(f"{plain(incident)} is no incident's id. {_OTHERWISE}")
    if link:
        given = {"--html": html, "--markdown": markdown, "--support": support, "--ocsf": as_ocsf, "--logs": logs}
        _refuse_given({**given, "--markdown": markdown, "--no-inquiry": no_inquiry, "--json": as_json})
        signed_link(incident, stack)
        return
    form = Form(html, markdown=markdown, as_json=as_json, support=support, ocsf=as_ocsf)
    write(incident, form, stack, logs, inquiring=not no_inquiry)


_OTHERWISE = (
    "Ids look like 20261124-1a2b3c4d, and `leak-responder incidents` lists them. "
    "To answer what a scanner wrote into a file: `leak-responder scan FILE`"
)


def _refuse_given(options: Mapping[str, object]) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        refuse(f"{', '.join(given)}: only without --link, which opens the page as it was filed")
