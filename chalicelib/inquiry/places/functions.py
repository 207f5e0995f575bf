"""Environment variables of Lambda functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.places.place import Place, Sought
from chalicelib.inquiry.trail import Gap

if TYPE_CHECKING:
    from collections.abc import Iterator


def _search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]] | Gap]:  # noqa: ANN401 - a boto3 client
    for page in client.get_paginator("list_functions").paginate():
        for one in page["Functions"]:
            environment = one.get("Environment", {})
            for name, value in environment.get("Variables", {}).items():
                yield one["FunctionName"], f"variable {name}", sought.found(value)
            if "Error" in environment:  # sealed with a key of the account's own that the reader may not use
                reason = environment["Error"].get("ErrorCode", "they cannot be read")
                yield Gap(f"variables of Lambda function {one['FunctionName']}", reason, "see who may use its KMS key")


FUNCTIONS = Place(
    "Lambda function",
    "lambda",
    "the function's own role: it needs no key",
    _search,
    ("lambda:ListFunctions",),
)
