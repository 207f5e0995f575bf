"""What was called, as few lines: the same call by the same credential with the same end is one, however often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.inquiry.few import Few
from chalicelib.sources.reading import nodes, text

if TYPE_CHECKING:
    from chalicelib.inquiry.call import Call
    from chalicelib.inquiry.family import Family, Member

_LINES = 20_000
"""Far more than a family makes; what has no place is counted."""


class End(StrEnum):
    """How a call ended. A denial says what the credential could not do, a failure only that it did not."""

    WORKED = "worked"
    DENIED = "denied"
    FAILED = "failed"


_DENIALS = ("accessdenied", "unauthorizedoperation", "authorizationerror", "notauthorized", "unauthorized")


def end(call: Call) -> End:
    """By the error code, which each service spells in its own way."""
    if call.worked:
        return End.WORKED
    bare = call.error.lower().removeprefix("client.")
    return End.DENIED if bare.startswith(_DENIALS) else End.FAILED


@dataclass
class Line:
    """`things` are what the calls were about, as far as they name it."""

    member: str
    service: str
    name: str
    end: End
    error: str
    is_before: bool
    first: datetime
    last: datetime
    count: int = 0
    regions: Few = field(default_factory=lambda: Few(40))
    addresses: Few = field(default_factory=Few)
    agents: Few = field(default_factory=lambda: Few(4))
    things: Few = field(default_factory=lambda: Few(12))

    @staticmethod
    def of(call: Call, member: str, *, is_before: bool) -> Line:
        """A line that counts nothing yet."""
        return Line(member, call.service, call.name, end(call), call.error, is_before, call.at, call.at)

    def emptied(self, member: str) -> Line:
        """The same line for that member, which counts nothing yet."""
        return Line(member, self.service, self.name, self.end, self.error, self.is_before, self.first, self.last)

    def join(self, other: Line) -> None:
        """What another line counted."""
        self.count += other.count
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        for mine, theirs in zip(self._fews(), other._fews(), strict=True):
            mine.join(theirs)

    def _fews(self) -> tuple[Few, ...]:
        return self.regions, self.addresses, self.agents, self.things

    def add(self, call: Call) -> None:
        """One more of the same."""
        self.count += 1
        self.first, self.last = min(self.first, call.at), max(self.last, call.at)
        self.regions.add(call.region)
        self.addresses.add(call.address)
        self.agents.add(call.agent)
        for one in things(call):
            self.things.add(one)


@dataclass(frozen=True)
class _Key:
    """`of` are the marks of the user or role: whether they are of the family may turn out later."""

    is_before: bool
    member: str
    of: tuple[str, ...]
    service: str
    name: str
    error: str


@dataclass
class Timeline:
    """All lines. Memory grows with how many different calls there are, and not with the calls."""

    lines: dict[_Key, Line] = field(default_factory=dict)
    beyond: int = 0

    def add(self, call: Call, member: Member, *, is_before: bool) -> None:
        """The order does not matter."""
        of = tuple(one for one in call.marks[-2:] if one.startswith(_WHOLE))
        key = _Key(is_before, member.key, of, call.service, call.name, call.error)
        line = self.lines.get(key)
        if line is None:
            if len(self.lines) >= _LINES:
                self.beyond += 1
                return
            line = self.lines[key] = Line.of(call, member.key, is_before=is_before)
        line.add(call)

    def ordered(self, family: Family) -> list[Line]:
        """By the first call of each. All that a user or a role of the family did is theirs, whatever the credential."""
        settled: dict[_Key, Line] = {}
        for key, line in self.lines.items():
            owner = family.first(key.of, line.first)
            final = replace(key, member=owner.key if owner else key.member, of=())
            if final not in settled:
                settled[final] = line.emptied(final.member)
            settled[final].join(line)
        return sorted(settled.values(), key=lambda one: (one.first, one.service, one.name, one.error, one.member))


_WHOLE = ("user:", "role:")


_NAMES = (
    "secretId", "bucketName", "functionName", "roleArn", "roleName", "userName", "policyArn", "name", "tableName",
    "keyId", "instanceId", "topicArn", "queueUrl", "repositoryName", "stackName", "trailName",
)  # fmt: skip


def things(call: Call) -> list[str]:
    """What the call was about: one by its name, or all that it lists. EC2 lists what it made in its answer."""
    given = (text(call.asked, one) for one in _NAMES if one in call.asked)
    one = next(filter(None, given), None)
    return [one] if one else _listed(call) or list(call.resources[:1])


def _listed(call: Call) -> list[str]:
    sides = (
        [text(one, "instanceId") for one in nodes(side, "instancesSet", "items")]
        for side in (call.asked, call.answered)
    )
    return next(filter(None, ([one for one in side if one] for side in sides)), [])
