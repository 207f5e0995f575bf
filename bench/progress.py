"""How far a measurement is: a bar on a terminal, a line for each part elsewhere; always on stderr."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

console = Console(stderr=True, highlight=False)
if not console.is_terminal:
    console.width = 120  # of a log file or a pipe, which rich would take for a narrow terminal


@contextmanager
def part(name: str, steps: int) -> Iterator[Callable[[], None]]:
    """One part of the benchmark; what is given is to be called after each step, outside of what is timed."""
    if not console.is_terminal:
        console.print(f"{name}: {steps} rounds")
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # No thread of its own redraws it: that would fall into what is timed.
    with Progress(*columns, console=console, auto_refresh=False) as progress:
        task = progress.add_task(name, total=steps)

        def step() -> None:
            progress.advance(task)
            progress.refresh()

        yield step
