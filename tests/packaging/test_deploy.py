"""Deploying: refused before anything is done where it cannot end well, and told truly where it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.model import Mode
from console import change_set, deploy
from console.change_set import Change, ChangeSet, DeployError
from console.stack import PARAMETERS

if TYPE_CHECKING:
    from pathlib import Path

STACK = "leak-responder-dev"
ARN = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{STACK}/1"
SET = f"arn:aws:cloudformation:us-east-1:123456789012:changeSet/{STACK}/1"
WHEN = datetime(2026, 11, 24, tzinfo=UTC)


def silent(line: str) -> None:
    """Nobody listens."""


def stack(status: str, **more: object) -> Any:
    return {"StackName": STACK, "StackId": ARN, "CreationTime": WHEN, "StackStatus": status, **more}


def event(number: int, resource: str, status: str, reason: str = "", physical: str = "x") -> dict[str, Any]:
    found = {
        "StackId": ARN,
        "StackName": STACK,
        "EventId": str(number),
        "Timestamp": WHEN,
        "LogicalResourceId": resource,
        "PhysicalResourceId": physical,
        "ResourceStatus": status,
    }
    return found | ({"ResourceStatusReason": reason} if reason else {})


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2", "us-gov-west-1", None])
def test_another_region_is_refused_with_the_reason(region: str | None, tmp_path: Path) -> None:
    session = boto3.Session(region_name=region) if region else boto3.Session()
    where = region or session.region_name
    with pytest.raises(DeployError, match=r"IAM is global .* Deploy with --region us-east-1\."):
        deploy.refuse_elsewhere(region)
    if where != "us-east-1":
        with pytest.raises(DeployError, match="Leak Responder is deployed in us-east-1"):
            deploy.deploy(session, tmp_path, STACK, {}, silent)


def test_nobody_deploys_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(DeployError, match=r"No AWS credentials were found.*aws sts get-caller-identity"):
        deploy.refuse_nobody(boto3.Session())


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"Nope": "1"}, "There is no parameter Nope"),
        ({"Mode": "kill"}, "choose one of observe, approval-required"),
        ({"Protected": "[{"}, "Protected cannot be read (JSONDecodeError"),
        ({"Protected": '[{"arn": "break-glass", "unique_id": "AIDAX"}]'}, "'break-glass' is not the ARN of anything"),
        ({"Protected": '[{"arn": "arn:aws:iam::1:user/x"}]'}, "KeyError: 'unique_id'"),
        ({"LinkedSecrets": "none"}, "LinkedSecrets cannot be read (JSONDecodeError"),
        ({"LinkedSecrets": '{"arn:aws:iam::1:user/x": "one"}'}, "each principal has a list of secrets"),
        ({"WatchSeconds": "-1"}, "it is a whole number"),
        ({"SlackSecretId": "slack"}, "the full ARN of a secret"),
        ({"SlackSecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"}, "the full ARN of a secret"),
    ],
)
def test_a_parameter_that_the_stack_would_refuse_is_named(parameters: dict[str, str], reason: str) -> None:
    with pytest.raises(DeployError) as refused:
        deploy.refuse_wrong(parameters)
    assert reason in str(refused.value)


def test_every_wrong_parameter_is_named_at_once() -> None:
    with pytest.raises(DeployError) as refused:
        deploy.refuse_wrong({"Mode": "x", "Nope": "1", "LeaseSeconds": "9"})
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        *({"Mode": mode} for mode in Mode),
        {"SlackSecretId": ""},
        {"SlackSecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:team/slack-a1B2c3"},
        {"Protected": '[{"arn": "arn:aws:iam::123456789012:user/glass", "unique_id": "AIDAX"}]', "LeaseSeconds": "5"},
    ],
)
def test_what_the_stack_takes_is_let_through(parameters: dict[str, str]) -> None:
    deploy.refuse_wrong(parameters)


def test_an_update_keeps_what_is_not_given() -> None:
    held: Any = stack("UPDATE_COMPLETE", Parameters=[{"ParameterKey": name} for name in ("Mode", "BusName", "Gone")])
    given = change_set.values({"Mode": "observe", "LeaseSeconds": "5"}, tuple(PARAMETERS), held)
    assert given == [
        {"ParameterKey": "Mode", "ParameterValue": "observe"},
        {"ParameterKey": "LeaseSeconds", "ParameterValue": "5"},
        {"ParameterKey": "BusName", "UsePreviousValue": True},
    ]


def test_a_new_stack_gets_the_defaults() -> None:
    assert change_set.values({}, tuple(PARAMETERS), None) == []


@pytest.mark.parametrize(
    ("status", "next_step"),
    [
        ("UPDATE_IN_PROGRESS", "try again"),
        ("ROLLBACK_IN_PROGRESS", "try again"),
        ("ROLLBACK_COMPLETE", "delete-stack"),
        ("DELETE_FAILED", "delete-stack"),
    ],
)
def test_a_stack_that_cannot_be_changed_is_refused_with_the_next_step(status: str, next_step: str) -> None:
    with pytest.raises(DeployError, match=next_step):
        change_set.refuse_broken(stack(status))


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"]
)
def test_a_stack_that_can_be_changed_is_not(status: str) -> None:
    change_set.refuse_broken(stack(status))


def test_a_proposal_that_changes_nothing_is_none() -> None:
    cloud = boto3.client("cloudformation")
    with Stubber(cloud) as stub:
        stub.add_response("describe_stacks", {"Stacks": [stack("UPDATE_COMPLETE")]})
        stub.add_response("create_change_set", {"Id": SET})
        reason = "The submitted information didn't contain changes."
        stub.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": reason})
        stub.add_response("delete_change_set", {}, {"ChangeSetName": SET})
        assert change_set.propose(cloud, STACK, "https://s3.us-east-1.amazonaws.com/b/k", []) is None
        stub.assert_no_pending_responses()


def test_a_template_that_is_refused_leaves_no_change_set() -> None:
    cloud = boto3.client("cloudformation")
    with Stubber(cloud) as stub:
        stub.add_response("describe_stacks", {"Stacks": [stack("UPDATE_COMPLETE")]})
        stub.add_response("create_change_set", {"Id": SET})
        stub.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": "Template format error"})
        stub.add_response("delete_change_set", {}, {"ChangeSetName": SET})
        with pytest.raises(DeployError, match="Template format error"):
            change_set.propose(cloud, STACK, "https://s3.us-east-1.amazonaws.com/b/k", [])
        stub.assert_no_pending_responses()


def test_what_failed_first_is_told_and_what_fell_with_it_is_not() -> None:
    said: list[str] = []
    cloud = boto3.client("cloudformation")
    events = [
        event(3, STACK, "ROLLBACK_COMPLETE", physical=ARN),
        event(2, "Topic", "CREATE_FAILED", "Resource creation cancelled"),
        event(1, "GuarddutyFinding", "CREATE_FAILED", "decreases account's UnreservedConcurrentExecution below [10]"),
        event(0, STACK, "REVIEW_IN_PROGRESS", physical=ARN),
    ]
    with Stubber(cloud) as stub:
        stub.add_response("describe_stack_events", {"StackEvents": events[3:]})
        stub.add_response("execute_change_set", {}, {"ChangeSetName": SET})
        stub.add_response("describe_stack_events", {"StackEvents": events})
        with pytest.raises(DeployError) as failed:
            change_set.carry_out(cloud, ChangeSet(SET, STACK, ()), said.append)
    assert "ended as ROLLBACK_COMPLETE" in str(failed.value)
    assert "GuarddutyFinding: decreases account's" in str(failed.value)
    assert "--set ReserveConcurrency=false" in str(failed.value)
    assert "Topic" not in str(failed.value)
    assert [line.split()[0] for line in said] == ["CREATE_FAILED", "CREATE_FAILED", "ROLLBACK_COMPLETE"]


def test_events_of_an_earlier_deployment_end_nothing() -> None:
    """The stack's own UPDATE_COMPLETE of last week stands among its events."""
    said: list[str] = []
    cloud = boto3.client("cloudformation")
    old = [event(0, STACK, "UPDATE_COMPLETE", physical=ARN)]
    begun = [event(1, STACK, "UPDATE_IN_PROGRESS", physical=ARN), *old]
    over = [event(3, STACK, "UPDATE_COMPLETE", physical=ARN), event(2, "Topic", "UPDATE_COMPLETE"), *begun]
    with Stubber(cloud) as stub:
        stub.add_response("describe_stack_events", {"StackEvents": old})
        stub.add_response("execute_change_set", {}, {"ChangeSetName": SET})
        for events in (old, begun, over):
            stub.add_response("describe_stack_events", {"StackEvents": events})
        change_set.carry_out(
            cloud, ChangeSet(SET, STACK, (Change("Modify", "Topic", "AWS::SNS::Topic", False),)), said.append
        )
        stub.assert_no_pending_responses()
    assert said == ["UPDATE_COMPLETE  Topic", f"UPDATE_COMPLETE  {STACK}"]
