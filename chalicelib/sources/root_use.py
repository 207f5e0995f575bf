"""CloudTrail: the root user changed something, whatever it was: what it may do, nobody need do as root from day to day.

What root looks at in the console is no news beside its sign-in, and reading calls do not reach the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Ignored, Malformed, Sign
from chalicelib.sources.cloudtrail import PEOPLE, by_caller
from chalicelib.sources.reading import node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed
    from chalicelib.sources.reading import Node

READS = False

ANY_SERVICE = [{"prefix": "aws."}]
CALLS = ()
"""It reads whatever no other family does."""

_LOOKING = ("Describe", "Get", "List", "Lookup")
"""Begins the names of calls that only look. Records of earlier versions do not say so themselves."""

PATTERN: dict[str, Any] = {
    "source": ANY_SERVICE,
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "userIdentity": {"type": ["Root"], "invokedBy": [{"exists": False}, *PEOPLE]},
        "$or": [
            {"readOnly": [False]},
            {"readOnly": [{"exists": False}], "eventName": [{"anything-but": {"prefix": list(_LOOKING)}}]},
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signal of one CloudTrail record."""
    del own_role_ids
    name = text(record, "eventName")
    if name is None or text(record, "eventSource") is None:
        return Malformed("a CloudTrail record without eventName or eventSource")
    identity = node(record, "userIdentity")
    if text(identity, "type") != "Root" or text(record, "eventType") not in {None, "AwsApiCall"}:
        return Ignored(f"{name[:80]} is not among the credential events")
    if "invokedBy" in identity and identity["invokedBy"] not in PEOPLE:
        return Ignored("an AWS service made the call for the root user")
    if record.get("readOnly", name.startswith(_LOOKING)) is not False:
        return Ignored("the root user only looked at something")
    return by_caller(record, Sign.ROOT_USED, received)
