"""What a scanner found, as signals: to be judged offline, where nobody can ask IAM whose a key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import key_ids
from chalicelib.model import Sign, Signal
from chalicelib.sources.cloudtrail import user_key
from chalicelib.sources.reading import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from console.scans.results import Scan


def found_signals(scan: Scan, at: datetime) -> Iterator[Signal]:
    """One for each key; the account is the one that its id tells."""
    for key, found in scan.keys().items():
        verified = any(one.verified for one in found)
        yield Signal(
            source="scanner",
            native_id=key,
            sign=Sign.FOUND_WORKING if verified else Sign.FOUND,
            what=f"found by {found[0].tool}",
            at=at,
            since=at,
            account=key_ids.account_of(key) or "",
            region="",
            subject=user_key(key),
            principal=None,
            evidence=evidence(*(("found at", one.where) for one in found[:5])),
        )
