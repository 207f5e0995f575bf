"""CloudTrail: the root user signed in to the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, PrincipalKind, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import caller, not_ours, signal
from chalicelib.sources.reading import Node, node

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

NAMES = ("ConsoleLogin",)

PATTERN: dict[str, Any] = {
    "source": ["aws.signin"],
    # the documentation spells it in one word, the events that arrive in two
    "detail-type": ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"],
    "detail": {"eventName": list(NAMES), "userIdentity": {"type": ["Root"]}},
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one EventBridge envelope."""
    return read(node(event, "detail"), received, own_role_ids)


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    refused = not_ours(record, own_role_ids)
    if refused is not None:
        return refused
    owner = caller(record)
    if owner is None or owner.kind is not PrincipalKind.ROOT:
        return Ignored("not a sign-in of the root user")
    return (signal(record, Sign.ROOT_SIGN_IN, Subject(SubjectKind.ROOT_PASSWORD), owner, received),)
