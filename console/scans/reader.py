"""A whole result: its bytes, down to findings and faults. Raises nothing, whatever stands in it.

A result counts as read only where its format is known and it was read to its end. All else is a fault, for a
result that was not understood must not pass for a clean one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from console.scans.decoding import decode
from console.scans.findings import Fault, Finding, Found, Hashed, Other, Scan, Unnamed
from console.scans.formats import (
    betterleaks,
    find_json_format,
    git_secrets,
    github_alerts,
    kingfisher,
    tables,
    terminal,
    trufflehog,
)

if TYPE_CHECKING:
    from console.scans.formats.form import JsonFormat

_DOCS = "docs/scanners.md says which formats are read"
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")
_EMPTY = (
    "nothing was written: the scanner is missing or failed, or it writes nothing where it finds nothing. "
    "docs/scanners.md says how to tell that apart"
)


def read_scan(content: bytes) -> Scan:
    """Read the result of any scanner."""
    if content.startswith(_COMPRESSED):
        return Scan(faults=("the file is compressed: unpack it first",))
    text = decode(content)
    if not text.strip():
        return Scan(faults=(_EMPTY,))
    return collect_findings(_read_text(text))


def collect_findings(findings: Iterable[Finding | Fault]) -> Scan:
    """Sort findings and faults by their kind. The same fault counts once."""
    items = list(findings)
    return Scan(
        found=tuple(item for item in items if isinstance(item, Found)),
        hashed=tuple(item for item in items if isinstance(item, Hashed)),
        unnamed=tuple(item for item in items if isinstance(item, Unnamed)),
        others=sum(isinstance(item, Other) for item in items),
        faults=tuple(dict.fromkeys(item.reason for item in items if isinstance(item, Fault))),
    )


def read_values(values: Iterable[Any]) -> Iterator[Finding | Fault]:
    """Read JSON values: findings, or lists or documents of them. `null` is an empty list of gitleaks 8.0."""
    end, pages, named = trufflehog.End(), github_alerts.Pages(), False
    kinds: set[JsonFormat] = set()
    for value in flatten_lists(values):
        known = find_json_format(value)
        if known is None:
            yield Fault(f"JSON that no scanner writes that we know: {_DOCS}")
            continue
        findings = list(known.read(value))
        end.note(known, value, findings)
        pages.note(known, value)
        kinds.add(known)
        named = named or any(isinstance(one, Found | Hashed | Unnamed) for one in findings)
        yield from findings
    yield from (*end.missing(), *pages.missing())
    if not named:
        for line, last, tool in _LAST_LINES:
            if line in kinds and last not in kinds:
                yield Fault(f"the last line of {tool} is missing, so the result is not whole")


_LAST_LINES = (
    (kingfisher.LINE, kingfisher.FIGURES, "Kingfisher"),
    (betterleaks.LINE, betterleaks.LAST_LINE, "betterleaks"),
)
"""Findings on lines of their own, and what stands behind the last. A credential of AWS counts without that."""


_DEPTH = 2


def flatten_lists(values: Iterable[Any], depth: int = _DEPTH) -> Iterator[Any]:
    """Yield what stands in lists, also in lists of pages as `gh api --slurp` writes them."""
    for value in values:
        if isinstance(value, list) and depth:
            yield from flatten_lists(value, depth - 1)
        elif value is not None or depth < _DEPTH:
            yield value


def _read_text(text: str) -> Iterator[Finding | Fault]:
    if text.lstrip()[:1] in {"{", "["} or text.strip() == "null":
        faults: list[Fault] = []
        yield from read_values(parse_json(text, faults))
        yield from faults
        return
    table = tables.find_table_format(text)
    shown = None if table else terminal.find_terminal_text(text)
    if table:
        yield from tables.read_table(text, table)
    elif git_secrets.is_git_secrets(text):
        yield from git_secrets.read_lines(text)
    elif shown:
        yield Fault(f"this output of {shown.tool} is not read: have it write JSON, with {shown.instead}")
    else:
        yield Fault(f"neither JSON, CSV nor lines of git-secrets that we know: {_DOCS}")


_BLANK = re.compile(r"\s*")
_NEXT = re.compile(r"\n(?=[{\[])")


class TwiceError(ValueError):
    """An object has two members of one name."""


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise TwiceError
    return found


_LONGEST_NUMBER = 20


def _to_number(digits: str) -> int | float:
    """Return a number; Python refuses to read one of 4,300 digits, and nothing here is that large."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)


def parse_json(text: str, faults: list[Fault]) -> Iterator[Any]:
    """Yield the JSON values of a text, which may be one document, several, or one on each line."""
    decoder = json.JSONDecoder(object_pairs_hook=_refuse_twice, parse_int=_to_number)
    at = _BLANK.match(text).end()  # type: ignore[union-attr] # it matches anything
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except RecursionError:
            faults.append(Fault("nested too deeply"))
            return
        except TwiceError:
            faults.append(Fault("a name stands twice in one object, and readers would not agree which counts"))
            return
        except ValueError:
            faults.append(Fault("JSON that ends early or is none: the result is not whole"))
            next_line = _NEXT.search(text, at)
            if next_line is None:
                return
            at = next_line.end()
        else:
            yield value
            at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
