"""Kingfisher, `--format json` and `jsonl` (github.com/mongodb/kingfisher).

The id is the snippet, or was captured for the secret's sake. Behind the findings stand an audit and figures.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, read_nothing, read_objects, to_line

_NOT_SCANNED = ("fetch_failed", "scan_partial", "scan_failed", "pending")


def _read_finding(finding: Node) -> Iterator[Finding | Fault]:
    inner = node(finding, "finding")
    captured = node(inner, "dependent_captures")
    status = text(inner, "validation", "status") or ""
    match = Match(
        join_texts(node(finding, "rule"), "name", "id"),
        Place(text(inner, "path"), to_line(inner.get("line")), text(inner, "git_metadata", "commit", "id")),
        join_texts(inner, "snippet"),
        join_texts(captured, *captured),
        verified=status.casefold() == "active credential",
    )
    yield from reduce_match(match, "Kingfisher")


def _read_document(result: Node) -> Iterator[Finding | Fault]:
    for finding in read_objects(result, "findings"):
        yield from [finding] if isinstance(finding, Fault) else _read_finding(finding)


def _read_audit(result: Node) -> Iterator[Finding | Fault]:
    summary = node(result, "audit", "summary")
    if any(summary.get(name) for name in _NOT_SCANNED):
        yield Fault("Kingfisher could not scan everything: its audit counts what failed")


LINE = JsonFormat(frozenset({"rule", "finding"}), _read_finding)
FIGURES = JsonFormat(frozenset({"findings_by_rule", "scan_date"}), read_nothing)

JSON = (
    LINE,
    JsonFormat(frozenset({"findings", "metadata"}), _read_document),
    FIGURES,
    JsonFormat(frozenset({"audit"}), _read_audit),
)
