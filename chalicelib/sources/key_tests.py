"""CloudTrail: a tool that tests found keys asked whose a key is, or what it may do.

Secret scanners, and tools that find out what a key may do, name themselves, whoever runs them: thieves do (the
Shai-Hulud worm brought TruffleHog along), and so do the owners. Either way the key lies where a scanner finds it. The
caller chooses the user agent, so it can be forged; whoever forges it points at nobody but the key that they use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

STS, IAM = "sts.amazonaws.com", "iam.amazonaws.com"
_TRIED = {
    STS: ("GetCallerIdentity",),
    IAM: ("GetUser", "GetAccountSummary", "GetAccountAuthorizationDetails", "ListUsers", "ListRoles"),
}
"""What such tools begin with. The sessions that they obtain are seen by the rule of `sessions`."""
CALLS = tuple(call for service, names in _TRIED.items() for call in of_service(service, *names))
READS = True

_NAMES = ("TruffleHog", "Kingfisher", "NoseyParker", "enumerate-iam", "weirdAAL", "Pacu", "CloudFox")
_LOWER = tuple(name.lower() for name in _NAMES)
_ANYWHERE = ("TruffleHog", "trufflehog", "kingfisher")
"""The ones that name themselves behind their SDK, as they write it: EventBridge refuses a rule with more wildcards."""

PATTERN: dict[str, Any] = {
    "source": ["aws.sts", "aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": [STS, IAM],
        "eventName": [name for names in _TRIED.values() for name in names],
        "userAgent": [
            *({"prefix": {"equals-ignore-case": name}} for name in _NAMES),
            *({"wildcard": f"*{name}*"} for name in _ANYWHERE),
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    return Sign.KEY_TESTED if is_by_tool(record) else "no tool that tests keys made the call"


def is_by_tool(record: Node) -> bool:
    """Say whether a tool that tests found keys says that it made the call."""
    agent = text(record, "userAgent") or ""
    return agent.lower().startswith(_LOWER) or any(name in agent for name in _ANYWHERE)
