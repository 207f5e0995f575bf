"""Trivy, `--format json` (github.com/aquasecurity/trivy). It masks what it found, so no id stands in its result."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, nodes, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, to_line


def _read(report: Node) -> Iterator[Finding | Fault]:
    for result in nodes(report, "Results"):
        for secret in nodes(result, "Secrets"):
            match = Match(
                join_texts(secret, "RuleID", "Category", "Title"),
                Place(text(result, "Target"), to_line(secret.get("StartLine"))),
                join_texts(secret, "Match"),
            )
            yield from reduce_match(match, "Trivy")


JSON = (JsonFormat(frozenset({"SchemaVersion", "ArtifactName"}), _read),)
