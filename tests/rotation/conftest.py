"""One service on loopback for all rotations; each test has a user and an account of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from drill import outside
from tests.rotation import scene

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Service:
    """A base URL, and the line that it is reached over at the moment."""

    url: str = ""
    line: scene.Line = field(default_factory=scene.Line)

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> outside.Answer:
        """As the line answers that is there now."""
        return self.line.answer(method, path, authorization, body)

    def begin(self, text: str | None = None) -> scene.Scene:
        """A fresh user, secret and rotation, in the account that is there now."""
        self.line = scene.Line()
        return scene.build(self.url, self.line, text)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Up for as long as the file's tests."""
    made = Service()
    with outside.served(made.answer) as made.url:
        yield made


@pytest.fixture
def begun(service: Service) -> Iterator[scene.Scene]:
    """A rotation that has begun."""
    with scene.account():
        yield service.begin()
