"""What EC2 instances and launch templates run when they start."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from chalicelib.inquiry.formats.packing import Unreadable, unpacked
from chalicelib.inquiry.places.place import Place, Sought

if TYPE_CHECKING:
    from collections.abc import Iterator


def _search(client: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]]]:  # noqa: ANN401 - a boto3 client
    for page in client.get_paginator("describe_instances").paginate():
        for one in (one for group in page["Reservations"] for one in group["Instances"]):
            asked = {"InstanceId": one["InstanceId"], "Attribute": "userData"}
            written = client.describe_instance_attribute(**asked).get("UserData", {}).get("Value", "")
            yield one["InstanceId"], "user data", sought.found(_plain(written))
    for page in client.get_paginator("describe_launch_templates").paginate():
        for one in page["LaunchTemplates"]:
            yield from _template(client, one, sought)


def _template(client: Any, template: Any, sought: Sought) -> Iterator[tuple[str, str, list[str]]]:  # noqa: ANN401 - JSON
    asked = {"LaunchTemplateId": template["LaunchTemplateId"], "Versions": ["$Latest", "$Default"]}
    for one in client.describe_launch_template_versions(**asked)["LaunchTemplateVersions"]:
        name = f"launch template {template['LaunchTemplateName']}:{one['VersionNumber']}"
        yield name, "user data", sought.found(_plain(one["LaunchTemplateData"].get("UserData", "")))


def _plain(written: str) -> bytes:
    """cloud-init takes it compressed too (cloud-init documentation, "User data formats")."""
    try:
        raw = b64decode(written)
    except binascii.Error:
        return written.encode()
    try:
        return b"".join(unpacked([raw]))
    except Unreadable:
        return raw


USER_DATA = Place(
    "EC2 instance",
    "ec2",
    "a role in an instance profile: the instance needs no key",
    _search,
    (
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeLaunchTemplateVersions",
    ),
)
