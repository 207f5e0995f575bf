"""What a call that switches something off calls for, once whoever made it is contained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib import sources
from chalicelib.playbook.options import ERRANDS, OPTIONS
from tests.sources.events import ACCOUNT, OTHER_ACCOUNT, trust
from tests.sources.trail import HANDED_ON, MEMBER, OTHER, by
from tests.world import START

if TYPE_CHECKING:
    from tests.sources.events import Json

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"
ANCHOR = "49e25ec3-bdfe-4150-8683-b4ea4ee85cfd"
DETECTOR = "0123456789abcdef" * 2
REPLACED = {
    "ReplaceIamInstanceProfileAssociationResponse": {
        "iamInstanceProfileAssociation": {"instanceId": "i-0a1b2c3d4e5f60718"}
    }
}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (by("cloudtrail", "StopLogging", {"name": "audit"}), ("start-logging=audit",)),
        (by("cloudtrail", "PutEventSelectors", {"trailName": "audit"}), ("record-management-events=audit",)),
        (by("cloudtrail", "DeleteTrail", {"name": "audit"}), ("create-trail=audit",)),
        (by("cloudtrail", "UpdateTrail", {"name": "audit"}), ("compare-trail=audit",)),
        (
            by("guardduty", "UpdateDetector", {"detectorId": DETECTOR, "enable": False}),
            (f"enable-detector={DETECTOR}",),
        ),
        (by("guardduty", "DeleteDetector", {"detectorId": DETECTOR}), (f"create-detector={DETECTOR}",)),
        (by("kms", "ScheduleKeyDeletion", {"keyId": KEY}), (f"enable-kms-key={KEY}",)),
        (by("kms", "DisableKey", {"keyId": KEY}), (f"enable-kms-key={KEY}",)),
        (by("kms", "DeleteImportedKeyMaterial", {"keyId": KEY}), (f"import-key-material={KEY}",)),
        (
            by("kms", "CreateGrant", {"granteePrincipal": OTHER}, responseElements={"keyId": KEY, "grantId": "0f"}),
            (f"revoke-kms-grant={KEY}/0f",),
        ),
        (
            by("rolesanywhere", "CreateTrustAnchor", responseElements={"trustAnchor": {"trustAnchorId": ANCHOR}}),
            (f"disable-trust-anchor={ANCHOR}",),
        ),
        (by("rolesanywhere", "EnableTrustAnchor", {"trustAnchorId": ANCHOR}), (f"disable-trust-anchor={ANCHOR}",)),
        (by("rolesanywhere", "UpdateProfile", {"profileId": ANCHOR}), (f"compare-profile={ANCHOR}",)),
        (trust("UpdateAssumeRolePolicy", "*"), ("put-trust-back=worker",)),
        (
            by("iam", "CreateSAMLProvider", {"name": "idp"}, responseElements={"sAMLProviderArn": PROVIDER}),
            (f"delete-provider={PROVIDER}",),
        ),
        (
            by("iam", "AddClientIDToOpenIDConnectProvider", {"openIDConnectProviderArn": PROVIDER}),
            (f"compare-provider={PROVIDER}",),
        ),
        (by("guardduty", "DeleteMembers", {"detectorId": DETECTOR}), ()),
        (by("rolesanywhere", "PutAttributeMapping", {"profileId": ANCHOR}), (f"compare-profile={ANCHOR}",)),
        *(
            (by("rolesanywhere", name, {"crlId": ANCHOR}), (f"compare-revocations={ANCHOR}",))
            for name in ("DisableCrl", "DeleteCrl", "UpdateCrl")
        ),
        (HANDED_ON["SendDelegationToken"][0], ("compare-delegation=dr-1",)),
        (HANDED_ON["AcceptDelegationRequest"][0], ("compare-delegation=dr-1",)),
        (HANDED_ON["EnableOutboundWebIdentityFederation"][0], ("end-outbound-tokens=https://x.example",)),
        (HANDED_ON["EnableOrganizationsRootSessions"][0], ("end-root-access=o-a1b2c3d4e5",)),
        (HANDED_ON["RegisterDelegatedAdministrator of iam"][0], (f"deregister-administrator={OTHER_ACCOUNT}",)),
        (HANDED_ON["RegisterDelegatedAdministrator of sso"][0], (f"deregister-administrator={OTHER_ACCOUNT}",)),
        (
            by("ssm", "CreateActivation", {}, responseElements={"activationId": ANCHOR}),
            (f"delete-activation={ANCHOR}",),
        ),
        (HANDED_ON["CreateRoleAlias"][0], ("compare-role-alias=a",)),
        (HANDED_ON["AssociateIamInstanceProfile"][0], ("compare-instance-profile=i-0a1b2c3d4e5f60718",)),
        (
            by("ec2", "ReplaceIamInstanceProfileAssociation", {}, responseElements=REPLACED),
            ("compare-instance-profile=i-0a1b2c3d4e5f60718",),
        ),
        (HANDED_ON["CreateDevEndpoint"][0], ("delete-dev-endpoint=e",)),
        (HANDED_ON["CreateAccountAssignment"][0], (f"compare-center-access={MEMBER}",)),
        (HANDED_ON["CreateGroupMembership"][0], ("compare-center-access=g",)),
        (HANDED_ON["UpdatePassword"][0], ("compare-center-sign-in=u",)),
        (HANDED_ON["DeleteMfaDeviceForUser"][0], ("compare-center-sign-in=u",)),
        (
            HANDED_ON["AssociateAccessPolicy AmazonEKSClusterAdminPolicy"][0],
            (f"take-cluster-rights=arn:aws:iam::{ACCOUNT}:role/visitor",),
        ),
        (HANDED_ON["ModifyDBCluster masterUserPassword"][0], ("set-database-password=d",)),
        (HANDED_ON["ModifyCluster masterUserPassword"][0], ("set-database-password=d",)),
        (HANDED_ON["PutAlternateContact"][0], ("compare-security-contact=SECURITY",)),
        (by("cloudtrail", "StopLogging", {"name": 7}), ()),
    ],
)
def test_a_call_asks_for_what_undoes_it_in_words_that_the_playbook_knows(record: Json, words: tuple[str, ...]) -> None:
    parsed = sources.read_any(record, START)
    assert isinstance(parsed, tuple)
    assert [one.also for one in parsed] == [words]
    known = {*(option.action for option in OPTIONS), *(errand.name for errand in ERRANDS)}
    assert {word.partition("=")[0] for word in words} <= known


def test_a_call_that_failed_left_nothing_to_undo() -> None:
    parsed = sources.read_any(by("cloudtrail", "StopLogging", {"name": "audit"}, errorCode="AccessDenied"), START)
    assert isinstance(parsed, tuple)
    assert parsed[0].also == ()
