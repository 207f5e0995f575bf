"""Alerts of GitHub and tokens of GitLab, read."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib import sources
from chalicelib.model import Ignored, Malformed, Sign, Signal, Subject, SubjectKind
from chalicelib.sources import github, gitlab
from tests.routes.bodies import KEY, LEAKED, Json, alert, token
from tests.sources.events import RECEIVED
from tests.sources.test_patterns import paths
from tests.sources.test_totality import mutate, read


def one(event: Json) -> Signal:
    found = sources.read_any(event, RECEIVED)
    assert isinstance(found, tuple), found
    (signal,) = found
    return signal


@pytest.mark.parametrize(
    ("validity", "sign"), [("active", Sign.FOUND_WORKING), ("unknown", Sign.FOUND), (None, Sign.FOUND), (7, Sign.FOUND)]
)
def test_an_alert_is_as_sure_as_github_s_look_at_the_secret(validity: Any, sign: Sign) -> None:
    signal = one(alert(validity=validity))
    assert (signal.source, signal.sign, signal.native_id) == ("github", sign, "acme/shop#42")
    assert (signal.subject, signal.principal, signal.account) == (Subject(SubjectKind.UNNAMED), None, "")
    assert signal.since == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert signal.at == datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
    assert "https://github.com/acme/shop/security/secret-scanning/42" in {each.value for each in signal.evidence}


@pytest.mark.parametrize("action", ["created", "reopened", "publicly_leaked", "validated"])
@pytest.mark.parametrize("kind", sorted(github.TYPES))
def test_what_says_that_a_credential_of_aws_is_out_is_a_signal(action: str, kind: str) -> None:
    assert one(alert(action, secret_type=kind)).what == f"secret scanning alert {action.replace('_', ' ')}"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (alert("resolved"), "'resolved' says nothing new"),
        (alert("unassigned"), "'unassigned' says nothing new"),
        (alert(secret_type="slack_api_token"), "'slack_api_token', which is no credential of AWS"),
        (alert(validity="inactive"), "does not work any more"),
        (alert() | {"location": {"type": "commit"}}, "another place of a secret"),
    ],
)
def test_what_says_less_is_ignored_with_the_reason(payload: Json, reason: str) -> None:
    found = sources.read_any(payload, RECEIVED)
    assert isinstance(found, Ignored)
    assert reason in found.reason


@pytest.mark.parametrize("changes", [{"number": "42"}, {"number": True}, {"secret_type": None}])
def test_an_alert_without_what_names_it_is_malformed(changes: Json) -> None:
    assert isinstance(sources.read_any(alert(**changes), RECEIVED), Malformed)


@pytest.mark.parametrize(("key", "kind"), [(KEY, "access-key"), (f"ASIA{KEY[4:]}", "user-session")])
def test_of_an_alert_that_was_looked_up_only_the_key_id_is_kept(key: str, kind: str) -> None:
    answered = {"number": 42, "secret": f"{key}:{LEAKED}"}
    assert github.key_of(answered) == key
    assert github.named(one(alert()), key).subject == Subject(SubjectKind(kind), key)
    assert github.key_of({"secret": LEAKED}) is None
    assert github.key_of({"secret": [key]}) is None


def test_each_key_that_gitlab_found_is_a_signal() -> None:
    tokens = [token(), token("ASIAQAAAAAAAAAAAAAAA", line=4), token(), token(KEY, "gitleaks_rule_id_slack", 5)]
    found = gitlab.parse({"tokens": tokens}, RECEIVED)
    assert isinstance(found, tuple)
    assert [signal.subject.kind for signal in found] == [SubjectKind.ACCESS_KEY, SubjectKind.USER_SESSION]
    assert {signal.sign for signal in found} == {Sign.FOUND}
    assert found[0].native_id == f"{KEY} {token()['location']}"


def test_tokens_without_a_key_id_are_ignored_and_no_tokens_are_malformed() -> None:
    assert isinstance(gitlab.parse({"tokens": [token(LEAKED)]}, RECEIVED), Ignored)
    assert isinstance(gitlab.parse({"tokens": []}, RECEIVED), Malformed)


REPORTS: list[Json] = [
    alert(),
    github.reduced(alert(validity="active")),
    {"tokens": [token()]},
    {"source": "github", "detail-type": "secret_scanning_alert", "id": "x", "detail": github.reduced(alert())},
    {"source": "gitlab", "detail-type": "revoke_tokens", "id": "", "detail": gitlab.reduced([token()])},
]


@given(st.data())
def test_every_report_is_read_however_it_is_changed(data: st.DataObject) -> None:
    report = copy.deepcopy(data.draw(st.sampled_from(REPORTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        known = paths(report)
        if known:
            mutate(report, data.draw(st.sampled_from(known)), data)
    read(report)
