"""Places where a credential was found: a path, a line and a commit, as they may be shown.

Scanners and Git hosts write a place beside the secret, and some write the secret into it. Therefore nothing of a place
is repeated but a path, a line number and a commit id, each checked for its form. Parts of a path that may be a secret
are cut to their first characters.
"""

from __future__ import annotations

import re
from itertools import pairwise

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_COMMIT_SHOWN = 12
_LONGEST_PATH = 300
_LAST_LINE = 10**8
_SECRET = 40  # characters of a secret access key
_KEPT = 4  # characters of a part that may be a secret

# A secret access key is 40 characters of Base64, so it may hold slashes and look like folders. `%` and `\` stand for
# a slash or a plus that somebody escaped.
_WHOLE_SECRET = re.compile(r"[A-Za-z0-9/+=%\\]{40,}")
_PART = re.compile(r"[A-Za-z0-9+=%]{20,}")
_COMMIT_IN_LINK = re.compile(r"(/(?:blob|tree|commit)/[0-9a-f]{40})(?![A-Za-z0-9+=%])")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")
_CHANGES = 4
_UPPER_SHARE = 0.2  # camel case has a capital in about ten letters, Base64 nearly one in two


def describe_place(path: str | None, line: object = None, commit: str | None = None) -> str:
    """Return `path:line in commit` without anything that may be a secret; `somewhere` if the path is unknown."""
    shown = shorten_secrets(path)[:_LONGEST_PATH] if path else "somewhere"  # cut last: half a secret looks like words
    number = f":{line}" if type(line) is int and 0 < line < _LAST_LINE else ""
    known = f" in {commit[:_COMMIT_SHOWN]}" if commit and _COMMIT.fullmatch(commit) else ""
    return f"{shown}{number}{known}"


def shorten_secrets(path: str) -> str:
    """Cut each part of a path that may be a secret to its first characters. Commit ids in links stay."""
    pieces = _COMMIT_IN_LINK.split(path)  # every second piece is such an id
    return "".join(piece if number % 2 else _shorten_piece(piece) for number, piece in enumerate(pieces))


def _shorten_piece(piece: str) -> str:
    shortened = _WHOLE_SECRET.sub(lambda found: _shorten_windows(found[0]), piece)
    return _PART.sub(lambda found: _shorten(found[0]) if _is_random(found[0]) else found[0], shortened)


def _shorten_windows(run: str) -> str:
    """Cut each stretch of a run that may be a secret: words before it would make the whole look less mixed."""
    starts = [at for at in range(len(run) - _SECRET + 1) if _is_mixed(run[at : at + _SECRET])]
    shown, end = [], 0
    for start in starts:
        if start >= end:
            shown.append(f"{run[end:start]}{_shorten(run[start : start + _SECRET])}")
        end = start + _SECRET
    return "".join((*shown, run[end:]))


def _shorten(part: str) -> str:
    return f"{part[:_KEPT]}…"


def _is_mixed(run: str) -> bool:
    """Say whether a run has small letters, capitals, and either digits or too many capitals for words."""
    letters = sum(map(str.isalpha, run))
    capitals = sum(map(str.isupper, run))
    if not 0 < capitals < letters:
        return False
    return any(char.isdigit() or char in "+=" for char in run) or capitals / letters >= _UPPER_SHARE


def _is_random(part: str) -> bool:
    """Say whether a part changes between letters and digits as no word does, is mixed, or is long and hexadecimal."""
    if _HEXADECIMAL.fullmatch(part):
        return True
    kinds = ["0" if char.isdigit() else "a" for char in part]
    changes = sum(before != after for before, after in pairwise(kinds))
    return changes >= _CHANGES or _is_mixed(part)
