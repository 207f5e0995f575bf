"""Whether two users take turns in a secret, so that one rotation leaves the password that was read at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.model import Permission

if TYPE_CHECKING:
    from chalicelib.ports import Ports

PERMISSIONS = (Permission(("lambda:ListTags",), ("arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:*",)),)

_OF_AWS = "serverlessrepo:applicationId"
_ALTERNATING = "multiuser"


def takes_turns(secret: str, ports: Ports) -> bool | None:
    """Of a secret by its ARN; None where nobody may say. One that cannot be looked at takes none: its rotation will
    say why.
    """
    try:
        found: Any = ports.aws.secretsmanager(secret.split(":")[3]).describe_secret(SecretId=secret)
    except (ClientError, BotoCoreError):
        return False
    return alternates(found.get("RotationLambdaARN"), ports)


def alternates(function: str | None, ports: Ports) -> bool | None:
    """Of a rotation function: the one whose password was read works until the second rotation (Secrets Manager user
    guide, "Rotation strategies"). AWS's functions for it are called …RotationMultiUser, and bear the name as a tag
    where somebody called them otherwise.
    """
    if not function or _ALTERNATING in function.lower():
        return bool(function)
    try:
        tags = ports.aws.functions(function.split(":")[3]).list_tags(Resource=function)["Tags"]
    except (ClientError, BotoCoreError):
        return None
    return _ALTERNATING in tags.get(_OF_AWS, "").lower()
