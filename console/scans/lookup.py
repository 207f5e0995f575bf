"""The key ids and lines that a result does not name, looked up in the scanned files or among the account's keys.

A baseline of detect-secrets holds hashes, and a redacted result holds a place. A file of the result may have any path.
So only files below the folder that was scanned are opened, and nothing but key ids leaves them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from chalicelib import key_ids
from console.scans.findings import Found, Hashed, Scan, Unnamed

_LONGEST_LINE = 1_000_000  # characters
_LARGEST_FILE = 100_000_000  # bytes


@dataclass(frozen=True)
class KeyLine:
    """A key id in a line of a scanned file."""

    key: str
    line: int


def look_into_files(scan: Scan, folder: Path) -> Scan:
    """Name the keys that stand in the files of the result: by their hash, or in the very line that was named.

    A key without a line, as in the CSV of gitleaks 7, gets the first line where it stands.
    """
    read = cache(lambda path: tuple(_read_keys(folder, path)))

    def numbered(found: Found) -> Found:
        lines = read(found.place.path) if found.place.path and found.place.line is None else ()
        number = next((line.line for line in lines if line.key == found.key), None)
        return replace(found, place=replace(found.place, line=number)) if number else found

    def named(finding: Hashed | Unnamed) -> tuple[Found, ...]:
        lines = read(finding.place.path) if finding.place.path else ()
        if isinstance(finding, Hashed):
            return _compare(finding, lines)
        return tuple(_found(finding, line) for line in lines if finding.place.line in {line.line, None})

    return _replace_named(replace(scan, found=tuple(map(numbered, scan.found))), named)


def look_among_keys(scan: Scan, keys: Iterable[str]) -> Scan:
    """Name the keys whose hashes stand in the result, among these keys."""
    lines = tuple(KeyLine(key, 0) for key in keys)
    return _replace_named(scan, lambda finding: _compare(finding, lines) if isinstance(finding, Hashed) else ())


def _replace_named(scan: Scan, named: Callable[[Hashed | Unnamed], tuple[Found, ...]]) -> Scan:
    findings: tuple[Hashed | Unnamed, ...] = (*scan.hashed, *scan.unnamed)
    found = {finding: named(finding) for finding in findings}
    return replace(
        scan,
        found=(*scan.found, *(key for keys in found.values() for key in keys)),
        hashed=tuple(finding for finding in scan.hashed if not found[finding]),
        unnamed=tuple(finding for finding in scan.unnamed if not found[finding]),
    )


def _compare(finding: Hashed, lines: Iterable[KeyLine]) -> tuple[Found, ...]:
    """Return the first key of that hash. Lines move, so each line of the file is compared, the named one first."""
    near = sorted(lines, key=lambda line: line.line != finding.place.line)
    return tuple(_found(finding, line) for line in near if _hash(line.key) == finding.sha1)[:1]


def _found(finding: Hashed | Unnamed, line: KeyLine) -> Found:
    place = replace(finding.place, line=line.line or finding.place.line)
    return Found(line.key, finding.tool, place, finding.verified)


@cache
def _hash(key: str) -> str:
    return hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()


def _read_keys(folder: Path, name: str) -> Iterator[KeyLine]:
    """Yield the key ids of a file below the folder; nothing where there is no such file, or it cannot be read."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return
        if not 0 < path.stat().st_size <= _LARGEST_FILE:  # files of /proc have no size, and some never end
            return
        with path.open(encoding="utf-8", errors="replace") as opened:
            for number, line in enumerate(opened, 1):
                yield from (KeyLine(key, number) for key in key_ids.found(line[:_LONGEST_LINE]))
    except (OSError, ValueError, RuntimeError):
        return
