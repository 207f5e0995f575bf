"""Recorded files as a stream of JSON values: no more is held than the value that is being read."""

from __future__ import annotations

import codecs
import json
import re
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_PIECE = 1 << 18
_LONGEST = 1 << 23  # characters of one value; CloudTrail and EventBridge end at 256 KB
_GZIP, _GZIP_WINDOW = b"\x1f\x8b", 31  # of zlib: a gzip header, and the largest window

Note = Callable[[str], None]
"""Told what could not be read; the reading goes on where it can."""

Wanted = Callable[[str], bool]
"""Of the text of a value, whether anybody wants it: to search a text takes far less than to look into its value."""


def values(file: Path, note: Note) -> Iterator[Any]:
    """The values of a file: of lines, of documents, or of the list of a log file. Raises nothing."""
    return values_of(content(file), note)


def values_of(raw: Iterable[bytes], note: Note, wanted: Wanted = lambda _: True) -> Iterator[Any]:
    """The same of what comes from elsewhere than a disk, compressed or not; only values whose text is `wanted`."""
    ends: list[str] = []
    # a value that the content ends in is no fault of its own
    yield from parsed(_until(raw, ends.append), lambda fault: None if ends else note(fault), wanted)
    for fault in ends:
        note(fault)


def _until(raw: Iterable[bytes], note: Note) -> Iterator[str]:
    """The text as far as it can be read."""
    try:
        yield from _texts(unzipped(raw))
    except OSError as error:
        note(error.strerror or type(error).__name__)
    except UnicodeDecodeError:
        note("not UTF-8")
    except (zlib.error, EOFError) as error:
        note(f"not whole: {error}")


def parsed(pieces: Iterable[str], note: Note, wanted: Wanted = lambda _: True) -> Iterator[Any]:
    """The values of a text. What cannot be read is skipped up to the next line that begins one."""
    window = _Window(iter(pieces))
    if not window.next():
        note("empty")
    while window.next():
        try:
            if window.opens_list():
                yield from window.listed(wanted)
            else:
                value = window.value()
                if wanted(window.just_read()):
                    yield value
        except RecursionError:
            note("nested too deeply")
            window.skip()
        except ValueError as error:
            note(f"not JSON: {error}")
            window.skip()


_BLANK = re.compile(r"[ \t\n\r]*")
_LIST = re.compile(r'(?:\{[ \t\n\r]*"(?:Records|Findings)"[ \t\n\r]*:[ \t\n\r]*)?\[')
_LINE = re.compile(r"\n(?=\{)")
_AHEAD = 64  # characters that opening a list takes, in any layout that is in use
_raw_decode = json.JSONDecoder().raw_decode


class _Window:
    """The part of a text that is held, and where in it the reading stands."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces, self._text, self._at, self._bare = pieces, "", 0, False
        self._begun = 0

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

    def value(self) -> Any:  # noqa: ANN401 - any JSON
        """The value that begins here. ValueError where none does."""
        while True:
            try:
                value, end = _raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._is_cut(error):
                    raise
                if len(self._text) - self._at > _LONGEST:
                    raise ValueError(f"a value of more than {_LONGEST:,} characters") from None
                if not self._more():
                    raise
            else:
                self._begun, self._at = self._at, end
                return value

    def just_read(self) -> str:
        """The text of the value that was read last."""
        return self._text[self._begun : self._at]

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the end of what is held explains the error: then there may be more of the value."""
        after = error.pos + len('"\\ud800\\udc00"')  # nothing that is read at once is longer
        return error.msg.startswith("Unterminated string") or not self._text[after:].strip()

    def opens_list(self) -> bool:
        """Whether a list of events begins here, bare or as a log file has it; then step into it."""
        while len(self._text) - self._at < _AHEAD and self._more():
            pass
        opened = _LIST.match(self._text, self._at)
        if opened:
            self._bare, self._at = opened[0] == "[", opened.end()
        return opened is not None

    def listed(self, wanted: Wanted) -> Iterator[Any]:
        """The values of the list that are wanted, one by one, and then past its end."""
        more = self.next() != "]"
        while more:
            value = self.value()
            if wanted(self.just_read()):
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
            self._at = max(self._at, len(self._text) - 1)  # a line break may be the last that is held
            if not self._more():
                self._at = len(self._text)
                return
        self._at = found.end()


def _texts(plain: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for piece in plain:
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            yield error.object[: error.start].decode("utf-8-sig")
            raise
        yield text
    yield decoder.decode(b"", final=True)


def content(file: Path) -> Iterator[bytes]:
    """The bytes of a file as it is. Raises OSError."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(0, "not a regular file")  # a pipe would keep us waiting
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def unzipped(raw: Iterable[bytes]) -> Iterator[bytes]:
    """What is inside, by what it is and not by its name."""
    coming = iter(raw)
    first = next(coming, b"")
    whole = chain([first], coming)
    yield from _members(whole) if first.startswith(_GZIP) else whole


def _members(raw: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip file is any number of members, and may end in zeros. However it swells, a piece is all that is held."""
    engine, begun = zlib.decompressobj(_GZIP_WINDOW), False
    for piece in raw:
        left = piece
        while left := left if begun else left.lstrip(b"\0"):
            begun = True
            yield engine.decompress(left, _PIECE)
            left = engine.unused_data if engine.eof else engine.unconsumed_tail
            if engine.eof:
                engine, begun = zlib.decompressobj(_GZIP_WINDOW), False
    if begun:
        yield engine.flush()
        if not engine.eof:
            raise EOFError("the compressed data ends early")
