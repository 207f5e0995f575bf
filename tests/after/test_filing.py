"""The report of an incident in the bucket: whole, with its evidence, and never in the way of anything."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from chalicelib.entries import Result
from chalicelib.follow_up import follow_up
from chalicelib.model import Sign
from chalicelib.report.message import Number, compose
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import closed, leak, read
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from tests.world import World


def test_at_the_end_the_report_lies_there_with_its_evidence_and_its_hashes(world: World) -> None:
    s3 = world.admin("s3")
    s3.create_bucket(Bucket="reports")
    s3.put_bucket_versioning(Bucket="reports", VersioningConfiguration={"Status": "Enabled"})
    world.with_settings(report_bucket="reports")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    end = closed(world)

    def filed(name: str) -> bytes:
        body: bytes = s3.get_object(Bucket="reports", Key=f"{incident.id}/{name}")["Body"].read()
        return body

    manifest = json.loads(filed("manifest.json"))
    assert set(manifest["files"]) == {"report.html", "report.md", "report.json", "ledger.json"}
    for name, said in manifest["files"].items():
        key = f"{incident.id}/{name}"
        s3.put_object(Bucket="reports", Key=key, Body=b"another run's")  # and yet hash and file belong together
        body = s3.get_object(Bucket="reports", Key=key, VersionId=said["version"])["Body"].read()
        assert (said["sha256"], said["bytes"]) == (sha256(body).hexdigest(), len(body))
        s3.delete_object(Bucket="reports", Key=key, VersionId=s3.head_object(Bucket="reports", Key=key)["VersionId"])
    assert json.loads(filed("report.json"))["incident"] == incident.id
    assert [one["kind"] for one in json.loads(filed("ledger.json"))][-1] == "Closed"
    told = compose(end, Number.END, world.at, world.settings)
    lines = next(one.lines for one in told.sections if one.title == "The report")
    assert lines[0].startswith(f"s3://reports/{incident.id}/report.html")
    assert f"prefix={incident.id}/report.html" in lines[1]


def test_where_its_owner_wants_links_one_opens_the_report_and_stands_in_no_other_place(world: World) -> None:
    world.admin("s3").create_bucket(Bucket="reports")
    world.with_settings(report_bucket="reports", sign_links=True)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    forms = json.loads(world.wire.published[-1])
    (link,) = (line.strip() for line in forms["email"].splitlines() if "X-Amz-Signature" in line)
    with urllib.request.urlopen(link) as answer:
        assert incident.id in answer.read().decode()
    assert "X-Amz-Expires=3600" in link
    machines = {forms[protocol] for protocol in ("sqs", "lambda", "http", "https", "firehose")}
    ledger = world.admin("dynamodb").scan(TableName=world.settings.table)["Items"]
    assert "X-Amz-Signature" not in f"{machines}{ledger}"


def test_nobody_gets_a_link_unasked_or_before_there_is_a_report(world: World) -> None:
    world.admin("s3").create_bucket(Bucket="reports")
    world.with_settings(report_bucket="reports")
    leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    assert "X-Amz-Signature" not in str(world.wire.published)
    world.wire.clear()
    world.with_settings(report_bucket="gone", sign_links=True)
    leak(world, signals.guardduty(world.new_key("bystander"), user="bystander"))
    closed(world, f"{ACCOUNT}/user/bystander")
    assert world.wire.published
    assert "X-Amz-Signature" not in str(world.wire.published)


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


def test_what_comes_after_the_end_is_in_the_report_too(world: World) -> None:
    s3 = world.admin("s3")
    s3.create_bucket(Bucket="reports")
    world.with_settings(report_bucket="reports")
    parent = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)

    def kinds() -> list[str]:
        body = s3.get_object(Bucket="reports", Key=f"{parent.id}/ledger.json")["Body"].read()
        return [one["kind"] for one in json.loads(body)]

    assert kinds()[-1] == "Closed"
    gone = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:gone-AbCdEf"
    follow_up(json.dumps({"rotate": parent.id, "secrets": [[gone, 1]]}), world.ports())
    assert kinds()[-2:] == ["Planned", "Did"]  # the rotation that was begun, and how it ended
    s3.delete_object(Bucket="reports", Key=f"{parent.id}/ledger.json")
    made = read(signals.guardduty(world.new_key("bystander"), user="bystander"), world)
    child = replace(made, sign=Sign.MINTED, native_id=f"{parent.id}/key:x")
    respond(child, world.ports())
    closed(world, f"{ACCOUNT}/user/bystander")
    assert kinds()[-1] == "Told"
