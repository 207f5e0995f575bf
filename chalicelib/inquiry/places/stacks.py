"""Parameters and outputs of CloudFormation stacks. What is NoEcho, CloudFormation shows to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.places.place import Place, Sought

if TYPE_CHECKING:
    from collections.abc import Iterator


def _search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]]]:  # noqa: ANN401 - a boto3 client
    for page in client.get_paginator("describe_stacks").paginate():
        for one in page["Stacks"]:
            for given in one.get("Parameters", ()):
                yield one["StackName"], f"parameter {given['ParameterKey']}", sought.found(given["ParameterValue"])
            for output in one.get("Outputs", ()):
                yield one["StackName"], f"output {output['OutputKey']}", sought.found(output["OutputValue"])


STACKS = Place(
    "CloudFormation stack",
    "cloudformation",
    "a role in the template, or a dynamic reference to a secret of Secrets Manager",
    _search,
    ("cloudformation:DescribeStacks",),
)
