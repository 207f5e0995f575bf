"""The four steps that Secrets Manager asks for, each of which may come twice (Secrets Manager user guide, Rotation)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib.model import Permission
from chalicelib.rotation import generated_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_secretsmanager import SecretsManagerClient

PERMISSIONS = (
    Permission(
        (
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ),
        ("${LinkedSecretArns}",),
    ),
    Permission(("secretsmanager:GetRandomPassword",), ("*",)),
)

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"


class RotationError(Exception):
    """The step cannot be taken. The text never holds a secret value."""


def rotate(event: Mapping[str, Any], secrets: SecretsManagerClient, services: tuple[str, ...]) -> None:
    """One step. `services` are the base URLs that a password may be changed at. RotationError with the reason."""
    secret, version, step = str(event["SecretId"]), str(event["ClientRequestToken"]), str(event["Step"])
    stages = secrets.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    if _CURRENT in stages.get(version, []):
        return  # this rotation has been finished already
    if step == "createSecret":
        _create(secrets, secret, version)
        return
    if _PENDING not in stages.get(version, []):
        message = f"version {version} of {secret} is not the pending one: begin the rotation again"
        raise RotationError(message)
    match step:
        case "setSecret":
            generated_password.change(*_pair(secrets, secret, version, services))
        case "testSecret":
            generated_password.check(_pair(secrets, secret, version, services)[1])
        case "finishSecret":
            _finish(secrets, secret, version, stages)
        case _:
            message = f"{step!r} is not a step of a rotation"
            raise RotationError(message)


def _create(secrets: SecretsManagerClient, secret: str, version: str) -> None:
    """A new value under the version that was asked for; the token makes a second write the same one."""
    try:
        secrets.get_secret_value(SecretId=secret, VersionId=version, VersionStage=_PENDING)
    except secrets.exceptions.ResourceNotFoundException:
        current = _value(secrets, secret)
        password = secrets.get_random_password(PasswordLength=40, ExcludePunctuation=True)["RandomPassword"]
        text = json.dumps({**current, "password": password})
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=version, SecretString=text, VersionStages=[_PENDING]
        )


def _pair(
    secrets: SecretsManagerClient, secret: str, version: str, services: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, str]]:
    """The current and the pending value, which may differ in the password alone: no deputy is to be confused."""
    current, pending = _value(secrets, secret), _value(secrets, secret, version)
    for member in ("username", "service"):
        if current[member] != pending[member]:
            message = f"{secret}: {member} of the pending version differs from the current one"
            raise RotationError(message)
    if current["service"] not in services:
        message = f"{secret}: its service is not among the configured ones (RotationServices)"
        raise RotationError(message)
    return current, pending


def _value(secrets: SecretsManagerClient, secret: str, version: str | None = None) -> dict[str, str]:
    if version:
        found = secrets.get_secret_value(SecretId=secret, VersionId=version, VersionStage=_PENDING)
    else:
        found = secrets.get_secret_value(SecretId=secret, VersionStage=_CURRENT)
    try:
        value = json.loads(found["SecretString"])
        return {member: str(value[member]) for member in ("username", "password", "service")}
    except (ValueError, KeyError, TypeError):
        message = f"{secret}: the value must be JSON with username, password and service"
        raise RotationError(message) from None


def _finish(secrets: SecretsManagerClient, secret: str, version: str, stages: Mapping[str, list[str]]) -> None:
    """One call moves the label; AWSPREVIOUS follows by itself."""
    before = next((one for one, held in stages.items() if _CURRENT in held), None)
    moved = {"RemoveFromVersionId": before} if before else {}
    secrets.update_secret_version_stage(SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=version, **moved)
