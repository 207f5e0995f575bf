"""Cut an instance off: a security group without rules in the place of its own. Only where it is asked for."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.actions.instance import instance_of, region_of
from chalicelib.model import ALREADY, DONE, Action, Moved, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import SecurityGroupTypeDef

    from chalicelib.model import Clients, Facts, Image, Step

_TAG = "leak-responder"


@dataclass(frozen=True)
class Card:
    """A network interface of the instance, and the security groups that it has."""

    id: str
    vpc: str
    groups: tuple[str, ...]


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The groups of each of its network interfaces, "" where it has none."""
    del facts
    cards = _cards(clients, step)
    return {"groups": json.dumps({card.id: card.groups for card in cards}) if cards else ""}


def replaced(clients: Clients, step: Step, image: Image) -> Image:
    """The groups that somebody gave its interfaces since, and those of before of any other."""
    given = {card.id: card.groups for card in _cards(clients, step) if card.groups != _ours(clients, step, card.vpc)}
    return {**image, "groups": json.dumps({**_before(image), **given})} if given else image


def apply(clients: Clients, step: Step) -> Outcome:
    """EC2 goes on to let through what it tracks already (EC2 user guide, "Security group connection tracking")."""
    cards = _cards(clients, step)
    if not cards:
        return _missing(step)
    for vpc in {card.vpc for card in cards}:
        group = _closed(clients, step, vpc)
        for card in cards:
            if card.vpc == vpc and card.groups != (group,):
                _put(clients, step, card.id, (group,))
    return Outcome(Status.DONE, "connections that were open may go on until they end")


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether our group is the only one of each interface, and still lets nothing through; Auto Scaling terminates an
    instance that answers no health check.
    """
    cards = _cards(clients, step)
    if not cards:
        return Outcome(Status.ALREADY, "the instance is gone")
    if all(card.groups == _shut(clients, step, card.vpc) for card in cards):
        return ALREADY
    return Outcome(Status.FAILED, "something reaches the instance, or it reaches something", retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome | Moved:
    """The groups that each interface had; one that was attached or detached since is left as it is."""
    before = _before(image)
    cards = [card for card in _cards(clients, step) if card.groups != before.get(card.id, card.groups)]
    if not cards:
        return ALREADY
    moved = [card for card in cards if card.groups != _ours(clients, step, card.vpc)]
    if moved:
        left = {card.id: _ours(clients, step, card.vpc) or ("no group of ours",) for card in moved}
        now = {card.id: card.groups for card in moved}
        return Moved(_listed(left), _listed(now), _listed({card.id: before[card.id] for card in moved}))
    return overwrite(clients, step, image)


def overwrite(clients: Clients, step: Step, image: Image) -> Outcome:
    """The groups that each interface had, whichever it has now; ours goes, where nothing uses it any more."""
    before, cards = _before(image), _cards(clients, step)
    for card in cards:
        if card.groups != before.get(card.id, card.groups):
            _put(clients, step, card.id, before[card.id])
    ec2 = clients.ec2(region_of(step))
    for group in {group for card in cards for group in _ours(clients, step, card.vpc)}:
        with suppress(ec2.exceptions.ClientError):  # an interface that was attached since may have it
            ec2.delete_security_group(GroupId=group)
    return DONE


def _listed(cards: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{card}: {', '.join(groups)}" for card, groups in cards.items())


def _before(image: Image) -> dict[str, tuple[str, ...]]:
    groups = json.loads(image.get("groups") or "{}")
    return {card: tuple(held) for card, held in groups.items()}


def _cards(clients: Clients, step: Step) -> list[Card]:
    asked = [{"Name": "attachment.instance-id", "Values": [instance_of(step)]}]
    pages = clients.ec2(region_of(step)).get_paginator("describe_network_interfaces").paginate(Filters=asked)  # type: ignore[arg-type]
    return [
        Card(one["NetworkInterfaceId"], one["VpcId"], tuple(group["GroupId"] for group in one["Groups"]))
        for page in pages
        for one in page["NetworkInterfaces"]
    ]


def _closed(clients: Clients, step: Step, vpc: str) -> str:
    """The id of our group in that network, without a rule: whoever made one of its name has given it rules, too."""
    ec2 = clients.ec2(region_of(step))
    group = _group(clients, step, vpc)
    known = group["GroupId"] if group else _made(ec2, step, vpc)
    group = group or _group(clients, step, vpc)
    if group and group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=known, IpPermissions=group["IpPermissionsEgress"])
    if group and group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=known, IpPermissions=group["IpPermissions"])
    return known


def _made(ec2: EC2Client, step: Step, vpc: str) -> str:
    """One that lets everything out, as every new one does (EC2 API reference, CreateSecurityGroup)."""
    tags = {"ResourceType": "security-group", "Tags": [{"Key": _TAG, "Value": step.arguments["incident"]}]}
    return ec2.create_security_group(
        GroupName=_name(step),
        Description=f"Lets nothing through: Leak Responder, incident {step.arguments['incident']}",
        VpcId=vpc,
        TagSpecifications=[tags],  # type: ignore[list-item]
    )["GroupId"]


def _ours(clients: Clients, step: Step, vpc: str) -> tuple[str, ...]:
    group = _group(clients, step, vpc)
    return (group["GroupId"],) if group else ()


def _shut(clients: Clients, step: Step, vpc: str) -> tuple[str, ...]:
    group = _group(clients, step, vpc)
    if group is None or group["IpPermissions"] or group["IpPermissionsEgress"]:
        return ()
    return (group["GroupId"],)


def _group(clients: Clients, step: Step, vpc: str) -> SecurityGroupTypeDef | None:
    asked = [{"Name": "group-name", "Values": [_name(step)]}, {"Name": "vpc-id", "Values": [vpc]}]
    found = clients.ec2(region_of(step)).describe_security_groups(Filters=asked)["SecurityGroups"]  # type: ignore[arg-type]
    return found[0] if found else None


def _put(clients: Clients, step: Step, card: str, groups: tuple[str, ...]) -> None:
    ec2 = clients.ec2(region_of(step))
    ec2.modify_network_interface_attribute(NetworkInterfaceId=card, Groups=list(groups))


def _name(step: Step) -> str:
    return f"leak-responder-{step.arguments['incident']}"


def _missing(step: Step) -> Outcome:
    detail = f"Region {region_of(step)} has no instance {instance_of(step)} with a network interface: it is gone"
    return Outcome(Status.FAILED, detail)


_EC2 = "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:"
_GROUPS = (f"{_EC2}security-group/*",)
_INTERFACES = (f"{_EC2}network-interface/*", f"{_EC2}instance/i-*")
_TAGGED = {"Null": {f"aws:ResourceTag/{_TAG}": "false"}}

ACTION = Action(
    name="isolate-instance",
    summary="cut the instance off the network",
    undo=Undo.REVERSIBLE,
    leaves="the isolation of instance {}",
    undone_by="each network interface gets the security groups back that it had, and ours is deleted",
    judged_by="moto by the groups that the interfaces have, for nothing there carries traffic",
    still_works="whoever is on the instance, with all that the network lets them reach",
    by_hand="write down the security groups of the instance, and give it one without rules in their place",
    permissions=(
        Permission(("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"), ("*",)),
        Permission(("ec2:CreateSecurityGroup",), (*_GROUPS, f"{_EC2}vpc/*")),
        Permission(("ec2:CreateTags",), _GROUPS, {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}),
        # none but a group of ours can be put on an interface, or robbed of its rules
        Permission(("ec2:ModifyNetworkInterfaceAttribute",), _INTERFACES),
        Permission(
            (
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
            ),
            _GROUPS,
            _TAGGED,
        ),
    ),
    restore_permissions=(
        Permission(("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"), ("*",)),
        Permission(
            ("ec2:ModifyNetworkInterfaceAttribute",),
            (*_INTERFACES, *_GROUPS),
        ),
        Permission(("ec2:DeleteSecurityGroup",), _GROUPS, _TAGGED),
    ),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    overwrite=overwrite,
    replaced=replaced,
    image_first=True,
    breaks=(
        "All that an isolated instance does for others, for good: nothing reaches it, Systems Manager neither, and it "
        "reaches nothing."
    ),
    service="EC2",
)
