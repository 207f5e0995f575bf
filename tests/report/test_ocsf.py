"""The export for lakes and SIEMs has what class 2005 of OCSF 1.1.0 requires."""

from __future__ import annotations

import json

from chalicelib.entries import Closed, Result
from chalicelib.report.document import ocsf
from tests.report import reports
from tests.report.runs import ID, KEY, SEEN

REQUIRED = {
    "activity_id", "category_uid", "class_uid", "finding_info_list", "metadata", "severity_id", "status_id", "time",
    "type_uid",
}  # fmt: skip


def test_an_open_incident_is_an_update_with_every_signal() -> None:
    found = json.loads(ocsf.render(reports.usual()))
    assert set(found) >= REQUIRED
    assert (found["class_uid"], found["type_uid"], found["status_id"]) == (2005, 200502, 2)
    assert (found["severity_id"], found["confidence_id"]) == (3, 3)
    (signal,) = found["finding_info_list"]
    assert signal["title"] == "CredentialAccess:IAMUser/CompromisedCredentials"
    assert signal["last_seen_time"] == int(SEEN.timestamp() * 1000)
    assert found["metadata"]["uid"] == ID
    assert [one["value"] for one in found["observables"]] == ["deploy", KEY]


def test_a_closed_one_says_how_it_ended() -> None:
    found = json.loads(ocsf.render(reports.written(reports.followed().then(Closed(Result.HELD)), None)))
    assert (found["activity_id"], found["type_uid"], found["status_id"]) == (3, 200503, 5)
    assert found["unmapped"]["result"] == "held"
