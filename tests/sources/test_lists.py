"""What GitHub and AWS list, and what we make of each: a name that is new there fails here until somebody decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.model import Sign
from chalicelib.sources import github
from console.explain import Reading, verdicts_of
from tests.routes.bodies import alert
from tests.sources import events
from tests.sources.events import ACCOUNT, Json
from tests.sources.lists.judged import CUSTOM_RULES, FINDINGS, NOT_ABOUT_A_CREDENTIAL
from tests.sources.reads import ignored, signal

LISTS = {file.stem: json.loads(file.read_text()) for file in sorted(Path(__file__).with_name("lists").glob("*.json"))}
LISTED_FINDINGS: list[str] = LISTS["guardduty-finding-types"]["names"]
LISTED_RULES: dict[str, dict[str, str]] = LISTS["guardduty-custom-rules"]["names"]
LISTED_SECRETS: list[str] = LISTS["github-secret-types"]["names"]
SEVERITIES = {"LOW": 2, "MEDIUM": 5, "HIGH": 8}


def _assert_same(listed: set[str], known: set[str], where: str) -> None:
    new, gone = sorted(listed - known), sorted(known - listed)
    assert not new, f"listed, and nobody decided what it is judged as: {new}. Add each to {where}"
    assert not gone, f"known, and no longer listed: {gone}. Take each out of {where}, or say why it stays"


@pytest.mark.parametrize("name", LISTS)
def test_each_list_says_where_it_is_from_and_how_and_when_it_was_obtained(name: str) -> None:
    found = LISTS[name]
    assert set(found) == {"source", "obtained", "complete", "how", "names"}
    assert found["source"].startswith("https://")
    assert list(found["names"]) == sorted(set(found["names"]))


def test_every_secret_type_of_github_s_list_is_known() -> None:
    _assert_same(set(LISTED_SECRETS), set(github.TYPES), "TYPES of chalicelib/sources/github.py")


def test_every_finding_type_of_aws_s_list_is_judged_or_not_about_a_credential() -> None:
    known = set(FINDINGS) | set(NOT_ABOUT_A_CREDENTIAL)
    _assert_same(set(LISTED_FINDINGS), known, "tests/sources/lists/judged.py")
    assert not set(FINDINGS) & set(NOT_ABOUT_A_CREDENTIAL)


def test_every_custom_detection_rule_of_aws_s_list_is_judged() -> None:
    _assert_same(set(LISTED_RULES), set(CUSTOM_RULES), "CUSTOM_RULES of tests/sources/lists/judged.py")


def test_a_name_that_is_new_on_a_list_fails_with_what_to_do() -> None:
    with pytest.raises(AssertionError, match=r"nobody decided .*'Impact:IAMUser/New'.* Add each to HERE"):
        _assert_same({"Impact:IAMUser/New", "old"}, {"old"}, "HERE")
    with pytest.raises(AssertionError, match=r"no longer listed: \['old'\]. Take each out of HERE"):
        _assert_same(set(), {"old"}, "HERE")


@pytest.mark.parametrize("kind", FINDINGS)
def test_a_finding_type_is_judged_as_the_table_says(kind: str) -> None:
    assert signal(_finding(kind)).sign is FINDINGS[kind]


@pytest.mark.parametrize("kind", NOT_ABOUT_A_CREDENTIAL)
def test_a_finding_type_that_is_not_about_a_credential_says_nothing(kind: str) -> None:
    assert NOT_ABOUT_A_CREDENTIAL[kind]
    assert ignored(_finding(kind)) == "the finding names no credential"


@pytest.mark.parametrize("rule", CUSTOM_RULES)
def test_a_finding_of_a_custom_detection_rule_is_judged_as_the_table_says(rule: str) -> None:
    kind, severity = LISTED_RULES[rule]["type"], SEVERITIES[LISTED_RULES[rule]["severity"]]
    info = {"customDetectionRuleName": rule}
    found = signal(events.finding(kind, service=events.served(additionalInfo=info), severity=severity))
    assert found.sign is CUSTOM_RULES[rule]


SECRETS = {
    # the type: what is decided where GitHub does not know whether it works, and where it works
    "aws_access_key_id": ("tell", "tell"),
    "aws_api_key": ("tell", "tell"),
    "aws_secret_access_key": ("tell", "tell"),
    "aws_session_token": ("tell", "tell"),
    "aws_temporary_access_key_id": ("tell", "tell"),
}
"""An alert has neither the secret nor the key id. So a person is told, and nothing can be contained by it alone."""


def test_the_decision_of_every_secret_type_is_stated() -> None:
    _assert_same(set(LISTED_SECRETS), set(SECRETS), "SECRETS of this file")


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize(("place", "validity"), [(0, "unknown"), (1, "active")])
def test_an_alert_of_each_type_of_aws_is_told_and_names_its_type(kind: str, place: int, validity: str) -> None:
    one = _decided(alert("created", secret_type=kind, validity=validity))
    assert one.judgement.decision == SECRETS[kind][place]
    assert one.signal.sign is (Sign.FOUND, Sign.FOUND_WORKING)[place]
    assert ("secret type", kind) in {(fact.label, fact.value) for fact in one.signal.evidence}


def _decided(event: Json) -> Reading:
    (verdict,) = verdicts_of(event)
    assert isinstance(verdict, tuple), verdict
    (one,) = verdict
    return one


PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/AppProfile"
RESOURCES: dict[str, Json] = {
    # what a finding about such a resource names, beside its type
    "EC2": {"instanceDetails": {"instanceId": "i-0abc", "iamInstanceProfile": {"arn": PROFILE}}},
    "Lambda": {"lambdaDetails": {"functionName": "resize", "role": f"arn:aws:iam::{ACCOUNT}:role/worker"}},
    "RDS": {"rdsDbUserDetails": {"user": "app"}},
    "Kubernetes": {"kubernetesDetails": {"kubernetesUserDetails": {"username": "system:anonymous"}}},
}


def _finding(kind: str) -> Json:
    """A finding of that type, naming what findings of such a resource name."""
    purpose, _, rest = kind.partition(":")
    about = rest.partition("/")[0]
    if purpose == "AttackSequence":
        return events.sequence(events.actor("IAMUser", "deploy", events.AIDA, events.AKIA), kind=kind)
    if about == "IAMUser" or (about == "S3" and purpose not in _MALWARE):
        return events.finding(kind)
    resource: dict[str, Any] = RESOURCES.get("EC2" if about == "Runtime" else about, {})
    return events.finding(kind, resource={"resourceType": about, **resource}, service=events.served(action={}))


_MALWARE = ("Object", "Execution")
"""Found by a scan, and not in a call: nobody is named."""
