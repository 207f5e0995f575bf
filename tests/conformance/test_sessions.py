"""What a deny, an issue time and a dead key do to keys and to the sessions minted from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from drill import cast
from tests.conformance import scene

if TYPE_CHECKING:
    import boto3

    from drill.cloud.lifecycle import Cloud


def cut_off(minutes: int) -> dict[str, Any]:
    """A condition on tokens issued before a moment so far ahead, or behind."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return {"DateLessThan": {"aws:TokenIssueTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}}


def works(session: boto3.Session) -> bool:
    """STS answers GetCallerIdentity whatever the policies say, so another service is asked."""
    return scene.refusal(session.client("dynamodb").list_tables) is None


def of_user(cloud: Cloud, ada: boto3.Session) -> list[boto3.Session]:
    guest = {"Name": "guest", "Policy": scene.ALLOW_ALL}
    return [
        cast.minted(cloud, ada, "get_session_token"),
        cast.minted(cloud, ada, "get_federation_token", **guest),
    ]


def deny_by(cloud: Cloud, way: str, document: str) -> None:
    iam = cloud.client("iam")
    if way == "inline":
        iam.put_user_policy(UserName="ada", PolicyName="deny", PolicyDocument=document)
        return
    if way == "boundary":  # which must allow what it does not deny
        document = document.replace('"Statement": [', '"Statement": [{"Effect":"Allow","Action":"*","Resource":"*"},')
    arn = iam.create_policy(PolicyName="deny", PolicyDocument=document)["Policy"]["Arn"]
    if way == "managed":
        iam.attach_user_policy(UserName="ada", PolicyArn=arn)
    else:
        iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=arn)


WAYS = pytest.mark.parametrize("way", ["inline", "managed", "boundary"])


@WAYS
def test_a_deny_on_a_user_stops_its_key_and_its_sessions(cloud: Cloud, way: str) -> None:
    ada, bob = scene.user(cloud), scene.user(cloud, "bob")
    sessions = of_user(cloud, ada)
    assert all(works(one) for one in [ada, *sessions])

    deny_by(cloud, way, scene.policy("Deny", "*"))

    assert not any(works(one) for one in [ada, *sessions])
    assert works(bob)


@WAYS
def test_an_issue_time_stops_earlier_sessions_and_no_key(cloud: Cloud, way: str) -> None:
    ada = scene.user(cloud)
    sessions = of_user(cloud, ada)

    deny_by(cloud, way, scene.policy("Deny", "*", condition=cut_off(1)))

    assert works(ada)
    assert not any(works(one) for one in sessions)


@WAYS
def test_an_issue_time_spares_later_sessions(cloud: Cloud, way: str) -> None:
    ada = scene.user(cloud)

    deny_by(cloud, way, scene.policy("Deny", "*", condition=cut_off(-1)))

    assert all(works(one) for one in of_user(cloud, ada))


def test_an_inactive_key_is_dead_and_nothing_else(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    sibling, sessions = scene.key(cloud, "ada"), of_user(cloud, ada)
    update = cloud.client("iam").update_access_key

    update(UserName="ada", AccessKeyId=scene.key_id(ada), Status="Inactive")

    assert scene.refusal(ada.client("sts").get_caller_identity) == "InvalidClientTokenId"
    assert scene.refusal(ada.client("secretsmanager").list_secrets) == "UnrecognizedClientException"
    assert all(works(one) for one in [sibling, *sessions])
    update(UserName="ada", AccessKeyId=scene.key_id(ada), Status="Active")
    assert works(ada)


def assumed(cloud: Cloud, ada: boto3.Session, session: str) -> boto3.Session:
    arn = f"arn:aws:iam::{cloud.account}:role/worker"
    return cast.minted(cloud, ada, "assume_role", RoleArn=arn, RoleSessionName=session)


@pytest.fixture
def shifts(cloud: Cloud) -> tuple[boto3.Session, boto3.Session, boto3.Session]:
    """A user, and two sessions of a role."""
    ada = scene.user(cloud)
    scene.role(cloud, "worker", trusts={"AWS": f"arn:aws:iam::{cloud.account}:user/ada"})
    return ada, assumed(cloud, ada, "early"), assumed(cloud, ada, "late")


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike"])
def test_one_role_session_by_name_and_issue_time(cloud: Cloud, shifts: Any, operator: str) -> None:
    ada, early, late = shifts
    iam = cloud.client("iam")
    role_id = iam.get_role(RoleName="worker")["Role"]["RoleId"]
    condition: dict[str, Any] = {operator: {"aws:userid": f"{role_id}:early"}}

    document = scene.policy("Deny", "*", condition=condition | cut_off(1))
    iam.put_role_policy(RoleName="worker", PolicyName="revoke", PolicyDocument=document)
    assert (works(early), works(late), works(ada)) == (False, True, True)

    document = scene.policy("Deny", "*", condition=condition | cut_off(-1))
    iam.put_role_policy(RoleName="worker", PolicyName="revoke", PolicyDocument=document)
    assert works(assumed(cloud, ada, "early"))


def test_all_sessions_of_a_role_by_issue_time(cloud: Cloud, shifts: Any) -> None:
    ada, early, late = shifts
    document = scene.policy("Deny", "*", condition=cut_off(1))
    cloud.client("iam").put_role_policy(RoleName="worker", PolicyName="revoke", PolicyDocument=document)

    assert not works(early)
    assert not works(late)
    assert works(ada)


def test_a_role_outlives_the_key_that_assumed_it(cloud: Cloud, shifts: Any) -> None:
    ada, early, _ = shifts
    cloud.client("iam").update_access_key(UserName="ada", AccessKeyId=scene.key_id(ada), Status="Inactive")
    deny_by(cloud, "inline", scene.policy("Deny", "*"))

    assert works(early)
    assert not works(ada)
