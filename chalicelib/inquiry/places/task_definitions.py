"""Containers of ECS task definitions: their variables and their commands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.places.place import Place, Sought
from chalicelib.inquiry.trail import Gap

if TYPE_CHECKING:
    from collections.abc import Iterator

_REVISIONS = 3  # the newest of each family: a call each, and services rarely run older ones


def _search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]] | Gap]:  # noqa: ANN401 - a boto3 client
    seen: Counter[str] = Counter()
    for page in client.get_paginator("list_task_definitions").paginate(status="ACTIVE", sort="DESC"):
        for arn in page["taskDefinitionArns"]:
            name = arn.rpartition("/")[2]
            family = name.rpartition(":")[0]
            seen[family] += 1
            if seen[family] <= _REVISIONS:
                found = client.describe_task_definition(taskDefinition=arn)["taskDefinition"]
                for container in found["containerDefinitions"]:
                    yield from _container(name, container, sought)
    older = sum(count - _REVISIONS for count in seen.values() if count > _REVISIONS)
    if older:
        yield Gap(f"{older:,} older ECS task definitions", f"the newest {_REVISIONS} of each family are looked into")


def _container(name: str, container: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]]]:  # noqa: ANN401 - JSON
    of = f"container {container['name']}"
    for one in container.get("environment", ()):
        yield name, f"{of}, variable {one['name']}", sought.found(one["value"])
    words = (*container.get("command", ()), *container.get("entryPoint", ()))
    yield name, f"{of}, command", sought.found("\n".join(words))


TASK_DEFINITIONS = Place(
    "ECS task definition",
    "ecs",
    "the task role: the container needs no key",
    _search,
    ("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"),
)
