"""CloudTrail: a user key exchanged for a federated session.

EventBridge counts it among the read-only calls, which only a rule in the state
ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS sees (EventBridge user guide, AWS service events via CloudTrail).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import by_aws, caller, of, refused, signal
from chalicelib.sources.reading import Node, key_id, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SERVICE = "sts.amazonaws.com"
NAMES = ("GetFederationToken",)
READS = True

PATTERN: dict[str, Any] = {
    "source": ["aws.sts"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": [SERVICE], "eventName": list(NAMES)},
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
    if owner is None:
        return Ignored("the record does not say who minted the session")
    minted = key_id(text(record, "responseElements", "credentials", "accessKeyId"))
    subject = Subject(SubjectKind.FEDERATED_SESSION, minted, text(record, "requestParameters", "name"))
    return (signal(record, Sign.SESSION_MINTED, subject, owner, received),)
