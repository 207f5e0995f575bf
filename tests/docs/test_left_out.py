"""Calls that others tell of: each has a rule of ours, is followed by the inquiry, or is left out for a reason."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from chalicelib import sources
from chalicelib.inquiry.issuing_calls import ISSUING
from chalicelib.inquiry.minting import MADE
from chalicelib.sources import root_use
from console.reference.left_out import LEFT_OUT
from tests.sources import events, trail
from tests.sources.events import RECEIVED
from tests.sources.patterns import reached

if TYPE_CHECKING:
    from tests.sources.events import Json

KNOWN = """
    signin AuthorizeOAuth2Access CreateOAuth2Token CreateOAuth2TokenWithIAM CreateOAuth2TokenWithTokenExchange
    signin CreateBearerToken GetSigninToken ListSessions BatchRevokeSessions
    iam SendDelegationToken AcceptDelegationRequest EnableOutboundWebIdentityFederation EnableOrganizationsRootSessions
    iam EnableOrganizationsRootCredentialsManagement AttachUserPolicy AddUserToGroup EnableMFADevice DeactivateMFADevice
    sts GetDelegatedAccessToken GetWebIdentityToken GetScopedCredentials
    organizations RegisterDelegatedAdministrator
    rolesanywhere DisableCrl DeleteCrl UpdateCrl PutAttributeMapping
    acm-pca IssueCertificate
    ssm CreateActivation
    iot CreateRoleAlias
    identitystore CreateGroupMembership
    sso-directory AddMemberToGroup UpdatePassword DeleteMfaDeviceForUser
    sso CreateAccountAssignment
    eks CreateAccessEntry AssociateAccessPolicy
    ec2 AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation ModifyInstanceAttribute GetPasswordData
    ec2-instance-connect SendSSHPublicKey
    rds ModifyDBInstance ModifyDBCluster
    lambda CreateFunctionUrlConfig UpdateFunctionUrlConfig CreateEventSourceMapping
    glue CreateDevEndpoint UpdateDevEndpoint
    account PutAlternateContact EnableRegion
    guardduty ArchiveFindings
    securityhub BatchUpdateFindings
    bedrock PutModelInvocationLoggingConfiguration
    cognito-identity SetIdentityPoolRoles UpdateIdentityPool
    secretsmanager ReplicateSecretToRegions CancelRotateSecret
    config DeleteConfigRule
    route53domains TransferDomain DisableDomainTransferLock
    support ResolveCase
"""
"""By service, as rules of Elastic, Sigma, Panther and GuardDuty name them, and what AWS's newer APIs hand out."""

Call = tuple[str, str]

CALLS: list[Call] = [
    (service, name) for service, *names in map(str.split, KNOWN.strip().splitlines()) for name in names
]
FOLLOWED = {*MADE, *((issuing.service, issuing.call) for issuing in ISSUING)}
REASONS = [(left.service, call) for left in LEFT_OUT for call in left.calls]


def told() -> dict[Call, list[Json]]:
    """Return the events of each call that say something, but for what root alone is told of."""
    found = defaultdict(list)
    for record, _ in trail.SAYS.values():
        is_root = record["userIdentity"]["type"] == "Root"
        if not is_root:
            found[record["eventSource"].removesuffix(".amazonaws.com"), record["eventName"]].append(record)
    return dict(found)


TOLD = told()


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_each_call_has_a_rule_or_a_follower_or_a_reason_and_no_reason_beside(call: Call) -> None:
    assert (call in TOLD or call in FOLLOWED) is not (call in REASONS)


@pytest.mark.parametrize("call", [call for call in CALLS if call in TOLD], ids=" ".join)
def test_a_rule_lets_the_call_through_and_its_family_reads_it(call: Call) -> None:
    for record in TOLD[call]:
        event = events.called(record)
        (family,) = reached(event)
        assert family is not root_use
        assert isinstance(sources.read_by(family, event, RECEIVED), tuple)


@pytest.mark.parametrize("call", REASONS, ids=" ".join)
def test_a_call_that_is_left_out_reaches_no_rule_and_is_not_followed(call: Call) -> None:
    service, name = call
    assert reached(events.called(trail.by(service, name))) == []
    assert call not in FOLLOWED


def test_each_call_is_named_once() -> None:
    assert len(set(CALLS)) == len(CALLS)
    assert len(set(REASONS)) == len(REASONS)
