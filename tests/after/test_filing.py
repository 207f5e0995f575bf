"""The report of an incident in the bucket: whole, with its evidence, and never in the way of anything."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from chalicelib.entries import Result
from chalicelib.report.message import Number, compose
from tests import signals
from tests.after.scene import closed, leak

if TYPE_CHECKING:
    from tests.world import World


def test_at_the_end_the_report_lies_there_with_its_evidence_and_its_hashes(world: World) -> None:
    s3 = world.admin("s3")
    s3.create_bucket(Bucket="reports")
    world.with_settings(report_bucket="reports")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    end = closed(world)

    def read(name: str) -> bytes:
        body: bytes = s3.get_object(Bucket="reports", Key=f"{incident.id}/{name}")["Body"].read()
        return body

    manifest = json.loads(read("manifest.json"))
    assert set(manifest["files"]) == {"report.html", "report.md", "report.json", "ledger.json"}
    for name, said in manifest["files"].items():
        assert said == {"sha256": sha256(read(name)).hexdigest(), "bytes": len(read(name))}
    assert json.loads(read("report.json"))["incident"] == incident.id
    assert [one["kind"] for one in json.loads(read("ledger.json"))][-1] == "Closed"
    told = compose(end, Number.END, world.at, world.settings)
    lines = next(one.lines for one in told.sections if one.title == "The report")
    assert lines[0].startswith(f"s3://reports/{incident.id}/report.html")
    assert f"prefix={incident.id}/report.html" in lines[1]


def test_a_bucket_that_takes_nothing_changes_no_end_and_is_told(world: World) -> None:
    world.with_settings(report_bucket="gone")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    end = closed(world)
    assert end.closed is not None
    assert end.closed.result is Result.HELD
    told = compose(end, Number.END, world.at, world.settings)
    lines = next(one.lines for one in told.sections if one.title == "The report")
    assert "could NOT be written" in lines[0]
    assert "NoSuchBucket" in lines[0]
    assert f"leak-responder report {incident.id} --html FILE" in lines[1]
