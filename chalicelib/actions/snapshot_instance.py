"""Copy the disks of an instance as they are now, before anybody cleans it up. Only where it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.actions.instance import instance_of, missing, region_of
from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ec2.type_defs import SnapshotTypeDef

    from chalicelib.model import Clients, Facts, Image, Step

_TAG = "leak-responder"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """Nothing: a snapshot changes nothing that was there."""
    del clients, step, facts
    return {}


def apply(clients: Clients, step: Step) -> Outcome:
    """CreateSnapshots takes no token, so the tag says whether an earlier attempt made them."""
    ec2 = clients.ec2(region_of(step))
    if _made(clients, step):
        return ALREADY
    tags = {"ResourceType": "snapshot", "Tags": [{"Key": _TAG, "Value": _name(step)}]}
    try:
        ec2.create_snapshots(
            InstanceSpecification={"InstanceId": instance_of(step)},
            Description=f"Taken by Leak Responder in incident {step.arguments['incident']}",
            TagSpecifications=[tags],  # type: ignore[list-item]
        )
    except ec2.exceptions.ClientError as error:
        return missing(error, step)
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether there are snapshots, and none has failed; EC2 copies at leisure what stood there at that moment."""
    made = _made(clients, step)
    if not made:
        return Outcome(Status.FAILED, "the snapshots are gone", retryable=True)
    failed = [one["SnapshotId"] for one in made if one["State"] == "error"]
    if failed:
        return Outcome(Status.FAILED, f"EC2 could not make snapshot {', '.join(failed)}")
    return Outcome(Status.ALREADY, ", ".join(sorted(one["SnapshotId"] for one in made)))


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Nothing to put back: whoever looked into it says when the copies may go."""
    del clients, step, image
    return Outcome(Status.ALREADY, "the snapshots stay, and cost what snapshots cost, until somebody deletes them")


def _made(clients: Clients, step: Step) -> Sequence[SnapshotTypeDef]:
    filters = [{"Name": f"tag:{_TAG}", "Values": [_name(step)]}]
    found = clients.ec2(region_of(step)).describe_snapshots(OwnerIds=["self"], Filters=filters)  # type: ignore[arg-type]
    return found["Snapshots"]


def _name(step: Step) -> str:
    return f"{step.arguments['incident']}/{instance_of(step)}"


_OURS = ("arn:${AWS::Partition}:ec2:*::snapshot/*",)
_DISKS = (
    "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:instance/*",
    "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:volume/*",
)

ACTION = Action(
    name="snapshot-instance",
    summary="copy the disks of the instance, for whoever looks into it",
    undo=Undo.COMPENSABLE,
    leaves="the copies of the disks of instance {}",
    undone_by="not undone: the snapshots stay until somebody deletes them, and cost money until then",
    judged_by="the embedded AWS: the snapshots are there",
    still_works="nothing: it stops nobody, it keeps what may be proof",
    by_hand="make snapshots of the instance's volumes before anybody stops or cleans it",
    permissions=(
        Permission(("ec2:CreateSnapshots",), (*_DISKS, *_OURS)),
        Permission(("ec2:CreateTags",), _OURS, {"StringEquals": {"ec2:CreateAction": "CreateSnapshots"}}),
        Permission(("ec2:DescribeSnapshots",), ("*",)),
    ),
    restore_permissions=(),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    service="EC2",
)
