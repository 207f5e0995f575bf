"""Every fault of the environment at once, and nothing that would be found out at three in the morning."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.model import Mode
from chalicelib.settings import Protected, Settings, SettingsError, from_environment

REQUIRED = {
    "ACCOUNT_ID": "123456789012",
    "TABLE_NAME": "ledger",
    "FOLLOW_UP_QUEUE_URL": "https://queue",
    "TOPIC_ARN": "arn:topic",
    "QUARANTINE_POLICY_ARN": "arn:policy",
}
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
USER = "arn:aws:iam::123456789012:user/ada"


def test_what_is_not_said_is_the_default() -> None:
    made, untouched = from_environment(REQUIRED), Settings()
    assert (made.mode, made.watch, made.user_session) == (Mode.OBSERVE, untouched.watch, 36 * 3600)
    assert (made.account, made.table) == ("123456789012", "ledger")


def test_everything_that_can_be_said() -> None:
    made = from_environment(
        {
            **REQUIRED,
            "MODE": "contain-confirmed",
            "OWN_ROLE_IDS": "AROA1,,AROA2",
            "PROTECTED": json.dumps([{"arn": USER, "unique_id": "AIDA1"}]),
            "LINKED_SECRETS": json.dumps({USER: [SECRET]}),
            "WATCH_SECONDS": "3",
            "REMIND_EVERY_SECONDS": "0",
        }
    )
    assert (made.mode, made.own_role_ids) == (Mode.CONTAIN_CONFIRMED, ("AROA1", "AROA2"))
    assert made.protected == (Protected(USER, "AIDA1"),)
    assert made.linked_secrets == {USER: (SECRET,)}
    assert (made.watch, made.remind_every) == (3, 0)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        from_environment({"MODE": "kill", "WATCH_SECONDS": "-1", "PROTECTED": "{", "LINKED_SECRETS": "[1]"})
    named = {fault.split(" ")[0].rstrip(":") for fault in raised.value.faults}
    assert named == {*REQUIRED, "MODE", "WATCH_SECONDS", "PROTECTED", "LINKED_SECRETS"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINKED_SECRETS", {USER: SECRET}),  # a text is a list of letters
        ("LINKED_SECRETS", {USER: ["db"]}),  # a name says nothing of the Region
        ("LINKED_SECRETS", {"ada": [SECRET]}),
        ("PROTECTED", [{"arn": USER}]),
        ("PROTECTED", [{"arn": "ada", "unique_id": "AIDA1"}]),
        ("PROTECTED", [{"arn": USER, "unique_id": ""}]),
        ("PROTECTED", {"arn": USER}),
        ("LEASE_SECONDS", "ten"),
        ("LEASE_SECONDS", "1e3"),
        ("LEASE_SECONDS", "0"),  # two runs would hold the same incident
        ("PROPAGATION_SECONDS", "0"),
        ("VERIFY_EVERY_SECONDS", "0"),
        ("CONTAINMENTS_PER_HOUR", "0"),
    ],
)
def test_a_value_that_would_do_nothing_or_harm_later_is_refused_now(name: str, value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(SettingsError, match=name):
        from_environment({**REQUIRED, name: text})


@given(st.dictionaries(st.sampled_from([*REQUIRED, "MODE", "PROTECTED", "LINKED_SECRETS", "WATCH_SECONDS"]), st.text()))
def test_whatever_stands_there_it_is_settings_or_a_settings_error(environment: dict[str, str]) -> None:
    with suppress(SettingsError):
        assert from_environment(environment).account == environment["ACCOUNT_ID"]
