"""trufflehog3 of PyPI, JSON: a rewrite of TruffleHog 2 by others (github.com/feeltheajf/trufflehog3)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, to_line


def _read(finding: Node) -> Iterator[Finding | Fault]:
    match = Match(
        join_texts(node(finding, "rule"), "id", "message"),
        Place(text(finding, "path"), to_line(finding.get("line")), text(finding, "commit")),
        join_texts(finding, "secret"),
        " ".join(str(line) for line in node(finding, "context").values()),
    )
    yield from reduce_match(match, "trufflehog3")


JSON = (JsonFormat(frozenset({"rule", "secret", "path"}), _read),)
