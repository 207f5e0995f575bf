"""Compressed files and archives. Told apart by their first bytes, never by their names, and never held as a whole."""

from __future__ import annotations

import io
import struct
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import suppress
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.inquiry.files import begins_like_a_log, is_aside, is_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

PIECE = 1 << 18
_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
UNREAD = {
    b"PAR1": "Parquet: export it as JSON, for example with UNLOAD … WITH (format = 'JSON') in Athena",
    b"ORC": "ORC: export it as JSON, for example with UNLOAD … WITH (format = 'JSON') in Athena",
    b"\xfd7zXZ": "compressed with xz: unpack it first, with `xz -d`",
    b"BZh": "compressed with bzip2: unpack it first, with `bunzip2`",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it first",
}
"""Formats that are known and not read, by their first bytes, with what to do."""

_TAR, _TAR_AT = b"ustar", 257  # POSIX.1-1988 and GNU tar both write it there
_GZIP_WINDOW = 31  # of zlib: a gzip header, and the largest window
_FREE, _MOST_TIMES = 100_000_000, 200
"""Bytes that any file may unpack to, and how many times its own size more: real logs reach some 20 to 50 times."""

_DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error),
    *(EOFError, NotImplementedError, ValueError, OverflowError, RuntimeError, LookupError),
)
"""What zipfile and tarfile raise where an archive is damaged: each number in it may be any."""

_IN_MEMORY = 1 << 24  # bytes of a zip archive; a larger one waits on disk, for its list of members is at its end
_LONGEST_HEADER = 1 << 20  # bytes that a tar archive may need to name a member


class Unreadable(Exception):
    """The packing of a file cannot be undone, or not to its end. The text says why, and what to do."""


class _Engine(Protocol):
    """One gzip member or zstd frame that is being unpacked."""

    eof: bool
    unused_data: bytes

    def take(self, packed: bytes) -> Iterator[bytes]:
        """Unpack it, a piece at a time."""


class _Gzip:
    def __init__(self) -> None:
        self._engine = zlib.decompressobj(_GZIP_WINDOW)
        self.eof, self.unused_data = False, b""

    def take(self, packed: bytes) -> Iterator[bytes]:
        """Unpack it, a piece at a time."""
        left, is_more = packed, True
        while is_more:
            plain = self._engine.decompress(left, PIECE)
            yield plain
            left = self._engine.unconsumed_tail
            is_more = not self._engine.eof and (left != b"" or len(plain) == PIECE)
        self.eof, self.unused_data = self._engine.eof, self._engine.unused_data


class _Zstd:
    def __init__(self) -> None:
        self._engine: Any = _zstd().ZstdDecompressor()
        self.eof, self.unused_data = False, b""

    def take(self, packed: bytes) -> Iterator[bytes]:
        """Unpack it, a piece at a time."""
        yield self._engine.decompress(packed, PIECE)
        while not self._engine.eof and not self._engine.needs_input:
            yield self._engine.decompress(b"", PIECE)
        self.eof, self.unused_data = self._engine.eof, self._engine.unused_data


def _zstd() -> ModuleType:
    """Python has it from 3.14 on; before, a checkout has the same module as a package, and the deployed stack none."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return import_module(name)
    raise Unreadable("compressed with zstd, which cannot be unpacked here: unpack it with `zstd -d`")


def unpacked(raw: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a compressed file; any other file as it is. Raises Unreadable where it is damaged."""
    head, whole = _begun(raw)
    if head.startswith(_GZIP):
        return _members(whole, _Gzip)
    if head.startswith(_ZSTD):
        return _members(whole, _Zstd)
    return whole


def _begun(raw: Iterable[bytes], least: int = 8) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all of it again."""
    coming = iter(raw)
    head = next(coming, b"")
    while len(head) < least and (piece := next(coming, None)) is not None:
        head += piece  # of compressed bytes that come in small pieces some unpack to nothing
    return head, chain((head,), coming)


def _members(raw: Iterable[bytes], begin: Callable[[], _Engine]) -> Iterator[bytes]:
    """Unpack any number of members, which may be followed by zeros. However it swells, a piece is all that is held."""
    engine: _Engine | None = None
    taken, given = 0, 0
    try:
        for piece in raw:
            taken, left = taken + len(piece), piece
            while left := left if engine else left.lstrip(b"\0"):
                engine = engine or begin()
                for plain in engine.take(left):
                    given += len(plain)
                    _refuse_bomb(taken, given)
                    yield plain
                left, engine = (engine.unused_data, None) if engine.eof else (b"", engine)
    except Unreadable:
        raise
    except Exception as error:
        if isinstance(error, zlib.error) or type(error).__name__ == "ZstdError":
            raise Unreadable(f"not whole: {error}") from None
        raise
    if engine:
        raise Unreadable("not whole: the compressed data ends early")


def _refuse_bomb(taken: int, given: int) -> None:
    if given > _FREE + _MOST_TIMES * taken:
        raise Unreadable(f"it unpacks to more than {_MOST_TIMES} times its size, which no log does")


def documents(raw: Iterable[bytes], note: Callable[[str], None]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each file in an archive with its name, or the one file that this is, under the name "".

    The content of one must be taken before the next is asked for. A member that is no log by its name is noted.
    """
    head, whole = _begun(unpacked(raw), _TAR_AT + len(_TAR))
    _refuse_unread(head)
    if head.startswith(_ZIP):
        yield from _of_archive(_zipped(whole), note)
    elif head[_TAR_AT:].startswith(_TAR):
        yield from _of_archive(_tarred(whole), note)
    else:
        yield "", whole


def _refuse_unread(head: bytes) -> None:
    for mark, reason in UNREAD.items():
        if head.startswith(mark):
            raise Unreadable(reason)
    if head.startswith((_GZIP, _ZSTD)):
        raise Unreadable("compressed more than once: unpack it first")


def _of_archive(members: Iterator[tuple[str, Iterator[bytes]]], note: Callable[[str], None]) -> Iterator[Any]:
    skipped = 0
    for name, packed in members:
        head, plain = _begun(unpacked(packed) if is_log(name) else (), _TAR_AT + len(_TAR))
        if not is_log(name) or not ("." in name.rpartition("/")[2] or begins_like_a_log(head)):
            skipped += not is_aside(name)
        elif head.startswith(_ZIP) or head[_TAR_AT:].startswith(_TAR):
            note(f"{name} is an archive in an archive: unpack it first")
        elif head.startswith((_GZIP, _ZSTD)):
            note(f"{name} is compressed more than once: unpack it first")
        else:
            yield name, plain
    if skipped:
        note(f"{skipped:,} of its members are no logs by their names, and were not read")


def _zipped(raw: Iterable[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as held:
        for piece in raw:
            held.write(piece)
        try:
            with zipfile.ZipFile(held) as archive:
                for member in archive.infolist():
                    if not member.is_dir():
                        yield member.filename, _of_zip(archive, member)
        except _DAMAGED as error:
            raise Unreadable(f"not a whole zip archive: {error}") from None


def _of_zip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Only what zip itself does: of the newer methods Python unpacks a piece as a whole, however large it becomes."""
    if member.flag_bits & 1:
        raise Unreadable(f"{member.filename} is encrypted: unpack the archive first")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Unreadable(f"{member.filename} is compressed in a way that is not read: unpack the archive first")
    try:
        with archive.open(member) as opened:
            yield from _pieces(opened.read)
    except _DAMAGED as error:
        raise Unreadable(f"{member.filename} is damaged: {error}") from None


_HEADERS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)


class _Member(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        """Refuse a name of any length, which tarfile would hold as a whole."""
        made = super().frombuf(buf, encoding, errors)
        if made.type in _HEADERS and made.size > _LONGEST_HEADER:
            raise tarfile.ReadError("a header that is too long")
        return made


class _Stream(io.RawIOBase):
    """Pieces as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        """Whether it may be read: always."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any buffer
        """Fill the buffer as far as one piece goes."""
        while not self._left and (piece := next(self._pieces, None)) is not None:
            self._left = piece
        taken, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _tarred(raw: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    try:
        with tarfile.open(fileobj=io.BufferedReader(_Stream(raw), PIECE), mode="r|", tarinfo=_Member) as archive:
            for member in archive:
                opened = archive.extractfile(member) if member.isfile() else None
                if opened:
                    yield member.name, _of_tar(member.name, opened.read)
    except _DAMAGED as error:
        raise Unreadable(f"not a whole tar archive: {error}") from None


def _of_tar(name: str, read: Callable[[int], bytes]) -> Iterator[bytes]:
    try:
        yield from _pieces(read)
    except _DAMAGED as error:
        raise Unreadable(f"not a whole tar archive: {name}: {error}") from None


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(PIECE):
        yield piece
