"""An instance is cut off, and gets exactly its groups back. The state is moto's: nothing there carries traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.actions import BY_NAME
from chalicelib.aws import Aws
from chalicelib.model import ALREADY, DONE, Facts, Moved, Outcome, Principal, PrincipalKind, Status, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's account
ACTION = BY_NAME["isolate-instance"]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # hundreds, for each test
    with mock_aws():
        yield Aws(boto3.Session(region_name=REGION), REGION)


def of(instance: str) -> Step:
    arguments = {"instance": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance}", "incident": "20261124-1a2b3c4d"}
    return Step("isolate-instance", Principal(PrincipalKind.ROLE, ACCOUNT, "worker"), "", arguments)


def running(ec2: Any) -> str:
    """An instance with two network interfaces, of which one has a group of its own."""
    subnet = ec2.describe_subnets()["Subnets"][0]
    web = ec2.create_security_group(GroupName="web", Description="web", VpcId=subnet["VpcId"])["GroupId"]
    image = ec2.register_image(Name="any")["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet["SubnetId"])["Instances"][0]
    second = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[web])["NetworkInterface"]
    ec2.attach_network_interface(
        NetworkInterfaceId=second["NetworkInterfaceId"], InstanceId=made["InstanceId"], DeviceIndex=1
    )
    return str(made["InstanceId"])


def groups(ec2: Any, instance: str) -> dict[str, list[str]]:
    asked = [{"Name": "attachment.instance-id", "Values": [instance]}]
    found = ec2.describe_network_interfaces(Filters=asked)["NetworkInterfaces"]
    return {one["NetworkInterfaceId"]: [group["GroupId"] for group in one["Groups"]] for one in found}


def ours(ec2: Any) -> list[Any]:
    return [one for one in ec2.describe_security_groups()["SecurityGroups"] if one["GroupName"].startswith("leak-")]


def test_it_is_cut_off_and_has_its_groups_back_after_a_restore(aws: Aws) -> None:
    ec2 = aws.ec2(REGION)
    instance = running(ec2)
    step, before = of(instance), groups(ec2, instance)
    image = ACTION.capture(aws, step, Facts())
    assert len(before) == 2
    assert ACTION.verify(aws, step).retryable
    assert ACTION.apply(aws, step).status is Status.DONE
    assert ACTION.apply(aws, step).status is Status.DONE
    assert ACTION.verify(aws, step) == ALREADY
    (group,) = ours(ec2)
    assert groups(ec2, instance) == {card: [group["GroupId"]] for card in before}
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])

    ec2.authorize_security_group_ingress(
        GroupId=group["GroupId"], IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    assert ACTION.verify(aws, step).retryable  # somebody opened our group
    ACTION.apply(aws, step)
    assert ACTION.verify(aws, step) == ALREADY

    for card in before:
        ec2.modify_network_interface_attribute(NetworkInterfaceId=card, Groups=[*before[card], group["GroupId"]])
    moved = ACTION.restore(aws, step, image)  # somebody chose other groups since
    assert isinstance(moved, Moved)
    assert moved.now == "; ".join(f"{card}: {', '.join(held)}" for card, held in groups(ec2, instance).items())
    assert moved.left == "; ".join(f"{card}: {group['GroupId']}" for card in before)
    assert moved.back == "; ".join(f"{card}: {', '.join(held)}" for card, held in before.items())
    ACTION.apply(aws, step)
    assert ACTION.restore(aws, step, image) == DONE
    assert ACTION.restore(aws, step, image) == ALREADY
    assert groups(ec2, instance) == before
    assert ours(ec2) == []


@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_a_group_of_ours_that_somebody_opened_either_way_isolates_nothing(aws: Aws, way: str) -> None:
    ec2 = aws.ec2(REGION)
    step = of(running(ec2))
    assert ACTION.apply(aws, step).good
    (group,) = ours(ec2)
    opening = getattr(ec2, f"authorize_security_group_{way}")
    opening(GroupId=group["GroupId"], IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    seen = ACTION.verify(aws, step)
    assert (seen.good, seen.retryable) == (False, True)
    ACTION.apply(aws, step)
    assert ACTION.verify(aws, step) == ALREADY


def test_an_instance_that_is_gone_is_named_and_not_tried_again(aws: Aws) -> None:
    step = of("i-0123456789abcdef0")
    assert ACTION.capture(aws, step, Facts()) == {"groups": ""}
    outcome = ACTION.apply(aws, step)
    assert (outcome.status, outcome.retryable) == (Status.FAILED, False)
    assert ACTION.restore(aws, step, {"groups": ""}) == ALREADY


def test_an_instance_that_is_terminated_once_it_is_isolated_reaches_nothing(aws: Aws) -> None:
    assert ACTION.verify(aws, of("i-0123456789abcdef0")) == Outcome(Status.ALREADY, "the instance is gone")
