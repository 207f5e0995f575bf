"""CloudTrail: the password of a database's administrator was set, or its sign-in by IAM was switched off.

Databases of Aurora, DocumentDB and Neptune are changed by calls of RDS. CloudTrail shows that a password was set and
never which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import node

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed
    from chalicelib.sources.reading import Node

READS = False

_PASSWORD, _BY_IAM = "masterUserPassword", "enableIAMDatabaseAuthentication"

CALLS = (
    *of_service("rds.amazonaws.com", "ModifyDBInstance", "ModifyDBCluster"),
    *of_service("redshift.amazonaws.com", "ModifyCluster"),
)

PATTERN: dict[str, Any] = {
    "source": ["aws.rds", "aws.redshift"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventName": [name for _, name in CALLS],
        "$or": [
            {"requestParameters": {_PASSWORD: [{"exists": True}]}},
            {"requestParameters": {_BY_IAM: [False]}},
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    asked = node(record, "requestParameters")
    changed = asked.get(_PASSWORD) or asked.get(_BY_IAM) is False
    return Sign.DATABASE_PASSWORD_SET if changed else "neither a password nor a sign-in by IAM was changed"
