"""TruffleHog 3, `--json`, also with its log in the same file; TruffleHog 2 and the legacy form of 3.

In version 3 `Raw` is the key id and `RawV2` has the secret behind it. TruffleHog writes nothing at all where it finds
nothing. Only its log tells a scan that ended from one that never ran (pkg/output, main.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.sources.reading import Node, node, text, words
from console.scans.findings import Fault, Finding, Match, Other, Place, reduce_match
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


_LEVELS = ("info", "debug", "warn")
_FAILED = re.compile(r"fail|error|unable|could not", re.IGNORECASE)


def _read_log(line: Node) -> Iterator[Finding | Fault]:
    """Read a line of the log. An error in it means that something was not scanned."""
    level = (text(line, "level") or "").casefold()
    failed = line.get("error") or line.get("errors") or _FAILED.search(text(line, "msg") or "")
    if failed or not level.startswith(_LEVELS) or (line["msg"] == LAST_MESSAGE and line.get("chunks") == 0):
        yield Fault(
            "TruffleHog logged an error, or nothing was scanned at all: read its log, not everything was scanned"
        )


@dataclass
class End:
    """What of a result says whether the scan came to its end."""

    began: bool = False
    ended: bool = False
    findings: bool = False
    named: bool = False

    def note(self, known: JsonFormat, value: Node, findings: list[Finding | Fault]) -> None:
        """Take one object of a result into account."""
        self.began = self.began or known is LOG
        if known is LOG:  # the last line counts, for a second scan may have been written behind the first
            self.ended = value["msg"] == LAST_MESSAGE
        self.findings = self.findings or known in {_FINDING, _LEGACY}
        self.named = self.named or any(not isinstance(finding, Other) for finding in findings)

    def missing(self) -> Iterator[Fault]:
        """Yield why nobody can tell that the scan was finished. A credential of AWS counts without that."""
        if self.began and not self.ended:
            yield Fault("TruffleHog's log does not say that the scan was finished")
        if self.findings and not self.began and not self.named:
            yield Fault(
                "TruffleHog found no credential of AWS, and only its log says that the scan was finished: have it "
                "write its log into the same file, with 2>&1"
            )


LOG = JsonFormat(frozenset({"level", "msg"}), _read_log)
LAST_MESSAGE = "finished scanning"

_FINDING = JsonFormat(frozenset({"DetectorName", "Raw"}), _read_finding)
_LEGACY = JsonFormat(frozenset({"reason", "stringsFound"}), _read_legacy)

JSON = (
    _FINDING,
    _LEGACY,
    LOG,
)
