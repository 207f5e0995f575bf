"""The port of a search for where a key is written down: what is looked for, what is found, and one place to look in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.inquiry.trail import Gap

_GROUP, _CODED = 3, 4  # Base64 writes three bytes as four characters


@dataclass(frozen=True)
class Sought:
    """Key ids, each as it may be written: plainly, or in Base64 at any place of a longer text."""

    keys: tuple[str, ...]

    def found(self, content: str | bytes) -> list[str]:
        """Which of the keys are in it."""
        text = content.encode() if isinstance(content, str) else content
        return [key for key in self.keys if any(one in text for one in _written(key))]

    @property
    def longest(self) -> int:
        """No way of writing a key takes more bytes."""
        return max((len(one) for key in self.keys for one in _written(key)), default=0)


def _written(key: str) -> tuple[bytes, ...]:
    """In Base64 as far as it does not depend on what stands before and after."""
    plain = key.encode()
    coded = []
    for shift in range(_GROUP):
        first = shift + 1 if shift else 0
        coded.append(b64encode(b"\0" * shift + plain)[first : (shift + len(plain)) // _GROUP * _CODED])
    return (plain, *coded)


@dataclass(frozen=True)
class Hit:
    """A key id found. `where` says in which part of the thing; what stands around it is never shown."""

    key: str
    thing: str
    name: str
    region: str
    where: str
    instead: str


Search = Callable[[Any, Sought], Iterator[tuple[str, str, list[str]] | Gap]]
"""Given a client of one Region: name, part and keys of each thing that holds one, and what could not be looked into."""


@dataclass(frozen=True)
class Place:
    """A kind of thing that should hold no key, where its key should live instead, and how it is searched."""

    thing: str
    service: str
    instead: str
    search: Search
    actions: tuple[str, ...]
