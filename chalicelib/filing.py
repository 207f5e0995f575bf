"""The report on an incident with its evidence, in a bucket that keeps every version.

A link to it is signed only where the owner of the stack wants that: it opens the report to whoever reads the channel.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from chalicelib.inquiry import kept, tree
from chalicelib.ledger import codec
from chalicelib.model import Outcome, Permission, Status
from chalicelib.report.document import as_json, markdown, page
from chalicelib.report.document.compose import report

if TYPE_CHECKING:
    from chalicelib.entries import Entry
    from chalicelib.ports import Ports

PERMISSIONS = (Permission(("s3:PutObject",), ("${ReportObjects}",)),)

_TYPES = {"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"}


def file(incident_id: str, ports: Ports) -> Outcome:
    """Write it, the manifest last: its hashes say that the others are whole, and its versions which belong together,
    whoever else writes meanwhile. No failure keeps an incident open.
    """
    try:
        files = {
            name: (text, _put(f"{incident_id}/{name}", text, ports))
            for name, text in written(incident_id, ports).items()
        }
        _put(f"{incident_id}/manifest.json", _manifest(incident_id, files, ports), ports)
    except Exception as error:  # noqa: BLE001 - a page that cannot be drawn or kept must not stop what comes after it
        return Outcome(Status.FAILED, f"{type(error).__name__}: {error}")
    return Outcome(Status.DONE, f"s3://{ports.settings.report_bucket}/{incident_id}/report.html")


def written(incident_id: str, ports: Ports) -> dict[str, str]:
    """Each file by its name."""
    entries = ports.ledger.entries(incident_id)
    held = kept.newest(ports.ledger.table, incident_id)
    found = tree.with_states(held, ports.ledger) if held else None
    made = report(incident_id, entries, found, ports.now(), ports.settings)
    inquiry = {"inquiry.json": json.dumps(found, ensure_ascii=False, indent=2)} if found else {}
    return {
        "report.html": page.render(made),
        "report.md": markdown.render(made),
        "report.json": as_json.render(made),
        "ledger.json": json.dumps([_entry(one) for one in entries], ensure_ascii=False, indent=2),
        **inquiry,
    }


def _entry(one: Entry) -> dict[str, object]:
    return {
        "number": one.number,
        "at": one.at.isoformat(),
        "kind": type(one.body).__name__,
        "body": json.loads(codec.written(one.body)),
    }


def _manifest(incident_id: str, files: dict[str, tuple[str, str | None]], ports: Ports) -> str:
    made = {name: _described(text.encode(), version) for name, (text, version) in files.items()}
    whole = {"incident": incident_id, "written": ports.now().isoformat(), "files": made}
    return json.dumps(whole, indent=2)


def _described(body: bytes, version: str | None) -> dict[str, object]:
    return {"sha256": sha256(body).hexdigest(), "bytes": len(body), "version": version}


def _put(key: str, text: str, ports: Ports) -> str | None:
    """The version that it is, where the bucket keeps versions."""
    bucket, account = ports.settings.report_bucket, ports.settings.account
    answer = ports.aws.s3().put_object(
        Bucket=bucket,
        Key=key,
        Body=text.encode(),
        ContentType=_TYPES[key.rpartition(".")[2]],
        ExpectedBucketOwner=account,
    )
    return answer.get("VersionId")
