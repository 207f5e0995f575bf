"""CloudTrail records what really happened: for rules and for LookupEvents, by whom, and without a secret in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.key_ids import account_of
from drill import cast
from tests.conformance import scene

if TYPE_CHECKING:
    import boto3

    from drill.cloud.lifecycle import Cloud

EVERYTHING = {"State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}


def recorded(cloud: Cloud, name: str, value: str, region: str | None = None) -> list[dict[str, Any]]:
    """The records that LookupEvents finds by one attribute, newest first."""
    look_up = cloud.client("cloudtrail", region=region).lookup_events
    found = look_up(LookupAttributes=[{"AttributeKey": name, "AttributeValue": value}])["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in found]


def test_a_created_key_reaches_a_rule(cloud: Cloud) -> None:
    inbox, ada = scene.queue(cloud, "inbox"), scene.user(cloud)
    scene.rule(cloud, {"source": ["aws.iam"], "detail": {"eventName": ["CreateAccessKey"]}}, inbox.arn)

    made = ada.client("iam").create_access_key(UserName="ada")["AccessKey"]

    event = inbox.next_json()
    detail = event["detail"]
    assert (event["detail-type"], event["region"]) == ("AWS API Call via CloudTrail", "us-east-1")
    assert detail["requestParameters"] == {"userName": "ada"}
    created = detail["responseElements"]["accessKey"]
    assert {name: created[name] for name in ("accessKeyId", "status", "userName")} == {
        "accessKeyId": made["AccessKeyId"],
        "status": "Active",
        "userName": "ada",
    }
    assert set(created) == {"accessKeyId", "status", "userName", "createDate"}
    assert detail["userIdentity"]["accessKeyId"] == scene.key_id(ada)
    assert (detail["readOnly"], detail["eventSource"], detail["awsRegion"]) == (False, "iam.amazonaws.com", "us-east-1")
    assert detail["recipientAccountId"] == cloud.account
    assert {"eventID", "eventTime", "requestID", "userAgent", "sourceIPAddress"} <= set(detail)


def test_iam_is_recorded_in_us_east_1_wherever_the_caller_sits(cloud: Cloud) -> None:
    inbox = scene.queue(cloud, "inbox")
    scene.rule(cloud, {"detail": {"eventName": ["CreateUser"]}}, inbox.arn)

    cloud.client("iam", region="eu-west-1").create_user(UserName="ada")
    cloud.client("secretsmanager", region="eu-west-1").create_secret(Name="toy", SecretString="hidden")

    assert inbox.next_json()["region"] == "us-east-1"
    assert recorded(cloud, "EventName", "CreateUser")
    assert [one["awsRegion"] for one in recorded(cloud, "EventName", "CreateSecret", "eu-west-1")] == ["eu-west-1"]
    assert recorded(cloud, "EventName", "CreateSecret") == []


def identities(cloud: Cloud) -> dict[str, tuple[boto3.Session, str]]:
    """Everybody who can call, and their type in a record."""
    ada = scene.user(cloud)
    arn = scene.role(cloud, "worker", trusts={"AWS": f"arn:aws:iam::{cloud.account}:user/ada"})
    session = {"RoleArn": arn, "RoleSessionName": "shift"}
    return {
        "root": (cloud.session(), "Root"),
        "user": (ada, "IAMUser"),
        "session": (cast.minted(cloud, ada, "get_session_token"), "IAMUser"),
        "federated": (
            cast.minted(cloud, ada, "get_federation_token", Name="guest", Policy=scene.ALLOW_ALL),
            "FederatedUser",
        ),
        "role": (cast.minted(cloud, ada, "assume_role", **session), "AssumedRole"),
    }


def test_who_did_it(cloud: Cloud) -> None:
    inhabitants = identities(cloud)
    iam, account = cloud.client("iam"), cloud.account
    ada, worker = iam.get_user(UserName="ada")["User"], iam.get_role(RoleName="worker")["Role"]
    seen = {}
    for name, (session, kind) in inhabitants.items():
        manager = session.client("secretsmanager")
        manager.create_secret(Name=name, SecretString="hidden")
        seen[name] = recorded(cloud, "EventName", "CreateSecret")[0]["userIdentity"]
        assert (seen[name]["type"], seen[name]["accountId"]) == (kind, account)
        assert seen[name]["accessKeyId"] == scene.key_id(session)

    assert seen["root"]["arn"] == f"arn:aws:iam::{account}:root"
    assert (seen["root"]["principalId"], "sessionContext" in seen["root"]) == (account, False)
    assert (seen["user"]["userName"], seen["user"]["principalId"]) == ("ada", ada["UserId"])
    assert "sessionContext" not in seen["user"]
    assert seen["session"]["userName"] == "ada"
    assert seen["session"]["accessKeyId"].startswith("ASIA")
    assert set(seen["session"]["sessionContext"]["attributes"]) == {"creationDate", "mfaAuthenticated"}
    assert seen["federated"]["principalId"] == f"{account}:guest"
    assert seen["federated"]["sessionContext"]["sessionIssuer"] == {
        "type": "IAMUser",
        "principalId": ada["UserId"],
        "arn": ada["Arn"],
        "accountId": account,
        "userName": "ada",
    }
    assert seen["role"]["principalId"] == f"{worker['RoleId']}:shift"
    assert seen["role"]["arn"] == f"arn:aws:sts::{account}:assumed-role/worker/shift"
    assert seen["role"]["sessionContext"]["sessionIssuer"] == {
        "type": "Role",
        "principalId": worker["RoleId"],
        "arn": worker["Arn"],
        "accountId": account,
        "userName": "worker",
    }


@pytest.mark.parametrize(
    ("operation", "asked", "whose"),
    [
        ("GetSessionToken", {}, None),
        ("GetFederationToken", {"Name": "guest", "Policy": scene.ALLOW_ALL}, "federatedUser"),
        (
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::111122223333:role/worker", "RoleSessionName": "shift"},
            "assumedRoleUser",
        ),
    ],
)
def test_a_minted_session_is_named_and_its_secrets_are_not(
    cloud: Cloud, operation: str, asked: dict[str, str], whose: str | None
) -> None:
    ada = scene.user(cloud)
    scene.role(cloud, "worker", trusts={"AWS": f"arn:aws:iam::{cloud.account}:user/ada"})
    method = {"GetSessionToken": "get_session_token", "GetFederationToken": "get_federation_token"}
    made = cast.minted(cloud, ada, method.get(operation, "assume_role"), **asked)

    record = recorded(cloud, "EventName", operation)[0]

    assert record["eventSource"] == "sts.amazonaws.com"
    answered = record["responseElements"]
    assert set(answered["credentials"]) == {"accessKeyId", "expiration"}
    assert answered["credentials"]["accessKeyId"] == scene.key_id(made)
    assert whose is None or "arn" in answered[whose]
    credentials = made.get_credentials()
    assert credentials is not None
    assert str(credentials.secret_key) not in json.dumps(record)
    assert str(credentials.token) not in json.dumps(record)


def test_the_key_id_of_a_session_names_its_account(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    assert {account_of(scene.key_id(cast.minted(cloud, ada, "get_session_token"))) for _ in range(5)} == {cloud.account}


def test_a_minted_session_is_found_by_its_key_id_and_by_its_name(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    made = cast.minted(cloud, ada, "get_federation_token", Name="guest", Policy=scene.ALLOW_ALL)
    for name in (scene.key_id(made), "guest", f"arn:aws:sts::{cloud.account}:federated-user/guest"):
        (record,) = recorded(cloud, "ResourceName", name)
        assert record["userIdentity"]["userName"] == "ada"


def test_secrets_and_passwords_are_left_out(cloud: Cloud) -> None:
    iam, manager = cloud.client("iam"), cloud.client("secretsmanager")
    iam.create_user(UserName="ada")
    iam.create_login_profile(UserName="ada", Password="Tr0ub4dor&3", PasswordResetRequired=True)
    secret = manager.create_secret(Name="toy", SecretString="Tr0ub4dor&3")["ARN"]
    manager.get_secret_value(SecretId=secret)
    manager.put_secret_value(SecretId=secret, SecretString="Tr0ub4dor&3")

    profile = recorded(cloud, "EventName", "CreateLoginProfile")[0]
    assert profile["requestParameters"] == {"userName": "ada", "passwordResetRequired": True}
    assert profile["responseElements"]["loginProfile"]["userName"] == "ada"
    read = recorded(cloud, "EventName", "GetSecretValue")[0]
    assert (read["readOnly"], read["requestParameters"], read["responseElements"]) == (True, {"secretId": secret}, None)
    assert recorded(cloud, "EventName", "CreateSecret")[0]["responseElements"]["arn"] == secret
    everything = cloud.client("cloudtrail").lookup_events()["Events"]
    assert "Tr0ub4dor" not in json.dumps(everything, default=str)


def test_what_was_refused(cloud: Cloud) -> None:
    ada = scene.user(cloud, may=scene.policy("Allow", "iam:DeleteUser"))
    scene.refusal(ada.client("iam").create_user, UserName="eve")
    scene.refusal(ada.client("iam").delete_user, UserName="nobody")

    denied, missing = recorded(cloud, "EventName", "CreateUser")[0], recorded(cloud, "EventName", "DeleteUser")[0]
    assert (denied["errorCode"], denied["requestParameters"]) == ("AccessDenied", None)
    assert "not authorized" in denied["errorMessage"]
    assert (missing["errorCode"], missing["requestParameters"]) == ("NoSuchEntityException", {"userName": "nobody"})
    assert denied["responseElements"] is missing["responseElements"] is None


def test_calls_that_nobody_is_known_to_have_made_are_not_recorded(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    forged = cloud.session(scene.key_id(ada), "not the secret of this key")

    assert scene.refusal(forged.client("iam").create_user, UserName="eve") == "SignatureDoesNotMatch"
    assert recorded(cloud, "Username", "ada") == []


def test_every_way_to_look_up(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    ada.client("iam").create_user(UserName="bob")
    ada.client("sts").get_caller_identity()

    by_key = [one["eventName"] for one in recorded(cloud, "AccessKeyId", scene.key_id(ada))]
    assert by_key == ["GetCallerIdentity", "CreateUser"]
    assert len(recorded(cloud, "Username", "ada")) == 2
    assert [one["eventName"] for one in recorded(cloud, "EventSource", "sts.amazonaws.com")] == ["GetCallerIdentity"]
    assert {one["eventName"] for one in recorded(cloud, "ReadOnly", "true")} == {"GetCallerIdentity"}
    assert recorded(cloud, "ResourceName", "bob")[0]["eventName"] == "CreateUser"


def test_pages_and_times(cloud: Cloud) -> None:
    trail, iam = cloud.client("cloudtrail"), cloud.client("iam")
    for number in range(5):
        iam.create_user(UserName=f"user-{number}")

    pages = list(trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2}))

    assert [len(page["Events"]) for page in pages] == [2, 2, 1]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert trail.lookup_events(StartTime=tomorrow)["Events"] == []
    attributes = [{"AttributeKey": name, "AttributeValue": "x"} for name in ("EventName", "Username")]
    refused = scene.refusal(trail.lookup_events, LookupAttributes=attributes)
    assert refused == "InvalidLookupAttributesException"


def test_an_address_that_a_drill_claims(cloud: Cloud) -> None:
    iam = scene.user(cloud).client("iam")

    def claim(params: Any, **_: Any) -> None:
        params["headers"]["X-Forwarded-For"] = "198.51.100.7"

    iam.meta.events.register("before-call", claim)
    iam.list_users()

    assert recorded(cloud, "EventName", "ListUsers")[0]["sourceIPAddress"] == "198.51.100.7"


def test_a_parameter_that_is_read_is_recorded_without_its_value(cloud: Cloud) -> None:
    ada = scene.user(cloud)
    ada.client("ssm").put_parameter(Name="/toy", Value="hidden-value", Type="SecureString")
    ada.client("ssm").get_parameter(Name="/toy", WithDecryption=True)
    written = recorded(cloud, "AccessKeyId", scene.key_id(ada))
    assert [one["eventName"] for one in written] == ["GetParameter", "PutParameter"]
    assert written[0]["requestParameters"] == {"name": "/toy", "withDecryption": True}
    assert "hidden-value" not in json.dumps(written)
