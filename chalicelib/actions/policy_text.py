"""What a managed policy says now: attached is not enough, for a policy can be given another text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.model import Clients


def current(clients: Clients, arn: str) -> Mapping[str, object]:
    """The document of the default version, which is the one that counts. botocore has decoded it."""
    iam = clients.iam()
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return found if isinstance(found, dict) else {}
