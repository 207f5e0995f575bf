"""Findings of secret scanners, reduced to key ids and places. No secret is kept.

`Match` is one finding as a scanner wrote it. `reduce_match` turns it into what may be kept.
"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

from chalicelib import key_ids
from chalicelib.sources.places import describe_place


@dataclass(frozen=True)
class Place:
    """A place as a scanner names it. Untrusted: only `shown` may be shown."""

    path: str | None
    line: int | None = None
    commit: str | None = None

    @property
    def shown(self) -> str:
        """Return the place without anything that may be a secret."""
        return describe_place(self.path, self.line, self.commit)


@dataclass(frozen=True)
class Match:
    """One finding as a scanner wrote it. `caught` and `around` may hold a secret, so a match is never kept.

    `caught` is the text that the rule matched, `around` is more text of the same place, `rule` every name of the rule.
    """

    rule: str
    place: Place
    caught: str = field(default="", repr=False)
    around: str = field(default="", repr=False)
    verified: bool = False
    state: str = ""


@dataclass(frozen=True)
class Found:
    """An access key id in one place. `verified` means that a scanner called AWS with the secret and got in."""

    key: str
    tool: str
    place: Place
    verified: bool = False
    state: str = ""


@dataclass(frozen=True)
class Hashed:
    """A finding of which the scanner keeps the SHA-1 alone: of a key id, of a secret, or of something else."""

    tool: str
    sha1: str
    place: Place
    verified: bool = False
    dismissed: bool = False
    """Whether a person marked it as no secret."""


@dataclass(frozen=True)
class Unnamed:
    """A finding about a credential of AWS, or one that may be, without the key id."""

    tool: str
    place: Place
    verified: bool = False


@dataclass(frozen=True)
class Other:
    """A finding that is no credential of AWS."""


@dataclass(frozen=True)
class Fault:
    """Something that was not understood, or that the scanner itself did not look at. Holds no text of the scanner."""

    reason: str


Finding = Found | Hashed | Unnamed | Other


@dataclass(frozen=True)
class Scan:
    """Everything that one result says."""

    found: tuple[Found, ...] = ()
    hashed: tuple[Hashed, ...] = ()
    unnamed: tuple[Unnamed, ...] = ()
    others: int = 0
    faults: tuple[str, ...] = ()

    def places_by_key(self) -> dict[str, tuple[Found, ...]]:
        """Return the places of each key, in the order of the result."""
        by_key: dict[str, list[Found]] = {}
        for found in self.found:
            by_key.setdefault(found.key, []).append(found)
        return {key: tuple(places) for key, places in by_key.items()}

    def without_id(self) -> tuple[Hashed | Unnamed, ...]:
        """Return the findings that name no key id, without those that a person marked as no secret."""
        return (*(finding for finding in self.hashed if not finding.dismissed), *self.unnamed)

    def unexplained(self) -> tuple[Hashed | Unnamed, ...]:
        """Return the findings without an id that no key of the same file explains.

        A secret access key stands beside its id, so each key that is known in a file explains one secret there. A
        secret that works is explained only by a key that works.
        """
        left: list[Hashed | Unnamed] = []
        beside = self._keys_by_path()
        secrets: dict[tuple[str | None, bool], set[object]] = {}
        for finding in self.without_id():
            known = secrets.setdefault((finding.place.path, finding.verified), set())
            known.add(finding.sha1 if isinstance(finding, Hashed) else finding.place.line)
            if len(known) > len(beside.get((finding.place.path, finding.verified), ())):
                left.append(finding)
        return tuple(left)

    def _keys_by_path(self) -> dict[tuple[str | None, bool], set[str]]:
        """Return the keys of each file: those that work, which alone explain a secret that works, and all of them."""
        keys: dict[tuple[str | None, bool], set[str]] = {}
        for found in self.found:
            for works in {False, found.verified}:
                keys.setdefault((found.place.path, works), set()).add(found.key)
        return keys


_OF_AWS = re.compile(r"(?<![A-Za-z])(?i:aws|amazon|akia|bedrock)|(?<![A-Z])(?:AWS|Aws|Amazon|AKIA)(?![a-z])")
_GENERIC = re.compile(r"generic|entropy|keyword|password|secret|credential", re.IGNORECASE)
_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+])(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_WITHHELD = re.compile(r"redacted|\*{3}|•{3}|\.{3}$|…$", re.IGNORECASE)


def is_rule_of_aws(rule: str) -> bool:
    """Say whether a rule is named after AWS."""
    return _OF_AWS.search(rule) is not None


def may_be_of_aws(rule: str) -> bool:
    """Say whether what a rule finds may be a credential of AWS, by its name alone."""
    return is_rule_of_aws(rule) or _GENERIC.search(rule) is not None


def reduce_match(match: Match, tool: str) -> tuple[Finding, ...]:
    """Return one finding for each key id in it, or one that says what it is without an id."""
    plain = read_through(match.caught)
    everything = f"{plain} {read_through(match.around)}"
    keys = key_ids.found(everything)
    if keys:
        return tuple(Found(key, tool, match.place, match.verified, match.state) for key in keys)
    withheld = not match.caught.strip() or _WITHHELD.search(match.caught.strip()) is not None
    of_aws = is_rule_of_aws(match.rule) or _SECRET_KEY.search(everything) or _TOKEN.search(everything)
    unknown = not match.rule.strip() or may_be_of_aws(match.rule) or is_rule_of_aws(match.around)
    if of_aws or (withheld and unknown):
        return (Unnamed(tool, match.place, match.verified),)
    return (Other(),)


_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:IQoJb3JpZ2lu|F[Qw]oGZXIvYXdz|[AF]QoDYXdz|ABSK[A-Za-z0-9]{20}|bedrock-api-key-)"
    r"|A[KS]IA[A-Z0-9]{16}"
)
"""A key id inside a longer word, and how session tokens of STS and API keys of Bedrock begin.

No document promises how they begin: that was seen in AWS's own examples.
"""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2}){20,}")
_CODES = re.compile(r"\\u00([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})|\\(/)")
_MOST = 20_000  # characters that are looked through
_TIMES = 3  # a text may be written in another form more than once


def read_through(caught: str) -> str:
    """Return a text with what it holds in other forms: escaped as in JSON, HTML or an address, Base64, hexadecimal."""
    texts, now = {caught: None}, caught[:_MOST]
    for _ in range(_TIMES):
        escaped = unescape(_CODES.sub(lambda code: code[3] or chr(int(code[1] or code[2], 16)), unquote(now)))
        decoded = (
            *(_decode_base64(found[0]) for found in _BASE64.finditer(escaped)),
            *(_to_text(bytes.fromhex(found[0])) for found in _HEXADECIMAL.finditer(escaped)),
        )
        now = " ".join((escaped, *decoded))[:_MOST]
        texts[now] = None
    return " ".join(texts)


def _decode_base64(found: str) -> str:
    """Return the text behind Base64, of either alphabet; "" where it is none."""
    even = found.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return _to_text(b64decode(even + "=" * (-len(even) % 4)))
    except ValueError:
        return ""


def _to_text(content: bytes) -> str:
    """Return bytes as text, "" where they are none; in UTF-16 there is a zero beside each letter."""
    text = content.replace(b"\0", b"").decode(errors="replace")
    return "" if sum((not char.isprintable() and not char.isspace()) or char == "\ufffd" for char in text) else text
