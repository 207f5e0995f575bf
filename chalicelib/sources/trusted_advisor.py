"""AWS Trusted Advisor, check "Exposed Access Keys": AWS found an access key on the Internet, or suspects its use.

The members of an item are the columns of the check's report (AWS Support user guide, "Security checks", 12Fnkpl8Y5).
The user's name in it decides nothing: IAM says who holds the key.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.sources.reading import Node, evidence, key_id, node, seen, text

if TYPE_CHECKING:
    from chalicelib.model import Evidence, Parsed

READS = False

CHECK = "Exposed Access Keys"
_RED = "ERROR"
_KEY, _USER, _KIND = "Access Key ID", "User Name (IAM or Root)", "Fraud Type"

PATTERN: dict[str, Any] = {
    "source": ["aws.trustedadvisor"],
    "detail-type": ["Trusted Advisor Check Item Refresh Notification"],
    "detail": {"check-name": [CHECK], "status": [_RED]},
}

_EXPOSED = "exposed"
"""AWS found key id and secret on the Internet. Any other kind, such as `Suspected`, is AWS's reading of the usage."""

_ROOT = frozenset({"root", "<root_account>"})


def parse(event: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """Return the signal of one EventBridge envelope: each is about one key."""
    del own_role_ids
    detail = node(event, "detail")
    check, status = text(detail, "check-name"), text(detail, "status")
    if check is None or status is None:
        return Malformed("a Trusted Advisor event without check-name or status")
    if check != CHECK:
        return Ignored(f"Trusted Advisor's check {check[:80]!r} is not about exposed access keys")
    if status != _RED:
        return Ignored(f"Trusted Advisor's status is {status[:80]}: it flags no exposed key, or calls it resolved")
    key = key_id(text(detail, "check-item-detail", _KEY))
    if key is None:
        return Malformed("a Trusted Advisor event about an exposed access key that names no key id")
    return (_signal(event, detail, key, received),)


def _signal(event: Node, detail: Node, key: str, received: datetime) -> Signal:
    item, account = node(detail, "check-item-detail"), text(event, "account") or ""
    kind, of_root = text(item, _KIND) or "", (text(item, _USER) or "").casefold() in _ROOT
    at = seen(received, _moment(text(item, "Time Updated")), text(event, "time"))
    case = text(item, "Case ID") or text(detail, "uuid") or text(event, "id") or ""
    return Signal(
        source="trusted-advisor",
        native_id=f"{case}/{key}",
        sign=Sign.EXPOSED if kind.casefold() == _EXPOSED else Sign.WARNED,
        what=f"{CHECK}: {kind[:80]}" if kind else CHECK,
        at=at,
        since=at,
        account=account,
        region=text(event, "region") or "",
        subject=_subject(key, of_root=of_root),
        principal=Principal(PrincipalKind.ROOT, account, "root") if of_root else None,
        evidence=_evidence(item),
    )


def _subject(key: str, *, of_root: bool) -> Subject:
    if key.startswith("ASIA"):
        return Subject(SubjectKind.USER_SESSION, key)
    return Subject(SubjectKind.ROOT_KEY if of_root else SubjectKind.ACCESS_KEY, key)


def _evidence(item: Node) -> tuple[Evidence, ...]:
    return evidence(
        ("fraud type", text(item, _KIND)),
        ("found at", text(item, "Location")),
        ("user", text(item, _USER)),
        ("case", text(item, "Case ID")),
        ("deadline", _moment(text(item, "Deadline"))),
        ("USD per day", text(item, "Usage (USD per Day)")),
    )


def _moment(written: str | None) -> str | None:
    """Return the time as ISO 8601: Trusted Advisor writes milliseconds since 1970."""
    if written is None or not re.fullmatch(r"\d{13}", written, re.ASCII):
        return written
    return datetime.fromtimestamp(int(written) / 1000, UTC).isoformat()
