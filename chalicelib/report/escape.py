"""What the intruder may have chosen, made harmless where it is shown."""

from __future__ import annotations

import re

_SPACES = re.compile(" {2,}")


def plain(value: str, limit: int = 200) -> str:
    """One printable line of at most about `limit` characters; what was cut is counted."""
    shown = _SPACES.sub(" ", printable(value[:limit]))[:limit].strip()
    return shown if len(value) <= limit else f"{shown}… ({len(value):,} characters)"


def printable(text: str) -> str:
    """Control, bidirectional, invisible and unassigned characters are shown as escapes.

    A second application changes nothing. Line breaks are control characters too: no value can forge a line.
    """
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def ascii_line(text: str, limit: int) -> str:
    """Printable ASCII of at most `limit` characters, as the subject of an SNS email must be."""
    line = printable(text.replace("…", "...")).encode("ascii", "backslashreplace").decode("ascii").strip()
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def mrkdwn(text: str) -> str:
    """For Slack's mrkdwn: no link, no mention such as <!channel>, and no code span that ends early."""
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("`", "'")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
