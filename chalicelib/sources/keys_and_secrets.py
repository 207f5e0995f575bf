"""CloudTrail: encryption keys taken out of use, and keys or secrets opened to other accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.policies import is_public, outsiders
from chalicelib.sources.reading import Node, document, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

KMS, SECRETS_MANAGER = "kms.amazonaws.com", "secretsmanager.amazonaws.com"
READS = False

_THREATS = ("ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial")
_SHARING = {"PutKeyPolicy": "policy", "CreateKey": "policy", "PutResourcePolicy": "resourcePolicy"}

CALLS = (
    *of_service(KMS, *_THREATS, "PutKeyPolicy", "CreateKey", "CreateGrant"),
    *of_service(SECRETS_MANAGER, "PutResourcePolicy"),
)

PATTERN: dict[str, Any] = {
    "source": ["aws.kms", "aws.secretsmanager"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventSource": [KMS], "eventName": [*_THREATS, "PutKeyPolicy", "CreateKey"]},
            {"eventSource": [SECRETS_MANAGER], "eventName": ["PutResourcePolicy"]},
            {  # services that encrypt make grants all day long, in their own name or in somebody's
                "eventSource": [KMS],
                "eventName": ["CreateGrant"],
                "userIdentity": {"invokedBy": [{"exists": False}]},
            },
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    """What the call does to a key or secret, or why it is of no interest."""
    name, asked = text(record, "eventName") or "", node(record, "requestParameters")
    if name in _THREATS:
        return Sign.ENCRYPTION_THREATENED
    if name == "CreateGrant" and text(record, "userIdentity", "invokedBy"):
        return "a grant by an AWS service at its work"
    account = text(record, "recipientAccountId") or text(record, "userIdentity", "accountId") or ""
    policy = document(asked, _SHARING[name]) if name in _SHARING else _granting(asked)
    if is_public(policy) or outsiders(policy, account):
        return Sign.SHARED_OUTSIDE
    return "only the account itself is let in"


def _granting(asked: Node) -> Node:
    """A grant, as the policy that would let the same one in."""
    grantee = {"AWS": text(asked, "granteePrincipal") or ""}
    return {"Statement": {"Effect": "Allow", "Principal": grantee}}
