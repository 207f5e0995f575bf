"""`leak-responder drill`: a rehearsal of the whole thing on an embedded AWS, on this machine."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from console.terminal import document, prose, refuse, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drill.scene import Scene

_BROKEN = 1


@dataclass(frozen=True)
class Teller:
    """Tells the story on stderr, with seconds since its begin."""

    began: float = field(default_factory=time.monotonic)

    def __call__(self, line: str) -> None:
        """What just happened."""
        say(f"{self.passed:6.1f} s  {line}")

    def aside(self, line: str) -> None:
        """More about it."""
        say(f"{'':10}{line}", "dim")

    @property
    def passed(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self.began


def drill(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The facts as one JSON document on stdout.")] = False,
    only: Annotated[str, typer.Option(help="Play only the scenarios whose name holds this.")] = "",
) -> None:
    """Deploy the real package on an embedded AWS, leak credentials, and watch the response.

    Every verdict comes from real signed calls of intruder, owner and bystanders, judged by the embedded AWS. Nothing
    leaves this machine, and nothing is left running. Exit code 0: everything held. 1: something that the drill promises
    does not hold, and it says which. 2: no scenario has such a name.
    """
    tell = Teller()
    with prose.status("signed calls, deliveries, waiting …") if prose.is_terminal else nullcontext(), _ending():
        scenes, broken = played(only, tell)
    if as_json:
        document({"scenarios": [asdict(scene) for scene in scenes]})
    _table(scenes)
    conclude(broken, tell.passed)


@contextmanager
def _ending() -> Iterator[None]:
    """What ends a drill before its end is said in a sentence; by then nothing is left running."""
    from console.package import PackageError
    from console.vendor import VendorError
    from drill.cloud import lifecycle

    lifecycle.only_here()
    try:
        yield
    except (PackageError, VendorError, lifecycle.CloudError, lifecycle.StackError) as failed:
        say(f"{failed}\nThe drill could not begin, and nothing is left running.", "red")
        raise typer.Exit(_BROKEN) from None
    except KeyboardInterrupt:
        say("Stopped; nothing is left running. Next: leak-responder drill")
        raise


def played(only: str, tell: Teller) -> tuple[list[Scene], list[str]]:
    """What every scenario found out, and everything that does not hold."""
    from drill import acts
    from drill.scenarios import SCENARIOS
    from drill.scene import Scene, faults
    from drill.stage import deployed, opened

    chosen = {one.NAME: one for one in SCENARIOS if only in one.NAME}
    if not chosen:
        refuse(f"No scenario's name holds {only!r}. There are: {'; '.join(one.NAME for one in SCENARIOS)}")
    scenes = {name: Scene(name) for name in chosen}
    with opened(tell) as scenery:
        playing = {name: one.play(scenery.cloud, scenes[name], tell) for name, one in chosen.items()}
        for act in playing.values():
            next(act)  # the people of the story were there before the stack, whose rules would see them come
        tell("The package is deployed onto it, under its generated policies")
        broken = [f"{name}: {promise}" for name, promise in acts.play(playing, deployed(scenery))]
    return list(scenes.values()), broken + [fault for scene in scenes.values() for fault in faults(scene)]


def conclude(broken: list[str], seconds: float) -> None:
    """Say whether everything held; exit code 1 where something did not."""
    for fault in broken:
        say(f"does not hold: {fault}", "bold red")
    if broken:
        say("Next: see it alone: leak-responder drill --only and a part of the scenario's name")
        raise typer.Exit(_BROKEN)
    say(f"Everything held, {seconds:.1f} s in all; nothing is left running.", "bold green")
    say("Next: see what it makes of an event of yours: leak-responder explain FILE")


def _table(scenes: list[Scene]) -> None:
    table = Table(title="\nSigned calls, judged by the embedded AWS", title_justify="left", box=None, pad_edge=False)
    table.add_column("scenario", overflow="fold", max_width=36)
    for column in ("dead after", "intruder", "bystanders", "told", "ended"):
        table.add_column(column, justify="right")
    for scene in scenes:
        table.add_row(scene.scenario, *_cells(scene))
    prose.print(table)


def _cells(scene: Scene) -> tuple[str, ...]:
    return (
        "" if scene.seconds_to_contained is None else f"{scene.seconds_to_contained:.2f} s",
        f"{_count(scene.intruder_allowed_before)} → {_count(scene.intruder_allowed_after)}",
        f"{scene.bystanders_denied} denied",
        str(len(scene.told)),
        scene.status,
    )


def _count(calls: int | None) -> str:
    return "–" if calls is None else str(calls)
