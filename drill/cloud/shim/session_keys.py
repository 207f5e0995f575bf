"""The key id of a session names its account, as those of AWS do (T. Be'ery, "A short note on AWS KEY ID")."""

from __future__ import annotations

import secrets
from base64 import b32encode
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id
from ministack.services import iam, sts

from drill.cloud.shim.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Callable


def _generate(_random: Callable[[], str]) -> str:
    """Return `ASIA` and 16 letters of base 32: a bit that is set, the account in 40 bits, and 39 bits of chance."""
    bits = (1 << 79) | (int(get_account_id()) << 39) | secrets.randbits(39)
    return "ASIA" + b32encode(bits.to_bytes(10)).decode()


PATCHES = (
    # Its ids are of chance alone, and some of them name an account that is nobody's.
    Patch(iam, "_gen_session_access_key", _generate),
    Patch(sts, "_gen_session_access_key", _generate),
)
USES: tuple[tuple[Any, str], ...] = ()
