"""The forms in which files are read, below the help of each command that reads them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from chalicelib.inquiry.formats.known import ENCODINGS, EVENTS, LOGS, PACKINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.inquiry.formats.known import Form

_COLUMNS = 76


def in_help() -> str:
    """Return one form a line, as lines of a terminal. The reference says more."""
    lines = ["Files that it reads (docs/reference.md#files):", *_lines(LOGS), *_lines(EVENTS)]
    packed = ", ".join(one.name for one in PACKINGS)
    written = ", ".join(one.name for one in ENCODINGS)
    return "\n".join((*lines, *_wrapped(f"packed in {packed}; written in {written}; nested in each other")))


def _lines(forms: Iterable[Form]) -> Iterable[str]:
    for one in forms:
        yield from _wrapped(f"{one.name}: {one.what}".replace("`", ""))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _COLUMNS, initial_indent="  ", subsequent_indent="    ")
