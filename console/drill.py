"""`leak-responder drill`: a rehearsal of the whole thing on an embedded AWS, on this machine."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from console import ctrl_c, verdicts
from console.terminal import document, fail, print_result, prose, refuse, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from drill.acts import Act
    from drill.scene import Scene
    from drill.story import Scenario

_BROKEN = 1
_STOPPED = "Stopped; nothing is left running. Next: `leak-responder drill`"
_WHO_JUDGED = "docs/what-it-stops.md"
_AT_ONCE = 12  # scenarios: what everybody plays is played in one go


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
    only: Annotated[str, typer.Option(help="Play only the scenarios whose name holds this.", metavar="NAME")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Play the rarer scenarios too, and release and restore in each.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Play a leak with children too, and keep the page that reports it.")
    ] = False,
) -> None:
    """Deploy the real package on an embedded AWS, leak credentials, and watch the response.

    Every verdict comes from real signed calls of intruder, owner and bystanders, judged by the embedded AWS. Nothing
    leaves this machine, and nothing is left running.
    """
    tell = Teller()
    with prose.status("signed calls, deliveries, waiting …") if prose.is_terminal else nullcontext(), _ending():
        chosen = _chosen(only, everything=everything, report=report)
        scenes, broken = played(chosen, tell, _kept(report=report), everything=everything or bool(only))
    if as_json:
        document({"scenarios": [asdict(scene) for scene in scenes], "judged_elsewhere": verdicts.elsewhere()})
    verdicts.show(scenes, as_json=as_json)
    if everything:
        say(f"judged elsewhere, for nothing here could: {', '.join(verdicts.elsewhere())}; see {_WHO_JUDGED}", "dim")
    conclude(broken, tell.passed, as_json=as_json)


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
        fail(f"{failed}\nThe drill could not begin, and nothing is left running.", _BROKEN)
    except KeyboardInterrupt:
        fail(_STOPPED, ctrl_c.INTERRUPTED)


def _kept(*, report: bool) -> Path | None:
    """Where the page is to be found afterwards."""
    if not report:
        return None
    from drill.cloud.lifecycle import ROOT

    folder = ROOT / ".drill"
    folder.mkdir(exist_ok=True)
    return folder


def _chosen(only: str, *, everything: bool, report: bool) -> dict[str, Scenario]:
    """What is played, by name. A name reaches the rarer ones too."""
    from drill.scenarios import ALONE, DESCRIBED, MORE, SCENARIOS

    usual: tuple[Scenario, ...] = SCENARIOS
    known: tuple[Scenario, ...] = (*SCENARIOS, *MORE, *ALONE)
    chosen = {one.NAME: one for one in (known if everything or only else usual) if only in one.NAME}
    chosen |= {one.NAME: one for one in DESCRIBED if report or everything or (only and only in one.NAME)}
    if not chosen:
        refuse(f"No scenario's name holds {only!r}. There are: {'; '.join(one.NAME for one in (*known, *DESCRIBED))}")
    return chosen


def played(
    chosen: Mapping[str, Scenario], tell: Teller, kept: Path | None, *, everything: bool
) -> tuple[list[Scene], list[str]]:
    """What every scenario found out, and everything that does not hold."""
    from drill import acts
    from drill.cloud import lifecycle
    from drill.scene import Scene, faults
    from drill.stage import deployed, opened

    scenes = {name: Scene(name) for name in chosen}
    with opened(tell) as scenery, ctrl_c.ends(lambda: lifecycle.stop(scenery.cloud), _STOPPED):
        playing = {name: one.play(scenery.cloud, scenes[name], tell) for name, one in chosen.items()}
        for act in playing.values():
            next(act)  # the people of the story were there before the stack, whose rules would see them come
        tell("The package is deployed onto it, under its generated policies")
        stage = deployed(scenery, kept, everything=everything)
        broken = [f"{name}: {promise}" for acting in _in_turns(playing) for name, promise in acts.play(acting, stage)]
    return list(scenes.values()), broken + [fault for scene in scenes.values() for fault in faults(scene)]


def _in_turns(playing: dict[str, Act]) -> Iterator[dict[str, Act]]:
    """Not all at once: each waits for so many seconds at most, and the more play, the slower each is.

    What changes IAM or the stack plays alone, after all others.
    """
    from drill.scenarios import ALONE, DESCRIBED

    several: tuple[Scenario, ...] = (*ALONE, *DESCRIBED)
    alone = {one.NAME for one in several}
    acting = [one for one in playing.items() if one[0] not in alone]
    for start in range(0, len(acting), _AT_ONCE):
        yield dict(acting[start : start + _AT_ONCE])
    yield from ({name: act} for name, act in playing.items() if name in alone)


def conclude(broken: list[str], seconds: float, *, as_json: bool) -> None:
    """Say whether everything held; exit code 1 where something did not."""
    for fault in broken:
        print_result(f"does not hold: {fault}", "bold red", as_json=as_json)
    if broken:
        say("Next: see it alone: `leak-responder drill --only NAME`, with a part of the scenario's name")
        raise typer.Exit(_BROKEN)
    words = f"Everything held, {seconds:.1f} s in all; nothing is left running."
    print_result(words, "bold green", as_json=as_json)
    say(
        "Next: see what it makes of an event, then of one of yours: `leak-responder explain docs/examples/finding.json`"
    )
