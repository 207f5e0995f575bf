"""What a call that switches something off calls for, once whoever made it is contained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib import sources
from chalicelib.playbook.options import ERRANDS, OPTIONS
from tests.sources.events import ACCOUNT, trust
from tests.sources.trail import OTHER, by
from tests.world import START

if TYPE_CHECKING:
    from tests.sources.events import Json

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"
ANCHOR = "49e25ec3-bdfe-4150-8683-b4ea4ee85cfd"
DETECTOR = "0123456789abcdef" * 2


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
