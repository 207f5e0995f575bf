"""CloudTrail: rights handed on beyond the account: to a partner, to services outside AWS, to whoever may become root.

The token that a partner got cannot be taken back (IAM API reference, SendDelegationToken). Whoever is delegated IAM of
the organisation, or lets it be, opens the door through which AssumeRoot then goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import Node, text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed

READS = False

IAM, ORGANIZATIONS = "iam.amazonaws.com", "organizations.amazonaws.com"
_TO_OTHERS = ("AcceptDelegationRequest", "SendDelegationToken", "EnableOutboundWebIdentityFederation")
_TO_ROOT = ("EnableOrganizationsRootSessions", "EnableOrganizationsRootCredentialsManagement")
_ADMINISTRATOR = "RegisterDelegatedAdministrator"

CALLS = (*of_service(IAM, *_TO_OTHERS, *_TO_ROOT), *of_service(ORGANIZATIONS, _ADMINISTRATOR))

PATTERN: dict[str, Any] = {
    "source": ["aws.iam", "aws.organizations"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventSource": [IAM], "eventName": [*_TO_OTHERS, *_TO_ROOT]},
            {
                "eventSource": [ORGANIZATIONS],
                "eventName": [_ADMINISTRATOR],
                "requestParameters": {"servicePrincipal": [IAM]},
            },
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    name = text(record, "eventName")
    if name == _ADMINISTRATOR and text(record, "requestParameters", "servicePrincipal") != IAM:
        return "an administrator of another service than IAM"
    return Sign.RIGHTS_DELEGATED if name in _TO_OTHERS else Sign.ROOT_ACCESS_OPENED
