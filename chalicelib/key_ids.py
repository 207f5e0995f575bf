"""Access key ids in a text, and whose account each belongs to. Ids are no secrets; nothing else of the text is kept."""

from __future__ import annotations

import re
from base64 import b32decode

_KEY_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_WITH_ACCOUNT = re.compile(r"(?:AKIA|ASIA)[Q-Z2-7][A-Z2-7]{15}")


def found(text: str) -> tuple[str, ...]:
    """The access key ids of users (AKIA…) and of sessions (ASIA…) that stand in it, each once."""
    return tuple(dict.fromkeys(_KEY_ID.findall(text)))


def account_of(key_id: str) -> str | None:
    """The account that the id itself names; None where it does not.

    AWS documents that GetAccessKeyInfo answers for any key, and not how. What stands behind the prefix is base 32: a
    bit that is set, then the account in 40 bits (T. Be'ery, "A short note on AWS KEY ID"). In older ids, whose fifth
    letter comes before Q, the bit is not set, and they say nothing.
    """
    if not _WITH_ACCOUNT.fullmatch(key_id):
        return None
    bits = int.from_bytes(b32decode(key_id[4:])[:6])
    account = f"{bits >> 7 & (1 << 40) - 1:012d}"
    return account if len(account) == 12 else None  # noqa: PLR2004 - the digits of an account id
