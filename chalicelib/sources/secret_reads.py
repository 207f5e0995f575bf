"""CloudTrail: secrets or parameters read in bulk with a user's long-term key, or by anybody all there are but some.

Workloads read secrets all day, with roles. A key of a user that takes ten parameters in one call is rarer, and it is
such keys that leak. Single reads are left to GuardDuty, which knows what is usual, and to the inquiry; a rule for them
would deliver each read of the account. These are read-only calls: see `sessions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, node, nodes, text, words

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

SECRETS_MANAGER, SSM = "secretsmanager.amazonaws.com", "ssm.amazonaws.com"
CALLS = (*of_service(SECRETS_MANAGER, "BatchGetSecretValue"), *of_service(SSM, "GetParameters", "GetParametersByPath"))
READS = True

_MANY = 5  # one call can name ten parameters or twenty secrets
_LISTED = {"BatchGetSecretValue": "secretIdList", "GetParameters": "names"}
"""What a call names one by one; the others, and a batch that is told by filters, take whatever there is."""

_BY_KEY = {"userIdentity": {"type": ["IAMUser"], "accessKeyId": [{"prefix": "AKIA"}]}}
_BUT = "!"
"""Begins what a filter leaves out (Secrets Manager API reference, "Filter"). No application asks for all but some."""

PATTERN: dict[str, Any] = {
    "source": ["aws.secretsmanager", "aws.ssm"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {**_BY_KEY, "eventSource": [SECRETS_MANAGER], "eventName": ["BatchGetSecretValue"]},
            {
                **_BY_KEY,
                "eventSource": [SSM],
                "eventName": ["GetParameters", "GetParametersByPath"],
                "requestParameters": {"withDecryption": [True]},
            },
            {
                "eventSource": [SECRETS_MANAGER],
                "eventName": ["BatchGetSecretValue"],
                "requestParameters": {"filters": {"values": [{"prefix": _BUT}]}},
            },
        ],
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    return _usual(record) or Sign.SECRETS_READ


def _usual(record: Node) -> str | None:
    """Why the read is of no interest; None where it is."""
    who, asked = node(record, "userIdentity"), node(record, "requestParameters")
    if text(record, "eventName") == "BatchGetSecretValue" and _is_all_but_some(asked):
        return None
    if text(who, "type") != "IAMUser" or not (text(who, "accessKeyId") or "").startswith("AKIA"):
        return "no long-term key of a user read it"
    if text(record, "eventSource") == SSM and asked.get("withDecryption") is not True:
        return "nothing was decrypted"
    listed = _LISTED.get(text(record, "eventName") or "", "")
    few = listed in asked and len(words(asked, listed)) < _MANY
    return "only a few were read" if few else None


def _is_all_but_some(asked: Node) -> bool:
    values = [value for one in nodes(asked, "filters") for value in words(one, "values")]
    return bool(values) and all(value.startswith(_BUT) for value in values)
