"""gitleaks 7 and 8, JSON and CSV (github.com/gitleaks/gitleaks, package report).

`offender` and `Secret` are what the rule caught, `line` and `Match` the text around it.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, to_line

_TOOL = "gitleaks"


def _read_version_7(finding: Node) -> Iterator[Finding | Fault]:
    match = Match(
        join_texts(finding, "rule", "tags"),
        Place(text(finding, "file"), to_line(finding.get("lineNumber")), text(finding, "commit")),
        join_texts(finding, "offender"),
        join_texts(finding, "line"),
    )
    yield from reduce_match(match, _TOOL)


def _read_version_8(finding: Node) -> Iterator[Finding | Fault]:
    match = Match(
        join_texts(finding, "RuleID", "Description"),
        Place(text(finding, "File"), to_line(finding.get("StartLine")), text(finding, "Commit")),
        join_texts(finding, "Secret"),
        join_texts(finding, "Match"),
    )
    yield from reduce_match(match, _TOOL)


JSON = (
    JsonFormat(frozenset({"offender", "rule", "file"}), _read_version_7),
    JsonFormat(frozenset({"RuleID", "Secret"}), _read_version_8),
)
"""The columns of the CSV have the names of the members, so these read its rows too."""
