"""Objects below s3:// addresses that somebody names: to read every bucket of an account would take days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.formats.packing import Unreadable, unpacked
from chalicelib.inquiry.places.place import Place, Sought
from chalicelib.inquiry.readers.bucket import Object, place
from chalicelib.inquiry.trail import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LARGEST = 32_000_000  # bytes: configuration and code are far smaller
_ELSEWHERE = frozenset({"GLACIER", "DEEP_ARCHIVE"})  # can be read only after hours


def objects_of(addresses: Iterable[str]) -> Place:
    """The place that these addresses are."""
    return Place(
        "S3 object",
        "s3",
        "Secrets Manager, or a role for who reads it",
        _below([named for one in addresses if (named := place(one))]),
        ("s3:ListBucket", "s3:GetObject"),
    )


def _below(named: list[tuple[str, str]]) -> Callable[[Any, Sought], Iterator[tuple[str, str, list[str]] | Gap]]:
    def search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]] | Gap]:  # noqa: ANN401 - a boto3 client
        for bucket, prefix in named:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for one in page.get("Contents", ()):
                    made = Object(client, bucket, one["Key"], one["Size"])
                    if one["Size"] > _LARGEST or one.get("StorageClass") in _ELSEWHERE:
                        yield Gap(made.name, "too large to be read, or archived")
                    else:
                        yield from _searched(made, sought)

    return search


def _searched(one: Object, sought: Sought) -> Iterator[tuple[str, str, list[str]] | Gap]:
    """A piece at a time, however it swells; what is broken is searched as far as it goes."""
    found: set[str] = set()
    tail = b""
    try:
        for piece in unpacked(one.content()):
            found |= set(sought.found(tail + piece))
            tail = (tail + piece)[-sought.longest :]
    except OSError as error:
        yield Gap(one.name, error.strerror or "it cannot be read")
    except Unreadable as error:
        yield Gap(one.name, str(error))
    yield one.name, "content", sorted(found)
