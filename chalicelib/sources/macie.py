"""Macie: credentials lie in an object of S3. It says of which kind, never whose: a person has to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.reading import Node, evidence, node, nodes, seen, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

_CREDENTIALS = "SensitiveData:S3Object/Credentials"
_SEVERAL = "SensitiveData:S3Object/Multiple"

PATTERN: dict[str, Any] = {
    "source": ["aws.macie"],
    "detail-type": ["Macie Finding"],
    "detail": {
        "$or": [
            {"type": [_CREDENTIALS]},
            {
                "type": [_SEVERAL],
                "classificationDetails": {"result": {"sensitiveData": {"category": ["CREDENTIALS"]}}},
            },
        ]
    },
}


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signal of one EventBridge envelope."""
    return read(node(event, "detail"), received, own_role_ids)


def read(finding: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signal of one finding."""
    del own_role_ids
    kind, native = text(finding, "type"), text(finding, "id")
    if kind is None or native is None:
        return Malformed("a Macie finding without type or id")
    if finding.get("archived") is True:
        return Ignored("the finding is archived: if it should be answered, look at it in Macie")
    found = _found(finding)
    if kind != _CREDENTIALS and not (kind == _SEVERAL and found):
        return Ignored(f"Macie's finding {kind[:80]} is not about credentials")
    return (_signal(finding, native, kind, ", ".join(found), received),)


def _found(finding: Node) -> list[str]:
    """The kinds of credentials, as `AWS_CREDENTIALS`."""
    sensitive = nodes(finding, "classificationDetails", "result", "sensitiveData")
    detections = [
        one for part in sensitive if text(part, "category") == "CREDENTIALS" for one in nodes(part, "detections")
    ]
    return [kind for one in detections if (kind := text(one, "type"))]


def _signal(finding: Node, native: str, kind: str, found: str, received: datetime) -> Signal:
    at = seen(received, text(finding, "updatedAt"), text(finding, "createdAt"))
    bucket = node(finding, "resourcesAffected", "s3Bucket")
    return Signal(
        source="macie",
        native_id=native,
        sign=Sign.CREDENTIALS_STORED,
        what=kind,
        at=at,
        since=seen(at, text(finding, "createdAt")),
        account=text(finding, "accountId") or "",
        region=text(finding, "region") or "",
        subject=Subject(SubjectKind.UNNAMED),
        principal=None,
        sample=finding.get("sample") is True,
        evidence=evidence(
            ("finding", text(finding, "title")),
            ("bucket", text(bucket, "name")),
            ("object", text(finding, "resourcesAffected", "s3Object", "path")),
            ("readable by", text(bucket, "publicAccess", "effectivePermission")),
            ("credentials", found),
            ("finding id", native),
        ),
    )
