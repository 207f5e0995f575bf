"""Many repeats made into one figure."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Figures = dict[str, Any]


def median(values: Sequence[float]) -> float:
    """The median: one slow repeat on a busy machine moves it little."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> Figures:
    """Median and quartiles in milliseconds, and how many repeats they are of."""
    low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else (values[0],) * 3
    return {
        "median_ms": round(median(values), 1),
        "quartiles_ms": [round(low, 1), round(high, 1)],
        "repeats": len(values),
    }


def ratio(values: Sequence[float], floor: Sequence[float]) -> float:
    """How many times the floor."""
    return round(median(values) / median(floor), 2)
