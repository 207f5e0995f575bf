"""`leak-responder drill`: a rehearsal of the whole thing on an embedded AWS, on this machine."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from console.terminal import document, prose, say

if TYPE_CHECKING:
    from drill.scene import Play, Say, Scene
    from drill.theatre import Theatre

_FAILED = 1


def drill(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The facts as one JSON document on stdout.")] = False,
    only: Annotated[str, typer.Option(help="Play only scenarios whose name holds this.")] = "",
) -> None:
    """Deploy the real package on an embedded AWS, leak credentials, and watch the response.

    Every verdict comes from real signed calls of intruder, owner and bystanders. Exit code 1 names what did not hold.
    """
    from drill.theatre import opened

    began = time.monotonic()

    def tell(line: str) -> None:
        say(f"{time.monotonic() - began:5.1f} s  {line}")

    with opened(tell) as theatre:
        scenes, broken = _played(theatre, tell, only)
    if as_json:
        document({"scenarios": [asdict(scene) for scene in scenes]})
    _table(scenes)
    broken += [fault for scene in scenes for fault in faults(scene)]
    for fault in broken:
        say(f"does not hold: {fault}", "bold red")
    if broken:
        raise typer.Exit(_FAILED)
    say(f"everything held, {time.monotonic() - began:.1f} s in all; nothing is left running", "bold green")


def _played(theatre: Theatre, tell: Say, only: str) -> tuple[list[Scene], list[str]]:
    from drill.scenarios import SCENARIOS
    from drill.theatre import BrokenPromiseError

    scenes, broken = [], []
    acts = {_name(play): play(theatre, tell) for play in SCENARIOS if only in _name(play)}
    while acts:
        for name, act in list(acts.items()):
            try:
                next(act)
            except StopIteration as end:
                scenes.append(end.value)
                del acts[name]
            except BrokenPromiseError as error:
                broken.append(f"{name}: {error}")
                del acts[name]
    return scenes, broken


def _name(play: Play) -> str:
    return play.__module__.rsplit(".", 1)[-1]


def faults(scene: Scene) -> list[str]:
    """What a scenario promised and did not keep."""
    checks = (
        (scene.intruder_allowed_before > 0, "the intruder could do nothing even before"),
        (scene.intruder_allowed_after == 0, f"the intruder still makes {scene.intruder_allowed_after} calls"),
        (scene.bystanders_denied == 0, f"{scene.bystanders_denied} calls of bystanders are denied"),
        (scene.owner_works_after_release is not False, "the owner does not work"),
        (scene.restore_exact is not False, "restore did not give the earlier state"),
        (bool(scene.told), "nobody was told"),
        (scene.status in {"held", "restored", "dry"}, f"it ended as {scene.status}"),
    )
    return [f"{scene.scenario}: {fault}" for kept, fault in checks if not kept]


def _table(scenes: list[Scene]) -> None:
    table = Table(title="Real signed calls, judged by the embedded AWS", title_justify="left")
    for column in ("scenario", "contained", "calls before", "after", "bystanders denied", "told over", "ended"):
        table.add_column(column, overflow="fold")
    for scene in scenes:
        seconds = "" if scene.seconds_to_contained is None else f"{scene.seconds_to_contained} s"
        counts = (scene.intruder_allowed_before, scene.intruder_allowed_after, scene.bystanders_denied)
        table.add_row(scene.scenario, seconds, *map(str, counts), str(len(scene.told)), scene.status)
    prose.print(table)
