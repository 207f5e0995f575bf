"""A text as a stream of JSON values: no more is held than the value that is being read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NoReturn

LONGEST = 1 << 23  # characters of one value; CloudTrail and EventBridge end at 256 KB

Note = Callable[[str], None]
"""Told what could not be read; the reading goes on where it can."""

Wanted = Callable[[str], bool]
"""Of the text of a value, whether anybody wants it: to search a text takes far less than to look into its value.

None in its place: all are wanted.
"""


Decode = Callable[[str, int], tuple[Any, int]]
"""The value that begins at that place of a text, and its end."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member {next(name for name in members if names.count(name) > 1)!r} stands there twice")
    return members


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is not a number of JSON")


_strict = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_number)
raw_decode: Decode = json.JSONDecoder().raw_decode
raw_decode_strictly: Decode = _strict.raw_decode
"""As strict as the standard: what two readers may take for two different events is none."""


def parsed_strictly(written: str) -> Any:  # noqa: ANN401 - any JSON
    """The one value of a text, as strict as the standard."""
    return _strict.decode(written)


def parsed(
    pieces: Iterable[str], note: Note, wanted: Wanted | None = None, decode: Decode = raw_decode
) -> Iterator[Any]:
    """The values of a text. What cannot be read is skipped up to the next line that begins one."""
    window = _Window(iter(pieces), decode)
    if not window.next():
        note("empty")
    while window.next():
        try:
            yield from window.values(wanted)
        except RecursionError:
            note("nested too deeply")
            window.skip()
        except ValueError as error:
            note(f"not JSON: {error}")
            window.skip()


_BLANK = re.compile(r"[ \t\n\r]*")
_LIST = re.compile(r'(?:\{[ \t\n\r]*"(?:Records|Findings|Events|events|QueryResultRows)"[ \t\n\r]*:[ \t\n\r]*)?\[')
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^ \t\n{]*[ \t]+(?:[^ \t\n{]+[ \t]+)?(?=\{)")
"""What CloudWatch Logs writes before each line: in an export the time, in `aws logs tail` the stream too."""

_DATE = re.compile(r"\d{4}-\d")
_LINE = re.compile(r"\n(?=\{|\d{4}-\d)")
_BEGIN = len("\n2026-1")  # characters that show that a line begins a value
_NUMBER = re.compile(r"[-+.\deE]*")
_AHEAD = 64  # characters that opening a list takes, in any layout that is in use
_FURTHER = 1024  # characters that a time and the name of a stream take; the name has 512 at most

_NUMBERS = (int, float)
LISTS = frozenset(
    (
        *("Records", "Findings", "findings", "Events", "events", "logEvents", "Messages", "successfulSet"),
        *("records", "results", "QueryResultRows", "hits"),
    )
)
"""Members that hold a list of events, wherever they stand in an object that is no event itself."""


class _TooLong(ValueError):
    """A value of which no more is held."""


class _Window:
    """The part of a text that is held, and where in it the reading stands."""

    def __init__(self, pieces: Iterator[str], decode: Decode) -> None:
        self._pieces, self._text, self._at, self._bare = pieces, "", 0, False
        self._begun, self._decode = 0, decode

    def next(self) -> str:
        """The next character that is not blank, which is where the reading then stands; "" at the end."""
        while True:
            self._at = _BLANK.match(self._text, self._at).end()  # type: ignore[union-attr] # it matches anything
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Take in as much again as is held and not read; False at the end."""
        rest = self._text[self._at :]
        taken, length = [rest], 0
        while length <= len(rest) and (piece := next(self._pieces, None)) is not None:
            taken.append(piece)
            length += len(piece)
        self._text, self._at = "".join(taken), 0
        return length > 0

    def values(self, wanted: Wanted | None) -> Iterator[Any]:
        """The value that begins here, or those of the list that does."""
        self._pass_time()
        if self._opens_list():
            yield from self._listed(wanted)
            return
        try:
            value = self.value()
        except _TooLong:
            if self._text[self._at] != "{" or not (yield from self._members(wanted)):
                raise
        else:
            if wanted is None or wanted(self._just_read()):
                yield value

    def _pass_time(self) -> None:
        if not self._text[self._at].isdigit():
            return
        self._hold(_FURTHER)
        if time := _TIME.match(self._text, self._at):
            self._at = time.end()
        elif _DATE.match(self._text, self._at):
            raise ValueError("a line that begins with a time and goes on with other text")

    def _hold(self, least: int) -> None:
        while len(self._text) - self._at < least and self._more():
            pass

    def _members(self, wanted: Wanted | None) -> Generator[Any, None, bool]:
        """The values of the lists of events in an object that is too long to be held; whether there was one."""
        found, more = False, self._past("{") != "}"
        while more:
            name = self.value()
            self._past(":")
            if name in LISTS and self.next() == "[":
                found, self._bare, self._at = True, True, self._at + 1
                yield from self._listed(wanted)
            elif name in LISTS and self.next() == "{":
                found = (yield from self._members(wanted)) or found
            else:
                self.value()
            more = self.next() == ","
            if more:
                self._past(",")
        self._end("}")
        return found

    def _past(self, mark: str) -> str:
        """Step over that mark. The next character."""
        self._end(mark)
        return self.next()

    def value(self) -> Any:  # noqa: ANN401 - any JSON
        """The value that begins here. ValueError where none does."""
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._is_cut(error):
                    raise
                if len(self._text) - self._at > LONGEST:
                    raise _TooLong(f"a value of more than {LONGEST:,} characters") from None
                if not self._more():
                    raise
            else:
                if type(value) in _NUMBERS and self._may_go_on(end) and self._more():
                    continue
                self._begun, self._at = self._at, end
                return value

    def _may_go_on(self, end: int) -> bool:
        """Whether more of a number may follow what is held: nothing else ends in what could go on."""
        return _NUMBER.fullmatch(self._text, end) is not None

    def _just_read(self) -> str:
        """The text of the value that was read last."""
        return self._text[self._begun : self._at]

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the end of what is held explains the error: then there may be more of the value."""
        after = error.pos + len('"\\ud800\\udc00"')  # nothing that is read at once is longer
        return error.msg.startswith("Unterminated string") or not self._text[after:].strip()

    def _opens_list(self) -> bool:
        """Whether a list of events begins here, bare or as a log file has it; then step into it."""
        self._hold(_AHEAD)
        opened = _LIST.match(self._text, self._at)
        if opened:
            self._bare, self._at = opened[0] == "[", opened.end()
        return opened is not None

    def _listed(self, wanted: Wanted | None) -> Iterator[Any]:
        """The values of the list that are wanted, one by one, and then past its end."""
        more = self.next() != "]"
        while more:
            value = self.value()
            if wanted is None or wanted(self._just_read()):
                yield value
            more = self.next() == ","
            if more:
                self._at += 1
                self.next()
        self._end("]")
        if self._bare:
            return
        if self.next() == ",":  # other members of the object, which are none of ours
            self._text, self._at = "{" + self._text[self._at + 1 :], 0
            self.value()
        else:
            self._end("}")

    def _end(self, wanted: str) -> None:
        if self.next() != wanted:
            raise ValueError(f"{wanted} is missing")
        self._at += 1

    def skip(self) -> None:
        """Past what cannot be read: to the next line that begins an object."""
        while not (found := _LINE.search(self._text, self._at)):
            self._at = max(self._at, len(self._text) - _BEGIN)  # the end of what is held may be such a beginning
            if not self._more():
                self._at = len(self._text)
                return
        self._at = found.end()
