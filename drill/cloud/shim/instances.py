"""What EC2 does to a whole instance: snapshots of all its volumes in one call (EC2 API reference, CreateSnapshots)."""

from __future__ import annotations

from typing import Any

from ministack.services import ec2

from drill.cloud.shim.patching import Addition


def _create_snapshots(parameters: dict[str, Any]) -> Any:
    instance = ec2._instances.get(ec2._p(parameters, "InstanceSpecification.InstanceId"))
    if instance is None or instance["State"]["Name"] == "terminated":
        name = ec2._p(parameters, "InstanceSpecification.InstanceId")
        return ec2._error("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist", 400)
    volumes = [mapping["Ebs"]["VolumeId"] for mapping in instance["BlockDeviceMappings"]]
    before = set(ec2._snapshots)
    for volume in volumes:
        ec2._create_snapshot({**parameters, "VolumeId": [volume]})
    made = "".join(f"<item>{_shown(ec2._snapshots[one])}</item>" for one in ec2._snapshots if one not in before)
    return ec2._xml(200, "CreateSnapshotsResponse", f"<snapshotSet>{made}</snapshotSet>")


def _shown(snapshot: dict[str, Any]) -> str:
    """The answer calls the state otherwise than a description does."""
    return str(ec2._snapshot_inner_xml(snapshot)).replace("<status>", "<state>").replace("</status>", "</state>")


PATCHES = (Addition(ec2._ACTION_MAP, "CreateSnapshots", _create_snapshots),)
USES: tuple[tuple[Any, str], ...] = (
    (ec2, "_create_snapshot"),
    (ec2, "_error"),
    (ec2, "_instances"),
    (ec2, "_p"),
    (ec2, "_snapshot_inner_xml"),
    (ec2, "_snapshots"),
    (ec2, "_xml"),
)
