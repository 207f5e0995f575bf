"""Sessions that an identity pool gave have one name, and each says with every request whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


def test_a_deny_on_an_identity_stops_its_sessions_and_no_other(cloud: Cloud) -> None:
    pool = scene.identity_pool(cloud, scene.role(cloud, "visitor"))
    (identity, one), (_, other) = scene.visitor(cloud, pool), scene.visitor(cloud, pool)
    names = {holder.client("sts").get_caller_identity()["Arn"].rpartition("/")[2] for holder in (one, other)}
    assert names == {"CognitoIdentityCredentials"}
    theirs = {"StringEquals": {"cognito-identity.amazonaws.com:sub": identity}}
    deny = scene.policy("Deny", "*", condition=theirs)
    cloud.client("iam").put_role_policy(RoleName="visitor", PolicyName="no", PolicyDocument=deny)
    assert scene.refusal(one.client("s3").list_buckets) == "AccessDenied"
    assert scene.refusal(other.client("s3").list_buckets) is None
