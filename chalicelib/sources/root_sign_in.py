"""CloudTrail: the root user signed in to the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import by_aws, caller, of, refused, signal
from chalicelib.sources.reading import Node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SERVICE = "signin.amazonaws.com"
NAMES = ("ConsoleLogin",)
READS = False

PATTERN: dict[str, Any] = {
    "source": ["aws.signin"],
    # the documentation spells it in one word, the events that arrive in two
    "detail-type": ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"],
    "detail": {"eventSource": [SERVICE], "eventName": list(NAMES), "userIdentity": {"type": ["Root"]}},
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope."""
    return read(of(event), received, own_role_ids)


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    reason = refused(record, SERVICE, NAMES, own_role_ids) or by_aws(record)
    if reason is not None:
        return reason
    owner = caller(record)
    if owner is None or text(record, "userIdentity", "type") != "Root":
        return Ignored("not a sign-in of the root user")
    bare = text(record, "additionalEventData", "MFAUsed") == "No"
    sign = Sign.ROOT_WITHOUT_MFA if bare else Sign.ROOT_SIGN_IN
    return (signal(record, sign, Subject(SubjectKind.ROOT_PASSWORD), owner, received),)
