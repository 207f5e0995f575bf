"""A time as a person types it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalicelib.sources.reading import moment
from console.terminal import refuse

if TYPE_CHECKING:
    from datetime import datetime


def given(option: str, written: str | None) -> datetime | None:
    """The time, in UTC where no zone is said; None where the option was not given. Exit code 2 where it is no time."""
    if written is None:
        return None
    at = moment(written) if re.match(r"\d{4}-\d\d-\d\d", written) else None
    return at or refuse(f"{option} {written} is no time: write it as 2026-11-24 or 2026-11-24T02:58Z (UTC)")
