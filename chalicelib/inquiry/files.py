"""Which files there are to read, and which are not read."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PIECE = 1 << 18
TEXTS = (".json", ".jsonl", ".ndjson", ".csv", ".log", ".txt")
PACKED = (".gz", ".zst", ".zip", ".tar", ".tgz")
ENDINGS = (*TEXTS, *PACKED)
"""What a name in a folder, a bucket or an archive ends in to be read. CloudTrail writes .json.gz, GuardDuty's export
.jsonl.gz, Athena and CloudWatch Logs .gz.
"""

_ASIDE = re.compile(
    r"-manifest\.csv$|\.metadata$"  # Athena writes them beside its results
    r"|(?:^|/)aws-logs-write-test$"  # CloudWatch Logs leaves it where it exports to
    r"|(?:^|/)CloudTrail-(?:Digest|Insight)(?:/|$)"  # CloudTrail's own, beside its logs
)
"""Files that AWS puts beside its logs. They hold no call, and are passed over without a word."""

_OF_MACOS = re.compile(r"(?:^|/)(?:__MACOSX/|\._|\.DS_Store$)")
"""What macOS writes beside files and into archives: views of folders, and attributes under the names of the files."""

_OTHER_LOGS = re.compile(
    r"(?:^|/)\d{12}/(?P<kind>Config|elasticloadbalancing|vpcflowlogs|vpcdnsquerylogs|WAFLogs|network-firewall)(?:/|$)"
)
"""Folders of other services beside those of CloudTrail and GuardDuty. No credential stands in them."""

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*[{\[]|\d{4}-\d\d-\d\dT|\xff\xfe|\xfe\xff|\x1f\x8b|\x28\xb5\x2f\xfd|PK\x03\x04"
)


def is_log(name: str) -> bool:
    """Whether a name is that of a log, or that of a file which may be one: Firehose gives its files no ending."""
    last = name.rpartition("/")[2]
    if is_aside(name) or _OF_MACOS.search(name):
        return False
    return (last.lower().endswith(ENDINGS) or "." not in last) and last != ""


def is_aside(name: str) -> bool:
    """Whether AWS writes a file of this name beside its logs."""
    return _ASIDE.search(name) is not None


def kind_of(name: str) -> str:
    """What a file that is not read is called among others: by the service whose log it is, or by its ending."""
    other = _OTHER_LOGS.search(name)
    if other:
        return f"logs of {other['kind']}"
    if _OF_MACOS.search(name):
        return "of macOS"
    last = name.rpartition("/")[2]
    return f".{last.rpartition('.')[2].lower()[:12]}" if "." in last.lstrip(".") else "without an ending"


def is_other_log(name: str) -> bool:
    """Whether it is a log of another service."""
    return _OTHER_LOGS.search(name) is not None


@dataclass
class Skipped:
    """What is below the given places and is not read, by kind, as of the last time that they were listed."""

    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, name: str) -> None:
        """Count one file."""
        if not is_aside(name) and not name.endswith("/"):
            self.kinds[kind_of(name)] += 1

    def told(self) -> str:
        """All of it in one line; "" where there is nothing."""
        count = self.kinds.total()
        named = ", ".join(f"{number:,} {kind}" for kind, number in self.kinds.most_common(_NAMED))
        more = ", and others" if len(self.kinds) > _NAMED else ""
        return f"{count:,} file{'s were' if count > 1 else ' was'} not read: {named}{more}" if count else ""


_NAMED = 10


def found(paths: Iterable[Path], skipped: Skipped | None = None) -> Iterator[Path]:
    """Files that are named, whatever their name, and those below a folder, in order of their names.

    Linked folders are not followed: they may lead in a circle, or out of what was asked for.
    """
    if skipped:
        skipped.kinds.clear()
    for path in _outermost(paths):
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                if _is_read(file):
                    yield file
                elif skipped:
                    skipped.add(file.as_posix())


def _is_read(file: Path) -> bool:
    """By its name, and where that has no ending by how it begins."""
    name = file.as_posix()
    if not is_log(name) or is_other_log(name):
        return False
    return "." in file.name or _begins_like_a_log(file)


def _begins_like_a_log(file: Path) -> bool:
    try:
        return begins_like_a_log(next(content(file), b""))
    except OSError:
        return True  # reading says what is wrong with it


def begins_like_a_log(head: bytes) -> bool:
    """Whether a file that begins so is compressed, or is JSON, alone or behind a time."""
    return _BEGINS.match(head) is not None


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """Without what lies below another one, which would be read twice."""
    real = {Path(os.path.realpath(path)): path for path in paths}  # Path.resolve raises on a link to itself
    return [path for at, path in real.items() if not any(above in real for above in at.parents)]


def content(file: Path) -> Iterator[bytes]:
    """The bytes of a file as it is. Raises OSError."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(0, "not a regular file")  # a pipe would keep us waiting
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
