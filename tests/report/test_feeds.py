"""Every feed has a name that people know it by."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chalicelib import playbook, sources
from chalicelib.model import Evidence
from chalicelib.report.message import notice_message
from chalicelib.report.words import FEEDS, thing
from console.reference.catalogue import EXAMPLES
from tests.report.runs import SETTINGS, USER_SIGNAL
from tests.routes import bodies
from tests.sources import events, trail
from tests.sources.events import RECEIVED, Json


def feeds_of(event: Json) -> set[str]:
    """The feeds that its signals name; nothing where it says nothing."""
    found = sources.read_any(event, RECEIVED)
    return {one.source for one in found} if isinstance(found, tuple) else set()


EVENTS: dict[str, Json] = {
    **events.of_every_kind(),
    **{case: events.called(record) for case, (record, _) in trail.SAYS.items()},
    "an alert of GitHub": bodies.alert(),
    "a token from GitLab": {"tokens": [bodies.token()]},
}
"""An event of every source: another test sees to it that none is missing."""


@pytest.mark.parametrize("case", EVENTS)
def test_a_feed_is_told_by_a_name_of_its_own(case: str) -> None:
    assert feeds_of(EVENTS[case]) != set()
    assert feeds_of(EVENTS[case]) <= set(FEEDS)


def test_no_feed_is_called_as_the_code_calls_it() -> None:
    assert not set(FEEDS) & set(FEEDS.values())
    assert len(set(FEEDS.values())) == len(FEEDS)


def test_what_comes_without_an_event_has_a_name_too() -> None:
    assert {"report", "inquiry"} <= set(FEEDS)


HEADLINES = {
    "shared-outside.access-analyzer": "secret prod/db-a1b2c3 in us-east-1 in account",
    "shared-outside.keys-and-secrets": "key 1234abcd-12ab-34cd-56ef-1234567890ab, by access key",
    "credentials-stored": "object dumps/.env in bucket",
    "rotation-failed": "secret prod/db-a1b2c3 in us-east-1 in account",
    "logging-changed.tampering": "trail t, by access key",
    "version-switched": "policy deployers, by access key",
    "quarantine-lifted": "taken off the user: user deploy in account",
    "trust-opened": "role worker, by access key",
    "rights-granted": "user deploy, by access key",
    "user-created": "user rogue, by access key",
    "created": "access key AKIAIOSFODNN7EXAMPLE of user deploy",
    "password-set": "console password of user deploy",
}


@pytest.mark.parametrize("name", HEADLINES)
def test_a_notice_names_what_it_is_about(name: str) -> None:
    event = json.loads((EXAMPLES / f"{name}.json").read_text())["event"]
    signals = sources.read(event, RECEIVED)
    assert isinstance(signals, tuple)
    message = notice_message(signals[0], playbook.strike(signals[0], SETTINGS), "1f2e3d4c5b6a", RECEIVED, SETTINGS)
    assert HEADLINES[name] in message.headline
    assert "unknown owner" not in message.subject


@pytest.mark.parametrize(
    ("label", "value", "named"),
    [
        ("reachable", "arn:aws:s3:::backups", "bucket backups"),
        ("reachable", "arn:aws:sqs:eu-west-1:111122223333:jobs", "queue jobs in eu-west-1"),
        ("reachable", "arn:aws:kms:eu-west-1:111122223333:key/1234", "key 1234 in eu-west-1"),
        ("reachable", "arn:aws:lambda:eu-west-1:111122223333:function:job", "function job in eu-west-1"),
        ("reachable", "arn:aws:iam::111122223333:role/app/worker", "role app/worker"),
        ("on", "policy arn:aws:iam::111122223333:policy/p", "policy p"),
        ("on", "user a arn:aws:iam::111122223333:user/admin", "user a arn:aws:iam::111122223333:user/admin"),
        ("object", "x arn:aws:iam::111122223333:user/admin", "object x arn:aws:iam::111122223333:user/admin"),
        ("secret", "arn:", "secret arn:"),
        ("on", "user \u202ex", r"user \u202ex"),
        ("reachable", "arn:aws:x:\x1b:1:a\nb/c", r"a\nb/c in \x1b"),
    ],
)
def test_a_thing_is_named_in_words_that_fit_a_headline(label: str, value: str, named: str) -> None:
    assert thing(replace(USER_SIGNAL, evidence=(Evidence(label, value),))) == named
