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


@dataclass(frozen=True)
class Addition:
    """`made` stands under `name` in a table of ministack's that has nothing there."""

    place: dict[str, Any]
    name: str
    made: Callable[..., Any]

    @property
    def present(self) -> bool:
        """Whether its place is still free."""
        return self.name not in self.place

    def apply(self) -> None:
        self.place[self.name] = self.made


class Shim(Protocol):
    """A module of this package: what it replaces or adds, and what it leans on without replacing it."""

    @property
    def PATCHES(self) -> tuple[Patch | Addition, ...]: ...  # noqa: N802 - a constant of the module

    @property
    def USES(self) -> tuple[tuple[Any, str], ...]: ...  # noqa: N802


def check(shims: tuple[Shim, ...]) -> None:
    """Every private name is where it was, before the first of them is touched. MinistackChangedError names the rest."""
    if version("ministack") != PINNED:
        raise MinistackChangedError(f"drill/cloud/shim completes ministack {PINNED}, not {version('ministack')}")
    patched = [patch for shim in shims for patch in shim.PATCHES]
    gone = [patch.name for patch in patched if isinstance(patch, Patch) and not patch.present]
    gone += [name for shim in shims for place, name in shim.USES if not hasattr(place, name)]
    grown = [patch.name for patch in patched if isinstance(patch, Addition) and not patch.present]
    if grown:
        raise MinistackChangedError(f"ministack {PINNED} was expected not to have: {', '.join(sorted(grown))}")
    if gone:
        raise MinistackChangedError(f"ministack {PINNED} was expected to have: {', '.join(sorted(gone))}")


def apply(shims: tuple[Shim, ...]) -> None:
    for shim in shims:
        for patch in shim.PATCHES:
            patch.apply()
