"""The patterns that are deployed, judged by an engine that knows EventBridge's rules, against what is read.

What a rule lets through is never dropped in silence; what is acted on, asked or told, a rule lets through.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st
from ministack.services import eventbridge

import app
from chalicelib import sources
from chalicelib.model import Malformed
from drill.cloud.shim import rule_state
from tests.sources import events, trail
from tests.sources.events import ACCOUNT, AKIA, RECEIVED, Json
from tests.sources.patterns import reached, rules
from tests.sources.reads import ignored, signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.mark.parametrize("source", sources.SOURCES)
def test_eventbridge_accepts_the_pattern(source: ModuleType) -> None:
    assert eventbridge._event_pattern_error(json.dumps(source.PATTERN)) is None


def test_the_engine_refuses_a_pattern_that_eventbridge_would_refuse() -> None:
    assert eventbridge._event_pattern_error('{"detail":{"type":[{"prefiks":"x"}]}}') is not None


def test_each_pattern_is_deployed_as_the_source_declares_it() -> None:
    deployed = [one.event_pattern for one in app.app.event_sources if hasattr(one, "event_pattern")]
    assert deployed == [source.PATTERN for source in sources.SOURCES if source not in sources.WIDE]


@pytest.mark.parametrize("case", events.of_every_kind())
def test_what_is_acted_on_one_rule_lets_through(case: str) -> None:
    event = events.of_every_kind()[case]
    assert isinstance(sources.read(event, RECEIVED), tuple)
    assert len(reached(event)) == 1


def test_there_is_an_event_for_every_source_and_every_call() -> None:
    known = [*events.of_every_kind().values(), *(events.called(record) for record, _ in trail.SAYS.values())]
    assert {source for event in known for source in rules(event)} == set(sources.SOURCES)
    calls = {call for source in sources.SOURCES for call in getattr(source, "CALLS", ())}
    assert calls <= {(event["detail"].get("eventSource"), event["detail"].get("eventName")) for event in known}


@pytest.mark.parametrize("case", trail.SAYS)
def test_each_call_reaches_one_function_and_shows_what_it_is(case: str) -> None:
    record, sign = trail.SAYS[case]
    event = events.called(record)
    assert len(reached(event)) == 1
    assert signal(event).sign is sign
    assert signal(record) == signal(event)


@pytest.mark.parametrize("case", trail.SAYS_NOTHING)
def test_what_looks_like_it_says_nothing_and_says_why(case: str) -> None:
    record, reason = trail.SAYS_NOTHING[case]
    assert reason in ignored(record)
    assert reason in ignored(events.called(record))


@pytest.mark.parametrize("source", sources.SOURCES)
def test_a_pattern_is_as_short_as_eventbridge_takes_it(source: ModuleType) -> None:
    assert len(json.dumps(source.PATTERN)) <= 2048  # EventBridge quotas, "Event pattern size"


@pytest.mark.parametrize("source", sources.SOURCES)
def test_a_pattern_holds_few_wildcards_for_one_member(source: ModuleType) -> None:
    """EventBridge refuses a rule as too complex where many may match at once: seen with four of `*:stack/X/*`."""
    assert max(wildcards(source.PATTERN), default=0) <= 3


def wildcards(tree: Any) -> Iterator[int]:
    """How many stand in each list of the pattern."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from wildcards(value)
    elif isinstance(tree, list):
        yield sum(isinstance(one, dict) and "wildcard" in one for one in tree)
        for one in tree:
            yield from wildcards(one)


@pytest.mark.parametrize("source", [one for one in sources.SOURCES if hasattr(one, "CALLS")])
def test_a_rule_sees_reading_calls_if_and_only_if_it_lists_one(source: ModuleType) -> None:
    """By name, as the embedded AWS tells them apart; a conformance test shows what each state lets through."""
    written = [{"eventSource": service, "eventName": name} for service, name in source.CALLS]
    reads = [is_reading(record) for record in written]
    assert any(reads) is getattr(source, "READS", False)
    assert all(reads) or not any(reads)


def is_reading(record: Json) -> bool:
    """Whether EventBridge keeps the call from a rule in the plain state."""
    entry = {"DetailType": "AWS API Call via CloudTrail", "Source": "aws.x", "Detail": json.dumps(record)}
    return rule_state.is_read_only(entry, eventbridge._pattern_event_view(entry))


KEY_CREATED, FINDING = events.called(events.key_created()), events.guardduty()

NEAR_MISSES: dict[str, Json] = {
    "a finding put on the bus by a customer": {**FINDING, "source": "custom.guardduty"},
    "a finding of another kind": {**FINDING, "detail-type": "GuardDuty Malware Protection Scan"},
    "a finding about an instance": events.guardduty("Recon:EC2/Portscan", resource={"resourceType": "Instance"}),
    "a finding that speaks of users only later": events.guardduty("Recon:EC2/X", resource={}, title="Recon:IAMUser/X"),
    "a record put on the bus by a customer": {**KEY_CREATED, "source": "custom.iam"},
    "a call of that name of another service": events.called(events.key_created(eventSource="example.amazonaws.com")),
    "another call of IAM": events.called(events.record("CreateGroup", {"groupName": "x"})),
    "a reading call of IAM": events.called(events.record("ListAccessKeys")),
    "a key retired": events.called(events.key_set("Inactive")),
    "a policy detached": events.called(
        events.policy_moved("DetachUserPolicy", f"arn:aws:iam::{ACCOUNT}:policy/leak-responder-x")
    ),
    "a role's own policy deleted": events.called(events.role_policy_deleted("may-read")),
    "a role assumed by a role": events.called(
        events.federated(eventName="AssumeRole", userIdentity=events.role_identity())
    ),
    "a workload that reads its parameters": events.called(events.parameters_read(10, events.role_identity())),
    "any tool that asks who it is": events.called(events.key_tested("aws-cli/2")),
    "a rule of somebody else": events.called(
        events.record("DisableRule", {"name": "nightly"}, eventSource="events.amazonaws.com")
    ),
    "a user's sign-in": events.called(events.signed_in(identity=events.user_identity())),
    "root, that only looks": events.called(
        events.record("ListUsers", userIdentity=events.root_identity(), readOnly=True)
    ),
    "another Health event": events.health(events.exposed("i-0", code="AWS_EC2_INSTANCE_STOP_SCHEDULED")),
    "the code from somebody else": {**events.health(events.exposed(AKIA)), "source": "custom.health"},
}


@pytest.mark.parametrize("case", NEAR_MISSES)
def test_near_misses_reach_no_function_and_say_nothing(case: str) -> None:
    assert rules(NEAR_MISSES[case]) == []
    assert not isinstance(sources.read(NEAR_MISSES[case], RECEIVED), tuple)


OF_ANYBODY: dict[str, Json] = {
    "a policy attached": events.called(
        events.policy_moved("AttachUserPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess")
    ),
    "a look-alike of AWS's quarantine": events.called(
        events.policy_moved("AttachUserPolicy", f"arn:aws:iam::{ACCOUNT}:policy/AWSCompromisedKeyQuarantineV3")
    ),
    "our deny put on": events.called(
        events.policy_moved(
            "AttachUserPolicy", f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/leak-responder-quarantine-x"
        )
    ),
}


@pytest.mark.parametrize("case", OF_ANYBODY)
def test_what_no_pattern_can_compare_reaches_one_function_and_says_nothing(case: str) -> None:
    """It would be worth a notice if it were about the caller."""
    assert len(rules(OF_ANYBODY[case])) == 1
    assert not isinstance(sources.read(OF_ANYBODY[case], RECEIVED), tuple)


LET_THROUGH: dict[str, Json] = {
    "a key beside a bucket": events.guardduty(
        "Impact:S3/AnomalousBehavior.Delete",
        resource={"resourceType": "S3Bucket", "accessKeyDetails": events.user_details(), "s3BucketDetails": []},
    ),
    "a key without a type of user": events.guardduty("Impact:S3/X", {"accessKeyId": AKIA}),
    "a name alone": events.guardduty("Impact:S3/X", {"userName": "deploy", "principalId": events.AIDA}),
    "a role behind a cluster": events.guardduty("Execution:Kubernetes/X", events.role_details()),
    "a custom detection rule": events.guardduty("InitialAccess:IAM/ValidAccounts"),
    "a custom detection rule, as a sequence": events.envelope(
        "aws.guardduty",
        "GuardDuty Finding",
        events.sequence(events.actor("IAMUser", "deploy", events.AIDA, AKIA), kind="DefenseImpairment:EC2/X"),
    ),
    "a code of tomorrow": events.health(events.exposed(AKIA, code="AWS_RISK_CREDENTIALS_SHARED")),
    "an abuse event": {**events.health(events.exposed(AKIA)), "detail-type": "AWS Health Abuse Event"},
    "a sign-in, as it is documented": {
        **events.called(events.signed_in()),
        "detail-type": "AWS Console Signin via CloudTrail",
    },
}


@pytest.mark.parametrize("case", LET_THROUGH)
def test_less_usual_layouts_are_let_through_and_read(case: str) -> None:
    assert len(rules(LET_THROUGH[case])) == 1
    assert isinstance(sources.read(LET_THROUGH[case], RECEIVED), tuple)


def paths(tree: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every member of the tree."""
    if not isinstance(tree, dict):
        return []
    return [path for name, value in tree.items() for path in ((*at, name), *paths(value, (*at, name)))]


def changed(tree: Json, path: tuple[str, ...], value: Any) -> Json:
    """The tree with another value at the path; None takes the member away."""
    tree = copy.deepcopy(tree)
    last = tree
    for name in path[:-1]:
        last = last[name]
    last.pop(path[-1])
    if value is not None:
        last[path[-1]] = value
    return tree


@given(st.data())
def test_pattern_and_reading_agree_however_an_event_is_changed(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from([*events.of_every_kind().values(), *LET_THROUGH.values()]))
    value: Any = data.draw(
        st.sampled_from([None, "", "x", "IAMUser", "Root", "Active", ACCOUNT, 0, True, [], {}, ["x"]])
    )
    event = changed(event, data.draw(st.sampled_from(paths(event))), value)
    found = sources.read(event, RECEIVED)
    if isinstance(found, tuple):
        assert rules(event) != []
    if rules(event):
        assert found != ()
    else:
        assert not isinstance(found, tuple)


def test_what_a_rule_lets_through_unreadable_is_malformed_and_not_dropped() -> None:
    broken = changed(FINDING, ("detail", "id"), None)
    assert rules(broken) != []
    assert isinstance(sources.read(broken, RECEIVED), Malformed)
