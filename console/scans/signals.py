"""Signals of the keys that a scanner found, to be judged offline: IAM is not asked for their owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import key_ids
from chalicelib.model import Sign, Signal
from chalicelib.sources.cloudtrail import user_key
from chalicelib.sources.reading import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from console.scans.findings import Scan


def found_signals(scan: Scan, at: datetime) -> Iterator[Signal]:
    """Yield a signal for each key. Its account is the one that the key id tells."""
    for key, found in scan.places_by_key().items():
        verified = any(place.verified for place in found)
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
            evidence=evidence(*(("found at", finding.place.shown) for finding in found[:5])),
        )
