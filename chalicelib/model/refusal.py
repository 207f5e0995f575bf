"""The words of AWS's refusals. Some have none: an error without a body, an empty message, a number for a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = frozenset({"", "None", "Unknown", "unknown"})
"""What botocore writes for a code or a message that did not come (botocore.parsers)."""


def refusal_code(response: Mapping[str, Any]) -> str:
    """The code of an error response of boto3, or its HTTP status where it has no code."""
    code = str(response.get("Error", {}).get("Code", ""))
    if code not in _NOTHING and not code.isdecimal():
        return code
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode") or (code if code.isdecimal() else 0)
    return f"HTTP {status}" if status else "no code"


def refusal_words(response: Mapping[str, Any]) -> str:
    """What AWS said, code first. Never empty: that AWS gave no reason is said too."""
    message = str(response.get("Error", {}).get("Message") or "")
    said = "AWS gave no reason" if message.strip() in _NOTHING else message
    return f"{refusal_code(response)}: {said}"
