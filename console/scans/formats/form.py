"""The shape of a format that is JSON, and total readers for what scanners write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.sources.reading import Node, node
from console.scans.findings import Fault, Finding

Reader = Callable[[Node], Iterator[Finding | Fault]]


@dataclass(frozen=True)
class JsonFormat:
    """One kind of JSON object that a scanner writes. `marks` are members that no other kind has together."""

    marks: frozenset[str]
    read: Reader

    def is_kind_of(self, value: Node) -> bool:
        """Say whether the object is of this kind."""
        return self.marks <= set(value)


_LONGEST = 100_000  # characters: a line of a minified file has any length


def join_texts(value: Node, *names: str) -> str:
    """Return the texts of these members, with blanks between."""
    texts = (value.get(name) for name in names)
    return " ".join(found[:_LONGEST] for found in texts if isinstance(found, str))


def read_objects(value: Node, *path: str) -> Iterator[Node | Fault]:
    """Yield the objects of the list at the end of the path. What is no object there, or no list, is a fault.

    `null` is how Go writes an empty list.
    """
    found = node(value, *path[:-1]).get(path[-1])
    if not isinstance(found, list):
        if found is not None:
            yield Fault(f"{path[-1]} is no list")
        return
    for one in found:
        yield one if isinstance(one, dict) else Fault(f"an entry of {path[-1]} is no object")


def to_line(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """Return a line number, which some scanners write as text; None if it is none."""
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9 else None  # noqa: PLR2004


def read_nothing(value: Node) -> Iterator[Finding | Fault]:
    """Read an object that belongs to a result and holds no finding."""
    del value
    yield from ()
