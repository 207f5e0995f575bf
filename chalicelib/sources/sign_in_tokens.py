"""CloudTrail: credentials exchanged for a sign-in to the console, or the root user's for those of another device.

Whoever holds a key or session gets a console out of it by GetSigninToken, which scripts do and thieves (Sigma,
`aws_console_getsignintoken`). `aws login` has the browser hand credentials to a program: of root it is told, of users
and roles it is daily work, which an inquiry lists (AWS Sign-In user guide, "CloudTrail").
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.model import PrincipalKind, Sign
from chalicelib.sources.cloudtrail import caller, machine_of, of_caller, of_service, refused
from chalicelib.sources.reading import Node, moment, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SERVICE = "signin.amazonaws.com"
_TO_CONSOLE = "GetSigninToken"
_TO_DEVICE = ("AuthorizeOAuth2Access", "CreateOAuth2Token", "CreateOAuth2TokenWithIAM")
CALLS = of_service(SERVICE, _TO_CONSOLE, *_TO_DEVICE)
READS = True

_PORTAL = "Jersey/${project.version}"
"""How Identity Center's portal names itself where it opens the console for somebody (Sigma's filter of that rule).

Any caller can write that: so it counts only beside what STS wrote (`_is_just_issued`).
"""

_AT_ONCE = timedelta(minutes=1)
"""The portal exchanges credentials that it was given for this sign-in. Stolen ones are mostly older."""

PATTERN: dict[str, Any] = {
    "source": ["aws.signin"],
    "detail-type": ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"],
    "detail": {
        "eventSource": [SERVICE],
        "$or": [
            {"eventName": [_TO_CONSOLE]},
            {"eventName": list(_TO_DEVICE), "userIdentity": {"type": ["Root"]}},
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    who = caller(record)
    if text(record, "eventName") in _TO_DEVICE:
        of_root = who is not None and who.kind is PrincipalKind.ROOT
        return Sign.ROOT_CREDENTIALS if of_root else "`aws login` by others than root: only that of root is told"
    if machine_of(record):
        return Sign.MACHINE_SIGNED_IN
    of_portal = who is not None and who.kind is PrincipalKind.IDENTITY_CENTER_ROLE
    if of_portal and (text(record, "userAgent") or "").startswith(_PORTAL) and _is_just_issued(record):
        return "Identity Center's portal opened the console"
    return Sign.SIGN_IN_TOKEN


def _is_just_issued(record: Node) -> bool:
    """Say whether STS issued the session that calls within the minute before the call."""
    issued = moment(text(record, "userIdentity", "sessionContext", "attributes", "creationDate"))
    called = moment(text(record, "eventTime"))
    return issued is not None and called is not None and timedelta() <= called - issued < _AT_ONCE
