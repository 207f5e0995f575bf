"""What scanners write, read down to access key ids and where they stood. The secrets beside them are never kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from chalicelib import key_ids
from chalicelib.inquiry.reading import parsed
from chalicelib.sources.places import describe_place
from chalicelib.sources.reading import Node, node, nodes, text

Texts = Iterable[str]


@dataclass(frozen=True)
class Found:
    """One access key id in one place. `verified` where the scanner itself called AWS with the secret, and got in."""

    key: str
    tool: str
    where: str
    verified: bool = False


@dataclass(frozen=True)
class Hashed:
    """An access key id or secret of which a baseline of detect-secrets keeps the SHA-1 alone."""

    sha1: str
    file: str
    line: int


@dataclass
class Scan:
    """A whole result: keys, hashes, findings that name no key id, and what could not be read."""

    found: list[Found] = field(default_factory=list)
    hashed: list[Hashed] = field(default_factory=list)
    others: int = 0
    faults: list[str] = field(default_factory=list)

    def keys(self) -> dict[str, list[Found]]:
        """The places of each key."""
        by_key: dict[str, list[Found]] = {}
        for one in self.found:
            by_key.setdefault(one.key, []).append(one)
        return by_key


def read(pieces: Texts) -> Scan:
    """The result of any of the scanners, however it is cut into pieces. Raises nothing."""
    coming = iter(pieces)
    begin = next((piece for piece in coming if piece.strip()), "")
    scan, whole = Scan(), chain((begin,), coming)
    if begin.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
        for value in parsed(whole, scan.faults.append):
            _add(value, scan)
    else:
        _add_lines(whole, scan)
    return scan


def is_known(value: Node) -> bool:
    """Whether a scanner that we know wrote it."""
    return any(marks <= set(value) for marks, _ in _SHAPES)


def _add(value: Any, scan: Scan) -> None:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        scan.faults.append("a value that is no finding")
        return
    reader = next((reader for marks, reader in _SHAPES if marks <= set(value)), None)
    if reader is None:
        scan.faults.append("no finding of a scanner that we know")
    else:
        reader(value, scan)


def _gitleaks(finding: Node, scan: Scan) -> None:
    """An element of `gitleaks --report-format json`: `Secret` is what the rule caught, `Match` what stood around it."""
    commit = text(finding, "Commit")
    where = describe_place(text(finding, "File"), finding.get("StartLine"), commit)
    _keys(finding, ("Secret", "Match"), Found("", "gitleaks", where), scan)


def _trufflehog(finding: Node, scan: Scan) -> None:
    """A line of `trufflehog --json`, version 3: `Raw` is the key id, `RawV2` has the secret behind a colon."""
    data = node(finding, "SourceMetadata", "Data")
    kind = next(iter(data), "")
    commit = text(data, kind, "commit")
    where = describe_place(text(data, kind, "file"), node(data, kind).get("line"), commit)
    _keys(finding, ("Raw", "RawV2", "Redacted"), Found("", "TruffleHog", where, finding.get("Verified") is True), scan)


def _kingfisher(finding: Node, scan: Scan) -> None:
    """An element of `kingfisher scan --format json`: the id is the snippet, or was captured for the secret's sake."""
    inner = node(finding, "finding")
    status = text(inner, "validation", "status") or ""
    place = describe_place(text(inner, "path"), inner.get("line"))
    found = Found("", "Kingfisher", place, status.casefold() == "active credential")
    captured = node(inner, "dependent_captures")
    _keys({"snippet": inner.get("snippet"), **captured}, ("snippet", *captured), found, scan)


def _kingfishers(result: Node, scan: Scan) -> None:
    for one in nodes(result, "findings"):
        _kingfisher(one, scan)


def _baseline(result: Node, scan: Scan) -> None:
    """A baseline of detect-secrets has hashes alone. Its `AWS Access Key` is an id or a secret."""
    for one in (one for file in node(result, "results") for one in nodes(result, "results", file)):
        sha1, file, line = text(one, "hashed_secret"), text(one, "filename"), one.get("line_number")
        if text(one, "type") == "AWS Access Key" and sha1 and _SHA1.fullmatch(sha1) and file and type(line) is int:
            scan.hashed.append(Hashed(sha1, file, line))
        else:
            scan.others += 1


_SHA1 = re.compile(r"[0-9a-f]{40}")


def _summary(result: Node, scan: Scan) -> None:
    """Kingfisher ends its findings with a line of figures."""


_SHAPES: tuple[tuple[frozenset[str], Callable[[Node, Scan], None]], ...] = (
    (frozenset({"RuleID", "Secret"}), _gitleaks),
    (frozenset({"DetectorName", "Raw"}), _trufflehog),
    (frozenset({"rule", "finding"}), _kingfisher),
    (frozenset({"findings", "metadata"}), _kingfishers),
    (frozenset({"plugins_used", "results"}), _baseline),
    (frozenset({"findings_by_rule", "scan_date"}), _summary),
)


def _keys(finding: Node, names: Iterable[str], found: Found, scan: Scan) -> None:
    caught = " ".join(filter(None, (text(finding, name) for name in names)))
    keys = key_ids.found(caught)
    scan.found.extend(Found(key, found.tool, found.where, found.verified) for key in keys)
    scan.others += not keys


_MATCH = re.compile(r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<path>[^:\n]+):(?P<line>\d{1,8}):")
_TIME = re.compile(r"(?:^|.*[T\s])\d{1,2}")  # `2026-11-30T23:59:25` is no line 59 of a file
_NO_PATH = re.compile(r"[,;=|<>\"\t]|(?:AKIA|ASIA)[A-Z0-9]{16}")
_END = "[ERROR] Matched one or more prohibited patterns"


def _add_lines(pieces: Texts, scan: Scan) -> None:
    """Read what git-secrets writes: file, line number and line, behind the commit where it read history."""
    for line in _lines(pieces):
        if line.startswith(_END):
            return
        match = _MATCH.match(line)
        if match is None or _TIME.fullmatch(match["path"]) or _NO_PATH.search(match["path"]):
            scan.faults.append("neither JSON nor lines of git-secrets")
            return
        keys = key_ids.found(line[match.end() :])
        where = describe_place(match["path"], int(match["line"]), match["commit"])
        scan.found.extend(Found(key, "git-secrets", where) for key in keys)
        scan.others += not keys


_LONGEST = 100_000  # characters of a line that are looked at


def _lines(pieces: Texts) -> Iterator[str]:
    """Each line, cut: a minified file is one line of any length."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (line[:_LONGEST] for line in whole if line.strip())
        rest = rest[:_LONGEST]
    if rest.strip():
        yield rest
