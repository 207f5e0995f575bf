"""Bytes to text: UTF-8, with or without its mark, and UTF-16 with one, as Windows PowerShell writes it."""

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
    if not first.startswith(_UTF_16):
        yield first
        yield from coming
        return
    decoder = codecs.getincrementaldecoder("utf-16")()
    yield decoder.decode(first).encode()
    for piece in coming:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def text(plain: Iterable[bytes]) -> Iterator[str]:
    """The text of UTF-8, as far as it is that. Raises UnicodeDecodeError behind it."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for piece in plain:
        try:
            decoded = decoder.decode(piece)
        except UnicodeDecodeError as error:
            yield error.object[: error.start].decode("utf-8-sig")
            raise
        yield decoded
    yield decoder.decode(b"", final=True)
