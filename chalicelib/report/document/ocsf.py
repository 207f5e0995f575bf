"""A report as an Incident Finding of the Open Cybersecurity Schema Framework, class 2005 of version 1.1.0.

Names and numbers: ocsf/ocsf-schema, `events/findings/incident_finding.json` and what it extends.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.model import Confidence
from chalicelib.report.form import Severity

if TYPE_CHECKING:
    from chalicelib.report.document.form import Report

Json = dict[str, Any]

_CLASS, _CATEGORY, _VERSION = 2005, 2, "1.1.0"
_UPDATE, _CLOSE = 2, 3  # activities
_IN_PROGRESS, _CLOSED = 2, 5  # statuses
_SEVERITIES = {Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}
_CONFIDENCES = {Confidence.INFORMATIONAL: 1, Confidence.SUSPECTED: 2, Confidence.CONFIRMED: 3}
_USER_NAME, _RESOURCE = 4, 10  # types of observables


def render(report: Report) -> str:
    """One JSON object on one line, as lakes and SIEMs take it."""
    return json.dumps(_finding(report), ensure_ascii=False) + "\n"


def _finding(report: Report) -> Json:
    facts: Any = report.facts
    closed = facts["closed_at"] is not None
    activity = _CLOSE if closed else _UPDATE
    return {
        "activity_id": activity,
        "category_uid": _CATEGORY,
        "class_uid": _CLASS,
        "type_uid": _CLASS * 100 + activity,
        "time": _milliseconds(report.at),
        "start_time": min(_milliseconds(one.at) for one in report.clocks if one.at),
        "severity_id": _SEVERITIES[report.severity],
        "confidence_id": _CONFIDENCES[facts["confidence"]],
        "status_id": _CLOSED if closed else _IN_PROGRESS,
        "is_suspected_breach": facts["confidence"] != Confidence.INFORMATIONAL,
        "assignee_group": {"name": "on call"},  # this or a person must be named
        "desc": report.headline,
        "finding_info_list": [_signal(one) for one in facts["signals"]],
        "observables": _observables(facts),
        "metadata": {
            "version": _VERSION,
            "uid": report.incident,
            "product": {"name": "Leak Responder", "vendor_name": "Leak Responder"},
        },
        "unmapped": {"account": report.account, "word": report.word, "result": facts["result"]},
    }


def _signal(one: Json) -> Json:
    return {
        "uid": one["native_id"],
        "title": one["what"],
        "product_uid": one["source"],
        "first_seen_time": _milliseconds(datetime.fromisoformat(one["since"])),
        "last_seen_time": _milliseconds(datetime.fromisoformat(one["at"])),
    }


def _observables(facts: Any) -> list[Json]:  # noqa: ANN401 - plain JSON values
    owner = {"name": "principal.name", "type_id": _USER_NAME, "value": facts["principal"]["name"]}
    named = dict.fromkeys(one["subject"]["id"] for one in facts["signals"] if one["subject"]["id"])
    return [owner, *({"name": "subject.id", "type_id": _RESOURCE, "value": key} for key in named)]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
