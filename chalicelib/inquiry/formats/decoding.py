"""Bytes to text: UTF-8 and UTF-16, with a mark, as Windows PowerShell writes it, or without."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def as_utf8(plain: Iterable[bytes]) -> Iterator[bytes]:
    """The same content in UTF-8, where it says that it is UTF-16. So one search finds a word in either."""
    coming = iter(plain)
    first = next(coming, b"")
    while len(first) < len(_UTF_16[0]) and (piece := next(coming, None)) is not None:
        first += piece
    encoding = _encoding_of(first)
    if not encoding:
        yield first
        yield from coming
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    yield decoder.decode(first).encode()
    for piece in coming:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def _encoding_of(first: bytes) -> str:
    """Return which UTF-16 it is, by its mark, or without one by its first character: JSON begins in ASCII."""
    if first.startswith(_UTF_16):
        return "utf-16"
    if first[:2] in {b"{\0", b"[\0"}:
        return "utf-16-le"
    return "utf-16-be" if first[:2] in {b"\0{", b"\0["} else ""


def text(plain: Iterable[bytes]) -> Iterator[str]:
    """The text of UTF-8. Of what is not that it has U+FFFD, and raises UnicodeDecodeError once all was given."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    fault: UnicodeDecodeError | None = None
    for piece in plain:
        try:
            decoded = decoder.decode(piece)
        except UnicodeDecodeError as error:
            fault, decoder = error, codecs.getincrementaldecoder("utf-8-sig")("replace")
            decoded = decoder.decode(error.object)
        yield decoded
    try:
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        yield error.object[: error.start].decode("utf-8-sig")
        raise
    if fault:
        raise fault
