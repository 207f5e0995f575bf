"""The values of a file, whatever it is packed in, encoded and laid out as. Nothing here raises: faults are noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.inquiry.formats import decoding, packing, tables
from chalicelib.inquiry.reading import Decode, Note, Wanted, parsed, raw_decode

_Document = tuple[str, Iterator[bytes]]
_FAULTS = (OSError, UnicodeDecodeError, packing.Unreadable)


def values_of(
    raw: Iterable[bytes], note: Note, wanted: Wanted | None = None, decode: Decode = raw_decode
) -> Iterator[Any]:
    """The values of a file, or of each file in it where it is an archive; only those whose text is wanted."""
    documents = documents_of(raw, note)
    while document := _next(documents, note):
        name, plain = document
        yield from _values(plain, _naming(name, note), wanted, decode)


def documents_of(raw: Iterable[bytes], note: Note) -> Iterator[_Document]:
    """Each file in a file, with its content in UTF-8. Raises OSError, UnicodeDecodeError and Unreadable."""
    for name, plain in packing.documents(raw, note):
        yield name, decoding.as_utf8(plain)


def _next(documents: Iterator[_Document], note: Note) -> _Document | None:
    try:
        return next(documents, None)
    except _FAULTS as error:
        note(_reason(error))
        return None


def _naming(name: str, note: Note) -> Note:
    return (lambda fault: note(f"{name} in it: {fault}")) if name else note


def _values(plain: Iterator[bytes], note: Note, wanted: Wanted | None, decode: Decode) -> Iterator[Any]:
    ends: list[str] = []
    # a value that the content ends in is no fault of its own
    yield from values_in(_until(plain, ends), lambda fault: None if ends else note(fault), wanted, decode)
    for fault in ends:
        note(fault)


def _until(plain: Iterator[bytes], ends: list[str]) -> Iterator[str]:
    """The text as far as it can be read."""
    try:
        yield from decoding.text(plain)
    except _FAULTS as error:
        ends.append(_reason(error))


def _reason(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return "not UTF-8, nor UTF-16; what is no text is shown as \ufffd"
        case OSError():
            return error.strerror or type(error).__name__
        case _:
            return str(error)


def values_in(
    text: Iterator[str], note: Note, wanted: Wanted | None = None, decode: Decode = raw_decode
) -> Iterator[Any]:
    """The values of a text: of a table, or of JSON in any layout."""
    header, whole = tables.begun(text)
    return tables.rows(whole, note, wanted) if tables.columns(header) else parsed(whole, note, wanted, decode)
