"""Secret scanning alerts as GitHub's REST API lists them (GitHub docs, "REST API endpoints for secret scanning")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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


_ALERT = JsonFormat(frozenset({"number", "secret_type", "state"}), _read)
_PAGES = frozenset({30, 100})
"""Alerts on a full page: unasked, and at most (GitHub docs, "Using pagination in the REST API")."""


@dataclass
class Pages:
    """What of a list of alerts says whether it is the whole list."""

    alerts: int = 0
    has_first: bool = False

    def note(self, known: JsonFormat, value: Node) -> None:
        """Take one object of a result into account."""
        if known is _ALERT:
            self.alerts += 1
            self.has_first = self.has_first or value.get("number") == 1

    def missing(self) -> Iterator[Fault]:
        """Yield that the list may go on: a full page, in which the first alert of the repository is not."""
        if self.alerts in _PAGES and not self.has_first:
            yield Fault(
                f"{self.alerts} alerts are a full page, and more may follow: read them with `gh api --paginate`"
            )


JSON = (_ALERT,)
