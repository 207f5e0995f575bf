"""What undoes a call, for the day on which whoever made it is contained: an option or an errand of the playbook's."""

from __future__ import annotations

from chalicelib.sources.reading import Node, node, text

_CLOUDTRAIL, _GUARDDUTY = "cloudtrail.amazonaws.com", "guardduty.amazonaws.com"
_IAM, _KMS, _ANYWHERE = "iam.amazonaws.com", "kms.amazonaws.com", "rolesanywhere.amazonaws.com"
_ORGANIZATIONS, _EC2, _EKS = "organizations.amazonaws.com", "ec2.amazonaws.com", "eks.amazonaws.com"
_RDS, _GLUE, _IOT = "rds.amazonaws.com", "glue.amazonaws.com", "iot.amazonaws.com"
_ASKED, _MADE = "requestParameters", "responseElements"

_BY: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    (_CLOUDTRAIL, "StopLogging"): ("start-logging", (_ASKED, "name")),
    (_CLOUDTRAIL, "PutEventSelectors"): ("record-management-events", (_ASKED, "trailName")),
    (_CLOUDTRAIL, "DeleteTrail"): ("create-trail", (_ASKED, "name")),
    (_CLOUDTRAIL, "UpdateTrail"): ("compare-trail", (_ASKED, "name")),
    (_GUARDDUTY, "UpdateDetector"): ("enable-detector", (_ASKED, "detectorId")),
    (_GUARDDUTY, "DeleteDetector"): ("create-detector", (_ASKED, "detectorId")),
    (_KMS, "DisableKey"): ("enable-kms-key", (_ASKED, "keyId")),
    (_KMS, "ScheduleKeyDeletion"): ("enable-kms-key", (_ASKED, "keyId")),
    (_KMS, "DeleteImportedKeyMaterial"): ("import-key-material", (_ASKED, "keyId")),
    (_ANYWHERE, "CreateTrustAnchor"): ("disable-trust-anchor", (_MADE, "trustAnchor", "trustAnchorId")),
    (_ANYWHERE, "UpdateTrustAnchor"): ("disable-trust-anchor", (_ASKED, "trustAnchorId")),
    (_ANYWHERE, "EnableTrustAnchor"): ("disable-trust-anchor", (_ASKED, "trustAnchorId")),
    (_ANYWHERE, "CreateProfile"): ("compare-profile", (_MADE, "profile", "profileId")),
    (_ANYWHERE, "UpdateProfile"): ("compare-profile", (_ASKED, "profileId")),
    (_ANYWHERE, "EnableProfile"): ("compare-profile", (_ASKED, "profileId")),
    (_IAM, "UpdateAssumeRolePolicy"): ("put-trust-back", (_ASKED, "roleName")),
    (_IAM, "CreateSAMLProvider"): ("delete-provider", (_MADE, "sAMLProviderArn")),
    (_IAM, "CreateOpenIDConnectProvider"): ("delete-provider", (_MADE, "openIDConnectProviderArn")),
    (_IAM, "UpdateSAMLProvider"): ("compare-provider", (_ASKED, "sAMLProviderArn")),
    (_IAM, "UpdateOpenIDConnectProviderThumbprint"): ("compare-provider", (_ASKED, "openIDConnectProviderArn")),
    (_IAM, "AddClientIDToOpenIDConnectProvider"): ("compare-provider", (_ASKED, "openIDConnectProviderArn")),
    (_ANYWHERE, "PutAttributeMapping"): ("compare-profile", (_ASKED, "profileId")),
    (_ANYWHERE, "DisableCrl"): ("compare-revocations", (_ASKED, "crlId")),
    (_ANYWHERE, "DeleteCrl"): ("compare-revocations", (_ASKED, "crlId")),
    (_ANYWHERE, "UpdateCrl"): ("compare-revocations", (_ASKED, "crlId")),
    (_IAM, "AcceptDelegationRequest"): ("compare-delegation", (_ASKED, "delegationRequestId")),
    (_IAM, "SendDelegationToken"): ("compare-delegation", (_ASKED, "delegationRequestId")),
    (_IAM, "EnableOutboundWebIdentityFederation"): ("end-outbound-tokens", (_MADE, "issuerIdentifier")),
    (_IAM, "EnableOrganizationsRootSessions"): ("end-root-access", (_MADE, "organizationId")),
    (_IAM, "EnableOrganizationsRootCredentialsManagement"): ("end-root-access", (_MADE, "organizationId")),
    (_ORGANIZATIONS, "RegisterDelegatedAdministrator"): ("deregister-administrator", (_ASKED, "accountId")),
    ("ssm.amazonaws.com", "CreateActivation"): ("delete-activation", (_MADE, "activationId")),
    (_IOT, "CreateRoleAlias"): ("compare-role-alias", (_ASKED, "roleAlias")),
    (_IOT, "UpdateRoleAlias"): ("compare-role-alias", (_ASKED, "roleAlias")),
    (_EC2, "AssociateIamInstanceProfile"): (
        "compare-instance-profile",
        (_ASKED, "AssociateIamInstanceProfileRequest", "InstanceId"),
    ),
    (_EC2, "ReplaceIamInstanceProfileAssociation"): (
        "compare-instance-profile",
        (_MADE, "ReplaceIamInstanceProfileAssociationResponse", "iamInstanceProfileAssociation", "instanceId"),
    ),
    (_GLUE, "CreateDevEndpoint"): ("delete-dev-endpoint", (_ASKED, "endpointName")),
    (_GLUE, "UpdateDevEndpoint"): ("delete-dev-endpoint", (_ASKED, "endpointName")),
    (_EKS, "AssociateAccessPolicy"): ("take-cluster-rights", (_ASKED, "principalArn")),
    (_RDS, "ModifyDBInstance"): ("set-database-password", (_ASKED, "dBInstanceIdentifier")),
    (_RDS, "ModifyDBCluster"): ("set-database-password", (_ASKED, "dBClusterIdentifier")),
    ("redshift.amazonaws.com", "ModifyCluster"): ("set-database-password", (_ASKED, "clusterIdentifier")),
    ("account.amazonaws.com", "PutAlternateContact"): ("compare-security-contact", (_ASKED, "alternateContactType")),
    ("account.amazonaws.com", "DeleteAlternateContact"): ("compare-security-contact", (_ASKED, "alternateContactType")),
    ("sso.amazonaws.com", "CreateAccountAssignment"): ("compare-center-access", (_ASKED, "principalId")),
    ("identitystore.amazonaws.com", "CreateGroupMembership"): ("compare-center-access", (_ASKED, "groupId")),
    ("sso-directory.amazonaws.com", "AddMemberToGroup"): ("compare-center-access", (_ASKED, "groupId")),
    ("sso-directory.amazonaws.com", "UpdatePassword"): ("compare-center-sign-in", (_ASKED, "userId")),
    ("sso-directory.amazonaws.com", "DeleteMfaDeviceForUser"): ("compare-center-sign-in", (_ASKED, "userId")),
}
"""The word for each call, and where its record names the target."""


def called_for(record: Node) -> tuple[str, ...]:
    """The words, with what they are about. Of a call that failed there is nothing to undo."""
    if text(record, "errorCode") or text(record, "errorMessage"):
        return ()
    call = (text(record, "eventSource") or "", text(record, "eventName") or "")
    if call == (_KMS, "CreateGrant"):
        return _grant(record)
    if call == (_GUARDDUTY, "UpdateDetector") and node(record, _ASKED).get("enable") is not False:
        return ()  # it stays on, with less to look at
    word, path = _BY.get(call, ("", ("",)))
    target = text(record, *path)
    return (f"{word}={target}",) if word and target else ()


def _grant(record: Node) -> tuple[str, ...]:
    """By the ARN of its key, which the answer holds however the key was named."""
    key, known = text(record, _MADE, "keyId"), text(record, _MADE, "grantId")
    return (f"revoke-kms-grant={key}/{known}",) if key and known else ()
