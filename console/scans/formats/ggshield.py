"""ggshield, `secret scan --json` (github.com/GitGuardian/ggshield).

It masks what it found unless `--show-secrets` is given.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.sources.reading import Node, nodes, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, read_objects, to_line


def _read(scan: Node) -> Iterator[Finding | Fault]:
    """Read a scan. One of several commits holds a scan for each."""
    for inner in read_objects(scan, "scans"):
        yield from [inner] if isinstance(inner, Fault) else _read(inner)
    for entity in read_objects(scan, "entities_with_incidents"):
        yield from [entity] if isinstance(entity, Fault) else _read_entity(entity, text(scan, "id"))
    if scan.get("errors"):
        yield Fault("ggshield says that it could not scan everything: read its own report")
    if scan.get("total_incidents") and not (scan.get("scans") or scan.get("entities_with_incidents")):
        yield Fault("ggshield counts incidents that do not stand in its result: it is not whole")


def _read_entity(entity: Node, commit: str | None) -> Iterator[Finding | Fault]:
    for incident in read_objects(entity, "incidents"):
        if isinstance(incident, Fault):
            yield incident
        else:
            yield from _read_incident(incident, text(entity, "filename"), commit)


def _read_incident(incident: Node, file: str | None, commit: str | None) -> Iterator[Finding | Fault]:
    occurrences = nodes(incident, "occurrences")
    first = to_line(occurrences[0].get("line_start")) if occurrences else None
    match = Match(
        join_texts(incident, "type", "detector_name"),
        Place(file, first, commit),
        " ".join(join_texts(occurrence, "match") for occurrence in occurrences),
        verified=text(incident, "validity") == "valid",
    )
    yield from reduce_match(match, "ggshield")


JSON = (
    JsonFormat(frozenset({"entities_with_incidents"}), _read),
    JsonFormat(frozenset({"scans", "total_incidents"}), _read),
    JsonFormat(frozenset({"total_incidents", "total_occurrences"}), _read),  # nothing was found
)
