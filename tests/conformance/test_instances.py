"""Snapshots of a whole instance are of all its volumes, with the tags that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


def test_snapshots_of_an_instance_are_of_its_volumes(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    instance = ec2.run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1)["Instances"][0]
    wanted = {mapping["Ebs"]["VolumeId"] for mapping in instance["BlockDeviceMappings"]}
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "why", "Value": "a leak"}]}]
    made = ec2.create_snapshots(InstanceSpecification={"InstanceId": instance["InstanceId"]}, TagSpecifications=tags)[
        "Snapshots"
    ]
    assert {one["VolumeId"] for one in made} == wanted
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag:why", "Values": ["a leak"]}])["Snapshots"]
    assert {one["SnapshotId"] for one in found} == {one["SnapshotId"] for one in made}
    assert {one["State"] for one in made} == {"completed"}


def test_there_are_none_of_an_instance_that_does_not_exist(cloud: Cloud) -> None:
    asked = {"InstanceSpecification": {"InstanceId": "i-0123456789abcdef0"}}
    assert scene.refusal(cloud.client("ec2").create_snapshots, **asked) == "InvalidInstanceID.NotFound"
