"""CodeBuild projects: their variables, and a build specification that is written in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.places.place import Place, Sought

if TYPE_CHECKING:
    from collections.abc import Iterator


def _search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]]]:  # noqa: ANN401 - a boto3 client
    for page in client.get_paginator("list_projects").paginate():
        names = page["projects"]  # as many as BatchGetProjects takes
        for one in client.batch_get_projects(names=names)["projects"] if names else ():
            for variable in one.get("environment", {}).get("environmentVariables", ()):
                yield one["name"], f"variable {variable['name']}", sought.found(variable["value"])
            yield one["name"], "build specification", sought.found(one.get("source", {}).get("buildspec", ""))


BUILDS = Place(
    "CodeBuild project",
    "codebuild",
    "the project's service role, or a variable of type SECRETS_MANAGER for a key of somewhere else",
    _search,
    ("codebuild:ListProjects", "codebuild:BatchGetProjects"),
)
