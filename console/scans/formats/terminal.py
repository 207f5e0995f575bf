"""Results that are meant for a person's eyes: recognised, so that a message can name the format to use. Never read.

Such a text has no form that could be read to its end. What looks clean in it may be half of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class TerminalText:
    """The text of one tool, by marks that it alone writes, and the options with which it writes a result instead."""

    tool: str
    marks: tuple[str, ...]
    instead: str


_LEAKS = "gitleaks or betterleaks"
_JSON = "--report-format json --report-path FILE"

_LEAK_MARKS = (r"^RuleID: +\S", r"░ +(?:git|better)leaks", r"leaks found: \d", r"[Nn]o leaks found", r"^┌─.+─○$")
_SHIELD_MARKS = (r": \d+ secrets? detected$", r"^>> Secret detected: ", r"^No secrets have been found$")
_TRIVY_MARKS = (
    r"^(?:HIGH|MEDIUM|LOW): \S.* \(.+\)$",
    r"\(secrets\)$",
    r"\[secret\] Secret scanning is enabled$",
)

_TEXTS = (
    TerminalText(_LEAKS, _LEAK_MARKS, _JSON),
    TerminalText(f"{_LEAKS} (JUnit)", (r"<testsuites?\b",), _JSON),
    TerminalText("TruffleHog 3", ("🐷🔑🐷", r"^Found (?:un)?verified result", r"^Detector Type: "), "--json"),
    TerminalText("TruffleHog 3 (GitHub Actions)", (r"^::(?:warning|error) file=",), "--json"),
    TerminalText("trufflehog3", (r"^(?:LOW|MEDIUM|HIGH)  \S.*\n\d+  ",), "-f JSON"),
    TerminalText("TruffleHog 2", (r"^~{10,}\n(?:.*\n)?.*Reason: ",), "--json"),
    TerminalText("Kingfisher", (r"^ ?\|Finding\.{2,}", r"[Kk]ingfisher", "KINGFISHER"), "--format json"),
    TerminalText("detect-secrets", (r"^Secret Type: ", r"^ERROR: Potential secrets"), "scan > baseline.json"),
    TerminalText("ggshield", _SHIELD_MARKS, "secret scan --json"),
    TerminalText("Trivy", _TRIVY_MARKS, "--format json"),
    TerminalText("git-secrets", (r"^\[ERROR\] Matched one or more prohibited",), "--scan 2> FILE"),
)


def find_terminal_text(text: str) -> TerminalText | None:
    """Return which tool's text for a terminal it is; None if it is none that we know."""
    return next((known for known in _TEXTS if _has_mark(known, text)), None)


def _has_mark(known: TerminalText, text: str) -> bool:
    return any(re.search(mark, text, re.MULTILINE) for mark in known.marks)
