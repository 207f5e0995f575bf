"""Secrets Manager: a rotation failed, so that whoever read the secret before can go on using what they read.

These are service events: nobody called, and the secret stands beside the request (Secrets Manager user guide, "Log
entries for rotation").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.model import Evidence, Sign, Subject, SubjectKind
from chalicelib.sources.cloudtrail import of_service, refused, signal
from chalicelib.sources.reading import Node, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SERVICE = "secretsmanager.amazonaws.com"
CALLS = of_service(SERVICE, "RotationFailed", "RotationAbandoned")
READS = False

PATTERN: dict[str, Any] = {
    "source": ["aws.secretsmanager"],
    "detail-type": ["AWS Service Event via CloudTrail"],
    "detail": {"eventSource": [SERVICE], "eventName": [name for _, name in CALLS]},
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signal of one CloudTrail record."""
    reason = refused(record, CALLS, own_role_ids)
    if reason is not None:
        return reason
    found = signal(record, Sign.ROTATION_FAILED, Subject(SubjectKind.UNNAMED), None, received)
    secret = text(node(record, "additionalEventData"), "SecretId")
    named = (Evidence("secret", secret[:300]),) if secret else ()
    return (replace(found, by_service=False, failed=False, evidence=(*named, *found.evidence)),)
