"""Nothing looked at is never "nothing found": every command that looks for something says so in one sentence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from console.terminal import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def refuse_unread(error: Exception) -> NoReturn:
    """End with exit code 2 where nothing at all could be looked at, for the reason that stands behind the error."""
    from console.deployed import STACK, reason_behind  # takes half a second, and most runs read a disk

    refuse(f"nothing was looked at, so nothing is known of it: {reason_behind(error, STACK)}")


def refuse_missing(paths: Iterable[Path]) -> None:
    """End with exit code 2 where a path that was typed is not there, before anything is read."""
    for path in paths:
        if not os.path.lexists(path):
            refuse(f"{path} does not exist: name a folder of logs, such as a copy of AWSLogs/, or a file")
