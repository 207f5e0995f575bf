"""Files read by all cores."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from chalicelib.inquiry.files import found

AHEAD = 4  # files in hand for each process: enough to keep it busy
_WORTH_IT = 16_000_000  # bytes of files from which starting processes pays


def processes(paths: Iterable[Path]) -> int:
    """One for little, for a process takes longer to start than to read a few files."""
    size = 0
    for number, file in enumerate(found(paths)):
        size += file.stat().st_size if file.is_file() else 0
        if size > _WORTH_IT and number:
            return os.cpu_count() or 1
    return 1


@contextmanager
def pool(count: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes, of which none is waited for once the block has ended."""
    with ProcessPoolExecutor(count, get_context("spawn"), _quietly) as made:  # a fork would copy rich's thread
        try:
            yield made
        finally:
            made.shutdown(cancel_futures=True)


def _quietly() -> None:
    """An interruption is answered once, by the command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
