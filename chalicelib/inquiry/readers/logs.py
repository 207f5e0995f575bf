"""Log files, wherever they lie. Most hold nothing of the credential: they are unpacked and searched, and not parsed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.inquiry import call
from chalicelib.inquiry.call import Call
from chalicelib.inquiry.reading import Wanted, content, unzipped, values_of
from chalicelib.inquiry.trail import Gap

if TYPE_CHECKING:
    from chalicelib.sources.reading import Node


class Log(Protocol):
    """One file."""

    @property
    def name(self) -> str:
        """Where it is."""

    def content(self) -> Iterator[bytes]:
        """Its bytes, compressed or not, from the beginning. Raises OSError, and not before the first is taken."""


@dataclass(frozen=True)
class File:
    """A log on a disk."""

    path: Path

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.path)

    def content(self) -> Iterator[bytes]:
        """Its bytes."""
        return content(self.path)


@dataclass(frozen=True)
class Task:
    """What to look for in one file: calls with a mark that is fresh, and none that was looked for before."""

    log: Log
    fresh: frozenset[str]
    old: frozenset[str] = frozenset()


@dataclass
class Result:
    """The calls of one file. `calls` can be taken once, and `fault` is known then."""

    log: Log
    calls: Iterable[Call]
    faults: list[str] = field(default_factory=list)


def looked_at(task: Task) -> Result:
    """Its calls, one at a time."""
    result = Result(task.log, ())
    result.calls = _matching(task, result.faults.append)
    return result


def taken(task: Task) -> Result:
    """Its calls at once: what another process can hand over."""
    result = looked_at(task)
    return replace(result, calls=list(result.calls))


def _matching(task: Task, note: Callable[[str], None]) -> Iterator[Call]:
    needles = _needles(task.fresh)
    if needles and not _holds(task.log, [one.encode() for one in needles]):
        return
    for value in values_of(task.log.content(), note, _wanted(needles)):
        record = _record(value)
        if record is None:
            continue
        own, doors = call.marks(record), call.enters(record)
        known = {*own, *doors}
        if known.isdisjoint(task.fresh) or not known.isdisjoint(task.old):
            continue
        if made := call.known_by(record, own, doors):
            yield made


def _record(value: Any) -> Node | None:  # noqa: ANN401 - any JSON
    """A record, out of its EventBridge envelope where it is in one."""
    if not isinstance(value, dict):
        return None
    inner = value.get("detail")
    return inner if isinstance(inner, dict) and "detail-type" in value else value


_MOST = 16  # texts at once; to search for more takes as long as to parse
_SHORTEST = 4
_WORDS = re.compile(r"[A-Za-z0-9_-]+")  # what no writer of JSON escapes


def _needles(marks: frozenset[str]) -> tuple[str, ...] | None:
    """Texts of which the record of such a call holds one; None where that saves nothing."""
    names = (one.partition(":")[2].rpartition("/")[2] for one in marks)
    found = {max(_WORDS.findall(name), key=len, default="") for name in names}
    return tuple(found) if len(found) <= _MOST and min(map(len, found)) >= _SHORTEST else None


def _wanted(needles: tuple[str, ...] | None) -> Wanted:
    """In a file that holds one, most records do not."""
    if not needles:
        return lambda _: True
    return lambda text: any(needle in text for needle in needles)


def _holds(log: Log, needles: Sequence[bytes]) -> bool:
    """Whether one of them is in it. True for a file that cannot be read: reading says what is wrong with it."""
    overlap, tail = max(map(len, needles)) - 1, b""
    try:
        for piece in unzipped(log.content()):
            text = tail + piece
            if any(needle in text for needle in needles):
                return True
            tail = text[-overlap:]
    except Exception:  # noqa: BLE001 - whatever it is, it comes again where it is named
        return True
    return False


Work = Callable[[Iterator[Task]], Iterator[Result]]
"""How tasks are done: here and now, or by many processes. Results come in the order of the tasks."""

_SHOWN = 3


@dataclass
class Logs:
    """A trail of files, and what is known beforehand to lie outside them.

    `known` says from which file on how many marks were looked for in the first round.
    """

    logs: Callable[[], Iterable[Log]]
    where: str
    work: Work = lambda tasks: map(looked_at, tasks)
    step: Callable[[int], None] = lambda _: None
    outside: tuple[Gap, ...] = ()
    unread_files: Callable[[], Exception | None] = lambda: None
    files: int = 0
    faulty: int = 0
    data: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    dates: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    _known: list[tuple[int, int]] = field(default_factory=list)
    _done: int = 0

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """See `Trail`."""
        is_first, upto, found = not self._done, len(marks), 0
        tasks = self._first(marks) if is_first else self._again(marks, upto)
        for result in self.work(tasks):
            for one in result.calls:
                found += 1
                self.data += one.is_data
                yield one
            if is_first:
                self._note(result)
                self.step(found)
        self._done = upto

    def _first(self, marks: Sequence[str]) -> Iterator[Task]:
        for number, log in enumerate(self._listed()):
            if not self._known or self._known[-1][1] != len(marks):
                self._known.append((number, len(marks)))
            yield Task(log, frozenset(marks))

    def _again(self, marks: Sequence[str], upto: int) -> Iterator[Task]:
        """What was not looked for in a file yet. After the last discovery of the first round nothing was left out."""
        for number, log in enumerate(self._listed()):
            old = max(self._done, self._looked_for(number))
            if old < upto:
                yield Task(log, frozenset(marks[old:upto]), frozenset(marks[:old]))

    def _listed(self) -> Iterator[Log]:
        try:
            yield from self.logs()
        except OSError as error:
            self._fault(self.where, f"not listed to the end: {error.strerror}")

    def _looked_for(self, number: int) -> int:
        place = bisect_right(self._known, number, key=lambda one: one[0])
        return self._known[place - 1][1] if place else 0

    def _note(self, result: Result) -> None:
        self.files += 1
        named = _NAME.search(result.log.name)
        if named:
            self.regions.add(named["region"])
            self.dates.add(named["date"])
        if result.faults:
            self._fault(result.log.name, result.faults[0])

    def _fault(self, where: str, reason: str) -> None:
        self.faulty += 1
        if len(self.faults) < _SHOWN:
            self.faults.append((where, reason))

    def gaps(self) -> tuple[Gap, ...]:
        """See `Trail`."""
        found = [Gap(name, reason, "see that it is there, whole, and may be read") for name, reason in self.faults]
        if self.faulty > _SHOWN:
            found.append(Gap(f"{self.faulty - _SHOWN:,} more files", "they could not be read whole"))
        if self.regions:
            found.append(Gap(f"Regions other than {', '.join(sorted(self.regions))}", "these logs have none of them"))
        if not self.data:
            data = "data events, such as reading and writing S3 objects"
            found.append(Gap(data, "no call of it in these logs is one", "see whether the trail records them"))
        return (*found, *self.outside)

    def seen(self) -> str:
        """See `Trail`."""
        days = f", {_day(min(self.dates))} to {_day(max(self.dates))}" if self.dates else ""
        return f"{self.files:,} log files of {self.where}{days}"

    def unread(self) -> Exception | None:
        """See `Trail`."""
        return self.unread_files() or (None if self.files else OSError(0, f"{self.where} has no log file of that time"))


_NAME = re.compile(r"\d{12}_CloudTrail_(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)_(?P<date>\d{8})T\d{4}Z_")
"""CloudTrail user guide, "CloudTrail log file name format"."""


def _day(written: str) -> str:
    return f"{written[:4]}-{written[4:6]}-{written[6:]}"
