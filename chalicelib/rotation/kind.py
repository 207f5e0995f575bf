"""What a kind of secret has to answer, so that the four steps can rotate it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class RotationError(Exception):
    """The step cannot be taken. The text says what to do next and never holds a secret value."""


@dataclass(frozen=True)
class Kind:
    """One kind of secret. `current` and `pending` are values of those versions as Secrets Manager keeps them.

    `renew` gets the current value, and what reads the one before it; it answers the new one. `drop` takes back what was
    made for a value that was not kept. `change` and `retire` may come again after they succeeded; `retire` ends the
    current value once the pending one was checked. `confirm` says that the current value works as it is configured, and
    changes nothing. All raise RotationError.
    """

    name: str
    fits: Callable[[str], bool]
    renew: Callable[[str, Callable[[], str | None]], str]
    change: Callable[[str, str], None]
    check: Callable[[str, str], None]
    confirm: Callable[[str], None]
    retire: Callable[[str, str], None] | None = None
    drop: Callable[[str], None] | None = None


def either(first: Kind, second: Kind) -> Kind:
    """Whichever the current value is of."""

    def of(current: str) -> Kind:
        return second if second.fits(current) else first

    return Kind(
        f"{first.name} or {second.name}",
        lambda value: first.fits(value) or second.fits(value),
        lambda current, before: of(current).renew(current, before),
        lambda current, pending: of(current).change(current, pending),
        lambda current, pending: of(current).check(current, pending),
        lambda current: of(current).confirm(current),
    )
