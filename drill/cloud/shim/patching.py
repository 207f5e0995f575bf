"""How ministack is completed from inside, and how a changed ministack is noticed before anything rests on it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Protocol

PINNED = "1.5.33"


class MinistackChangedError(Exception):
    """What we complete is not there any more: the pin and drill/cloud/shim belong together."""


@dataclass(frozen=True)
class Patch:
    """`around` takes the place of `name` in a module, class or table; what was there before is its first argument."""

    place: Any
    name: str
    around: Callable[..., Any]

    @property
    def present(self) -> bool:
        return self.name in self.place if isinstance(self.place, dict) else hasattr(self.place, self.name)

    def apply(self) -> None:
        table = isinstance(self.place, dict)
        before = self.place[self.name] if table else getattr(self.place, self.name)

        @functools.wraps(before)
        def completed(*arguments: Any, **named: Any) -> Any:
            return self.around(before, *arguments, **named)

        if table:
            self.place[self.name] = completed
        else:
            setattr(self.place, self.name, completed)


class Shim(Protocol):
    """A module of this package: what it replaces, and what it leans on without replacing it."""

    @property
    def PATCHES(self) -> tuple[Patch, ...]: ...  # noqa: N802 - a constant of the module

    @property
    def USES(self) -> tuple[tuple[Any, str], ...]: ...  # noqa: N802


def check(shims: tuple[Shim, ...]) -> None:
    """Every private name is where it was, before the first of them is touched. MinistackChangedError names the rest."""
    if version("ministack") != PINNED:
        raise MinistackChangedError(f"drill/cloud/shim completes ministack {PINNED}, not {version('ministack')}")
    patched = [patch for shim in shims for patch in shim.PATCHES]
    gone = [patch.name for patch in patched if not patch.present]
    gone += [name for shim in shims for place, name in shim.USES if not hasattr(place, name)]
    if gone:
        raise MinistackChangedError(f"ministack {PINNED} was expected to have: {', '.join(sorted(gone))}")


def apply(shims: tuple[Shim, ...]) -> None:
    for shim in shims:
        for patch in shim.PATCHES:
            patch.apply()
