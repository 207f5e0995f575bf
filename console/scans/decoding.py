"""The text of a result, in whatever encoding a shell wrote it."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # Windows PowerShell's `>`
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Control sequences of a terminal (ECMA-48): colours, and the title of a window."""


def decode(content: bytes) -> str:
    """Return the text without byte order mark and without control sequences of a terminal. Raises nothing.

    Bytes that are no UTF-8 are read as Latin-1: git-secrets repeats the bytes of the file that it read.
    """
    return _ESCAPE.sub("", _decode(content)).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decode(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None) or _guess(content[:4])
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _guess(begin: bytes) -> str:
    """Tell UTF-16 without a mark by the zeros beside the first characters, which are ASCII in every result."""
    if len(begin) == 4 and begin[1] == begin[3] == 0 and begin[0] and begin[2]:  # noqa: PLR2004 - two characters
        return "utf-16-le"
    if len(begin) == 4 and begin[0] == begin[2] == 0 and begin[1] and begin[3]:  # noqa: PLR2004
        return "utf-16-be"
    return "utf-8"
