"""What a kind of secret has to answer, so that the four steps can rotate it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class RotationError(Exception):
    """The step cannot be taken. The text says what to do next and never holds a secret value."""


@dataclass(frozen=True)
class Kind:
    """One kind of secret. `current` and `pending` are the values of those versions as Secrets Manager keeps them.

    `renew` is given what draws a password of so many letters and digits. `change` may come again after it succeeded;
    it and `check` raise RotationError and talk to none but `services`, which are base URLs.
    """

    name: str
    fits: Callable[[str], bool]
    renew: Callable[[str, Callable[[int], str]], str]
    change: Callable[[str, str, tuple[str, ...]], None]
    check: Callable[[str, str, tuple[str, ...]], None]
