"""The leaked credential and all that came of it, each known once, found again by the marks of its calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.inquiry import call as mark
from chalicelib.model import Principal, PrincipalKind, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.inquiry.call import Call


class Kind(StrEnum):
    """What can be in a family."""

    ACCESS_KEY = "access key"
    USER = "user"
    PASSWORD = "console password"  # noqa: S105 - the name of a kind, not a password
    SERVICE_CREDENTIAL = "service-specific credential"
    SSH_KEY = "SSH key"
    CERTIFICATE = "signing certificate"
    ROLE = "role"
    TRUST = "trust of role"
    SESSION = "session"
    USER_SESSION = "session of a user"
    ROLE_SESSION = "role session"
    FEDERATED_SESSION = "federated session"
    CONSOLE_SESSION = "console session"
    ROOT_SESSION = "session of root"
    PROVIDER = "identity provider"
    ANCHOR = "trust anchor"
    FUNCTION = "Lambda function"
    INSTANCE = "instance"


@dataclass(frozen=True)
class Member:
    """A credential, or what gives credentials. `by` is the call that made it, `parent` who called; None for a leak.

    `made_with` are the marks of that call: who exactly called may turn out later.
    """

    kind: Kind
    name: str
    account: str
    marks: tuple[str, ...]
    subject: Subject | None = None
    principal: Principal | None = None
    parent: str | None = None
    by: str = ""
    at: datetime | None = None
    region: str = ""
    depth: int = 0
    note: str = ""
    made_with: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What is made twice is one all the same."""
        return f"{self.kind}:{self.account}:{self.name}"


def leaked_key(credential: str) -> Member:
    """An access key or a session, by its id alone."""
    kinds = {"AKIA": (Kind.ACCESS_KEY, SubjectKind.ACCESS_KEY), "ASIA": (Kind.SESSION, SubjectKind.UNNAMED)}
    kind, of = kinds.get(credential[:4], (Kind.SERVICE_CREDENTIAL, SubjectKind.SERVICE_SPECIFIC_CREDENTIAL))
    return Member(kind, credential, "", (mark.key(credential),), Subject(of, credential))


def leaked_user(name: str, account: str = mark.EVERY) -> Member:
    """A user, with all of whose credentials it reckons."""
    who = Principal(PrincipalKind.USER, account, name)
    return Member(Kind.USER, name, account, (mark.user(account, name),), principal=who)


def leaked_role(name: str, session: str | None = None, account: str = mark.EVERY) -> Member:
    """A role, or its sessions of one name."""
    who = Principal(PrincipalKind.ROLE, account, name)
    if session is None:
        return Member(Kind.ROLE, name, account, (mark.role(account, name),), principal=who)
    subject, marks = Subject(SubjectKind.ROLE_SESSION, session=session), (mark.session(account, name, session),)
    return Member(Kind.ROLE_SESSION, f"{name}/{session}", account, marks, subject, who)


@dataclass(frozen=True)
class Bounds:
    """How far a family is followed. `accounts` None is all; elsewhere a child is named, and its calls are not.

    `since` is the exposure. Where only the calls say it, `sign` is the first sign that a feed gave: until then what
    leaked counts as its owner's where it was used from one of the networks of `home`.
    """

    depth: int = 8
    members: int = 2_000
    accounts: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    sign: datetime | None = None
    home: frozenset[str] = frozenset()

    @property
    def known_since(self) -> datetime | None:
        """Until when calls show the habits of the owner."""
        return self.sign or self.since


@dataclass
class Family:
    """Grows while calls are read. `marks` only ever gets longer; `beyond` counts children that a bound left out."""

    bounds: Bounds
    members: dict[str, Member] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    beyond: int = 0
    _by_mark: dict[str, str] = field(default_factory=dict)

    def leaked(self, members: Iterable[Member]) -> None:
        """Where it begins."""
        for one in members:
            self._take(one)

    def caller(self, call: Call) -> Member | None:
        """Who of the family made the call, as far as it is known by now."""
        return self.first(call.marks, call.at)

    def door(self, call: Call) -> Member | None:
        """Whose of the family is the way by which somebody else got a session."""
        return self.first(call.enters, call.at)

    def first(self, marks: Iterable[str], at: datetime) -> Member | None:
        """The first of these marks that somebody bears who was there by then."""
        found = (self.members[self._by_mark[one]] for one in marks if one in self._by_mark)
        return next((one for one in found if one.at is None or one.at <= at), None)

    def is_leaked(self, call: Call) -> bool:
        """Whether it was made with what leaked, or in the name of who leaked."""
        bearers = (self._by_mark.get(one) for one in call.marks)
        return any(key is not None and self.members[key].parent is None for key in bearers)

    def adopt(self, child: Member, parent: Member, call: Call) -> None:
        """One more, unless it is known or beyond the bounds. The earliest call that made it is the one that counts."""
        bounds, made_with = self.bounds, (*call.marks, *call.enters)
        grown = replace(child, parent=parent.key, depth=parent.depth + 1, made_with=made_with)
        known = self.members.get(grown.key)
        if known is not None:
            if known.at and _rank(call.at, made_with) < _rank(known.at, known.made_with):
                self.members[grown.key] = replace(grown, marks=known.marks)
        elif grown.depth > bounds.depth or len(self.members) >= bounds.members:
            self.beyond += 1
        elif bounds.accounts is not None and grown.account not in bounds.accounts:
            self._take(replace(grown, marks=(), note="in another account: its calls were not followed"))
        else:
            self._take(grown)

    def _take(self, one: Member) -> None:
        self.members.setdefault(one.key, one)
        for new in one.marks:
            if new not in self._by_mark:
                self._by_mark[new] = one.key
                self.marks.append(new)

    def lasting_keys(self) -> list[str]:
        """The ids of access keys, which work wherever they are written down; those of sessions soon do not."""
        return [one.name for one in self.members.values() if one.kind is Kind.ACCESS_KEY]

    def settle(self) -> None:
        """Who made whom, now that all are known: it no longer matters in which order the calls were read."""
        for key, one in self.members.items():
            if one.parent and one.at and (exact := self.first(one.made_with, one.at)) and exact.key != key:
                self.members[key] = replace(one, parent=exact.key)
        for key, one in self.members.items():
            self.members[key] = replace(one, depth=len(list(self.chain(one))) - 1)

    def chain(self, one: Member) -> Iterator[Member]:
        """It, who made it, who made that, up to what leaked."""
        here, passed = one, {one.key}
        yield here
        while here.parent and here.parent not in passed:  # forged records can make a circle
            here = self.members[here.parent]
            passed.add(here.key)
            yield here

    def children(self) -> list[Member]:
        """All but what leaked, parents before children, in order of time."""
        below: dict[str | None, list[Member]] = {}
        for one in self.members.values():
            below.setdefault(one.parent, []).append(one)
        ordered: list[Member] = []
        left = sorted(below.get(None, ()), key=_when, reverse=True)
        while left:
            one = left.pop()
            ordered.append(one)
            left += sorted(below.get(one.key, ()), key=_when, reverse=True)
        return [one for one in ordered if one.parent]


def _rank(at: datetime, made_with: tuple[str, ...]) -> tuple[datetime, bool]:
    """Of the two records of one call over accounts, the caller's own says who it was; the other only by which door."""
    return at, not any(one.startswith("key:") for one in made_with)


def _when(one: Member) -> tuple[str, str]:
    return one.at.isoformat() if one.at else "", one.key
