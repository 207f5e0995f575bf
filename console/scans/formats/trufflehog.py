"""TruffleHog 3, `--json`, also with its log in the same file; TruffleHog 2 and the legacy form of 3.

In version 3 `Raw` is the key id and `RawV2` has the secret behind it. TruffleHog writes nothing at all where it finds
nothing. Only its log tells a scan that ended from one that never ran (pkg/output, main.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, text, words
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, to_line

_TOOL = "TruffleHog"


def _read_finding(finding: Node) -> Iterator[Finding | Fault]:
    data = node(finding, "SourceMetadata", "Data")
    source = node(data, next(iter(data), ""))
    match = Match(
        join_texts(finding, "DetectorName"),
        Place(text(source, "file"), to_line(source.get("line")), text(source, "commit")),
        join_texts(finding, "Raw", "RawV2"),
        join_texts(finding, "Redacted"),
        verified=finding.get("Verified") is True,
    )
    yield from reduce_match(match, _TOOL)


def _read_legacy(finding: Node) -> Iterator[Finding | Fault]:
    """Read an object of TruffleHog 2, or of version 3 with `--json-legacy`. The diff around holds more lines."""
    match = Match(
        join_texts(finding, "reason"),
        Place(text(finding, "path"), None, text(finding, "commitHash")),
        " ".join(words(finding, "stringsFound")),
        join_texts(finding, "diff"),
    )
    yield from reduce_match(match, _TOOL)


def _read_log(line: Node) -> Iterator[Finding | Fault]:
    """Read a line of the log. An error in it means that something was not scanned."""
    if (text(line, "level") or "").startswith(("error", "fatal", "panic", "dpanic")):
        yield Fault("TruffleHog logged an error, so not everything was scanned: read its log")


LOG = JsonFormat(frozenset({"level", "msg"}), _read_log)
LAST_MESSAGE = "finished scanning"

JSON = (
    JsonFormat(frozenset({"DetectorName", "Raw"}), _read_finding),
    JsonFormat(frozenset({"reason", "stringsFound"}), _read_legacy),
    LOG,
)
