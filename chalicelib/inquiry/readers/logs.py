"""Log files, wherever they lie. Most hold nothing of the credential: they are unpacked and searched, and not parsed."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from chalicelib.inquiry import call
from chalicelib.inquiry.call import Call
from chalicelib.inquiry.files import Skipped, content
from chalicelib.inquiry.formats.envelopes import MARKS, Unread, events_in
from chalicelib.inquiry.formats.records import is_aside, is_whole, record_in
from chalicelib.inquiry.formats.values import documents_of, values_of
from chalicelib.inquiry.looks import FORMS, nothing_in
from chalicelib.inquiry.reading import LISTS
from chalicelib.inquiry.trail import Gap

if TYPE_CHECKING:
    from chalicelib.inquiry.reading import Wanted
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
    """The calls of one file. `calls` can be taken once, and the rest is known then.

    `is_read` says that records of CloudTrail stand in it in a form that is known, or that it is an empty log.
    """

    log: Log
    calls: Iterable[Call]
    faults: list[str] = field(default_factory=list)
    is_read: bool = False


def looked_at(task: Task) -> Result:
    """Its calls, one at a time."""
    result = Result(task.log, ())
    result.calls = _matching(task, result)
    return result


def taken(task: Task) -> Result:
    """Its calls at once: what another process can hand over."""
    result = looked_at(task)
    calls = list(result.calls)
    return replace(result, calls=calls)


def _matching(task: Task, result: Result) -> Iterator[Call]:
    """The calls of a file. Where what is looked for stands in it and no record comes of that, it is noted."""
    note, needles = result.faults.append, _needles(task.fresh)
    first = _search(task.log, (*needles, *MARKS), result) if needles else ""
    if first is None:
        return
    values = unknown = 0
    for value in values_of(task.log.content(), note, _wanted(needles)):
        values += 1
        is_bare = is_whole(value)
        for event in (value,) if is_bare else events_in(value, note):
            record = event if is_bare else record_in(event)
            made = _call(record, task) if record else None
            result.is_read = result.is_read or made is not None
            if isinstance(made, Call):
                yield made
            elif made is None and not is_aside(event):
                unknown += _holds(event, task.fresh)
    if unknown:
        note(f"what is looked for stands in values that are no record of CloudTrail in a known form: {unknown:,}")
    elif needles and not values and first in needles:
        result.is_read = False
        note("what is looked for stands in it, and in no value of it")


class _Other:
    """A call of somebody else."""


_OTHER = _Other()


def _call(record: Node, task: Task) -> Call | _Other | None:
    """The call, if it has a fresh mark; None where it cannot be told when it was made."""
    own, doors = call.marks(record), call.enters(record)
    known = {*own, *doors}
    if known.isdisjoint(task.fresh) or not known.isdisjoint(task.old):
        return _OTHER
    return call.known_by(record, own, doors)


_MOST = 16  # texts at once; to search for more takes as long as to parse
_SHORTEST = 4
_WORDS = re.compile(r"[A-Za-z0-9_-]+")  # what no writer of JSON escapes


def _needles(marks: frozenset[str]) -> tuple[str, ...]:
    """Texts of which the record of such a call holds one; none where to search for them saves nothing."""
    found = _words(marks)
    return tuple(found) if len(found) <= _MOST and min(map(len, found), default=0) >= _SHORTEST else ()


def _words(marks: frozenset[str]) -> set[str]:
    """Of each mark the longest word that stands in a record as it is."""
    names = (one.partition(":")[2].rpartition("/")[2] for one in marks)
    return {max(_WORDS.findall(name), key=len, default="") for name in names}


def _wanted(needles: tuple[str, ...]) -> Wanted | None:
    """In a file that holds one, most records do not."""
    if not needles:
        return None
    texts = (*needles, *MARKS)
    return lambda text: any(one in text for one in texts)


def _holds(event: object, marks: frozenset[str]) -> bool:
    """Whether what is looked for stands in what is no record; where nobody can tell, it may."""
    text = event.written if isinstance(event, Unread) else json.dumps(event)
    return text is None or any(word in text for word in _words(marks))


_OF_RECORDS = (b"eventSource", b"eventsource", b"Event source", b"CONTROL_MESSAGE")
"""Texts of which one stands in every log of CloudTrail that holds a record, whatever carries it as text."""

_BESIDE = (
    *(b"digestS3Bucket", b"insightDetails", b"hashSignature"),
    *(b'"detail-type"', b"chemaVersion", b"ProductArn", b"finding_info", b"eventTypeCode"),
)
"""Texts of other events, and of what AWS writes beside its logs: no call stands in these, and none is missed."""

_EMPTY = re.compile(rb'\s*(?:\{\s*"(?:%s)"\s*:\s*)?\[\s*\]' % "|".join(sorted(LISTS)).encode())


def _search(log: Log, texts: Sequence[str], result: Result) -> str | None:
    """Return the first of these texts that is in a file; "" for one that cannot be read: reading says why.

    Where none is in it, None. Then it is noted whether it is a log at all: in what nobody reads, such as what is
    compressed twice, the text may stand in another way.
    """
    sought = [(one, one.encode()) for one in texts]
    notes: list[str] = []
    try:
        for name, plain in documents_of(log.content(), notes.append):
            first, fault = _found_in(plain, sought, result)
            if first is not None:
                return first
            notes += [f"{name} in it: {fault}" if name else fault] if fault else []
    except Exception:  # noqa: BLE001 - whatever it is, it comes again where it is named
        return ""
    result.faults += notes
    return None


def _found_in(plain: Iterator[bytes], sought: Sequence[tuple[str, bytes]], result: Result) -> tuple[str | None, str]:
    """Return the first text that is in a document, or else what is wrong with it."""
    overlap = max(len(raw) for _, raw in sought) - 1
    tail, is_read, is_beside, is_blank = b"", False, False, True
    for piece in plain:
        held = tail + piece
        for one, raw in sought:
            if raw in held:
                return one, ""
        if not is_read:
            is_read = any(one in held for one in _OF_RECORDS) or (is_blank and _EMPTY.match(held) is not None)
            is_beside = is_beside or any(one in held for one in _BESIDE)
            is_blank = is_blank and not held.strip()
            result.is_read = result.is_read or is_read
        tail = held[-overlap:]
    if is_read or is_beside:
        return None, ""
    return None, "empty" if is_blank else "no record of CloudTrail stands in it in a form that is known"


Work = Callable[[Iterator[Task]], Iterator[Result]]
"""How tasks are done: here and now, or by many processes. Results come in the order of the tasks."""

_SHOWN, _REASONS = 10, 2
_KEPT = 1_000  # files with a fault; of more only their number is known


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
    skipped: Skipped = field(default_factory=Skipped)
    files: int = 0
    read: int = 0
    found: int = 0
    data: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    more: int = 0
    dates: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    _known: list[tuple[int, int]] = field(default_factory=list)
    _done: int = 0

    def calls(self, marks: Sequence[str]) -> Iterator[Call]:
        """See `Trail`."""
        is_first, upto = not self._done, len(marks)
        tasks = self._first(marks) if is_first else self._again(marks, upto)
        for result in self.work(tasks):
            for one in result.calls:
                self.found += 1
                self.data += one.is_data
                yield one
            if result.faults:
                self._fault(result.log.name, "; ".join(dict.fromkeys(result.faults[:_REASONS])))
            if is_first:
                self._note(result)
                self.step(self.found)
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
        self.read += result.is_read
        named = _NAME.search(result.log.name)
        if named:
            self.regions.add(named["region"])
            self.dates.add(named["date"])

    def _fault(self, where: str, reason: str) -> None:
        if where in self.faults or len(self.faults) < _KEPT:
            self.faults.setdefault(where, reason)
        elif not self._done:  # of later rounds they are the same files
            self.more += 1

    def gaps(self) -> tuple[Gap, ...]:
        """See `Trail`."""
        found = [Gap(name, reason, FORMS) for name, reason in islice(self.faults.items(), _SHOWN)]
        if len(self.faults) > _SHOWN:
            left = len(self.faults) - _SHOWN + self.more
            found.append(Gap(f"{left:,} more files", "they could not be read whole"))
        if told := self.skipped.told():
            found.append(Gap(told, "no log has such a name", "name a file that is one, and it is read"))
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
        if error := self.unread_files():
            return error
        if self.found or self.read:
            return None
        return nothing_in(self.where, self.faults, self.skipped.told(), self.more)


_NAME = re.compile(r"\d{12}_CloudTrail_(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)_(?P<date>\d{8})T\d{4}Z_")
"""CloudTrail user guide, "CloudTrail log file name format"."""


def _day(written: str) -> str:
    return f"{written[:4]}-{written[4:6]}-{written[6:]}"
