"""Trivy, `--format json` (github.com/aquasecurity/trivy). It masks what it found, so no id stands in its result."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, read_objects, to_line

_WITHOUT_FILES = frozenset({"cyclonedx", "spdx"})
"""Lists of packages, which hold no files to look for secrets in."""


def _read(report: Node) -> Iterator[Finding | Fault]:
    results = list(read_objects(report, "Results"))
    kinds = {text(result, "Class") for result in results if not isinstance(result, Fault)}
    if text(report, "ArtifactType") in _WITHOUT_FILES or (kinds and "secret" not in kinds):
        yield Fault("Trivy does not say that it looked for secrets: have it write its JSON with --scanners secret")
    for result in results:
        if isinstance(result, Fault):
            yield result
            continue
        for secret in read_objects(result, "Secrets"):
            if isinstance(secret, Fault):
                yield secret
                continue
            match = Match(
                join_texts(secret, "RuleID", "Category", "Title"),
                Place(text(result, "Target"), to_line(secret.get("StartLine"))),
                join_texts(secret, "Match"),
            )
            yield from reduce_match(match, "Trivy")


JSON = (JsonFormat(frozenset({"SchemaVersion", "ArtifactName"}), _read),)
