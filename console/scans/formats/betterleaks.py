"""betterleaks 2, JSON and JSONL (github.com/betterleaks/betterleaks). It validates what it finds on request.

Up to 1.7 its results are those of gitleaks 8. From 2.0.0-rc.4 a document says whether the scan was complete.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, read_objects, to_line

_TOOL = "betterleaks"


def _read_finding(finding: Node) -> Iterator[Finding | Fault]:
    attributes, location = node(finding, "attributes"), node(finding, "location")
    caught = node(finding, "match")
    match = Match(
        join_texts(finding, "rule_id", "ruleID", "description"),
        Place(
            text(location, "path") or text(attributes, "path"),
            to_line(location.get("start_line", location.get("startLine"))),
            text(attributes, "git.sha"),
        ),
        join_texts(finding, "secret") or join_texts(caught, "value"),
        join_texts(finding, "match") or join_texts(caught, "full"),
        verified=text(finding, "validation", "status") == "valid",
    )
    yield from reduce_match(match, _TOOL)


def _read_document(result: Node) -> Iterator[Finding | Fault]:
    for finding in read_objects(result, "findings"):
        yield from [finding] if isinstance(finding, Fault) else _read_finding(finding)
    yield from _read_scan(result)


def _read_line(result: Node) -> Iterator[Finding | Fault]:
    yield from _read_finding(node(result, "finding"))


def _read_scan(result: Node) -> Iterator[Finding | Fault]:
    if text(result, "scan", "state") != "complete":
        yield Fault("betterleaks says that its scan was not complete: read its log")


LINE = JsonFormat(frozenset({"schema_version", "finding"}), _read_line)
LAST_LINE = JsonFormat(frozenset({"schema_version", "scan"}), _read_scan)

JSON = (
    JsonFormat(frozenset({"ruleID", "secret"}), _read_finding),
    JsonFormat(frozenset({"schema_version", "findings"}), _read_document),
    LINE,
    LAST_LINE,
)
