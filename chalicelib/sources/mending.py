"""What undoes a call, for the day on which whoever made it is contained: an option or an errand of the playbook's."""

from __future__ import annotations

from chalicelib.sources.reading import Node, node, text

_CLOUDTRAIL, _GUARDDUTY = "cloudtrail.amazonaws.com", "guardduty.amazonaws.com"
_IAM, _KMS, _ANYWHERE = "iam.amazonaws.com", "kms.amazonaws.com", "rolesanywhere.amazonaws.com"
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
