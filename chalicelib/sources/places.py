"""Places where a credential was found: a path, a line and a commit, as they may be shown.

Scanners and Git hosts write a place beside the secret, and some write the secret into it. Therefore nothing of a place
is repeated but a path, a line number and a commit id, each checked for its form. Parts of a path that may be a secret
are cut to their first characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

from chalicelib.sources.randomness import find_random

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_COMMIT_SHOWN = 12
_LONGEST_PATH = 300
_LONGEST_READ = 1_000  # characters that are looked through
_LAST_LINE = 10**8
_KEPT = 4  # characters of a part that may be a secret
_TIMES = 3  # a part may be escaped more than once

# Neither is a secret: a commit id in a link, and a UUID.
_KNOWN = re.compile(
    r"(/(?:blob|tree|commits?|raw|blame)/[0-9a-f]{40}(?![A-Za-z0-9+=%])"
    r"|(?<![A-Za-z0-9+=%])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![A-Za-z0-9+=%]))"
)
# How tokens begin that say what they are: of Slack, GitHub, GitLab, Stripe, npm, PyPI, Vault, SendGrid, Google, JWT,
# STS and Bedrock.
_TOKEN = re.compile(
    r"(?<![a-z0-9])(?:xox[a-z]-|xapp-|gh[pousr]_|github_pat_|gl(?:pat|oas|dt|rt|ptt|cbt|ft|soat|agent)-"
    r"|[prs]k_(?:live|test)_|whsec_|npm_|pypi-|hv[sbr]\.|SG\.|AIza|ya29\.|eyJ|IQoJ|F[Qw]oG|ABSK)"
    r"(?=[^/\\\s]*[0-9])[A-Za-z0-9+=%_.-]{16,}",
    re.IGNORECASE,
)
_CODES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\(/)")


def describe_place(path: str | None, line: object = None, commit: str | None = None) -> str:
    """Return `path:line in commit` without anything that may be a secret; `somewhere` if the path is unknown."""
    shown = shorten_secrets(path)[:_LONGEST_PATH] if path else "somewhere"  # cut last: half a secret looks like words
    number = f":{line}" if type(line) is int and 0 < line < _LAST_LINE else ""
    known = f" in {commit[:_COMMIT_SHOWN]}" if commit and _COMMIT.fullmatch(commit) else ""
    return f"{shown}{number}{known}"


@lru_cache(maxsize=1_000)
def shorten_secrets(path: str) -> str:
    """Cut each part of a path that may be a secret to its first characters. Commit ids in links and UUIDs stay.

    A secret may be written with escapes. Where one is seen behind them, the path is shown without any.
    """
    text = path[:_LONGEST_READ]
    seen = _unescape(text)
    shown = _cut_all(seen)
    return text if shown == seen else shown


def _unescape(path: str) -> str:
    """Return a path without the escapes of addresses, JSON and HTML, and without characters that nobody sees."""
    for _ in range(_TIMES):
        read = unescape(_CODES.sub(lambda code: code[3] or chr(int(code[1] or code[2], 16)), path))
        address = unquote(read)
        path = read if "\ufffd" in address else address  # bytes that are no text may be a secret too
    return "".join(char for char in unicodedata.normalize("NFKC", path) if unicodedata.category(char)[0] != "C")


def _cut_all(text: str) -> str:
    """Cut until nothing looks like a secret. Each cut shortens the text."""
    while (shorter := _cut(text)) != text:
        text = shorter
    return text


def _cut(text: str) -> str:
    pieces = _KNOWN.split(text)  # every second piece is known
    return "".join(piece if number % 2 else _cut_piece(piece) for number, piece in enumerate(pieces))


def _cut_piece(piece: str) -> str:
    without = _TOKEN.sub(lambda found: f"{found[0][:_KEPT]}…", piece)
    shown, end = [], 0
    for begin, after in find_random(without):
        shown.append(f"{without[end:begin]}{without[begin : begin + _KEPT]}…")
        end = after
    return "".join((*shown, without[end:]))
