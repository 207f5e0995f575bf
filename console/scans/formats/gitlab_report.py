"""GitLab's secret detection report (gitlab.com/gitlab-org/security-products/security-report-schemas)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, nodes, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, read_objects, to_line


def _read(report: Node) -> Iterator[Finding | Fault]:
    scan = node(report, "scan")
    if text(scan, "type") != "secret_detection":
        yield Fault("a security report of GitLab that is not about secrets, or does not say so")
    if text(scan, "status") != "success" or any(text(one, "level") == "fatal" for one in nodes(scan, "messages")):
        yield Fault("GitLab's scan failed, so not everything was scanned")
    for finding in read_objects(report, "vulnerabilities"):
        yield from [finding] if isinstance(finding, Fault) else _read_finding(finding)


def _read_finding(finding: Node) -> Iterator[Finding | Fault]:
    identifiers = " ".join(join_texts(one, "name", "value") for one in nodes(finding, "identifiers"))
    location = node(finding, "location")
    match = Match(
        f"{join_texts(finding, 'name')} {identifiers}",
        Place(text(location, "file"), to_line(location.get("start_line")), text(location, "commit", "sha")),
        join_texts(finding, "raw_source_code_extract"),
        join_texts(finding, "message"),
    )
    yield from reduce_match(match, "GitLab")


JSON = (JsonFormat(frozenset({"vulnerabilities", "version"}), _read),)
