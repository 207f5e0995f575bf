"""The drill's table: what each scenario found out, as wide as the terminal lets it be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.table import Table

from chalicelib.actions import ACTIONS
from console.terminal import console, print_result, prose
from drill.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDE = 78  # characters, from which on who judged has a column of its own
_JUDGE = "judged by the "


def show(scenes: Sequence[Scene], *, as_json: bool) -> None:
    """Print the table, and below a narrow one who judged. Beside a JSON document it goes to stderr."""
    page = prose if as_json else console(stderr=False)
    wide = page.width >= _WIDE
    columns = (*_COLUMNS, *(_JUDGED if wide else ()))
    table = Table(title="\nWhat signed calls found out", title_justify="left", box=None, pad_edge=False)
    table.add_column("scenario")
    for heading, _ in columns:
        table.add_column(heading, justify="left" if "judged" in heading else "right")
    for scene in scenes:
        table.add_row(scene.scenario, *(cell(scene) for _, cell in columns))
    page.print(table)
    if reasons := list(dict.fromkeys(scene.unasked for scene in scenes if scene.unasked)):
        print_result(f"–: not tested, because {', or because '.join(reasons)}", "dim", as_json=as_json)
    if not wide:
        print_result(f"judged by: {'; '.join(dict.fromkeys(map(_judge, scenes)))}", "dim", as_json=as_json)


def _dead_after(scene: Scene) -> str:
    return "–" if scene.seconds_to_contained is None else f"{scene.seconds_to_contained:.2f} s"


def _intruder(scene: Scene) -> str:
    return f"{_count(scene.intruder_allowed_before)} → {_count(scene.intruder_allowed_after)}"


def _count(calls: int | None) -> str:
    return "–" if calls is None else str(calls)


def _answer(kept: bool | None) -> str:
    return "–" if kept is None else "yes" if kept else "NO"


def _judge(scene: Scene) -> str:
    return scene.judged_by.rpartition(_JUDGE)[2]


def elsewhere() -> dict[str, str]:
    """What no scenario can play, because the embedded AWS is no judge of it: each action, and who judged it."""
    return {one.name: one.judged_by for one in ACTIONS if not one.judged_by.startswith(_HERE)}


_HERE = "the embedded AWS"

_Column = tuple[str, Callable[[Scene], str]]
_COLUMNS: tuple[_Column, ...] = (
    ("dead\nafter", _dead_after),
    ("calls\nallowed", _intruder),
    ("others\ndenied", lambda scene: str(scene.bystanders_denied)),
    ("owner\nworks", lambda scene: _answer(scene.owner_works_after_release)),
    ("restore\nexact", lambda scene: _answer(scene.restore_exact)),
)
_JUDGED: tuple[_Column, ...] = (("judged\nby", _judge),)
