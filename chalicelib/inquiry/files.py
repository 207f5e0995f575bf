"""Which files there are to read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAMES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
"""CloudTrail writes .json.gz, GuardDuty's export .jsonl.gz."""


def found(paths: Iterable[Path]) -> Iterator[Path]:
    """Files that are named, whatever their name, and those below a folder, in order of their names.

    Linked folders are not followed: they may lead in a circle, or out of what was asked for.
    """
    for path in _outermost(paths):
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names) if name.lower().endswith(NAMES))


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Without what lies below another one, which would be read twice."""
    real = {Path(os.path.realpath(path)): path for path in paths}  # Path.resolve raises on a link to itself
    return [path for at, path in real.items() if not any(above in real for above in at.parents)]
