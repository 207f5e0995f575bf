"""Lines of git-secrets (github.com/awslabs/git-secrets): what grep writes, behind the commit where it read history.

It writes `FILE:LINE:TEXT` or `COMMIT:FILE:LINE:TEXT`, and a closing text after the last line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from console.scans.findings import Fault, Finding, Match, Place, reduce_match
from console.scans.formats.form import to_line

_LINE = re.compile(r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<path>[^:\n]+):(?P<line>\d{1,8}):(?P<text>.*)")
_BINARY = re.compile(r"(?:(?:grep: )?Binary file |grep: )(?P<path>.+?):? (?:binary file )?matches")
_TIME = re.compile(r"(?:^|.*[T\s])\d{1,2}")  # `2026-11-30T23:59:25` is no line 59 of a file
_NO_PATH = re.compile(r"[,;=|<>\"\t]|(?:AKIA|ASIA)[A-Z0-9]{16}")
_END = "[ERROR] Matched one or more prohibited patterns"
_ADVICE = ("Possible mitigations:", "- ")
_RULE = "AWS"  # `git secrets --register-aws`; it does not say which of its patterns matched


def is_git_secrets(text: str) -> bool:
    """Say whether the first line that is not empty is one of git-secrets."""
    return _parse_line(next(filter(str.strip, text.splitlines()), "")) is not None


def read_lines(text: str) -> Iterator[Finding | Fault]:
    """Read the lines up to the closing text."""
    closing = False
    for line in text.split("\n"):
        if line.startswith(_END):
            closing = True
        elif line.strip() and not (closing and line.startswith(_ADVICE)):
            match, closing = _parse_line(line), False
            if match is None:
                yield Fault("a line that is not FILE:LINE:TEXT, as git-secrets writes it")
            else:
                yield from reduce_match(match, "git-secrets")


def _parse_line(line: str) -> Match | None:
    binary = _BINARY.fullmatch(line)
    if binary:
        return Match(_RULE, Place(binary["path"]))
    found = _LINE.match(line)
    if found is None or _TIME.fullmatch(found["path"]) or _NO_PATH.search(found["path"]):
        return None
    return Match(_RULE, Place(found["path"], to_line(found["line"]), found["commit"]), found["text"])
