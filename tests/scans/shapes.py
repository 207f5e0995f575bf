"""Results as each scanner writes them, about one key: written by us after its documentation, or after a run of ours."""

from __future__ import annotations

import hashlib
import json

from chalicelib import key_ids

SECRET = "kX3bq8Zr1T0vLw7NcPj5sYd9HfGm2QaRuE4iKo6B"
KEY = "AKIAY34FZKBOKMUTVV7A"
ACCOUNT_OF_KEY = "609629065308"
FILE = "deploy/config.ini"


def gitleaks(key: str = KEY) -> str:
    """Gitleaks 8, `--report-format json`."""
    finding = {
        "RuleID": "aws-access-token",
        "Description": "Found an AWS access token",
        "StartLine": 2,
        "EndLine": 2,
        "StartColumn": 21,
        "EndColumn": 40,
        "Match": key,
        "Secret": key,
        "File": FILE,
        "SymlinkFile": "",
        "Commit": "30236e6551b05b50453876457b92746acb26ce30",
        "Entropy": 3.7,
        "Author": "Ana",
        "Email": "ana@example.com",
        "Date": "2026-11-23T09:00:00Z",
        "Message": "deploy",
        "Tags": [],
        "Fingerprint": f"30236e65:{FILE}:aws-access-token:2",
    }
    other = {**finding, "RuleID": "generic-api-key", "Match": f"secret = {SECRET}", "Secret": SECRET, "StartLine": 3}
    return json.dumps([finding, other], indent=1)


def trufflehog(key: str = KEY, *, verified: bool = True) -> str:
    """TruffleHog 3, `--json`: a line a finding."""
    finding = {
        "SourceMetadata": {"Data": {"Git": {"commit": "30236e6551b05b50", "file": FILE, "line": 2}}},
        "SourceID": 1,
        "SourceType": 16,
        "SourceName": "trufflehog - git",
        "DetectorType": 2,
        "DetectorName": "AWS",
        "DecoderName": "PLAIN",
        "Verified": verified,
        "Raw": key,
        "RawV2": f"{key}:{SECRET}",
        "Redacted": key,
        "ExtraData": {"account": ACCOUNT_OF_KEY, "resource_type": "Access key"},
        "StructuredData": None,
    }
    other = {**finding, "DetectorName": "Slack", "Raw": "xoxb-1", "RawV2": "", "Redacted": "", "Verified": False}
    return f"{json.dumps(finding)}\n{json.dumps(other)}\n"


def kingfisher(key: str = KEY, *, status: str = "Active Credential") -> str:
    """Kingfisher 2.14, `scan --format json`: one document, and a line of figures behind it."""
    finding = {
        "rule": {"name": "aws-access-token", "id": "betterleaks.aws-access-token"},
        "finding": {
            "dependent_captures": {"AWS_SECRET_ACCESS_KEY": SECRET},
            "snippet": key,
            "fingerprint": "9142693557034907213",
            "validation": {"status": status, "response": ""},
            "line": 2,
            "path": FILE,
            "validate_command": f"kingfisher validate --var AWS_SECRET_ACCESS_KEY='{SECRET}' '{key}'",
        },
    }
    figures = {"findings": 1, "findings_by_rule": [["aws-access-token", 1]], "scan_date": "2026-11-25T20:17:38Z"}
    return f"{json.dumps({'findings': [finding], 'metadata': {'target': '.'}})}\n{json.dumps(figures)}\n"


def detect_secrets(key: str = KEY, file: str = FILE) -> str:
    """The baseline of detect-secrets 1.5: hashes."""
    found = [
        {"type": kind, "filename": file, "hashed_secret": _sha1(text), "is_verified": False, "line_number": line}
        for kind, text, line in (
            ("AWS Access Key", key, 2),
            ("AWS Access Key", SECRET, 3),
            ("Secret Keyword", SECRET, 3),
        )
    ]
    plugins = [{"name": "AWSKeyDetector"}]
    return json.dumps({"version": "1.5.0", "plugins_used": plugins, "filters_used": [], "results": {file: found}})


def git_secrets(key: str = KEY) -> str:
    """git-secrets, `--scan` and `--scan-history`, on standard error."""
    return (
        f"{FILE}:2:aws_access_key_id = {key}\n"
        f"{FILE}:3:aws_secret_access_key = {SECRET}\n"
        f"30236e6551b05b50:{FILE}:2:aws_access_key_id = {key}\n"
        "\n[ERROR] Matched one or more prohibited patterns\n\nPossible mitigations:\n"
        "- Mark false positives as allowed using: git config --add secrets.allowed ...\n"
    )


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


assert key_ids.account_of(KEY) == ACCOUNT_OF_KEY
