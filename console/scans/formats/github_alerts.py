"""Secret scanning alerts as GitHub's REST API lists them (GitHub docs, "REST API endpoints for secret scanning")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalicelib.sources.reading import Node, node, text
from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import JsonFormat, join_texts, to_line

_LINK = re.compile(r"https://[^/]+/(?P<repository>[\w.-]+/[\w.-]+)/security/secret-scanning/\d+")
_STATES = frozenset({"open", "resolved"})


def _read(alert: Node) -> Iterator[Finding | Fault]:
    state = text(alert, "state") or ""
    match = Match(
        join_texts(alert, "secret_type", "secret_type_display_name"),
        _find_place(alert),
        join_texts(alert, "secret"),
        verified=text(alert, "validity") == "active",
        state=state if state in _STATES else "",
    )
    yield from reduce_match(match, "GitHub")


def _find_place(alert: Node) -> Place:
    """Return the file where GitHub names one, else the number of the alert, as the line of its repository's list."""
    location = node(alert, "first_location_detected")
    if text(location, "path"):
        return Place(text(location, "path"), to_line(location.get("start_line")), text(location, "commit_sha"))
    link = _LINK.fullmatch(text(alert, "html_url") or "")
    repository = f"{link['repository']}/" if link else ""
    return Place(f"{repository}security/secret-scanning", to_line(alert.get("number")))


JSON = (JsonFormat(frozenset({"number", "secret_type", "state"}), _read),)
