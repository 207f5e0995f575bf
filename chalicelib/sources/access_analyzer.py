"""IAM Access Analyzer: a secret, an encryption key or a role can be reached from outside the account.

Nobody's call: whose mistake or work it was, only CloudTrail knows, and what was opened by a call of which we read is
told from there, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.reading import Node, evidence, node, seen, text, words

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

SIGNS = {
    "AWS::SecretsManager::Secret": Sign.SHARED_OUTSIDE,
    "AWS::KMS::Key": Sign.SHARED_OUTSIDE,
    "AWS::IAM::Role": Sign.TRUST_OPENED,
}

PATTERN: dict[str, Any] = {
    "source": ["aws.access-analyzer"],
    "detail-type": ["Access Analyzer Finding"],
    "detail": {"status": ["ACTIVE"], "resourceType": list(SIGNS)},
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signal of one EventBridge envelope."""
    del own_role_ids
    finding = node(event, "detail")
    native, kind = text(finding, "id"), text(finding, "resourceType")
    if native is None or kind is None:
        return Malformed("an Access Analyzer finding without id or resourceType")
    if text(finding, "status") != "ACTIVE":
        return Ignored("the finding is archived or resolved")
    if kind not in SIGNS:
        return Ignored(f"{kind[:80]} is no credential")
    return (_signal(event, finding, native, SIGNS[kind], received),)


def _signal(event: Node, finding: Node, native: str, sign: Sign, received: datetime) -> Signal:
    at = seen(received, text(finding, "updatedAt"), text(finding, "analyzedAt"))
    return Signal(
        source="access-analyzer",
        native_id=native,
        sign=sign,
        what=text(finding, "resourceType") or "",
        at=at,
        since=seen(at, text(finding, "createdAt")),
        account=text(finding, "accountId") or text(event, "account") or "",
        region=text(finding, "region") or text(event, "region") or "",
        subject=Subject(SubjectKind.UNNAMED),
        principal=None,
        evidence=evidence(
            ("reachable", text(finding, "resource")),
            ("by", "everybody" if finding.get("isPublic") is True else json.dumps(node(finding, "principal"))),
            ("for", ", ".join(words(finding, "action"))),
            ("finding id", native),
        ),
    )
