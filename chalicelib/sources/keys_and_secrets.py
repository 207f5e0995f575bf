"""CloudTrail: encryption keys taken out of use, and keys, secrets or functions opened to other accounts.

Whoever may call a function has it do what its role may do, long after the credential is gone that opened it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.policies import is_public, outsiders
from chalicelib.sources.reading import Node, document, node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

KMS, SECRETS_MANAGER, LAMBDA = "kms.amazonaws.com", "secretsmanager.amazonaws.com", "lambda.amazonaws.com"
READS = False

_THREATS = ("ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial")
_INVITING = ("AddPermission20150331v2", "AddPermission20150331")
_SHARING = {"PutKeyPolicy": "policy", "CreateKey": "policy", "PutResourcePolicy": "resourcePolicy"}

CALLS = (
    *of_service(KMS, *_THREATS, "PutKeyPolicy", "CreateKey", "CreateGrant"),
    *of_service(SECRETS_MANAGER, "PutResourcePolicy"),
    *of_service(LAMBDA, *_INVITING),
)

PATTERN: dict[str, Any] = {
    "source": ["aws.kms", "aws.lambda", "aws.secretsmanager"],
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
            {  # services are let in all day long
                "eventSource": [LAMBDA],
                "eventName": list(_INVITING),
                "requestParameters": {"principal": [{"anything-but": {"suffix": ".amazonaws.com"}}]},
            },
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    """What the call does to a key, secret or function, or why it is of no interest."""
    name, asked = text(record, "eventName") or "", node(record, "requestParameters")
    if name in _THREATS:
        return Sign.ENCRYPTION_THREATENED
    if name == "CreateGrant" and text(record, "userIdentity", "invokedBy"):
        return "a grant by an AWS service at its work"
    if name in _INVITING and _is_page(asked):
        return "a function's own page on the web"
    account = text(record, "recipientAccountId") or text(record, "userIdentity", "accountId") or ""
    policy = _policy(record, name, asked)
    if is_public(policy) or outsiders(policy, account):
        return Sign.SHARED_OUTSIDE
    return "only the account itself is let in"


def _policy(record: Node, name: str, asked: Node) -> Node:
    """As the call has it; of a grant, the policy that would let the same one in."""
    if name in _SHARING:
        return document(asked, _SHARING[name])
    if name in _INVITING:
        return {"Statement": document(record, "responseElements", "statement") or _letting_in(asked, "principal")}
    return {"Statement": _letting_in(asked, "granteePrincipal")}


def _letting_in(asked: Node, member: str) -> Node:
    return {"Effect": "Allow", "Principal": {"AWS": text(asked, member) or ""}}


def _is_page(asked: Node) -> bool:
    """Whether the right is one to call a function by its address, which whoever wants a web page gives to everybody."""
    return "functionUrlAuthType" in asked or asked.get("invokedViaFunctionUrl") is True
