"""`leak-responder report INCIDENT` at the console: the ledger and CloudTrail become one report, and nothing changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from chalicelib.orders.entitled import RefusedError
from chalicelib.settings import Settings
from console.reporting.incident import Form, read
from console.reporting.link import signed
from tests.backtest import logs
from tests.console.stack import deployed, typed
from tests.inquiry import story
from tests.inquiry.asking import run
from tests.report import reports
from tests.scans import shapes
from tests.sources.events import AKIA
from tests.world import key_id

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

LOCK = "111122223333/user/victim"


@pytest.fixture
def console(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    deployed(world, monkeypatch)
    return world


def test_an_incident_has_its_report_in_every_form_and_nothing_is_changed(console: World, tmp_path: Path) -> None:
    holder = console.holder("victim")
    assert typed("contain", "--access-key", key_id(holder), "--reason", "a test", "--yes").exit_code == 0
    incident = console.incident(LOCK)
    assert incident
    before, file = console.state(), tmp_path / "report.html"
    asked = typed("report", incident.id, "--html", str(file), "--json")
    assert asked.exit_code == 0, asked.output
    assert f"written: {file}" in asked.stderr
    assert "LookupEvents of" in json.loads(asked.stdout)["found"]["seen"]
    assert key_id(holder) in file.read_text()
    assert "keeps no reports" in typed("report", incident.id, "--link").stderr
    plain = typed("report", incident.id, "--no-inquiry")
    assert plain.stdout.startswith(f"# Incident {incident.id}: CONTAINED\n")
    assert "Nobody has looked into CloudTrail" in plain.stdout
    reply = typed("report", incident.id, "--no-inquiry", "--support")
    assert "NOT DONE YET: nobody has looked into CloudTrail yet." in reply.stdout
    exported = json.loads(typed("report", incident.id, "--no-inquiry", "--ocsf").stdout)
    assert (exported["class_uid"], exported["metadata"]["uid"]) == (2005, incident.id)
    logs.log(tmp_path / "a.json.gz", *story.everything())
    read = json.loads(typed("report", incident.id, "--logs", str(tmp_path), "--json").stdout)
    assert "log file" in read["found"]["seen"]
    assert console.state() == before


@pytest.mark.parametrize(("markdown", "on_terminal"), [(False, False), (True, False), (True, True)])
def test_markdown_is_for_files_and_for_whoever_asks(markdown: bool, on_terminal: bool) -> None:
    form = Form(None, markdown=markdown, as_json=False, support=False, ocsf=False)
    assert read(reports.usual(), form, on_terminal=on_terminal).startswith("# Incident ")


def test_a_terminal_gets_words_without_marks() -> None:
    form = Form(None, markdown=False, as_json=False, support=False, ocsf=False)
    assert read(reports.usual(), form, on_terminal=True).startswith("Incident ")


def test_a_link_opens_the_filed_page_for_a_quarter_of_an_hour_and_is_refused_where_there_is_none() -> None:
    config = Config(signature_version="s3v4")
    s3 = boto3.client("s3", "us-east-1", aws_access_key_id="AKIAX", aws_secret_access_key="y", config=config)
    settings = Settings(account="111122223333", report_bucket="reports")
    page = {"Bucket": "reports", "Key": "20261124-1a2b3c4d/report.html"}
    with Stubber(s3) as stub:
        stub.add_response("head_object", {}, {**page, "ExpectedBucketOwner": "111122223333"})
        address = urlsplit(signed(s3, "20261124-1a2b3c4d", settings))
        for code, said in (
            ("404", "is filed yet: `leak-responder report"),
            ("403", "your credentials may not read it"),
        ):
            stub.add_client_error("head_object", code)
            with pytest.raises(RefusedError, match=said):
                signed(s3, "20261124-1a2b3c4d", settings)
    assert (address.hostname, address.path) == ("reports.s3.amazonaws.com", f"/{page['Key']}")
    asked = parse_qs(address.query)
    assert (asked["X-Amz-Expires"], asked["X-Amz-SignedHeaders"]) == (
        ["900"],
        ["host"],
    )  # so that a browser can open it
    with pytest.raises(RefusedError, match="keeps no reports"):
        signed(s3, "20261124-1a2b3c4d", Settings())


def test_report_reads_an_incident_and_never_a_file(
    console: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "20261124-1a2b3c4d").write_text(shapes.git_secrets())
    before = console.state()
    unknown = typed("report", "20261124-1a2b3c4d")
    assert (unknown.exit_code, "there is no incident 20261124-1a2b3c4d" in unknown.stderr) == (2, True)
    assert typed("report", "20261124-1a2b3c4d", "--yes").exit_code == 2
    (tmp_path / "result.json").write_text(shapes.gitleaks())
    file = typed("report", "result.json")
    assert (file.exit_code, "leak-responder scan FILE" in file.stderr) == (2, True)
    wrong = typed("report", "20261124-1a2b3c4d", "--link", "--support")
    assert (wrong.exit_code, "--support: only without --link" in wrong.stderr) == (2, True)
    assert console.state() == before


def test_a_timeline_without_any_deployment_is_a_page_too(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json.gz", *story.everything())
    file = tmp_path / "found.html"
    said = run("--access-key", AKIA, "--logs", tmp_path, "--since", story.SINCE, "--html", file)
    assert (said.exit_code, said.stdout) == (0, "")
    assert "What it made" in file.read_text()
    nowhere = run("--access-key", AKIA, "--logs", tmp_path, "--html", tmp_path / "no" / "found.html")
    assert (nowhere.exit_code, "cannot be written: No such file" in nowhere.stderr) == (2, True)
