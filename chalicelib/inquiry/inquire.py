"""All questions in one reading: each call is looked at once, and no more is kept than the answers need.

A child's calls may be read before the call that made it, for log files are in no order. So the trail is asked in
rounds: first for the leaked credential, then for what that made, until nothing new is found. A reader of files looks
for a child at once in all files that follow, so that more than one round is read only for what came before.
"""

from __future__ import annotations

from collections import OrderedDict
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

_REMEMBERED = 1 << 17


@dataclass
class Seen:
    """The last so many event ids: trails overlap, and deliver twice. Copies further apart count twice."""

    ids: OrderedDict[str, None] = field(default_factory=OrderedDict)
    copies: int = 0

    def again(self, of: str) -> bool:
        """Whether it was seen lately."""
        if of in self.ids:
            self.copies += 1
            return True
        if of:
            self.ids[of] = None
            if len(self.ids) > _REMEMBERED:
                self.ids.popitem(last=False)
        return False


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
            if not seen.again(call.id):
                _take(call, found)
    family.settle()
    found.copies = seen.copies
    found.gaps, found.seen = (*trail.gaps(), *_gaps(found)), trail.seen()
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
