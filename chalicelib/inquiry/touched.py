"""What was read that opens something else, and therefore must be made worthless: rotated, or sealed again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from chalicelib.inquiry.call import account_of
from chalicelib.sources.reading import node, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.inquiry.call import Call

_KEPT = 10_000
_SUFFIX = 7  # Secrets Manager adds a hyphen and six characters to the name (its user guide, "secret ARN")
_REFERENCE = "/aws/reference/secretsmanager/"


class Sort(StrEnum):
    """What can be read."""

    DATA_KEY = "data key"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    PARAMETER = "parameter"


@dataclass(frozen=True)
class Thing:
    """By its name, whichever way it was asked for."""

    sort: Sort
    account: str
    region: str
    name: str


@dataclass
class Reading:
    """`seals` are things that a data key opened, which come after it; `by` are the marks of who read it first."""

    thing: Thing
    first: datetime
    last: datetime
    by: tuple[str, ...]
    count: int = 0
    seals: set[Thing] = field(default_factory=set)


@dataclass
class Touched:
    """All that was read since the exposure."""

    readings: dict[Thing, Reading] = field(default_factory=dict)
    beyond: int = 0

    def add(self, call: Call) -> None:
        """Refused reads gave nothing away."""
        reader = READ.get((call.service, call.name)) if call.worked else None
        for thing, sealed in reader(call) if reader else ():
            self._note(thing, sealed, call)

    def _note(self, thing: Thing, sealed: Thing | None, call: Call) -> None:
        known = self.readings.get(thing)
        if known is None:
            if len(self.readings) >= _KEPT:
                self.beyond += 1
                return
            known = self.readings[thing] = Reading(thing, call.at, call.at, call.marks)
        if call.at < known.first:
            known.first, known.by = call.at, call.marks
        known.last = max(known.last, call.at)
        known.count += 1
        if sealed and len(known.seals) < _KEPT:
            known.seals.add(sealed)

    def ordered(self) -> list[Reading]:
        """A data key before what it seals, otherwise as they were read."""
        order = sorted(self.readings.values(), key=lambda one: (one.first, one.thing.sort, one.thing.name))
        after: dict[Thing, set[Thing]] = {one.thing: set() for one in order}
        for one in order:
            for sealed in one.seals & after.keys():
                after[sealed].add(one.thing)
        try:
            sorter = TopologicalSorter(after)
            sorter.prepare()
        except CycleError:  # only forged records can say this
            return order
        rank = {one.thing: number for number, one in enumerate(order)}
        placed: list[Reading] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=rank.__getitem__)
            placed += [self.readings[one] for one in ready]
            sorter.done(*ready)
        return placed


_Found = Iterable[tuple[Thing, Thing | None]]


def _thing(sort: Sort, call: Call, name: str) -> Thing:
    """An ARN says account and Region better than the call does."""
    if not name.startswith("arn:"):
        return Thing(sort, call.account, call.region, name)
    region = name.split(":", 4)[3] or call.region
    return Thing(sort, account_of(name) or call.account, region, _bare(sort, name))


def _bare(sort: Sort, arn: str) -> str:
    if sort is Sort.SECRET and ":secret:" in arn:
        whole = arn.partition(":secret:")[2]
        return whole[:-_SUFFIX] if whole[-_SUFFIX : -_SUFFIX + 1] == "-" else whole
    if sort is Sort.PARAMETER and ":parameter/" in arn:
        return f"/{arn.partition(':parameter/')[2]}".replace("//", "/")
    return arn.rpartition(":")[2].removeprefix("key/") if sort is Sort.DATA_KEY else arn


def _secret(call: Call) -> Iterator[tuple[Thing, None]]:
    """BatchGetSecretValue leaves one such record for each secret too (its API reference); its own names them again."""
    for name in (text(call.asked, "secretId"), *_texts(call.asked.get("secretIdList"))):
        if name:
            yield _thing(Sort.SECRET, call, name), None


def _parameter(call: Call) -> Iterator[tuple[Thing, None]]:
    """A parameter can stand for a secret of Secrets Manager (Systems Manager user guide, "Referencing secrets")."""
    if call.asked.get("withDecryption") is not True:
        return
    path = text(call.asked, "path")
    named = [text(call.asked, "name"), *_texts(call.asked.get("names")), f"{path.rstrip('/')}/*" if path else None]
    for name in filter(None, named):
        if name.startswith(_REFERENCE):
            yield _thing(Sort.SECRET, call, name.removeprefix(_REFERENCE)), None
        else:
            yield _thing(Sort.PARAMETER, call, _unversioned(name)), None


def _unversioned(name: str) -> str:
    """`name:3` and `name:label` are versions of the same; the colons of an ARN are not."""
    return name if name.startswith("arn:") else name.partition(":")[0]


def _decrypted(call: Call) -> Iterator[tuple[Thing, Thing | None]]:
    key = _key(call)
    if not key:
        return
    context = node(call.asked, "encryptionContext") or node(call.asked, "sourceEncryptionContext")
    secret, parameter = text(context, "SecretARN"), text(context, "PARAMETER_ARN")
    sealed = _thing(Sort.SECRET, call, secret) if secret else None
    sealed = _thing(Sort.PARAMETER, call, parameter) if parameter else sealed
    if sealed:
        yield sealed, None
    if not call.through:  # a service that decrypts hands out the secret, and never the key
        yield _thing(Sort.DATA_KEY, call, key), sealed


def _key(call: Call) -> str | None:
    """An alias, or a bare id, is one key by its ARN; of a ReEncrypt the source comes first (KMS developer guide)."""
    asked = text(call.asked, "keyId") or text(call.asked, "sourceKeyId")
    return asked if asked and ":key/" in asked else next((one for one in call.resources if ":key/" in one), asked)


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


READ: dict[tuple[str, str], Callable[[Call], _Found]] = {
    ("secretsmanager", "GetSecretValue"): _secret,
    ("secretsmanager", "BatchGetSecretValue"): _secret,
    ("ssm", "GetParameter"): _parameter,
    ("ssm", "GetParameters"): _parameter,
    ("ssm", "GetParametersByPath"): _parameter,
    ("ssm", "GetParameterHistory"): _parameter,
    ("kms", "Decrypt"): _decrypted,
    ("kms", "ReEncrypt"): _decrypted,
}
