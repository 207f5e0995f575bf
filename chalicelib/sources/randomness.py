"""Stretches of a text that look random, as secrets do, told by what follows what.

Secrets change between small letters, capitals and digits, and their letters follow one another as in no word. Each pair
of neighbours gets points, and a stretch with enough of them counts as random. Nobody can tell for certain. When this
was written, about 1 of 1,000 ordinary paths was taken for random, and of 20,000 secret access keys two kept a piece of
16 characters.
"""

from __future__ import annotations

import re
from itertools import pairwise

_ENOUGH = 10.0  # points
_FALL = 15.0  # points below the best end, after which what follows is something else
_FEWEST = 12  # letters and digits
_USUAL, _OTHER, _RARE = -2.0, 0.4, 2.0
_CHANGES = {"aA": 3.0, "a0": 2.0, "A0": 1.5, "0a": 1.0, "0A": 2.0, "00": 0.0}
_SEPARATOR, _FOREIGN, _SIGN, _BASE64 = -0.3, -1.0, 1.0, 2.0
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_DENSE = 0.25  # changes of kind for each character
_MIXED = 0.15  # the same, of a part beside a stretch
_SHORTEST_PART = 4
_BEFORE = re.compile(r"(?P<run>[A-Za-z0-9]+)(?P<gap>[^A-Za-z0-9]{0,2})\Z")
_AFTER = re.compile(r"(?P<gap>[^A-Za-z0-9]{0,2})(?P<run>[A-Za-z0-9]+)")
_SHORT_HASH = re.compile(r"[0-9a-f]{1,20}")
_LONG = re.compile(
    r"[0-9a-fA-F]{24,}|(?<![A-Za-z0-9])(?:[0-9a-f]{2,}[/\\._ -]{1,2})+[0-9a-f]{2,}(?![A-Za-z0-9])"
    r"|(?=[A-Z]*[0-9]+[A-Z]+[0-9])[A-Z0-9]{24,}|(?=[a-z]*[0-9]+[a-z]+[0-9])[a-z0-9]{24,}"
)
"""Runs that are hexadecimal, in pieces too, or that have one case and digits."""
_LEAST = 24  # letters and digits of such a run
_FEWEST_LETTERS = 4  # of a run in pieces, so that dates and versions are none
_EDGES = re.compile(
    r"(?:(?:[a-z]{1,4}|[A-Z]{1,4})[^A-Za-z0-9+]+)?(?P<inside>.*?)(?:[^A-Za-z0-9+]+(?:[a-z]{1,4}|[A-Z]{1,4}))?",
    re.DOTALL,
)
"""A short word at either end, as a folder or the end of a file's name."""

Stretch = tuple[int, int]
"""Where a stretch begins and ends, as in a slice."""


def find_random(text: str) -> list[Stretch]:
    """Return the stretches that look random, in order and apart from one another. A short hash alone is none."""
    scored = (_widen(text, *_trim(text, begin, end)) for begin, end in _find_scored(text))
    return _merge(
        [
            *(stretch for stretch in scored if not _SHORT_HASH.fullmatch(text, *stretch)),
            *(found.span() for found in _RUN.finditer(text) if _is_dense(found[0])),
            *(found.span() for found in _LONG.finditer(text) if _is_long(found[0])),
        ]
    )


def _find_scored(text: str) -> list[Stretch]:
    """Return the stretches whose points are enough, each up to where its points are most."""
    found: list[Stretch] = []
    points = best = 0.0
    begin = end = 0
    for at in range(len(text) + 1):
        if at == len(text) or points <= 0 or best - points > _FALL:
            if best >= _ENOUGH and sum(map(str.isalnum, text[begin:end])) >= _FEWEST:
                found.append((begin, end))
            points = best = 0.0
            begin = end = at
        if at < len(text):
            points += _score(text[at - 1 : at] or "/", text[at])
        if points > best:
            best, end = points, at + 1
    return found


def _score(before: str, char: str) -> float:
    """Return how much more likely a character follows another in a secret than in a word."""
    kinds = _kind(before) + _kind(char)
    if kinds[1] in _ALONE:
        return _ALONE[kinds[1]]
    if kinds[0] in _ALONE:
        return 0.0
    if kinds in _CHANGES:
        return _CHANGES[kinds]
    first, second = before.lower(), char.lower()
    return _USUAL if second in _FOLLOW[first] else _RARE if second in _FOLLOW_RARELY[first] else _OTHER


_ALONE = {"+": _BASE64, "!": _SIGN, "/": _SEPARATOR, "?": _FOREIGN}


def _kind(char: str) -> str:
    if not char.isascii():
        return "?"
    if char.isalpha():
        return "a" if char.islower() else "A"
    return "0" if char.isdigit() else "+" if char == "+" else "!" if char in "!#$^*&" else "/"


def _trim(text: str, begin: int, end: int) -> Stretch:
    """Return the stretch without a short word at either end."""
    found = _EDGES.fullmatch(text, begin, end)
    return found.span("inside") if found else (begin, end)


def _widen(text: str, begin: int, end: int) -> Stretch:
    """Return the stretch with the rest of the words at its ends, and with the words beside it that are mixed.

    A part of a secret may look like a word, and half of it more so.
    """
    while (found := _BEFORE.search(text, 0, begin)) and _is_part(found["run"], found["gap"]):
        begin = found.start()
    while (found := _AFTER.match(text, end)) and _is_part(found["run"], found["gap"]):
        end = found.end()
    return begin, end


def _is_part(run: str, gap: str) -> bool:
    return not gap or (len(run) >= _SHORTEST_PART and _count_changes(run) / len(run) >= _MIXED)


def _count_changes(run: str) -> int:
    """Count the changes of kind in a run. A capital before small letters begins a word, and is none."""
    kinds = list(map(_kind, run))
    return sum(first != second and (first, second) != ("A", "a") for first, second in pairwise(kinds))


def _is_dense(run: str) -> bool:
    return _count_changes(run) / len(run) >= _DENSE and not _SHORT_HASH.fullmatch(run)


def _is_long(run: str) -> bool:
    """Say whether a run of this form is as long as a secret, and no row of numbers."""
    in_pieces = not run.isalnum()
    return sum(map(str.isalnum, run)) >= _LEAST and not (in_pieces and sum(map(str.isalpha, run)) < _FEWEST_LETTERS)


def _merge(stretches: list[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for begin, end in sorted(stretches):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


# Counted over the different words, 26,000, in file paths of Debian, of Python's library and of Rust's documentation,
# and in names of npm's and NuGet's packages. FOLLOW has the letters that follow one in words at least 1.4 times as
# often as by chance, FOLLOW_RARELY those that do at most 0.4 times as often.
_FOLLOW = {
    "a": "clnprst",
    "b": "aeilorsu",
    "c": "aehklort",
    "d": "aeio",
    "e": "cdlnrst",
    "f": "aefilo",
    "g": "aeior",
    "h": "aeio",
    "i": "bclnost",
    "j": "aeios",
    "k": "aeis",
    "l": "aeilo",
    "m": "aeiop",
    "n": "acdegist",
    "o": "lmnru",
    "p": "aeilor",
    "q": "alru",
    "r": "aeiost",
    "s": "cehiost",
    "t": "aeiors",
    "u": "bilmnprst",
    "v": "aeis",
    "w": "aeio",
    "x": "eiptv",
    "y": "alnpst",
    "z": "aeio",
}
_FOLLOW_RARELY = {
    "a": "aefhjkoqwxz",
    "b": "fhkmnqvwxz",
    "c": "bdfgjnpqvwxyz",
    "d": "hjknqtvwxyz",
    "e": "hijkoquwyz",
    "f": "bghjknpqvwxz",
    "g": "bdfjkqtvwxyz",
    "h": "bcdfghjknpqvwxz",
    "i": "hijkquwxy",
    "j": "bcdfghjklmnpqrtvwxyz",
    "k": "fhjkqvwxz",
    "l": "bcfghjkmnpqrvwxz",
    "m": "cfghjknqrtvwxyz",
    "n": "bhjlmqrwxyz",
    "o": "efhjqxyz",
    "p": "bdfgjkmnqvwxz",
    "q": "bcefghjkmopqwxyz",
    "r": "bfhjqvwxz",
    "s": "bdfgjnqrwxz",
    "t": "bdfgjkmnqvwxz",
    "u": "fhjkoquvwxyz",
    "v": "dgjknvwxyz",
    "w": "bcfgjklmpqxyz",
    "x": "ghjknqwz",
    "y": "hjkqvxyz",
    "z": "bfghjkmnpqrtvwx",
}
