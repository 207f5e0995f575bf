"""Decoys: whoever touches what only its owner knows to be a trap is the one that is caught, and nobody else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ministack.services import eventbridge

from chalicelib import sources
from chalicelib.model import Sign, Signal
from chalicelib.sources import decoys
from tests.sources import events
from tests.sources.events import ACCOUNT, AKIA, RECEIVED, SIBLING, Json
from tests.sources.patterns import matches
from tests.sources.reads import OUR_ROLE, credential, owner

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:decoy/db-a1b2c3"
USER, ROLE = f"arn:aws:iam::{ACCOUNT}:user/people/decoy", f"arn:aws:iam::{ACCOUNT}:role/decoy"
PLANTED = (AKIA, USER, ROLE, SECRET, "/decoy/token")
PATTERNS = decoys.patterns(list(PLANTED))


def call(service: str, name: str, asked: Json | None = None, **members: Any) -> Json:
    return events.called(events.record(name, asked, eventSource=f"{service}.amazonaws.com", **members))


TRAPPED: dict[str, tuple[Json, str, str | None]] = {
    "its key": (
        call("sts", "GetCallerIdentity", userIdentity=events.user_identity("decoy", AKIA)),
        f"access-key {AKIA}",
        "user decoy",
    ),
    "a call that is refused": (
        call("s3", "ListBuckets", userIdentity=events.user_identity("decoy", AKIA), errorCode="AccessDenied"),
        f"access-key {AKIA}",
        "user decoy",
    ),
    "a session of its user": (
        call("ec2", "DescribeInstances", userIdentity=events.user_identity("decoy", SIBLING)),
        f"access-key {SIBLING}",
        "user decoy",
    ),
    "a secret": (
        call("secretsmanager", "GetSecretValue", {"secretId": SECRET}),
        f"access-key {SIBLING}",
        "user admin",
    ),
    "a secret among several": (
        call("secretsmanager", "BatchGetSecretValue", {"secretIdList": ["other", SECRET]}),
        f"access-key {SIBLING}",
        "user admin",
    ),
    "a parameter": (call("ssm", "GetParameter", {"name": "/decoy/token"}), f"access-key {SIBLING}", "user admin"),
    "a role, by whoever takes it on": (
        call("sts", "AssumeRole", {"roleArn": ROLE, "roleSessionName": "x"}),
        f"access-key {SIBLING}",
        "user admin",
    ),
}


@pytest.mark.parametrize("case", TRAPPED)
def test_whoever_used_it_is_named_and_the_rule_lets_it_through(case: str) -> None:
    event, named, whose = TRAPPED[case]
    for given in (event, event["detail"]):
        (found,) = sources.read_any(given, RECEIVED, (), PLANTED)  # type: ignore[misc]
        assert isinstance(found, Signal)
        assert (found.sign, credential(found)) == (Sign.DECOY_USED, named)
        assert (owner(found.principal) or "").startswith(whose or "nobody")
    assert any(matches(one, event) for one in PATTERNS.values())


LEFT_ALONE: dict[str, Json] = {
    "a secret that is described": call("secretsmanager", "DescribeSecret", {"secretId": SECRET}),
    "secrets that are listed": call("secretsmanager", "ListSecrets", {}),
    "another secret": call("secretsmanager", "GetSecretValue", {"secretId": f"{SECRET}x"}),
    "the name in another call": call("ssm", "DeleteParameter", {"name": "/decoy/token"}),
    "somebody else's key": call("s3", "ListBuckets"),
}


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_everything_else_is_read_as_if_there_were_no_decoy(case: str) -> None:
    assert not any(matches(one, LEFT_ALONE[case]) for one in PATTERNS.values())
    assert sources.read(LEFT_ALONE[case], RECEIVED, (), PLANTED) == sources.read(LEFT_ALONE[case], RECEIVED)


def test_our_own_reading_and_that_of_a_service_trap_nobody() -> None:
    ours = events.role_identity()
    ours["principalId"] = f"{OUR_ROLE}:x"
    for identity in (ours, events.SERVICE_IDENTITY):
        event = call("secretsmanager", "GetSecretValue", {"secretId": SECRET}, userIdentity=identity)
        assert not isinstance(sources.read(event, RECEIVED, (OUR_ROLE,), PLANTED), tuple)


def test_a_stack_without_decoys_has_rules_that_eventbridge_takes_and_that_match_nothing() -> None:
    nothing = decoys.patterns([decoys.NOTHING]).values()
    assert all(eventbridge._event_pattern_error(json.dumps(one)) is None for one in nothing)
    assert not any(matches(one, event) for one in nothing for event in events.of_every_kind().values())


def test_ten_decoys_are_no_longer_than_eventbridge_takes() -> None:
    many = [f"{SECRET[:-2]}{number:02}" for number in range(10)]
    longest = max(len(json.dumps(one, separators=(",", ":"))) for one in decoys.patterns(many).values())
    assert longest <= 2048  # EventBridge quotas, "Event pattern size"
