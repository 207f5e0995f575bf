"""CloudTrail: what AWS says about security goes to somebody else from now on, or was put away.

Security Hub writes the members of a request with a capital, and most services do not (Security Hub user guide,
"Logging API calls with CloudTrail"): it is read either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

ACCOUNT, GUARDDUTY, SECURITY_HUB = "account.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"
_CONTACTS = ("PutAlternateContact", "DeleteAlternateContact")
_ARCHIVE = "ArchiveFindings"
_UPDATES = ("BatchUpdateFindings", "BatchUpdateFindingsV2")
_SUPPRESSED = 3  # of OCSF's `status_id`

CALLS = (
    *of_service(ACCOUNT, *_CONTACTS),
    *of_service(GUARDDUTY, _ARCHIVE),
    *of_service(SECURITY_HUB, *_UPDATES),
)

PATTERN: dict[str, Any] = {
    "source": ["aws.account", "aws.guardduty", "aws.securityhub"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventName": list(_CONTACTS), "requestParameters": {"alternateContactType": ["SECURITY"]}},
            {"eventName": [_ARCHIVE]},
            *(
                {"eventName": list(_UPDATES), "requestParameters": asked}
                for asked in (
                    {"Workflow": {"Status": ["SUPPRESSED"]}},
                    {"workflow": {"status": ["SUPPRESSED"]}},
                    {"StatusId": [_SUPPRESSED]},
                    {"statusId": [_SUPPRESSED]},
                )
            ),
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    name, asked = text(record, "eventName") or "", node(record, "requestParameters")
    if name in _CONTACTS:
        is_security = text(asked, "alternateContactType") == "SECURITY"
        return Sign.SECURITY_CONTACT_CHANGED if is_security else "a contact for other things than security"
    is_away = name == _ARCHIVE or _suppresses(asked)
    return Sign.FINDINGS_PUT_AWAY if is_away else "no finding was suppressed"


def _suppresses(asked: Node) -> bool:
    states = (text(asked, "Workflow", "Status"), text(asked, "workflow", "status"))
    return "SUPPRESSED" in states or _SUPPRESSED in (asked.get("StatusId"), asked.get("statusId"))
