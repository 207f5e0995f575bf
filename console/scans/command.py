"""`leak-responder scan FILE`: a scanner's result, answered key by key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chalicelib import key_ids
from chalicelib.orders.entitled import refuse_contained
from chalicelib.report.escape import plain
from chalicelib.sources.places import shorten_secrets
from console import contain
from console.deployed import STACK, AsJson, Reason, Stack, ask, me, refusing, with_stack
from console.scans import lookup
from console.scans.answering import Desk, Verdict, places
from console.scans.reader import read_scan
from console.terminal import document, print_result, refuse, say

if TYPE_CHECKING:
    from chalicelib.ports import Ports
    from console.scans.findings import Found, Hashed, Scan, Unnamed

_INCOMPLETE, _STANDING = 1, 3
_LARGEST = 500_000_000  # bytes
_SHOWN = 5
"""Faults and places that are shown; --json has all."""


def scan(
    file: Annotated[str, typer.Argument(help="What a scanner wrote; - for stdin.", metavar="FILE")],
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask AWS nothing, only say which keys of which accounts.")
    ] = False,
    reason: Reason = "a scanner found it",
    yes: Annotated[bool, typer.Option("--yes", help="Act without asking.")] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Answer what a secret scanner found: the plan for each access key of this account, then act if you say so.

    Reads the JSON, CSV and SARIF of gitleaks, betterleaks, TruffleHog, detect-secrets, Kingfisher, Trivy, ggshield,
    GitHub and GitLab, and the lines of git-secrets; docs/scanners.md lists them. A text for a terminal is refused.

    A key is contained where the scanner itself saw that the secret works. Where it did not, people are asked, with the
    plan. A result that names a place or a hash and no key id is compared with the files below the current folder, and
    with the keys of the account. Nothing is kept of a result but key ids and places: no secret is printed or stored.
    """
    found = lookup.look_into_files(read_scan(_read(file)), Path())
    if offline:
        verdicts = [_show(_unasked(key, keys), STACK, as_json=as_json) for key, keys in found.places_by_key().items()]
    else:
        asks = file != "-" and not as_json
        found, verdicts = _answer_keys(found, reason, stack, yes=yes, as_json=as_json, asks=asks)
    if as_json:
        document(_document(file, found, verdicts))
    _end(found, verdicts, as_json=as_json)


def _read(file: str) -> bytes:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(_LARGEST + 1)
    except OSError as error:
        refuse(f"{shorten_secrets(file)} cannot be read: {error.strerror or type(error).__name__}")
    if len(content) > _LARGEST:
        refuse(
            f"{shorten_secrets(file)} is larger than {_LARGEST:,} bytes: split it, for example by folder, and scan "
            "each part"
        )
    return content


def _unasked(key: str, found: tuple[Found, ...]) -> Verdict:
    account = key_ids.account_of(key)
    whose = f"a key of account {account}" if account else "a key whose id does not tell its account"
    return Verdict(key, found, account, None, f"{whose}; AWS was not asked", left="not looked at")


def _answer_keys(
    scan: Scan, reason: str, stack: str, *, yes: bool, as_json: bool, asks: bool
) -> tuple[Scan, list[Verdict]]:
    """Ask AWS for the owner of each key, and return with the answers what the keys of the account explain."""
    if not scan.found and not scan.hashed:
        return scan, []
    with refusing(stack):
        ports, by = ask(stack), me()
        refuse_contained(by, ports)
        if scan.hashed:
            scan = lookup.look_among_keys(scan, _list_keys(ports))
        desk = Desk(ports, by, reason, stack, yes=yes, as_json=as_json, asks=asks)
        keys = scan.places_by_key().items()
        return scan, [_show(desk.answer(key, found), stack, as_json=as_json) for key, found in keys]


def _list_keys(ports: Ports) -> list[str]:
    """Return all key ids of the account, to be compared with hashes. No secret is read for that."""
    iam = ports.aws.iam()
    users = (user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"])
    pages = (page for user in users for page in iam.get_paginator("list_access_keys").paginate(UserName=user))
    return [key["AccessKeyId"] for page in pages for key in page["AccessKeyMetadata"]]


def _show(verdict: Verdict, stack: str, *, as_json: bool) -> Verdict:
    worth = ", its secret works" if verdict.verified else ""
    colour = "red" if verdict.left else "green"
    print_result(with_stack(f"{verdict.key}{worth}: {verdict.said}", stack), colour, as_json=as_json)
    if verdict.order is None:
        print_result(f"  found {places(verdict.found)}", as_json=as_json)
    return verdict


def _document(file: str, scan: Scan, verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "file": shorten_secrets(file),
        "keys": [_describe(verdict) for verdict in verdicts],
        "unnamed": [_describe_unnamed(finding) for finding in scan.unnamed],
        "hashes": [{"sha1": finding.sha1, **_describe_unnamed(finding)} for finding in scan.hashed],
        "others": scan.others,
        "faults": list(scan.faults),
    }


def _describe(verdict: Verdict) -> dict[str, Any]:
    order = verdict.order
    return {
        "key": verdict.key,
        "verified": verdict.verified,
        "confidence": verdict.confidence,
        "found": [
            {"tool": found.tool, "where": found.place.shown} | ({"state": found.state} if found.state else {})
            for found in verdict.found
        ],
        "account": verdict.account,
        "ours": verdict.ours,
        "said": verdict.said,
        "left": verdict.left or None,
        "decision": order.judgement.decision if order else None,
        "order": contain.described(order) | (verdict.ended or {}) if order else None,
    }


def _describe_unnamed(finding: Hashed | Unnamed) -> dict[str, Any]:
    return {"tool": finding.tool, "where": finding.place.shown, "verified": finding.verified}


def _end(scan: Scan, verdicts: list[Verdict], *, as_json: bool) -> None:
    """Say the sum of it, and end with the exit code that says what is left."""
    left = frozenset(scan.unexplained())
    for fault in scan.faults[:_SHOWN]:
        say(f"not all of it could be read: {fault}", "yellow")
    _print_unnamed(scan.unnamed, left, as_json=as_json)
    if scan.hashed:
        count = "a hash stays" if len(scan.hashed) == 1 else f"{len(scan.hashed)} hashes stay"
        print_result(f"{count} unknown: of a secret, or of a key that nothing here names", as_json=as_json)
    if scan.others:
        say(f"{scan.others} other findings are no credentials of AWS: look at the scanner's own report")
    if not (verdicts or left or scan.faults):
        print_result("no credential of AWS was found", "green", as_json=as_json)
    if scan.faults or any(verdict.left == "unfinished" for verdict in verdicts):
        raise typer.Exit(_INCOMPLETE)
    if left or any(verdict.left for verdict in verdicts):
        raise typer.Exit(_STANDING)


def _print_unnamed(unnamed: tuple[Unnamed, ...], left: frozenset[Hashed | Unnamed], *, as_json: bool) -> None:
    for finding in unnamed[:_SHOWN]:
        worth = ", which works" if finding.verified else ""
        why = "" if finding in left else ": it may be the secret of the key in the same file"
        print_result(
            f"a credential of AWS without its key id{worth}, at {plain(finding.place.shown)} ({finding.tool}){why}",
            "red" if finding in left else "",
            as_json=as_json,
        )
    if len(unnamed) > _SHOWN:
        print_result(f"  and {len(unnamed) - _SHOWN} more of these; --json has all", as_json=as_json)
    if any(finding in left for finding in unnamed):
        say("next: read the key id in the scanner's own report, then `leak-responder contain --access-key AKIA…`")
