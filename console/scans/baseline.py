"""The access key behind a hash: a baseline of detect-secrets says where a key id stood, and its SHA-1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from chalicelib import key_ids
from chalicelib.sources.places import describe_place
from console.scans.results import Found, Hashed

_LONGEST = 1_000_000  # characters of a line that are read


@dataclass(frozen=True)
class Known:
    """Keys that were recognised, and hashes that stayed hashes: of keys that are not here, or of their secrets."""

    found: tuple[Found, ...]
    left: tuple[Hashed, ...]


def in_the_files(hashed: Iterable[Hashed], folder: Path) -> Known:
    """What stands in the very line that the baseline names, below the folder that was scanned."""
    return _known((one, _line(folder, one)) for one in hashed)


def among(hashed: Iterable[Hashed], keys: Iterable[str]) -> Known:
    """Which of these keys it is: no file is needed for that."""
    every = " ".join(keys)
    return _known((one, every) for one in hashed)


def _known(candidates: Iterable[tuple[Hashed, str]]) -> Known:
    found, left = [], []
    for one, text in candidates:
        key = next((key for key in key_ids.found(text) if _sha1(key) == one.sha1), None)
        if key:
            found.append(Found(key, "detect-secrets", describe_place(one.file, one.line)))
        else:
            left.append(one)
    return Known(tuple(found), tuple(left))


def _sha1(key: str) -> str:
    return hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()


def _line(folder: Path, one: Hashed) -> str:
    """A baseline may name any path; only what lies below the folder is opened, and only a key id leaves the line."""
    try:
        path = (folder / one.file).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file() or one.line < 1:
            return ""
        with path.open(encoding="utf-8", errors="replace") as opened:
            return next(islice(_cut(opened), one.line - 1, None), "")
    except (OSError, ValueError, RuntimeError):
        return ""


def _cut(lines: Iterable[str]) -> Iterator[str]:
    return (line[:_LONGEST] for line in lines)
