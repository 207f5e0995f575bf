"""How far the responder may go in an account, out of one file for a whole organisation.

A stack looks after the account that it stands in, so this is settled when it is deployed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.model import Mode
from console.change_set import DeployError
from console.deployed import reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from botocore.client import BaseClient

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_UNIT = re.compile(r"(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})", re.ASCII)
"""As the Organizations API reference has them. No names and no patterns: whoever may rename a unit would decide."""


@dataclass(frozen=True)
class Settled:
    """A mode, and whose entry says so: the account's own, or that of a unit or root around it."""

    mode: Mode
    entry: str


def written(file: Path) -> dict[str, Mode]:
    """The modes by account, unit and root. DeployError names every fault."""
    try:
        pairs = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=tuple)
    except (OSError, ValueError, RecursionError) as error:
        raise DeployError(f"{file} cannot be read: {error}.") from None
    if not isinstance(pairs, tuple):
        raise DeployError(f'{file} is no JSON object, as {{"111122223333": "contain-confirmed"}}.')
    faults = [*_twice([name for name, _ in pairs]), *filter(None, (_fault(name, mode) for name, mode in pairs))]
    if faults:
        raise DeployError("\n".join(f"{file}: {one}" for one in faults))
    return {name: Mode(mode) for name, mode in pairs}


def _twice(names: list[str]) -> list[str]:
    """JSON takes the last of two silently."""
    return [f"{name} stands there twice." for name in dict.fromkeys(names) if names.count(name) > 1]


def _fault(name: str, mode: object) -> str:
    if not (_ACCOUNT.fullmatch(name) or _UNIT.fullmatch(name)):
        return f"{name!r} is no id of an account (111122223333), a unit (ou-ab12-11111111) or a root (r-ab12)."
    if mode not in tuple(Mode):
        return f"{name} cannot have the mode {mode!r}; choose one of {', '.join(Mode)}."
    return ""


def settled(account: str, modes: Mapping[str, Mode], units: Iterable[str]) -> Settled:
    """The account's own mode, or that of the nearest unit around it; `units` begin there and are read as far as needed.

    DeployError where no entry fits: nobody said how far the responder may go there.
    """
    tried = []
    for entry in chain((account,), units if any(map(_UNIT.fullmatch, modes)) else ()):
        if entry in modes:
            return Settled(modes[entry], entry)
        tried.append(entry)
    raise DeployError(f"No mode is given for account {account}: there is no entry for {' or '.join(tried)}. Add one.")


def units_of(account: str, organizations: BaseClient) -> Iterator[str]:
    """The units around an account, from the nearest to the root. DeployError where they cannot be read."""
    child = account
    while not child.startswith("r-"):
        child = _parent(child, account, organizations)
        yield child


def _parent(child: str, account: str, organizations: BaseClient) -> str:
    """Pages may be empty before the last one (Organizations API reference, ListParents)."""
    try:
        pages = organizations.get_paginator("list_parents").paginate(ChildId=child)
        return str(next(one["Id"] for page in pages for one in page["Parents"]))
    except (ClientError, BotoCoreError, StopIteration) as error:
        why = "it names none" if isinstance(error, StopIteration) else reason(error, "")
        raise DeployError(
            f"AWS Organizations does not say in which unit {child} is: {why}.\nOnly the management account and a "
            "delegated administrator may ask (organizations:ListParents): name a profile of theirs with "
            f"--organization-profile, or give account {account} an entry of its own."
        ) from None
