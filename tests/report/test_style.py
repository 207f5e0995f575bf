"""The colours of pages can be told from their ground by whoever sees little contrast (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from itertools import product

import pytest

from chalicelib.report.style import STYLE

SCHEMES = [dict(re.findall(r"--(\w+): (#\w+)", block)) for block in re.findall(r":root {([^}]*)}", STYLE)]


def _light(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    digits = colour.removeprefix("#")
    whole = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, bright = sorted((_light(one), _light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_there_is_a_scheme_for_light_for_dark_and_for_paper() -> None:
    assert len(SCHEMES) == 3
    assert _contrast("#000", "#fff") == 21
    assert _contrast("#8b95a4", "#ffffff") < 4.5


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "paper"])
def test_every_colour_of_letters_can_be_read_on_every_ground(scheme: dict[str, str]) -> None:
    letters = ("ink", "soft", "faint", "accent", "good", "warn", "bad")
    low = {
        (ink, ground): round(_contrast(scheme[ink], scheme[ground]), 2)
        for ink, ground in product(letters, ("ground", "paper"))
        if _contrast(scheme[ink], scheme[ground]) < 4.5
    }
    assert low == {}
