"""Trusted Advisor's check "Exposed Access Keys": what AWS says of a key counts, and the name beside it does not."""

from __future__ import annotations

import pytest

from chalicelib.model import Malformed, Sign
from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, ASIA, OTHER_ACCOUNT, Json
from tests.sources.reads import credential, ignored, owner, parsed, shown, signal

SIGNS = {
    "Exposed": Sign.EXPOSED,
    "exposed": Sign.EXPOSED,
    "Potentially compromised": Sign.WARNED,
    "Suspected": Sign.WARNED,
    "Exposed, perhaps": Sign.WARNED,
    "": Sign.WARNED,
    None: Sign.WARNED,
}


@pytest.mark.parametrize("fraud", SIGNS)
def test_only_a_key_that_aws_found_on_the_internet_is_exposed(fraud: str | None) -> None:
    assert signal(events.trusted_advisor(events.exposed_key(fraud=fraud))).sign is SIGNS[fraud]


NAMED: dict[str, tuple[Json, str, str | None]] = {
    "a user is named: IAM is asked": (events.exposed_key(), f"access-key {AKIA}", None),
    "nobody is named": (events.exposed_key(user=""), f"access-key {AKIA}", None),
    "a session's key": (events.exposed_key(ASIA), f"user-session {ASIA}", None),
    "root": (events.exposed_key(user="root"), f"root-key {AKIA}", "root root"),
    "root, as reports of IAM call it": (events.exposed_key(user="<root_account>"), f"root-key {AKIA}", "root root"),
    "root, in capitals": (events.exposed_key(user="Root"), f"root-key {AKIA}", "root root"),
    "a user whose name begins so": (events.exposed_key(user="root-ci"), f"access-key {AKIA}", None),
    "a session's key, of root": (events.exposed_key(ASIA, user="root"), f"user-session {ASIA}", "root root"),
}


@pytest.mark.parametrize("case", NAMED)
def test_the_key_is_named_and_a_user_never(case: str) -> None:
    detail, named, whose = NAMED[case]
    found = signal(events.trusted_advisor(detail))
    assert (credential(found), owner(found.principal)) == (named, whose)
    assert "deploy" not in (found.principal.name if found.principal else "")


SAYS_NOTHING: dict[str, tuple[Json, str]] = {
    "another check": (
        {**events.exposed_key(), "check-name": "MFA on Root Account"},
        "is not about exposed access keys",
    ),
    "resolved": (events.exposed_key(status="OK"), "OK"),
    "a warning": (events.exposed_key(status="WARN"), "WARN"),
}


@pytest.mark.parametrize("case", SAYS_NOTHING)
def test_what_flags_no_exposed_key_says_nothing_and_says_why(case: str) -> None:
    detail, reason = SAYS_NOTHING[case]
    assert reason in ignored(events.trusted_advisor(detail))


ODD: dict[str, Json] = {
    "no check": {**events.exposed_key(), "check-name": None},
    "no status": events.exposed_key(status=None),
    "no item": {**events.exposed_key(), "check-item-detail": None},
    "no key": events.exposed_key(None),
    "a placeholder for the key": events.exposed_key("-"),
    "a number for the key": events.exposed_key(key=7),
    "an item that is a list": {**events.exposed_key(), "check-item-detail": [{"Access Key ID": AKIA}]},
}


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_read_is_malformed_and_not_silence(case: str) -> None:
    assert isinstance(parsed(events.trusted_advisor(ODD[case])), Malformed)


TIMES = {
    "1795489080000": "02:58",
    "2026-11-24T02:57:00Z": "02:57",
    "soon": "02:59",
    "9" * 13: "03:00",
    "9" * 30: "02:59",
}


@pytest.mark.parametrize("written", TIMES)
def test_a_time_is_read_in_either_spelling_and_never_lies_ahead(written: str) -> None:
    detail = events.exposed_key()
    detail["check-item-detail"]["Time Updated"] = written
    assert f"{signal(events.trusted_advisor(detail)).at:%H:%M}" == TIMES[written]


def test_a_refresh_of_the_same_item_is_the_same_signal() -> None:
    first = events.trusted_advisor(events.exposed_key())
    again = events.trusted_advisor(events.exposed_key(uuid="another"), id="another", time="2026-11-24T02:59:59Z")
    assert parsed(again) == parsed(first)


def test_a_bare_detail_is_read_as_its_envelope_but_for_account_and_region() -> None:
    bare, whole = signal(events.exposed_key()), signal(events.trusted_advisor(events.exposed_key()))
    assert (bare.account, bare.region) == ("", "")
    assert (bare.subject, bare.sign, bare.at, bare.evidence) == (whole.subject, whole.sign, whole.at, whole.evidence)


def test_the_account_is_the_envelope_s_and_what_people_look_at_is_shown() -> None:
    found = signal(events.trusted_advisor(events.exposed_key(), account=OTHER_ACCOUNT))
    assert (found.account, signal(events.trusted_advisor(events.exposed_key())).account) == (OTHER_ACCOUNT, ACCOUNT)
    assert {("fraud type", "Exposed"), ("user", "deploy"), ("found at", "https://example.com/leak")} <= shown(found)
    assert {("USD per day", "12"), ("deadline", "2026-11-28T21:06:40+00:00")} <= shown(found)
