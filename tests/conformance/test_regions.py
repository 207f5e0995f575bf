"""A rule in another Region forwards to the home Region's bus; IAM is the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance import scene

EVENTS = {"Service": "events.amazonaws.com"}

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


def test_an_event_keeps_where_it_came_from(cloud: Cloud) -> None:
    inbox = scene.queue(cloud, "inbox")
    home = f"arn:aws:events:us-east-1:{cloud.account}:event-bus/default"
    pattern = {"source": ["aws.guardduty"]}
    scene.rule(cloud, pattern, inbox.arn)
    forwarder = scene.role(cloud, "forwarder", scene.policy("Allow", "events:PutEvents", home), EVENTS)
    scene.rule(cloud, pattern, home, "eu-west-1", RoleArn=forwarder)  # of the same name as the one at home

    scene.send(cloud, "aws.guardduty", "GuardDuty Finding", {"id": "f1"}, region="eu-west-1")

    event = inbox.next_json()
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "aws.guardduty",
        "GuardDuty Finding",
        {"id": "f1"},
    )
    assert (event["region"], event["account"]) == ("eu-west-1", cloud.account)
    assert inbox.is_empty


def test_events_go_round_no_loop(cloud: Cloud) -> None:
    buses = {
        region: f"arn:aws:events:{region}:{cloud.account}:event-bus/default" for region in ("us-east-1", "eu-west-1")
    }
    inbox = scene.queue(cloud, "inbox")
    forwarder = scene.role(cloud, "forwarder", trusts=EVENTS)
    scene.rule(cloud, {"source": ["mine"]}, buses["eu-west-1"], RoleArn=forwarder)
    scene.rule(cloud, {"source": ["mine"]}, buses["us-east-1"], "eu-west-1", RoleArn=forwarder)
    scene.rule(cloud, {"source": ["mine"]}, inbox.arn)

    scene.send(cloud, "mine", "Mine", {})

    inbox.next()
    inbox.next()  # once as sent, once as it came back
    assert inbox.is_empty


def test_a_role_that_may_not_forward(cloud: Cloud) -> None:
    letters = scene.queue(cloud, "letters", region="eu-west-1")
    home = f"arn:aws:events:us-east-1:{cloud.account}:event-bus/default"
    idle = scene.role(cloud, "idle", None, EVENTS)
    scene.rule(cloud, {"source": ["mine"]}, home, "eu-west-1", RoleArn=idle, DeadLetterConfig={"Arn": letters.arn})

    scene.send(cloud, "mine", "Mine", {}, region="eu-west-1")

    assert letters.next()["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_iam_is_global(cloud: Cloud) -> None:
    scene.user(cloud)
    elsewhere = cloud.client("iam", region="eu-west-1")

    assert elsewhere.get_user(UserName="ada")["User"]["UserName"] == "ada"
    elsewhere.create_user(UserName="bob")
    assert cloud.client("iam").get_user(UserName="bob")["User"]["UserName"] == "bob"


def test_an_account_uses_the_regions_that_nobody_has_to_enable(cloud: Cloud) -> None:
    listed = cloud.client("ec2").describe_regions()["Regions"]
    assert {one["OptInStatus"] for one in listed} == {"opt-in-not-required"}
    assert {"us-east-1", "eu-west-1"} < {one["RegionName"] for one in listed}
    assert len(listed) == 17
