"""A result is read to its end or called unread, in whatever encoding and form a shell wrote it."""

from __future__ import annotations

import codecs
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from chalicelib import key_ids
from console.scans import lookup
from console.scans.decoding import decode
from console.scans.findings import Found, Hashed, Place, Scan, Unnamed
from console.scans.reader import read_scan
from tests.scans import shapes
from tests.scans.shapes import FILE, KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACE = Place(FILE, 2)


def read(text: str) -> Scan:
    return read_scan(text.encode())


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16 with a mark": lambda text: text.encode("utf-16"),
    "UTF-16, big end first, with a mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "escape sequences": lambda text: b"\x1b[0m\x1b]0;title\x07" + text.encode(),
    "blank lines": lambda text: b"\x1b[2K\r\n\n" + text.encode() + b"\n\n\x1b[0m",
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("shape", [shapes.gitleaks, shapes.trufflehog, shapes.kingfisher, shapes.git_secrets])
def test_a_result_is_read_in_the_encoding_that_a_shell_wrote(shape: Any, encode: Callable[[str], bytes]) -> None:
    scan = read_scan(encode(shape()))
    assert (set(scan.places_by_key()), scan.faults) == ({KEY}, ())


def test_bytes_of_a_file_that_are_no_utf_8_are_read() -> None:
    assert [found.place.shown for found in read_scan(f"a.txt:1:caf\xe9 {KEY}\n".encode("latin-1")).found] == ["a.txt:1"]
    assert decode(b"caf\xe9") == "caf\xe9"


GITLAB = {"type": "secret_detection", "status": "success"}
CLEAN = {
    "gitleaks": "[]",
    "gitleaks 8.0": "null",
    "two pages": "[][]",
    "a list of pages": "[[], []]",
    "gitleaks 7 table": "repo,line,commit,offender,leakURL,rule,info,commitMessage,author,email,file,date\n",
    "TruffleHog 3": '{"level":"info-0","msg":"running source"}\n{"level":"info-0","msg":"finished scanning"}\n',
    "GitLab": json.dumps({"version": "15.0.7", "vulnerabilities": [], "scan": GITLAB}),
    "Trivy": json.dumps({"SchemaVersion": 2, "ArtifactName": "."}),
    "a token of another provider": json.dumps([{"RuleID": "slack-bot-token", "Secret": "xoxb-12", "File": "a"}]),
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_a_known_result_that_holds_nothing_of_aws_is_clean(text: str) -> None:
    scan = read(text)
    assert (scan.found, scan.unexplained(), scan.faults) == ((), (), ())


SARIF: dict[str, Any] = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "gitleaks"}}, "results": []}]}


def alerts(count: int, first: int = 2) -> str:
    """A list of GitHub's alerts about another provider, of these numbers."""
    found = {"secret_type": "slack_api_token", "state": "open", "secret": "xoxb-1"}
    return json.dumps([{"number": number, **found} for number in range(first, first + count)])


UNREAD = {
    "empty": "",
    "blank": " \n\t\n",
    "a mark alone": "\ufeff",
    "prose": "no scanner wrote this\n",
    "an unknown object": '{"a": 1}',
    "values": "[1, 2]",
    "half a finding": '[{"RuleID": 1}]',
    "cut": shapes.gitleaks()[:-20],
    "cut line": shapes.trufflehog().rstrip()[:-5],
    "with more behind": "[]x",
    "lists in lists in lists": "[[[]]]",
    "an unknown table": f"when,key\n2026-11-30T23:59:25Z,{KEY}\n",
    "a cut table": f"RuleID,Secret,File,StartLine\naws,{KEY}\n",
    "an open quote": f'RuleID,Secret,File,StartLine\naws,"{KEY},a,1\n',
    "times": f"2026-11-30T23:59:25Z {KEY}\n",
    "short times": f"23:59:25 {KEY}\n",
    "a log that does not end": '{"level":"info-0","msg":"running source"}\n',
    "a log with an error": '{"level":"error","msg":"clone"}\n{"level":"info-0","msg":"finished scanning"}\n',
    "no run": json.dumps({**SARIF, "runs": []}),
    "another tool": json.dumps({**SARIF, "runs": [{"tool": {"driver": {"name": "CodeQL"}}, "results": []}]}),
    "a failed run": json.dumps(
        {**SARIF, "runs": [{**SARIF["runs"][0], "invocations": [{"executionSuccessful": False}]}]}
    ),
    "a failed scan": json.dumps({"version": "15", "vulnerabilities": [], "scan": {"status": "failure"}}),
    "another report": json.dumps({"version": "15", "vulnerabilities": [], "scan": {"type": "sast"}}),
    "a partial audit": json.dumps({"audit": {"summary": {"scan_partial": 1}}}),
    "a baseline without results": json.dumps({"plugins_used": [], "results": []}),
    "a baseline without hashes": json.dumps({"plugins_used": [], "results": {"a": [{"type": "AWS Access Key"}]}}),
    "a baseline with other entries": json.dumps({"plugins_used": [], "results": {"a": ["x"]}}),
    "too deep": "[" * 100_000,
    "a name twice": f'[{{"RuleID": "aws", "Secret": "{KEY}", "Secret": "x", "File": "a"}}]',
    "no list of findings": json.dumps({"version": "15", "vulnerabilities": {"a": 1}}),
    "findings that are none": json.dumps({"version": "15", "vulnerabilities": ["x"]}),
    "runs that are none": json.dumps({"version": "2.1.0", "runs": ["x"]}),
    "results that are none": json.dumps({**SARIF, "runs": [{**SARIF["runs"][0], "results": [7]}]}),
    "no list of results": json.dumps({**SARIF, "runs": [{**SARIF["runs"][0], "results": "none"}]}),
    "an error in a run": json.dumps(
        {**SARIF, "runs": [{**SARIF["runs"][0], "invocations": [{"toolExecutionNotifications": [{"level": "error"}]}]}]}
    ),
    "secrets that are none": json.dumps({"SchemaVersion": 2, "ArtifactName": ".", "Results": [{"Secrets": ["x"]}]}),
    "entities that are none": json.dumps({"entities_with_incidents": ["x"]}),
    "a document that is none": json.dumps({"findings": {}, "metadata": {}}),
    "a full page of GitHub": alerts(30),
    "the fullest page of GitHub": alerts(100),
    "two pages that end full": alerts(60)[:-1] + "," + alerts(40, first=200)[1:],
    "TruffleHog without its log": json.dumps({"DetectorName": "Slack", "Raw": "xoxb-1", "Verified": True}),
    "null in a list": "[null]",
    "two columns of one name": f"RuleID,Secret,Secret,File\naws,{KEY},x,a\n",
    "no results of a run": json.dumps({**SARIF, "runs": [{"tool": {"driver": {"name": "gitleaks"}}}]}),
    "a run that says whether it failed as text": json.dumps(
        {**SARIF, "runs": [{**SARIF["runs"][0], "invocations": [{"executionSuccessful": "false"}]}]}
    ),
    "invocations that are none": json.dumps({**SARIF, "runs": [{**SARIF["runs"][0], "invocations": ["x"]}]}),
    "one failed run of two": json.dumps(
        {**SARIF, "runs": [SARIF["runs"][0], {**SARIF["runs"][0], "invocations": [{"executionSuccessful": False}]}]}
    ),
    "a report of GitLab without its scan": json.dumps({"version": "15", "vulnerabilities": []}),
    "a scan of GitLab without its status": json.dumps(
        {"version": "15", "vulnerabilities": [], "scan": {"type": "secret_detection"}}
    ),
    "a fatal message of GitLab": json.dumps(
        {"version": "15", "vulnerabilities": [], "scan": {**GITLAB, "messages": [{"level": "fatal"}]}}
    ),
    "Trivy about packages": json.dumps({"SchemaVersion": 2, "ArtifactName": ".", "Results": [{"Class": "lang-pkgs"}]}),
    "Trivy about a list of packages": json.dumps(
        {"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "cyclonedx"}
    ),
    "errors of ggshield": json.dumps({"total_incidents": 0, "total_occurrences": 0, "errors": [{"message": "x"}]}),
    "incidents of ggshield that are counted alone": json.dumps({"total_incidents": 3, "total_occurrences": 3}),
    "a baseline without the detector of AWS": json.dumps({"plugins_used": [{"name": "SlackDetector"}], "results": {}}),
    "findings of betterleaks that are none": json.dumps(
        {"schema_version": "1", "findings": ["x"], "scan": {"state": "complete"}}
    ),
    "a log with an error at another level": '{"level":"info-0","msg":"failed to scan"}\n'
    '{"level":"info-0","msg":"finished scanning"}\n',
    "a log with an error as a member": '{"level":"info-0","msg":"x","error":"y"}\n'
    '{"level":"info-0","msg":"finished scanning"}\n',
    "a log with an unknown level": '{"level":"ERROR","msg":"x"}\n{"level":"info-0","msg":"finished scanning"}\n',
    "a log of nothing": '{"level":"info-0","msg":"finished scanning","chunks":0}\n',
    "a second log that does not end": '{"level":"info-0","msg":"finished scanning"}\n'
    '{"level":"info-0","msg":"running source"}\n',
    "TruffleHog 2 about others": json.dumps({"reason": "Slack Token", "stringsFound": ["xoxb-1"], "path": "a"}),
    "lines of Kingfisher without its figures": json.dumps(
        {"rule": {"name": "slack"}, "finding": {"path": "a", "snippet": "xoxb-1"}}
    ),
    "lines of betterleaks without the last": json.dumps(
        {"schema_version": "1", "finding": {"rule_id": "slack", "secret": "xoxb-1"}}
    ),
    "compressed": "\x1f\x8b",
}


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD)
def test_what_is_not_understood_is_no_clean_result(text: str) -> None:
    scan = read_scan(text.encode("latin-1")) if text == UNREAD["compressed"] else read(text)
    assert scan.faults
    assert SECRET not in repr(scan)


def finding(rule: str, secret: str, line: int = 2, file: str = FILE) -> dict[str, Any]:
    return {"RuleID": rule, "Secret": secret, "Match": secret, "File": file, "StartLine": line}


@pytest.mark.parametrize(
    ("rule", "secret", "unnamed"),
    [
        ("aws-access-token", "REDACTED", 1),
        ("aws-access-token", "AKIAY34FZK...", 1),
        ("aws-access-token", "", 1),
        ("AWS Keys", "anything", 1),
        ("amazon-mws", "x", 1),
        ("generic-api-key", SECRET, 1),
        ("slack-bot-token", SECRET, 1),
        ("generic-api-key", "REDACTED", 1),
        ("High Entropy", "***", 1),
        ("generic-api-key", "xoxb-12", 0),
        ("slack-bot-token", "REDACTED", 0),
        ("laws-and-flaws", "REDACTED", 0),
        ("slack-bot-token", "30236e6551b05b50453876457b92746acb26ce30", 0),
        ("generic-api-key", b64encode(SECRET.encode()).decode(), 1),
        ("generic-api-key", quote(SECRET.replace("0", "/"), safe=""), 1),
        ("generic-api-key", SECRET.replace("0", "\\u002f"), 1),
        ("generic-api-key", f"secret={SECRET}", 1),
        ("generic-api-key", f"key{KEY}", 1),
        ("myAwsRule", "x", 1),
        ("FLAWS", "x", 0),
        ("", "REDACTED", 1),
        ("private-key", "IQoJb3JpZ2luX2VjEJr", 1),
        ("private-key", "FwoGZXIvYXdzEBY", 1),
        ("generic-api-key", "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl", 1),
        ("generic-api-key", "c2hvcnQgYW5kIGhhcm1sZXNzIHRleHQ=", 0),
    ],
)
def test_a_finding_without_an_id_counts_where_it_may_be_of_aws(rule: str, secret: str, unnamed: int) -> None:
    scan = read(json.dumps([finding(rule, secret)]))
    assert (len(scan.unnamed), len(scan.unexplained()), scan.others) == (unnamed, unnamed, 1 - unnamed)


@pytest.mark.parametrize(
    "written",
    [
        b64encode(KEY.encode()).decode(),
        b64encode(f"{KEY}:{SECRET}".encode()).decode(),
        f"{KEY}%3A{SECRET}",
        "".join(f"\\u{ord(char):04x}" for char in KEY),
        "".join(f"&#{ord(char)};" for char in KEY),
        "".join(f"%25{ord(char):02x}" for char in KEY),
        b64encode(b64encode(KEY.encode())).decode(),
        b64encode(KEY.encode("utf-16-le")).decode(),
        b64encode(f"clé {KEY}".encode()).decode(),
        KEY.encode().hex(),
    ],
)
def test_a_key_id_in_another_form_is_named(written: str) -> None:
    assert set(read(json.dumps([finding("generic-api-key", written)])).places_by_key()) == {KEY}


@pytest.mark.parametrize("beside", ["AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEJr", f"aws_secret_access_key={SECRET}"])
def test_the_text_around_a_finding_counts(beside: str) -> None:
    assert len(read(json.dumps([{**finding("generic-api-key", "x"), "Match": beside}])).unnamed) == 1


def test_each_place_of_a_sarif_result_counts() -> None:
    snippet = {"physicalLocation": {"region": {"snippet": {"text": KEY}}}}
    run = {**SARIF["runs"][0], "results": [{"ruleId": "x", "locations": [{}, snippet]}]}
    assert set(read(json.dumps({**SARIF, "runs": [run]})).places_by_key()) == {KEY}


def test_lines_behind_the_closing_text_of_git_secrets_count() -> None:
    text = shapes.git_secrets()
    assert set(read(f"{text}{text.replace(KEY, 'AKIAQNZGKIQY56JQ7WML')}").places_by_key()) == {
        KEY,
        "AKIAQNZGKIQY56JQ7WML",
    }
    assert read(f"{text}something else\n").faults


def test_a_number_of_any_length_is_read() -> None:
    text = json.dumps([finding("aws", KEY)]).replace('"StartLine": 2', f'"StartLine": {"9" * 5000}')
    assert (set(read(text).places_by_key()), read(text).faults) == ({KEY}, ())


@pytest.mark.parametrize("count", [1, 29, 31, 99, 101])
def test_a_page_of_github_that_is_not_full_is_the_last(count: int) -> None:
    assert read(alerts(count)).faults == ()


def test_a_full_page_of_github_with_the_first_alert_is_the_whole_list() -> None:
    assert read(alerts(30, first=1)).faults == ()


def test_a_credential_of_aws_counts_without_the_log() -> None:
    scan = read(shapes.trufflehog())
    assert (set(scan.places_by_key()), scan.faults) == ({KEY}, ())


def test_a_key_explains_one_secret_of_its_file() -> None:
    key, beside, second = finding("aws", KEY), finding("aws", SECRET, 3), finding("aws", SECRET, 9)
    elsewhere = finding("aws", SECRET, 3, "other.ini")
    again = {**beside, "RuleID": "generic-api-key"}
    for findings, left in (
        ([key], []),
        ([beside], [3]),
        ([key, beside], []),
        ([key, beside, again], []),
        ([key, beside, second], [9]),
        ([key, elsewhere], [3]),
    ):
        assert [one.place.line for one in read(json.dumps(findings)).unexplained()] == left


@pytest.mark.parametrize(("key_works", "secret_works", "left"), [(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0)])
def test_a_secret_that_works_is_explained_only_by_a_key_that_works(
    key_works: int, secret_works: int, left: int
) -> None:
    scan = Scan(
        found=(Found(KEY, "GitHub", PLACE, verified=bool(key_works)),),
        unnamed=(Unnamed("GitHub", Place(FILE, 3), verified=bool(secret_works)),),
    )
    assert len(scan.unexplained()) == left


def betterleaks(status: str) -> str:
    """Return a finding in the first layout of betterleaks 2."""
    found = {"ruleID": "aws-access-token", "match": KEY, "secret": KEY, "validation": {"status": status}}
    return json.dumps([{**found, "attributes": {"path": FILE}, "location": {"startLine": 2}}])


def betterleaks_document(status: str) -> str:
    """Return a result in the layout of betterleaks 2.0.0-rc.4."""
    found = {"rule_id": "aws-access-token", "match": {"value": KEY}, "validation": {"status": status}}
    findings = [{**found, "location": {"path": FILE, "start_line": 2}}]
    return json.dumps({"schema_version": "1", "findings": findings, "scan": {"state": "complete"}})


def github(validity: str) -> str:
    location = {"path": FILE, "start_line": 2}
    alert = {"number": 1, "state": "open", "secret_type": "aws_access_key_id", "secret": KEY, "validity": validity}
    return json.dumps([{**alert, "first_location_detected": location}])


def ggshield(validity: str) -> str:
    incident = {"type": "AWS Keys", "validity": validity, "occurrences": [{"match": KEY, "line_start": 2}]}
    return json.dumps({"entities_with_incidents": [{"filename": FILE, "incidents": [incident]}]})


def sarif(status: str) -> str:
    physical = {
        "artifactLocation": {"uri": f"file:{FILE}"},
        "region": {"startLine": 2, "snippet": {"text": KEY}},
    }
    located = {"physicalLocation": physical, "properties": {"validation_status": status}}
    run = {"tool": {"driver": {"name": "kingfisher"}}, "results": [{"ruleId": "aws", "locations": [located]}]}
    return json.dumps({"version": "2.1.0", "runs": [run]})


@pytest.mark.parametrize(
    ("shape", "works", "does_not"),
    [
        (betterleaks, "valid", "invalid"),
        (betterleaks_document, "valid", "revoked"),
        (github, "active", "unknown"),
        (ggshield, "valid", "no_checker"),
        (sarif, "Active Credential", "Inactive Credential"),
        (lambda status: shapes.kingfisher(status=status), "Active Credential", "Not Attempted"),
        (lambda status: shapes.trufflehog(verified=status == "yes"), "yes", "no"),
    ],
    ids=["betterleaks 2", "betterleaks 2 document", "GitHub", "ggshield", "SARIF", "Kingfisher", "TruffleHog"],
)
def test_only_a_secret_that_the_scanner_saw_working_is_confirmed(
    shape: Callable[[str], str], works: str, does_not: str
) -> None:
    for status, verified in ((works, True), (does_not, False)):
        (found,) = read(shape(status)).found
        assert (found.key, found.place.shown.split(" ")[0], found.verified) == (KEY, f"{FILE}:2", verified)


def test_a_hash_is_compared_with_the_files_and_with_the_keys_of_the_account(tmp_path: Path) -> None:
    scan = read(shapes.detect_secrets())
    assert (len(scan.hashed), scan.found, scan.faults) == (3, (), ())
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(f"[default]\nid = {KEY}\nsecret = {SECRET}\n")
    known = lookup.look_into_files(scan, tmp_path)
    assert known.found == (Found(KEY, "detect-secrets", PLACE),)
    assert {one.place.line for one in known.hashed} == {3}
    (tmp_path / FILE).write_text(f"# one line more\n[default]\nid = {KEY}\n")
    assert [found.place.line for found in lookup.look_into_files(scan, tmp_path).found] == [3]
    (tmp_path / FILE).unlink()
    assert lookup.look_into_files(scan, tmp_path) == scan
    assert lookup.look_among_keys(scan, ["AKIAQNZGKIQY56JQ7WML", KEY]).found == known.found
    assert lookup.look_among_keys(scan, ["AKIAQNZGKIQY56JQ7WML"]) == scan


def test_a_hash_that_a_person_dismissed_is_compared_and_not_left() -> None:
    dismissed = json.loads(shapes.detect_secrets())
    for entry in dismissed["results"][FILE]:
        entry["is_secret"] = False
    scan = read(json.dumps(dismissed))
    assert (len(scan.hashed), scan.unexplained()) == (3, ())
    assert lookup.look_among_keys(scan, [KEY]).found == (Found(KEY, "detect-secrets", PLACE),)


def test_a_verified_hash_is_believed() -> None:
    verified = json.loads(shapes.detect_secrets())
    verified["results"][FILE][0]["is_verified"] = True
    assert lookup.look_among_keys(read(json.dumps(verified)), [KEY]).found[0].verified


def test_no_file_outside_the_folder_is_opened(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.write_text(f"\n{KEY}\n")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "inside").write_text(f"\n{KEY}\n")
    for name, found in (("../outside", 0), (str(outside), 0), ("link", 0), ("inside", 1), ("a\0b", 0), ("x" * 5000, 0)):
        for text in (shapes.detect_secrets(file=name), json.dumps([finding("aws", "REDACTED", 2, name)])):
            assert len(lookup.look_into_files(read(text), folder).found) == found


NAMES = [
    *("RuleID", "Secret", "File", "StartLine", "Commit", "DetectorName", "Raw", "RawV2", "SourceMetadata", "Data"),
    *("rule", "finding", "snippet", "validation", "findings", "metadata", "plugins_used", "results", "hashed_secret"),
    *("filename", "line_number", "type", "dependent_captures", "path", "offender", "file", "ruleID", "secret", "runs"),
    *("version", "tool", "driver", "locations", "number", "secret_type", "state", "vulnerabilities", "location"),
    *("SchemaVersion", "ArtifactName", "Results", "Secrets", "scans", "entities_with_incidents", "total_incidents"),
    *("incidents", "occurrences", "reason", "stringsFound", "level", "msg", "audit", "summary", "attributes"),
]
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([KEY, SECRET, "AWS Access Key"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=24,
)


def check(scan: Scan, folder: Path) -> None:
    known = lookup.look_among_keys(lookup.look_into_files(scan, folder), [KEY])
    assert all(key_ids.found(found.key) == (found.key,) for found in known.found)
    shown: tuple[Found | Hashed | Unnamed, ...] = (*known.found, *known.hashed, *known.unnamed)
    assert SECRET not in "".join(finding.place.shown for finding in shown)
    assert SECRET not in "".join(scan.faults)


@given(st.one_of(JSON, st.lists(JSON, max_size=4)).map(json.dumps))
def test_any_json_is_read_to_its_end(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    check(read(text), tmp_path_factory.getbasetemp())


@given(st.lists(st.text(max_size=60) | st.sampled_from([KEY, "{", "[", "\n", ":2:", "\ufeff", ",", '"'])).map("".join))
def test_any_text_is_read_to_its_end(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    check(read_scan(text.encode(errors="surrogatepass")), tmp_path_factory.getbasetemp())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_to_their_end(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    check(read_scan(content), tmp_path_factory.getbasetemp())


@given(st.integers(1, len(shapes.gitleaks()) - 1))
def test_a_result_that_is_cut_anywhere_is_unread(length: int) -> None:
    assert read(shapes.gitleaks()[:length]).faults
