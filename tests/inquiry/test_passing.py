"""A role that is given to a service whose work is not followed is named, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.inquiry.call import of
from chalicelib.inquiry.family import Bounds, leaked_key
from chalicelib.inquiry.inquire import inquire
from chalicelib.inquiry.passing import passed
from tests.inquiry.story import USER, arn, call
from tests.sources.events import AKIA, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.inquiry.call import Call

TASK: Json = {"family": "x", "taskRoleArn": arn("task"), "executionRoleArn": arn("service/pull")}
GIVEN: dict[str, tuple[str, str, Json, list[str]]] = {
    "a task of ECS": ("ecs", "RegisterTaskDefinition", TASK, ["task", "pull"]),
    "a build": ("codebuild", "CreateProject", {"name": "x", "serviceRole": arn("build")}, ["build"]),
    "a stack": ("cloudformation", "CreateStack", {"stackName": "x", "roleARN": arn("deployer")}, ["deployer"]),
    "a target of a rule": ("events", "PutTargets", {"targets": [{"id": "1", "roleArn": arn("t")}]}, ["t"]),
    "a schedule": ("scheduler", "CreateSchedule", {"target": {"roleArn": arn("nightly")}}, ["nightly"]),
    "a function, which is a child": ("lambda", "CreateFunction20150331", {"role": arn("worker")}, []),
    "a role that is taken": ("sts", "AssumeRole", {"roleArn": arn("worker")}, []),
    "a description": ("codebuild", "CreateProject", {"description": arn("worker")}, []),
    "no role": ("glue", "CreateJob", {"role": "not an ARN"}, []),
    "too deep": ("events", "PutTargets", {"a": {"b": {"c": {"d": {"roleArn": arn("x")}}}}}, []),
}


def read(service: str, name: str, asked: Json, **more: Any) -> Call:
    found = of(call(service, name, "24T01:00:00", USER, asked, **more))
    assert found
    return found


@pytest.mark.parametrize("case", GIVEN)
def test_a_role_that_is_given_away_is_named(case: str) -> None:
    service, name, asked, roles = GIVEN[case]
    assert list(passed(read(service, name, asked))) == [(service, role) for role in roles]


def test_what_was_refused_gave_nothing_away() -> None:
    assert list(passed(read("ecs", "RegisterTaskDefinition", TASK, errorCode="AccessDenied"))) == []


class _Trail:
    """One call of the leaked key."""

    def calls(self, _: object) -> Iterator[Call]:
        yield read("ecs", "RegisterTaskDefinition", TASK)

    def gaps(self) -> tuple[()]:
        return ()

    def seen(self) -> str:
        return "one call"

    def unread(self) -> None:
        return None


def test_the_answer_says_that_its_work_is_not_followed() -> None:
    since = datetime(2026, 11, 24, tzinfo=UTC)
    gaps = inquire(_Trail(), [leaked_key(AKIA)], Bounds(since=since)).gaps
    assert [gap.what for gap in gaps] == ["what runs in ecs as role pull", "what runs in ecs as role task"]
    assert "contain --role pull" in gaps[0].instead
