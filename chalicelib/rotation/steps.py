"""The four steps that Secrets Manager calls a rotation function with, each of which may come again.

The checks before a step are those of AWS's own rotation functions (Secrets Manager user guide, "Lambda rotation
functions"; aws-samples/aws-secrets-manager-rotation-lambdas).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.actions.rotate_secret import OUR_KEYS, OUR_PASSWORDS
from chalicelib.model import Permission
from chalicelib.rotation import parameters
from chalicelib.rotation.kind import Kind, RotationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_secretsmanager import SecretsManagerClient

    Carry = Callable[[str, str], None]


def _rotated_by(function: str) -> Permission:
    """A linked secret that another function rotates, or none, is none of its own; AWS asks the same of a rotation
    function's role ("Lambda rotation function execution role permissions", Secrets Manager user guide).
    """
    calls = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
    rotated = {"ArnLike": {"secretsmanager:resource/AllowRotationLambdaArn": function}}
    return Permission(
        tuple(f"secretsmanager:{call}" for call in calls), ("${LinkedSecretArns}", "${RotateIfRead}"), rotated
    )


PASSWORDS: tuple[Permission, ...] = (
    _rotated_by(OUR_PASSWORDS),
    Permission(("secretsmanager:GetRandomPassword",), ("*",)),
    *parameters.PERMISSIONS,
)

KEYS: tuple[Permission, ...] = (
    _rotated_by(OUR_KEYS),
    Permission(
        ("iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey"),
        ("${AccessKeyUserArns}",),
    ),
    Permission(("dynamodb:GetItem", "dynamodb:Query"), ("${LedgerTable.Arn}",)),
    *parameters.PERMISSIONS,
)

_CURRENT, _PENDING, _BEFORE = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


def rotate(event: Mapping[str, Any], secrets: SecretsManagerClient, kind: Kind, carry: Carry | None = None) -> None:
    """One step of {"Step", "SecretId", "ClientRequestToken"}. RotationError says why it could not be taken.

    `carry` gets the current and the pending value once the latter was tested, and before anything of the former ends.
    """
    try:
        secret, version, step = (str(event[name]) for name in ("SecretId", "ClientRequestToken", "Step"))
    except KeyError as error:
        raise RotationError(f"this is no event of a rotation: {error} is missing") from None
    if step not in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        raise RotationError(f"{step!r} is not a step of a rotation")
    described = secrets.describe_secret(SecretId=secret)
    stages = described.get("VersionIdsToStages", {})
    if _CURRENT in stages.get(version, []):
        return  # this rotation has been finished already
    _refuse(secret, version, stages, enabled=described.get("RotationEnabled", False))
    match step:
        case "createSecret":
            _create(secrets, secret, version, kind)
        case "setSecret":
            kind.change(*_values(secrets, secret, version, kind))
        case "testSecret":
            _test(secrets, secret, version, kind, carry)
        case _:
            for last in filter(None, (carry, kind.retire)):
                last(*_values(secrets, secret, version, kind))
            _finish(secrets, secret, version, stages)


def _refuse(secret: str, version: str, stages: Mapping[str, list[str]], *, enabled: bool) -> None:
    """Only RotateSecret may begin a rotation: whoever can merely invoke this function can rotate nothing."""
    if not enabled:
        raise RotationError(f"{secret}: rotation is not enabled; give it this function with RotateSecret")
    if version not in stages:
        raise RotationError(f"{secret} has no version {version}: begin the rotation with RotateSecret")
    if _PENDING not in stages[version]:
        raise RotationError(f"{secret}: version {version} is not the pending one; rotate again")


def _create(secrets: SecretsManagerClient, secret: str, version: str, kind: Kind) -> None:
    """A new value for the version that RotateSecret has labelled, unless an earlier attempt put one."""
    if _text(secrets, secret, version, _PENDING) is not None:
        return
    new = kind.renew(_current(secrets, secret, kind), lambda: _text(secrets, secret, None, _BEFORE))
    try:
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=version, SecretString=new, VersionStages=[_PENDING]
        )
    except ClientError as error:
        # refused, or another attempt was faster: AWS never changes the value of a version
        if kind.drop and _text(secrets, secret, version, _PENDING) != new:
            kind.drop(new)
        if error.response["Error"].get("Code") != "ResourceExistsException":
            raise


def _test(secrets: SecretsManagerClient, secret: str, version: str, kind: Kind, carry: Carry | None) -> None:
    """Check the pending value; where there is no new one, only say whether a rotation could begin, and change nothing.

    RotateSecret with RotateImmediately=false "tests the rotation configuration by running the testSecret step"
    ("RotateSecret", API reference). Nothing says what the pending version then holds: a copy, or no value. In a
    rotation it is neither here, for setSecret came before and refuses both.
    """
    pending, current = _text(secrets, secret, version, _PENDING), _current(secrets, secret, kind)
    if pending is not None and pending != current:
        kind.check(current, pending)
        return
    kind.confirm(current)
    if carry:
        carry(current, current)


def _values(secrets: SecretsManagerClient, secret: str, version: str, kind: Kind) -> tuple[str, str]:
    """The current and the pending value, which differ: the value that leaked is never taken for a new one."""
    pending, current = _text(secrets, secret, version, _PENDING), _current(secrets, secret, kind)
    if pending is None:
        raise RotationError(f"{secret}: version {version} has no value yet; createSecret comes first")
    if pending == current:
        raise RotationError(
            f"{secret}: version {version} holds the current value once more, so nothing would be rotated: take the "
            f"label {_PENDING} off that version with UpdateSecretVersionStage, then rotate again"
        )
    return current, pending


def _current(secrets: SecretsManagerClient, secret: str, kind: Kind) -> str:
    current = _text(secrets, secret, None, _CURRENT)
    if current is None:
        raise RotationError(f"{secret} has no current text value: put one with PutSecretValue, then rotate again")
    if not kind.fits(current):
        raise RotationError(f"{secret}: the value is of no kind that this function can rotate ({kind.name})")
    return current


def _text(secrets: SecretsManagerClient, secret: str, version: str | None, stage: str) -> str | None:
    which = {"VersionId": version} if version else {}
    try:
        return secrets.get_secret_value(SecretId=secret, VersionStage=stage, **which).get("SecretString")
    except secrets.exceptions.ResourceNotFoundException:
        return None


def _finish(secrets: SecretsManagerClient, secret: str, version: str, stages: Mapping[str, list[str]]) -> None:
    """One call: AWS moves AWSPREVIOUS along, and AWSPENDING must not be taken away by itself."""
    before = next((one for one, held in stages.items() if _CURRENT in held), None)
    moved = {"RemoveFromVersionId": before} if before else {}
    secrets.update_secret_version_stage(SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=version, **moved)
