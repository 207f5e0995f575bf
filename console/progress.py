"""How far a reading is, for who waits at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from console.terminal import prose


@contextmanager
def progress(what: str, count: Callable[[], int] | None = None) -> Iterator[Callable[[int], None]]:
    """A bar over so many files, or a spinner where nobody knows the end; nothing where no terminal is.

    It is moved on by each file, with how many of `what` were found by then.
    """
    if not prose.is_terminal:
        yield lambda _: None
        return
    told = (TextColumn("{task.description}"),)
    columns = (*told, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) if count else (SpinnerColumn(), *told)
    with Progress(*columns, console=prose, transient=True) as bar:
        task = bar.add_task("reading", total=count() if count else None)
        yield lambda found: bar.update(task, advance=1, description=f"{found:,} {what}")
