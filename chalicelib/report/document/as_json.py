"""A report as one JSON document: stable members, times in ISO 8601."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.report.document.form import Report

VERSION = 1


def render(report: Report) -> str:
    """Two spaces deep: it is evidence, and people read it."""
    known = {"version": VERSION, **asdict(report)}
    return json.dumps(known, default=_spelt, ensure_ascii=False, indent=2) + "\n"


def _spelt(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case _:
            return dict(value)  # type: ignore[call-overload]  # what is left is a mapping
