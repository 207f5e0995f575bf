"""SARIF 2.1.0 of any secret scanner that we know (OASIS, "Static Analysis Results Interchange Format")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from chalicelib.sources.reading import Node, node, nodes, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, read_objects, to_line

_TOOLS = {
    "gitleaks": "gitleaks",
    "betterleaks": "betterleaks",
    "kingfisher": "Kingfisher",
    "trivy": "Trivy",
    "ggshield": "ggshield",
    "trufflehog": "TruffleHog",
    "detect-secrets": "detect-secrets",
}
_SCHEME = re.compile(r"file:/*(?=/)|file:|commit://(?P<commit>[0-9a-f]{7,64})/")
"""`commit:` is ggshield's own, where it read history."""
_NO_FINDING = frozenset({"pass", "notApplicable"})


def _read(report: Node) -> Iterator[Finding | Fault]:
    runs = list(read_objects(report, "runs"))
    if not runs:
        yield Fault("a SARIF file without a run: no scanner has looked at anything")
    for run in runs:
        yield from [run] if isinstance(run, Fault) else _read_run(run)


def _read_run(run: Node) -> Iterator[Finding | Fault]:
    driver = text(run, "tool", "driver", "name") or ""
    tool = next((shown for name, shown in _TOOLS.items() if driver.casefold().startswith(name)), None)
    if tool is None:
        yield Fault("SARIF of a tool that is no secret scanner that we know")
    if run.get("results") is None or node(run, "externalPropertyFileReferences").get("results"):
        yield Fault("a SARIF run without results: the scanner has looked at nothing, or wrote them into another file")
    invocations = list(read_objects(run, "invocations"))
    yield from (one for one in invocations if isinstance(one, Fault))
    if any(_has_failed(one) for one in invocations if not isinstance(one, Fault)):
        yield Fault("the scanner says in its SARIF that it failed, so not everything was scanned")
    for result in read_objects(run, "results"):
        if isinstance(result, Fault):
            yield result
        elif text(result, "kind") not in _NO_FINDING:
            for located in nodes(result, "locations") or ({},):
                yield from reduce_match(_match(result, located, _rule_of(result, run)), tool or "SARIF")


def _has_failed(invocation: Node) -> bool:
    notes = (*nodes(invocation, "toolExecutionNotifications"), *nodes(invocation, "toolConfigurationNotifications"))
    return invocation.get("executionSuccessful", True) is not True or any(
        text(note, "level") == "error" for note in notes
    )


def _rule_of(result: Node, run: Node) -> str:
    rules = nodes(run, "tool", "driver", "rules")
    index, name = result.get("ruleIndex"), text(result, "ruleId") or text(result, "rule", "id")
    if name is None and type(index) is int and 0 <= index < len(rules):
        name = text(rules[index], "id")
    described = next((rule for rule in rules if text(rule, "id") == name), {})
    return f"{name or ''} {text(described, 'name') or ''} {text(described, 'shortDescription', 'text') or ''}"


def _match(result: Node, located: Node, rule: str) -> Match:
    """Return the finding. What a tool adds of its own stands in `properties`, of the result or of its place."""
    place, added = node(located, "physicalLocation"), node(result, "properties")
    uri = text(place, "artifactLocation", "uri") or ""
    scheme = _SCHEME.match(uri)
    status = text(located, "properties", "validation_status") or text(added, "validation_status") or ""
    commit = text(result, "partialFingerprints", "commitSha") or text(added, "commit")
    path = unquote(uri[scheme.end() :] if scheme else uri) or None
    line = to_line(node(place, "region").get("startLine"))
    return Match(
        rule,
        Place(path, line, commit or (scheme["commit"] if scheme else None)),
        join_texts(added, "offender") or join_texts(node(place, "region", "snippet"), "text"),
        f"{join_texts(node(place, 'contextRegion', 'snippet'), 'text')} {join_texts(node(result, 'message'), 'text')}",
        verified=status.casefold() == "active credential",
    )


JSON = (JsonFormat(frozenset({"runs", "version"}), _read),)
