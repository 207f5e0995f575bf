"""CloudTrail: who may work through Identity Center: assignments, groups, passwords, second factors, administrators.

Its console writes as `sso-directory`, its API as `identitystore` (IAM Identity Center user guide, "Logging API calls").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused
from chalicelib.sources.reading import text

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed
    from chalicelib.sources.reading import Node

READS = False

ASSIGNMENTS, DIRECTORY, STORE = "sso.amazonaws.com", "sso-directory.amazonaws.com", "identitystore.amazonaws.com"
ORGANIZATIONS = "organizations.amazonaws.com"
_ADMINISTRATOR = "RegisterDelegatedAdministrator"
_FACTORS = ("CompleteVirtualMfaDeviceRegistration", "CompleteWebAuthnDeviceRegistration")

_CALLS = {
    ASSIGNMENTS: ("CreateAccountAssignment",),
    STORE: ("CreateGroupMembership",),
    DIRECTORY: ("AddMemberToGroup", "UpdatePassword", "DeleteMfaDeviceForUser", *_FACTORS),
}

CALLS = (
    *(call for service, names in _CALLS.items() for call in of_service(service, *names)),
    *of_service(ORGANIZATIONS, _ADMINISTRATOR),
)

PATTERN: dict[str, Any] = {
    "source": ["aws.sso", "aws.sso-directory", "aws.identitystore", "aws.organizations"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            *({"eventSource": [service], "eventName": list(names)} for service, names in _CALLS.items()),
            {
                "eventSource": [ORGANIZATIONS],
                "eventName": [_ADMINISTRATOR],
                "requestParameters": {"servicePrincipal": [ASSIGNMENTS]},
            },
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), _sign)


def _sign(record: Node) -> Sign | str:
    """Return the sign. People register second factors of their own all day."""
    name = text(record, "eventName")
    if name in _FACTORS:
        return Sign.MFA_ADDED
    if name == _ADMINISTRATOR and text(record, "requestParameters", "servicePrincipal") != ASSIGNMENTS:
        return "an administrator of another service than Identity Center"
    return Sign.CENTER_ACCESS_CHANGED
