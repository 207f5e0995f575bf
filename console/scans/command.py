"""`leak-responder report FILE`: a scanner's result, key by key."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

from chalicelib import key_ids
from chalicelib.orders.entitled import refuse_contained
from chalicelib.sources.places import describe_place
from console import contain
from console.deployed import STACK, ask, me, refusing, with_stack
from console.scans import baseline
from console.scans.answering import Desk, Verdict, places
from console.scans.results import Found, Scan, read
from console.terminal import document, refuse, say

if TYPE_CHECKING:
    from chalicelib.ports import Ports

_INCOMPLETE, _STANDING = 1, 3
_PIECE = 1 << 18  # characters
_FAULTS = 5
"""Faults that are shown; --json has all."""


def answer(file: str, reason: str, stack: str, *, offline: bool, yes: bool, as_json: bool) -> None:
    """Key by key, each with its plan first; the exit code says what is left."""
    scan = _scanned(file)
    known = baseline.in_the_files(scan.hashed, Path.cwd())
    scan.found, scan.hashed = [*scan.found, *known.found], list(known.left)
    verdicts = _offline(scan) if offline else _answered(scan, reason, stack, yes=yes, as_json=as_json)
    if as_json:
        document(_document(file, scan, verdicts))
    _end(scan, verdicts)


def _scanned(file: str) -> Scan:
    try:
        if file == "-":
            return read(_pieces(sys.stdin))
        with Path(file).open(encoding="utf-8", errors="replace") as opened:
            return read(_pieces(opened))
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror or type(error).__name__}")


def _pieces(opened: IO[str]) -> Iterator[str]:
    while piece := opened.read(_PIECE):
        yield piece


def _offline(scan: Scan) -> list[Verdict]:
    return [_shown(_unasked(key, found), STACK) for key, found in scan.keys().items()]


def _unasked(key: str, found: Iterable[Found]) -> Verdict:
    account = key_ids.account_of(key)
    whose = f"a key of account {account}" if account else "a key whose id does not tell its account"
    return Verdict(key, tuple(found), account, None, f"{whose}; AWS was not asked", left="not looked at")


def _answered(scan: Scan, reason: str, stack: str, *, yes: bool, as_json: bool) -> list[Verdict]:
    if not scan.found and not scan.hashed:
        return []
    with refusing(stack):
        ports, by = ask(stack), me()
        refuse_contained(by, ports)
        if scan.hashed:
            known = baseline.among(scan.hashed, _every_key(ports))
            scan.found, scan.hashed = [*scan.found, *known.found], list(known.left)
        desk = Desk(ports, by, reason, stack, yes=yes, as_json=as_json)
        return [_shown(desk.answer(key, tuple(found)), stack) for key, found in scan.keys().items()]


def _every_key(ports: Ports) -> list[str]:
    """All keys of the account: which of them a hash is of is found out here, not by reading secrets."""
    iam = ports.aws.iam()
    users = (user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"])
    pages = (page for user in users for page in iam.get_paginator("list_access_keys").paginate(UserName=user))
    return [key["AccessKeyId"] for page in pages for key in page["AccessKeyMetadata"]]


def _shown(verdict: Verdict, stack: str) -> Verdict:
    worth = ", its secret works" if verdict.verified else ""
    colour = "red" if verdict.left else "green"
    say(with_stack(f"{verdict.key}{worth}: {verdict.said}", stack), colour)
    if verdict.order is None:
        say(f"  found {places(verdict.found)}")
    return verdict


def _document(file: str, scan: Scan, verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "file": file,
        "keys": [_key(one) for one in verdicts],
        "hashes": [{"sha1": one.sha1, "where": describe_place(one.file, one.line)} for one in scan.hashed],
        "others": scan.others,
        "faults": scan.faults,
    }


def _key(verdict: Verdict) -> dict[str, Any]:
    order = verdict.order
    return {
        "key": verdict.key,
        "verified": verdict.verified,
        "found": [{"tool": one.tool, "where": one.where} for one in verdict.found],
        "account": verdict.account,
        "ours": verdict.ours,
        "said": verdict.said,
        "left": verdict.left or None,
        "decision": order.judgement.decision if order else None,
        "confidence": order.judgement.confidence if order else None,
        "order": contain.described(order) | (verdict.ended or {}) if order else None,
    }


def _end(scan: Scan, verdicts: list[Verdict]) -> None:
    """The sum of it. What could not be read is said loudly: a build that trusts half a result trusts nothing."""
    for fault in scan.faults[:_FAULTS]:
        say(f"not all of it could be read: {fault}", "yellow")
    if scan.hashed:
        say(
            f"{len(scan.hashed)} hashes stay hashes: of secrets, or of keys that are neither in the named files nor in "
            "this account"
        )
    if scan.others:
        say(f"{scan.others} findings name no access key id of AWS: look at the scanner's own report")
    if not verdicts:
        say("no access key id was found", "" if scan.faults else "green")
    if any(one.left == "unfinished" for one in verdicts) or scan.faults:
        raise typer.Exit(_INCOMPLETE)
    if any(one.left for one in verdicts):
        raise typer.Exit(_STANDING)
