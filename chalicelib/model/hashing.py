"""Short names for what the ledger has to know again."""

from __future__ import annotations

from hashlib import sha256

_DIGITS = 32


def hash_parts(*parts: object) -> str:
    """Return the same 32 hexadecimal digits for the same parts. They may hold characters that UTF-8 cannot write."""
    return sha256("|".join(map(str, parts)).encode(errors="backslashreplace")).hexdigest()[:_DIGITS]
