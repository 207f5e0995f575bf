"""Every format of a scanner that is read, a file for each scanner. A new one is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.scans.formats import (
    betterleaks,
    detect_secrets,
    ggshield,
    github_alerts,
    gitlab_report,
    gitleaks,
    kingfisher,
    sarif,
    trivy,
    trufflehog,
    trufflehog3,
)

if TYPE_CHECKING:
    from console.scans.formats.form import JsonFormat

JSON_FORMATS: tuple[JsonFormat, ...] = (
    *gitleaks.JSON,
    *betterleaks.JSON,
    *trufflehog.JSON,
    *trufflehog3.JSON,
    *kingfisher.JSON,
    *detect_secrets.JSON,
    *github_alerts.JSON,
    *gitlab_report.JSON,
    *trivy.JSON,
    *ggshield.JSON,
    *sarif.JSON,
)


def find_json_format(value: Any) -> JsonFormat | None:  # noqa: ANN401 - any JSON
    """Return the format of a JSON value; None if no scanner that we know writes it."""
    if not isinstance(value, dict):
        return None
    return next((known for known in JSON_FORMATS if known.is_kind_of(value)), None)
