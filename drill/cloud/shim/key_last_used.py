"""GetAccessKeyLastUsed: whose key it is, active or not, and when, where and for what it was used last."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import iam

from drill.cloud.call import CURRENT, Call, Response, failure
from drill.cloud.shim.patching import Patch

# These replies mean that nobody was authenticated, whichever key the request named.
UNAUTHENTICATED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)

# Key id to (time, service, Region).
_used: dict[str, tuple[float, str, str]] = {}


def note(call: Call, response: Response) -> None:
    """AWS takes minutes to tell; a drill has no patience for that."""
    failed = failure(response)
    if call.caller and not (failed and failed[0] in UNAUTHENTICATED):
        _used[call.caller.access_key] = (call.at, call.service, call.region)


def _last_used(answer: Any, parameters: dict[str, Any]) -> Any:
    """A key that the account does not have is refused as AccessDenied: the API names no other error for it."""
    key = iam._p(parameters, "AccessKeyId")
    if key not in iam._access_keys:
        caller = CURRENT.get().caller
        what = f"is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {key}"
        return iam._error(403, "AccessDenied", f"User: {caller.arn if caller else ''} {what}", ns="iam")
    status, headers, body = answer(parameters)
    if key in _used:
        at, service, region = _used[key]
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        never = b"<Region>N/A</Region><ServiceName>N/A</ServiceName>"
        used = f"<LastUsedDate>{date}</LastUsedDate><Region>{region}</Region><ServiceName>{service}</ServiceName>"
        body = body.replace(never, used.encode())
    return status, headers, body


def forget() -> None:
    _used.clear()


PATCHES = (
    # It says N/A for every key, and NoSuchEntity for one that it does not know.
    Patch(iam._IAM_HANDLERS, "GetAccessKeyLastUsed", _last_used),
)
USES: tuple[tuple[Any, str], ...] = ((iam, "_access_keys"), (iam, "_error"), (iam, "_p"))
