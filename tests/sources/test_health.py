"""AWS Health: both layouts, several entities, placeholders."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.model import Malformed, Sign
from chalicelib.sources import health
from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, ASIA, OTHER_ACCOUNT, SIBLING, Json
from tests.sources.reads import credential, ignored, owner, parsed, shown, signal, signals

NAMED: dict[str, tuple[Json, list[tuple[str, str | None]]]] = {
    "older layout": (events.exposed(AKIA), [(f"access-key {AKIA}", None)]),
    "newer layout": (events.exposed_with_metadata(), [(f"access-key {AKIA}", "user deploy")]),
    "both at once": (
        events.exposed_with_metadata(affectedEntities=[{"entityValue": AKIA}]),
        [(f"access-key {AKIA}", "user deploy")],
    ),
    "several keys, of users who are not said": (
        events.exposed(AKIA, SIBLING, AKIA),
        [(f"access-key {AKIA}", None), (f"access-key {SIBLING}", None)],
    ),
    "a user is named for one of several": (
        events.exposed_with_metadata(affectedEntities=[{"entityValue": SIBLING}]),
        [(f"access-key {AKIA}", "user deploy"), (f"access-key {SIBLING}", None)],
    ),
    "user and sole entity": (
        events.exposed(AKIA, eventMetadata={"userName": "deploy"}),
        [(f"access-key {AKIA}", "user deploy")],
    ),
    "no user": (events.exposed_with_metadata(user="N/A"), [(f"access-key {AKIA}", None)]),
    "no user, in other words": (events.exposed_with_metadata(user="unknown"), [(f"access-key {AKIA}", None)]),
    "user without key": (events.exposed_with_metadata(key=""), [("unnamed-credential", "user deploy")]),
    "a session": (events.exposed(ASIA), [(f"user-session {ASIA}", None)]),
    "a text that IAM would take for an id": (
        events.exposed("KEY_ID_STANDS_HERE"),
        [("access-key KEY_ID_STANDS_HERE", None)],
    ),
    "the account for an entity": (events.exposed(ACCOUNT), [("unnamed-credential", None)]),
    "placeholders": (events.exposed("UNKNOWN", "-", "", "<none>"), [("unnamed-credential", None)]),
    "no entity": (events.exposed(), [("unnamed-credential", None)]),
    "a user for an entity": (
        events.exposed(f"arn:aws:iam::{ACCOUNT}:user/ci/deploy", f"arn:aws:iam::{ACCOUNT}:user/admin"),
        [("unnamed-credential", "user deploy"), ("unnamed-credential", "user admin")],
    ),
    "members of another name": (
        events.exposed(eventMetadata={"accessKeyId": AKIA, "iamUser": "x", "requestId": "R" * 20}),
        [(f"access-key {AKIA}", None)],
    ),
    "root's key: IAM is asked": (events.exposed_with_metadata(user="root"), [(f"access-key {AKIA}", None)]),
    "one of two is resolved": (
        events.exposed(
            affectedEntities=[
                {"entityValue": AKIA, "status": "RESOLVED"},
                {"entityValue": SIBLING, "status": "IMPAIRED"},
            ]
        ),
        [(f"access-key {SIBLING}", None)],
    ),
}


@pytest.mark.parametrize("case", NAMED)
def test_each_credential_is_a_signal_with_its_user_where_one_is_named(case: str) -> None:
    event, expected = NAMED[case]
    assert [(credential(one), owner(one.principal)) for one in signals(events.health(event))] == expected


FIRST, SECOND, SESSION = "AKIAQAZXSWEDCVFRTGB2", "AKIAQAZXSWEDCVFRTGB3", "ASIAQAZXSWEDCVFRTGB4"
NOBODY: list[tuple[str, str | None]] = [("unnamed-credential", None)]


def worded(*words: str, entities: tuple[Json, ...] = (), **members: Any) -> Json:
    """An event whose description is these words, one for each language."""
    told = [{"language": "en_US", "latestDescription": one} for one in words]
    return events.exposed(affectedEntities=list(entities), eventDescription=told, **members)


def entity(value: str, status: str = "IMPAIRED") -> Json:
    return {"entityValue": value, "status": status}


IN_WORDS: dict[str, tuple[Json, list[tuple[str, str | None]]]] = {
    "a key, and a name that decides nothing": (
        worded(f"The access key {FIRST}, belonging to IAM user ci, is public."),
        [(f"access-key {FIRST}", None)],
    ),
    "several keys": (
        worded(f"Keys: {FIRST}, {SECOND} and ({FIRST})."),
        [(f"access-key {FIRST}", None), (f"access-key {SECOND}", None)],
    ),
    "the same in two languages": (worded(f"Key {FIRST}.", f"Clave {FIRST}."), [(f"access-key {FIRST}", None)]),
    "far down": (worded("Be careful. " * 2_000 + FIRST), [(f"access-key {FIRST}", None)]),
    "a session": (worded(f"Session {SESSION}."), [(f"user-session {SESSION}", None)]),
    "beside an entity": (
        worded(f"Keys {FIRST} and {SECOND}.", entities=(entity(FIRST),)),
        [(f"access-key {FIRST}", None), (f"access-key {SECOND}", None)],
    ),
    "beside metadata": (
        worded(f"Keys {FIRST} and {SECOND}.", eventMetadata={"publicKey": FIRST, "userName": "deploy"}),
        [(f"access-key {FIRST}", "user deploy"), (f"access-key {SECOND}", None)],
    ),
    "beside a user whom the metadata name": (
        worded(f"Key {FIRST}.", eventMetadata={"userName": "deploy"}),
        [("unnamed-credential", "user deploy"), (f"access-key {FIRST}", None)],
    ),
    "beside a placeholder": (worded(f"Key {FIRST}.", entities=(entity("UNKNOWN"),)), [(f"access-key {FIRST}", None)]),
    "resolved, beside another": (
        worded(f"Keys {FIRST} and {SECOND}.", entities=(entity(FIRST, "RESOLVED"), entity(SECOND))),
        [(f"access-key {SECOND}", None)],
    ),
    "resolved, beside one in words alone": (
        worded(f"Keys {FIRST}, {SECOND}.", entities=(entity(FIRST, "RESOLVED"), entity(ACCOUNT))),
        [(f"access-key {SECOND}", None)],
    ),
    "a key of AWS's documentation": (worded(f"It looks like {AKIA} or {SIBLING}."), NOBODY),
    "one of documentation beside a real one": (worded(f"{FIRST}, not {AKIA}."), [(f"access-key {FIRST}", None)]),
    "in the address where it was found": (worded(f"Public at https://example.com/{FIRST}/a?key={SECOND}."), NOBODY),
    "in an address without its scheme": (worded(f"Public at example.com/{FIRST}."), NOBODY),
    "the name of a user": (worded(f"It belongs to the IAM user {FIRST} of yours, user name: '{SECOND}'."), NOBODY),
    "after the word user": (worded(f"A user was quarantined: {FIRST}."), [(f"access-key {FIRST}", None)]),
    "part of a longer word": (worded(f"x{FIRST} {FIRST}x {FIRST}7"), NOBODY),
    "shorter than an id": (worded(FIRST[:-1]), NOBODY),
    "in small letters": (worded(FIRST.lower()), NOBODY),
    "in a member that is no text": (events.exposed(eventDescription=[{"latestDescription": [FIRST]}]), NOBODY),
    "in a description that is no list": (events.exposed(eventDescription=FIRST), NOBODY),
}


@pytest.mark.parametrize("case", IN_WORDS)
def test_a_key_that_stands_in_awss_words_is_named_and_what_others_chose_there_is_not(case: str) -> None:
    event, expected = IN_WORDS[case]
    assert [(credential(one), owner(one.principal)) for one in signals(events.health(event))] == expected


def test_a_resolved_key_is_named_by_no_member_either() -> None:
    entities = (entity(FIRST, "RESOLVED"), entity(SECOND))
    event = worded("Keys.", entities=entities, eventMetadata={"publicKey": FIRST, "userName": "N/A"})
    assert credential(signal(events.health(event))) == f"access-key {SECOND}"


def test_words_of_an_event_that_is_resolved_name_nobody() -> None:
    assert "resolved" in ignored(events.health(worded(f"Key {FIRST}.", entities=(entity(SECOND, "RESOLVED"),))))


def test_words_about_something_else_than_a_credential_name_nobody() -> None:
    assert "not about a credential" in ignored(events.health(worded(FIRST, eventTypeCode="AWS_RISK_SPAM")))


def test_words_of_an_event_that_somebody_else_put_on_the_bus_name_nobody() -> None:
    assert "is not AWS" in ignored({**events.health(worded(FIRST)), "source": "custom.health"})


@pytest.mark.parametrize("code", health.CODES)
def test_every_code_of_exposure_or_compromise_is_read(code: str) -> None:
    assert signal(events.health(events.exposed(AKIA, code=code))).sign is Sign.EXPOSED


def test_a_code_of_tomorrow_is_suspected() -> None:
    for code in ("AWS_RISK_CREDENTIALS_SHARED", "AWS_RISK_IAM_USER_COMPROMISED"):
        assert signal(events.health(events.exposed(AKIA, code=code))).sign is Sign.WARNED


def test_the_pages_of_an_event_are_told_apart_and_its_copy_in_another_region_is_not() -> None:
    first = events.health(events.exposed(AKIA, page="1", totalPages="2", communicationId="c-1"))
    second = events.health(events.exposed(SIBLING, page="2", totalPages="2", communicationId="c-2"))
    assert signal(first).native_id != signal(second).native_id
    assert ("page", "1 of 2") in shown(signal(first))
    copy = {**first, "region": "us-west-2", "detail": {**first["detail"], "backupEvent": "true"}}
    assert parsed(copy) == parsed(first)


def test_what_aws_calls_resolved_is_over() -> None:
    entity = {"entityValue": AKIA, "status": "RESOLVED"}
    assert "resolved" in ignored(events.health(events.exposed(statusCode="closed", affectedEntities=[entity])))


def test_a_bare_detail_is_read_as_its_envelope_but_for_the_account() -> None:
    bare = events.exposed(AKIA, affectedAccount=ACCOUNT)
    assert parsed(bare) == parsed(events.health(bare))


@pytest.mark.parametrize(
    ("members", "account"),
    [
        ({}, ACCOUNT),
        ({"affectedAccount": OTHER_ACCOUNT}, OTHER_ACCOUNT),
        ({"affectedAccount": ACCOUNT, "eventMetadata": {"accountId": OTHER_ACCOUNT}}, OTHER_ACCOUNT),
    ],
)
def test_the_account_is_the_one_that_is_affected(members: Json, account: str) -> None:
    assert signal(events.health(events.exposed(AKIA, **members))).account == account


@pytest.mark.parametrize("entity", ["somebody@example.com", "the_bucket_of_our_backups"])
def test_what_is_no_key_id_is_shown_as_evidence(entity: str) -> None:
    found = signal(events.health(events.exposed(entity)))
    assert credential(found) == "unnamed-credential"
    assert ("about", entity) in [(one.label, one.value) for one in found.evidence]


def test_signals_of_one_event_are_told_apart() -> None:
    assert len({one.native_id for one in signals(events.health(events.exposed(AKIA, SIBLING)))}) == 2


def test_times_are_read_as_health_writes_them() -> None:
    assert f"{signal(events.health(events.exposed(AKIA))).at:%H:%M}" == "02:58"
    assert f"{signal(events.health(events.exposed(AKIA, startTime='soon'))).at:%H:%M}" == "02:59"


def test_other_events_are_none_of_our_business() -> None:
    other = events.exposed("i-0abc", code="AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED")
    assert "not about a credential" in ignored(events.health(other))
    assert "not about a credential" in ignored(events.health(events.exposed("i-0abc", code="AWS_RISK_SPAM")))
    assert isinstance(parsed(events.health({"service": "RISK"})), Malformed)
