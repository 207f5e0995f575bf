"""A Bedrock API key opens what its user may, and nothing once it is inactive, expired, or its user denied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drill import cast
from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud

TOKEN = "bedrock:CallWithBearerToken"


def opens(*tokens: cast.ApiKey) -> list[bool]:
    return [cast.allowed(token) == cast.CALLS for token in tokens]


def status(cloud: Cloud, key: cast.ApiKey, now: str) -> None:
    cloud.client("iam").update_service_specific_credential(
        UserName="ada", ServiceSpecificCredentialId=key.id, Status=now
    )


def test_a_long_term_key_works_until_it_is_inactive_and_again_when_it_is_active(cloud: Cloud) -> None:
    scene.user(cloud)
    one, other = cast.api_key(cloud, "ada"), cast.api_key(cloud, "ada")
    assert opens(one, other) == [True, True]
    status(cloud, one, "Inactive")
    assert opens(one, other) == [False, True]
    status(cloud, one, "Active")
    assert opens(one, other) == [True, True]
    assert not any(opens(cast.ApiKey(cloud.endpoint, one.id, one.token[:-4])))


@pytest.mark.parametrize("denied", ["*", TOKEN, "bedrock:*"])
def test_a_deny_on_its_user_stops_it(cloud: Cloud, denied: str) -> None:
    scene.user(cloud)
    key = cast.api_key(cloud, "ada")
    cloud.client("iam").put_user_policy(UserName="ada", PolicyName="no", PolicyDocument=scene.policy("Deny", denied))
    assert opens(key) == [False]


@pytest.mark.parametrize(("may", "works"), [(TOKEN, False), ("bedrock:List*", False), ("bedrock:*", True)])
def test_its_user_needs_the_operation_and_the_right_to_use_a_token(cloud: Cloud, may: str, *, works: bool) -> None:
    scene.user(cloud, may=scene.policy("Allow", may))
    assert opens(cast.api_key(cloud, "ada")) == [works]


def test_a_deny_on_older_sessions_does_not_stop_a_long_term_key(cloud: Cloud) -> None:
    """It is no session, so it has no issue time: that is why narrowing needs it inactive."""
    ada = scene.user(cloud)
    long, short = cast.api_key(cloud, "ada"), cast.short_term(cloud, cast.minted(cloud, ada, "get_session_token"))
    of_the_key = cast.short_term(cloud, ada)
    old = {"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}}
    cloud.client("iam").put_user_policy(
        UserName="ada", PolicyName="old", PolicyDocument=scene.policy("Deny", "*", condition=old)
    )
    assert opens(long, short, of_the_key) == [True, False, True]


def test_a_short_term_key_dies_with_what_signed_it(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    of_the_key, of_a_session = (
        cast.short_term(cloud, one) for one in (ada, cast.minted(cloud, ada, "get_session_token"))
    )
    assert opens(of_the_key, of_a_session) == [True, True]
    cloud.client("iam").update_access_key(UserName="ada", AccessKeyId=scene.key_id(ada), Status="Inactive")
    assert opens(of_the_key, of_a_session) == [False, True]
    cloud.client("iam").put_user_policy(UserName="ada", PolicyName="no", PolicyDocument=scene.policy("Deny", "*"))
    assert opens(of_a_session) == [False]


def test_a_short_term_key_that_was_tampered_with_opens_nothing(cloud: Cloud) -> None:
    key = cast.short_term(cloud, scene.user(cloud))
    for broken in (key.token[:-40], f"{key.token}A", "bedrock-api-key-", "bedrock-api-key-@@@@"):
        assert opens(cast.ApiKey(cloud.endpoint, key.id, broken)) == [False]
