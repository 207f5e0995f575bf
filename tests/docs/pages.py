"""The pages that people read, and what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
EXECUTABLE = ".venv/bin/leak-responder"

_BLOCK = re.compile(r"^(?: {4}| {7})(\S.*)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A command of a page. `whole` is one that stands in a block, to be typed as it is."""

    page: str
    line: str
    whole: bool

    def __str__(self) -> str:
        """The name of a test."""
        return f"{self.page}: {self.line}"


def prose(page: Path) -> str:
    """A page without its fenced blocks, which are pictures."""
    return _FENCED.sub("", page.read_text())


def commands(page: Path) -> list[Command]:
    """Everything that can be typed: lines of indented blocks, and code in the text."""
    text = prose(page)
    typed = [Command(page.name, line, whole=True) for line in _BLOCK.findall(text)]
    named = [Command(page.name, line, whole=False) for line in _INLINE.findall(text)]
    return [one for one in (*typed, *named) if one.line.startswith(("make ", "leak-responder ", EXECUTABLE))]


def paths(page: Path) -> list[str]:
    """Code in the text that names a file or folder of the checkout."""
    return [
        one
        for one in _INLINE.findall(prose(page))
        if re.fullmatch(r"\.?[a-z_][\w.-]*(/[\w.*-]*)+|[\w-]+\.(md|py|toml|txt)", one)
    ]


def links(page: Path) -> list[str]:
    """The targets of all links."""
    return _LINK.findall(prose(page))


def headings(page: Path) -> list[str]:
    """All headings, as they are written."""
    return _HEADING.findall(prose(page))


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
