"""Where the leaked credential was used from: by its owner before the leak, and by somebody else."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.inquiry.call import Call

if TYPE_CHECKING:
    from collections.abc import Iterator


_KEPT = 5_000
_DAYS = 400
STEADY = 2
"""Days on which a caller was there before the exposure: then it is the owner's."""
ROAMING = 10
"""Days, and networks, that the same program came from before the exposure: then it is the owner's, as builds are."""


@dataclass
class Sighting:
    """One network. `call` is the earliest from there, `days` those before the exposure."""

    network: str
    call: Call
    count: int = 0
    days: set[date] = field(default_factory=set)


@dataclass
class Caller:
    """Who may stand still now: the same program from the same address, in the hours (UTC) in which it called."""

    address: str
    agent: str
    service: str
    last: datetime
    count: int = 0
    days: set[date] = field(default_factory=set)
    hours: list[int] = field(default_factory=lambda: [0] * 24)

    def add(self, call: Call) -> None:
        """One more call."""
        self.count += 1
        self.last = max(self.last, call.at)
        self.hours[call.at.hour] += 1
        if len(self.days) < _DAYS:
            self.days.add(call.at.date())

    def join(self, other: Caller) -> None:
        """What the same program did from elsewhere."""
        self.count += other.count
        self.last = max(self.last, other.last)
        self.hours = [mine + theirs for mine, theirs in zip(self.hours, other.hours, strict=True)]
        self.days |= other.days


@dataclass
class Roamer:
    """A program that calls a service from where nobody stays."""

    networks: set[str]
    callers: list[Caller]

    def is_steady(self) -> bool:
        """Whether it came often enough, from enough places, to be no stranger's."""
        days = {day for one in self.callers for day in one.days}
        return len(self.networks) >= ROAMING and len(days) >= ROAMING

    def whole(self) -> Caller:
        """All of it as one caller."""
        first = self.callers[0]
        made = Caller(f"{len(self.callers):,} changing addresses", first.agent, first.service, first.last)
        for one in self.callers:
            made.join(one)
        return made


@dataclass
class Habits:
    """Of the calls made with what leaked; children have no owner. Before `since` they show what the owner does, and
    from `begin` on a network counts as foreign where that is not known well enough to compare with.
    """

    since: datetime | None
    begin: datetime | None = None
    networks: dict[str, Sighting] = field(default_factory=dict)
    callers: dict[tuple[str, str, str], Caller] = field(default_factory=dict)
    beyond: int = 0

    def add(self, call: Call) -> None:
        """The order does not matter."""
        self._sight(call)
        if self.since and call.at < self.since:
            self._know(call)

    def _sight(self, call: Call) -> None:
        if call.through or not (where := network(call.address)):
            return  # AWS called on its behalf: the address is AWS's
        seen = self.networks.get(where)
        if seen is None:
            if len(self.networks) >= _KEPT:
                self.beyond += 1
                return
            seen = self.networks[where] = Sighting(where, _bare(call))
        seen.count += 1
        if call.at < seen.call.at:
            seen.call = _bare(call)
        if self.since and call.at < self.since and len(seen.days) < _DAYS:
            seen.days.add(call.at.date())

    def _know(self, call: Call) -> None:
        key = (call.address[:100], agent(call.agent), call.service)
        caller = self.callers.get(key)
        if caller is None:
            if len(self.callers) >= _KEPT:
                self.beyond += 1
                return
            caller = self.callers[key] = Caller(*key, call.at)
        caller.add(call)

    def is_known(self) -> bool:
        """Whether there is any habit to compare with."""
        return bool(self._own())

    def foreign(self) -> Iterator[Sighting]:
        """Networks that are not the owner's, the earliest first. All since the exposure where no habit is known."""
        own = self._own()
        for one in sorted(self.networks.values(), key=lambda one: one.call.at):
            if one.network not in own if own else not self.begin or one.call.at >= self.begin:
                yield one

    def home(self) -> frozenset[str]:
        """The networks of the owner, with that of the services of AWS, which has no address."""
        own = self._own()
        return frozenset({*own, ""}) if own else frozenset()

    def steady(self) -> list[Caller]:
        """Who called on several days before the exposure, the busiest first."""
        staying = [one for one in self.callers.values() if len(one.days) >= STEADY]
        moving = [one.whole() for one in self.roaming()]
        return sorted(
            [*staying, *moving], key=lambda one: (-len(one.days), -one.count, one.address, one.agent, one.service)
        )

    def roaming(self) -> list[Roamer]:
        """The owner's programs that come from another place each time."""
        found: dict[tuple[str, str], Roamer] = {}
        staying = self._staying()
        for one in self.callers.values():
            where = network(one.address)
            if where and where not in staying:
                roamer = found.setdefault((one.agent, one.service), Roamer(set(), []))
                roamer.networks.add(where)
                roamer.callers.append(one)
        return [one for one in found.values() if one.is_steady()]

    def _staying(self) -> set[str]:
        return {where for where, one in self.networks.items() if len(one.days) >= STEADY}

    def _own(self) -> set[str]:
        """Where the owner stays, and where nothing was called before the exposure but by what roams."""
        roaming = self.roaming()
        moved = {where for one in roaming for where in one.networks}
        known = {(one.agent, one.service) for roamer in roaming for one in roamer.callers}
        others = {network(one.address) for one in self.callers.values() if (one.agent, one.service) not in known}
        return self._staying() | (moved - others)


def _bare(call: Call) -> Call:
    """Without what was asked and answered, which may be long."""
    return replace(call, asked={}, answered={}, resources=())


@lru_cache(maxsize=256)
def network(address: str) -> str:
    """The /24 or /48 around an address; "" for what is none, such as the name of an AWS service."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))  # noqa: PLR2004 - IPv4


def agent(written: str) -> str:
    """The program and its version, without what changes from call to call."""
    return written.strip("[]").partition(" ")[0][:60]
