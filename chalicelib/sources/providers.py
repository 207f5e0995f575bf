"""CloudTrail: whom the account trusts to say who people are: SAML and OIDC providers, trust anchors, directories.

The signal is about whoever made the call: new providers are also how people are let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.model import Sign
from chalicelib.sources.cloudtrail import of_caller, of_service, refused

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.model import Parsed
    from chalicelib.sources.reading import Node

READS = False

IAM, ROLES_ANYWHERE = "iam.amazonaws.com", "rolesanywhere.amazonaws.com"
IDENTITY_CENTER, DIRECTORY = "sso.amazonaws.com", "sso-directory.amazonaws.com"

_PROVIDERS = (
    "CreateSAMLProvider",
    "UpdateSAMLProvider",
    "CreateOpenIDConnectProvider",
    "UpdateOpenIDConnectProviderThumbprint",
    "AddClientIDToOpenIDConnectProvider",
)
_ANCHORS = (
    "CreateTrustAnchor",
    "UpdateTrustAnchor",
    "EnableTrustAnchor",
    "CreateProfile",
    "UpdateProfile",
    "EnableProfile",
    "PutAttributeMapping",
    "DisableCrl",  # certificates that were revoked work again
    "DeleteCrl",
    "UpdateCrl",
)
_DIRECTORIES = (
    "AssociateDirectory",
    "DisassociateDirectory",
    "EnableExternalIdPConfigurationForDirectory",
    "DisableExternalIdPConfigurationForDirectory",
    "CreateExternalIdPConfigurationForDirectory",
    "UpdateExternalIdPConfigurationForDirectory",
    "CreateBearerToken",  # whoever has one writes people and groups (SCIM)
)

CALLS = (
    *of_service(IAM, *_PROVIDERS),
    *of_service(ROLES_ANYWHERE, *_ANCHORS),
    *of_service(IDENTITY_CENTER, *_DIRECTORIES),
    *of_service(DIRECTORY, *_DIRECTORIES),
)

PATTERN: dict[str, Any] = {
    "source": ["aws.iam", "aws.rolesanywhere", "aws.sso", "aws.sso-directory"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "$or": [
            {"eventSource": [IAM], "eventName": list(_PROVIDERS)},
            {"eventSource": [ROLES_ANYWHERE], "eventName": list(_ANCHORS)},
            {"eventSource": [IDENTITY_CENTER, DIRECTORY], "eventName": list(_DIRECTORIES)},
        ]
    },
}


def read(record: Node, received: datetime, own_role_ids: tuple[str, ...] = ()) -> Parsed:
    """The signals of one CloudTrail record."""
    return of_caller(record, received, refused(record, CALLS, own_role_ids), lambda _: Sign.PROVIDER_CHANGED)
