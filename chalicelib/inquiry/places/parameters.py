"""Parameters of Systems Manager that are not encrypted; a SecureString is where a secret may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.places.place import Place, Sought

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE = 10  # of GetParameters
_PLAIN = [{"Key": "Type", "Values": ["String", "StringList"]}]


def _search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]]]:  # noqa: ANN401 - a boto3 client
    pages = client.get_paginator("describe_parameters")
    for page in pages.paginate(ParameterFilters=_PLAIN, PaginationConfig={"PageSize": _AT_ONCE}):
        names = [one["Name"] for one in page["Parameters"]]
        for one in client.get_parameters(Names=names)["Parameters"] if names else ():
            yield one["Name"], f"value, version {one['Version']}", sought.found(one["Value"])


PARAMETERS = Place(
    "SSM parameter",
    "ssm",
    "a role for who reads it, or a secret of Secrets Manager with a rotation",
    _search,
    ("ssm:DescribeParameters", "ssm:GetParameters"),
)
