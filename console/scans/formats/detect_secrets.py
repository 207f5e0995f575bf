"""Baselines of detect-secrets, 0.x, 1.x and `scan --slim` (github.com/Yelp/detect-secrets).

A baseline holds hashes. Before 1.0 the file stands in the name of the list alone; a slim one has no line numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, nodes, text
from console.scans.findings import Fault, Finding, Hashed, Other, Place, may_be_of_aws
from console.scans.formats.form import JsonFormat, to_line

TOOL = "detect-secrets"
_PLUGIN = "AWSKeyDetector"
_SHA1 = re.compile(r"[0-9a-f]{40}")


def _read(baseline: Node) -> Iterator[Finding | Fault]:
    results = baseline.get("results")
    if not isinstance(results, dict):
        yield Fault("a baseline of detect-secrets without results")
        return
    if baseline["plugins_used"] and all(text(one, "name") != _PLUGIN for one in nodes(baseline, "plugins_used")):
        yield Fault(f"detect-secrets ran without {_PLUGIN}, so no key of AWS was looked for")
    for file, entries in results.items():
        if not isinstance(entries, list) or len(nodes(results, file)) != len(entries):
            yield Fault("an entry of a baseline of detect-secrets that is no finding")
        for entry in nodes(results, file):
            yield _read_entry(entry, file)


def _read_entry(entry: Node, file: str) -> Finding | Fault:
    sha1 = text(entry, "hashed_secret")
    if sha1 is None or not _SHA1.fullmatch(sha1):
        return Fault("an entry of a baseline of detect-secrets without a hash")
    if not may_be_of_aws(text(entry, "type") or "secret"):
        return Other()
    place = Place(text(entry, "filename") or file, to_line(entry.get("line_number")))
    return Hashed(
        TOOL,
        sha1,
        place,
        verified=entry.get("is_verified") is True,
        dismissed=entry.get("is_secret") is False,
    )


def is_slim_baseline(value: Node) -> bool:
    """Say whether it is the `results` of a slim baseline, which names no plugins."""
    return "results" in value and isinstance(node(value, "results"), dict)


JSON = (JsonFormat(frozenset({"plugins_used", "results"}), _read),)
