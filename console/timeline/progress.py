"""How far the reading is, for who waits at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from console.terminal import prose


@contextmanager
def progress(files: int | None) -> Iterator[Callable[[int], None]]:
    """A bar over so many files, or a spinner where nobody knows the end; nothing where no terminal is."""
    if not prose.is_terminal:
        yield lambda _: None
        return
    counted = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) if files is not None else ()
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), *counted, console=prose, transient=True) as bar:
        task = bar.add_task("reading", total=files)
        yield lambda calls: bar.update(task, advance=1 if files is not None else 0, description=f"{calls:,} calls")
