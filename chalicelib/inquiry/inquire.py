"""All questions in one reading: each call is looked at once, and no more is kept than the answers need.

A child's calls may be read before the call that made it, for log files are in no order. So the trail is asked in
rounds: first for the leaked credential, then for what that made, until nothing new is found. A reader of files looks
for a child at once in all files that follow, so that more than one round is read only for what came before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.inquiry.family import Bounds, Family
from chalicelib.inquiry.habits import Habits, network
from chalicelib.inquiry.issued_credentials import IssuedCredentials
from chalicelib.inquiry.minting import made
from chalicelib.inquiry.passing import passed
from chalicelib.inquiry.timeline import Timeline
from chalicelib.inquiry.touched import Touched
from chalicelib.inquiry.trail import Gap
from chalicelib.model import Principal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.inquiry.call import Call
    from chalicelib.inquiry.family import Member
    from chalicelib.inquiry.trail import Trail

REMEMBERED = 1 << 18  # calls; some 25 MB, of which there are two at most


@dataclass
class Seen:
    """Which calls came before, for trails overlap and deliver twice.

    Of more than are remembered the oldest are forgotten, half of them at a time.
    """

    remembered: int = REMEMBERED
    copies: int = 0
    has_forgotten: bool = False
    _young: set[int] = field(default_factory=set)
    _old: set[int] = field(default_factory=set)

    def again(self, call: Call) -> bool:
        """Whether it is a copy of a call that is remembered. What bears no id is none."""
        if not call.id:
            return False
        of = hash((call.id, call.name, call.at))
        if of in self._young or of in self._old:
            self.copies += 1
            return True
        self._young.add(of)
        if len(self._young) >= self.remembered:
            self.has_forgotten = self.has_forgotten or bool(self._old)
            self._young, self._old = set(), self._young
        return False

    def gaps(self) -> Iterable[Gap]:
        """Say that some copies may not have been known as such."""
        if self.has_forgotten:
            what = f"copies of a call that lie more than {self.remembered:,} calls apart"
            yield Gap(what, "no more calls are remembered, so such copies count twice", "ask for a shorter time")


@dataclass
class Inquiry:
    """The answers. `owners` are whom the calls with the leaked credential name, `first` and `last` their times,
    `passed` services with a role that was given to them.
    """

    family: Family
    habits: Habits
    timeline: Timeline = field(default_factory=Timeline)
    touched: Touched = field(default_factory=Touched)
    issued: IssuedCredentials = field(default_factory=IssuedCredentials)
    owners: set[Principal] = field(default_factory=set)
    passed: set[tuple[str, str]] = field(default_factory=set)
    calls: int = 0
    copies: int = 0
    data: int = 0
    first: datetime | None = None
    last: datetime | None = None
    gaps: tuple[Gap, ...] = ()
    seen: str = ""


_OWNERS, _PASSED = 20, 50


def inquire(trail: Trail, leaked: Iterable[Member], bounds: Bounds) -> Inquiry:
    """Ask the trail until it has nothing new."""
    family = Family(bounds)
    family.leaked(leaked)
    found, seen, asked = Inquiry(family, Habits(bounds.known_since, bounds.since)), Seen(), 0
    while asked < len(family.marks):
        asked = len(family.marks)
        for call in trail.calls(family.marks):
            if not seen.again(call):
                _take(call, found)
    family.settle()
    found.copies = seen.copies
    found.gaps, found.seen = (*trail.gaps(), *_gaps(found), *seen.gaps()), trail.seen()
    return found


def _take(call: Call, found: Inquiry) -> None:
    bounds = found.family.bounds
    if bounds.until and call.at > bounds.until:
        return
    member = found.family.caller(call) or found.family.door(call)
    if member is None:
        return
    is_leaked = found.family.is_leaked(call)
    is_before = _is_before(call, bounds, is_leaked=is_leaked)
    _count(call, found)
    found.timeline.add(call, member, is_before=is_before)
    if is_leaked:
        found.habits.add(call)
        if call.who and len(found.owners) < _OWNERS:
            found.owners.add(call.who)
    if not is_before:
        found.touched.add(call)
        found.issued.add(call)
        found.passed |= set(islice(passed(call), _PASSED - len(found.passed)))
        for child in made(call):
            found.family.adopt(child, member, call)


def _is_before(call: Call, bounds: Bounds, *, is_leaked: bool) -> bool:
    """Whether it was made before the exposure, or meanwhile by the owner, as far as that can be told."""
    if bounds.since is None or call.at < bounds.since:
        return bounds.since is not None
    doubtful = is_leaked and bounds.sign is not None and call.at < bounds.sign
    return doubtful and network(call.address) in bounds.home


def _count(call: Call, found: Inquiry) -> None:
    found.calls += 1
    found.data += call.is_data
    found.first = min(found.first or call.at, call.at)
    found.last = max(found.last or call.at, call.at)


def _gaps(found: Inquiry) -> Iterable[Gap]:
    left = found.timeline.beyond + found.habits.beyond + found.touched.beyond + found.issued.beyond
    if left:
        yield Gap(f"{left:,} calls", "there were more different ones than are told apart", "ask for a shorter time")
    agents = sorted({one.callers[0].agent or "no user agent" for one in found.habits.roaming()})
    if agents:
        yield Gap(
            f"whether a stranger was among the calls of {', '.join(agents[:3])} from changing addresses",
            "before the exposure they count as the owner's, and from a new address since then as foreign",
            "compare their times with the runs of your builds",
        )
    for service, role in sorted(found.passed):
        yield Gap(
            f"what runs in {service} as role {role}",
            "the role was given to it, and its work there is not followed",
            f"look there for what was made; `leak-responder contain --role {role}` revokes the role's sessions",
        )
    if found.family.beyond:
        yield Gap(
            f"what {found.family.beyond:,} more children did",
            "the family is larger or deeper than is followed",
            "ask for each of the last ones named",
        )
