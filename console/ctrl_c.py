"""Ctrl-C where something runs beside us that has to be ended first."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.terminal import prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERRUPTED = 130  # what a shell calls it
_NO_SPINNER = "\r\x1b[K\x1b[?25h"  # its line goes, and the cursor that it hid comes back


@contextmanager
def ends(end: Callable[[], None], said: str) -> Iterator[None]:
    """Within the block Ctrl-C calls `end`, says so, and ends this process with exit code 130, by no exception.

    KeyboardInterrupt may be raised right behind any instruction: behind the one that takes a lock, and the lock stays
    taken. urllib3 then waits for its own pool for ever (queue.Queue.get) as it puts the connection back.
    """

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end()
        line = f"{_NO_SPINNER if prose.is_terminal else ''}{said}\n"
        os.write(sys.stderr.fileno(), line.encode())  # a stream that was being written to refuses to be entered again
        os._exit(INTERRUPTED)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
