"""What services gave the credential that works without it: what, for how long, and what makes it worthless."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING

from chalicelib.inquiry.issuing_calls import ISSUING, Issuing
from chalicelib.sources.cloudtrail import HIDDEN
from chalicelib.sources.reading import is_region, text

if TYPE_CHECKING:
    from chalicelib.inquiry.call import Call

_KEPT = 10_000


@dataclass
class Issued:
    """Like calls for the same thing, as one. `until` is when the last of them ends; None where it stays.

    `command` is "" where no command makes it worthless; `by` are the marks of who called first.
    """

    issuing: Issuing
    name: str
    account: str
    region: str
    command: str
    first: datetime
    last: datetime
    by: tuple[str, ...]
    count: int = 0

    @property
    def until(self) -> datetime | None:
        """When it ends by itself."""
        return self.last + self.issuing.most if self.issuing.most else None


@dataclass
class IssuedCredentials:
    """All that was given since the exposure."""

    known: dict[tuple[str, ...], Issued] = field(default_factory=dict)
    beyond: int = 0

    def add(self, call: Call) -> None:
        """Note what a call gave; one that was refused gave nothing."""
        issuing = _ISSUING.get((call.service, call.name)) if call.worked else None
        if issuing and (issuing.only is None or issuing.only(call)):
            self._note(issuing, call)

    def _note(self, issuing: Issuing, call: Call) -> None:
        name, command = _value(call, issuing.name) or "", fill_command(issuing, call)
        key = (issuing.service, issuing.call, call.account, call.region, name, command)
        known = self.known.get(key)
        if known is None:
            if len(self.known) >= _KEPT:
                self.beyond += 1
                return
            made = Issued(issuing, name, call.account, call.region, command, call.at, call.at, call.marks)
            known = self.known[key] = made
        if call.at < known.first:
            known.first, known.by = call.at, call.marks
        known.last = max(known.last, call.at)
        known.count += 1

    def ordered(self) -> list[Issued]:
        """Return what nobody but a person ends before what ends by itself, otherwise as it was given."""
        return sorted(
            self.known.values(),
            key=lambda one: (one.until is not None, one.first, one.issuing.service, one.issuing.call, one.name),
        )


_ISSUING = {(one.service, one.call): one for one in ISSUING}

_PLACE = re.compile(r"\{((?:asked|answered)\.[A-Za-z.]+)\}")
_SAFE = re.compile(r"[\w@+=:,./][\w@+=:,./ -]{0,511}", re.ASCII)


def fill_command(issuing: Issuing, call: Call) -> str:
    """Return the command with what the record names, safe to be typed; "" where there is none.

    A value that begins like an option, that names a file or an address for the AWS CLI to read (`file://…`), or that
    holds what a shell or a page may take for something else, is left out: the person who types it looks it up.
    """
    if not issuing.command:
        return ""
    filled = _PLACE.sub(lambda place: _argument(call, place[1]), issuing.command)
    region = f" --region {call.region}" if is_region(call.region) else ""
    return f"aws {filled}{region}"


def show_command(issuing: Issuing) -> str:
    """Return the command with a word in capitals for each name that a record gives; "" where there is none."""
    return f"aws {_PLACE.sub(lambda place: _placeholder(place[1]), issuing.command)}" if issuing.command else ""


def _argument(call: Call, path: str) -> str:
    value = _value(call, path)
    return quote(value) if value and _is_safe(value) else _placeholder(path)


def _is_safe(value: str) -> bool:
    return bool(_SAFE.fullmatch(value)) and not any(mark in value for mark in ("  ", "://"))


def _placeholder(path: str) -> str:
    """`asked.keyPairName` as `KEY-PAIR-NAME`."""
    return re.sub(r"(?<=[a-z]{2})(?=[A-Z])", "-", path.rpartition(".")[2]).upper()


def _value(call: Call, path: str) -> str | None:
    """Return the text at the path. Some services write the members of a record with a capital, others without."""
    side, _, rest = path.partition(".")
    members = rest.split(".") if rest else []
    tree = call.asked if side == "asked" else call.answered
    spellings = (members, [f"{one[:1].upper()}{one[1:]}" for one in members])
    found = next(filter(None, (text(tree, *one) for one in spellings if one)), None)
    return None if found == HIDDEN else found
