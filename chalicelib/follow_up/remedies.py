"""What makes each thing that was read worthless: its rotation where the configuration allows it, else a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from shlex import quote
from typing import TYPE_CHECKING, Any, assert_never

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.follow_up import turns
from chalicelib.inquiry.touched import Sort
from chalicelib.model import Permission, refusal_code
from chalicelib.rotation.parameters import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.inquiry.touched import Thing
    from chalicelib.ports import Ports
    from chalicelib.settings import Settings

PERMISSIONS = (
    Permission(
        ("secretsmanager:DescribeSecret",), ("arn:${AWS::Partition}:secretsmanager:*:${AWS::AccountId}:secret:*",)
    ),
    *turns.PERMISSIONS,
    Permission(("ssm:DescribeParameters",), ("*",)),
)

_MOST = 200
"""Things of which AWS is asked: whoever reads more has read everything."""


@dataclass(frozen=True)
class Remedy:
    """`rotate` is the ARN of a secret that we rotate, so many `times`. Otherwise `reason` says why we do not, and
    `steps` what its owner does. Who that is may be a tag, which anybody can have written.
    """

    owner: str = ""
    reason: str = ""
    steps: str = ""
    rotate: str = ""
    times: int = 0


def remedies(things: Iterable[Thing], ports: Ports) -> list[Remedy]:
    """One for each, in their order."""
    return [_remedy(one, ports) if place < _MOST else _UNASKED for place, one in enumerate(things)]


_UNASKED = Remedy(
    "", f"more than {_MOST} things were read, and AWS was not asked about this one", "rotate it, or set a new value"
)


def _remedy(thing: Thing, ports: Ports) -> Remedy:
    if thing.account != ports.settings.account:
        return Remedy(f"whoever owns account {thing.account}", "it is in another account", "tell its owner")
    match thing.sort:
        case Sort.SECRET:
            return _of_secret(thing, ports)
        case Sort.PARAMETER:
            return _of_parameter(thing, ports)
        case Sort.DATA_KEY:
            return Remedy("", "what was decrypted with it is known, whatever becomes of the key", _SEAL_AGAIN)
        case _:
            assert_never(thing.sort)


_SEAL_AGAIN = "make what it opened worthless where that is used, and encrypt the new value"


def _of_secret(thing: Thing, ports: Ports) -> Remedy:
    """Of a replica the primary is asked and rotated: only that one can be (Secrets Manager user guide, "Replicate
    secrets across Regions").
    """
    of = f"--secret-id {quote(thing.name)} --region {quote(thing.region)}"
    by_hand = f"set a new value where it is used, then `aws secretsmanager put-secret-value {of}`"
    try:
        found: Any = ports.aws.secretsmanager(thing.region).describe_secret(SecretId=thing.name)
    except (ClientError, BotoCoreError) as error:
        return Remedy("", _unseen(error), by_hand)
    owner, arn = _owner(found), str(found["ARN"])
    primary = found.get("PrimaryRegion", thing.region)
    if primary != thing.region:
        there = arn.replace(f":{thing.region}:", f":{primary}:", 1)
        return _of_secret(replace(thing, region=primary, name=there), ports)
    if not found.get("RotationEnabled"):
        return Remedy(owner, "it has no rotation", by_hand)
    if not _may_rotate(arn, ports.settings):
        return Remedy(owner, "the parameter RotateIfRead does not name it", f"`aws secretsmanager rotate-secret {of}`")
    return Remedy(owner, rotate=arn, times=2 if turns.alternates(found.get("RotationLambdaARN"), ports) else 1)


def _may_rotate(arn: str, settings: Settings) -> bool:
    """What is linked to anybody we may rotate; the rest only as far as the owner of the stack says so."""
    linked = {secret for secrets in settings.linked_secrets.values() for secret in secrets}
    return arn in linked or any(fnmatchcase(arn, pattern) for pattern in settings.rotate_if_read)


def _of_parameter(thing: Thing, ports: Ports) -> Remedy:
    """What holds the value of a secret is rotated with that; Parameter Store itself rotates nothing."""
    if secret := _carried_by(thing, ports.settings):
        return _of_secret(replace(thing, sort=Sort.SECRET, name=secret, region=secret.split(":")[3]), ports)
    of = f"--name {quote(thing.name)} --region {quote(thing.region)}"
    steps = f"set a new value where it is used, then `aws ssm put-parameter --overwrite {of}`"
    reason = "a parameter has no rotation of its own, and SecretParameters names no secret that it holds the value of"
    try:
        named: Any = {"Key": "Name", "Option": "Equals", "Values": [thing.name]}
        found = ports.aws.parameters(thing.region).describe_parameters(ParameterFilters=[named])["Parameters"]
    except (ClientError, BotoCoreError) as error:
        return Remedy("", f"{reason}; {_unseen(error)}", steps)
    changed = next((one.get("LastModifiedUser", "") for one in found), "")
    return Remedy(f"{changed}, who changed it last" if changed else "", reason, steps)


def _carried_by(thing: Thing, settings: Settings) -> str:
    named = {one.partition("#")[0]: secret for secret, held in settings.secret_parameters.items() for one in held}
    arns = (arn for arn in named if arn.split(":")[3:5] == [thing.region, thing.account])
    return next((named[arn] for arn in arns if name_of(arn).lstrip("/") == thing.name.lstrip("/")), "")


_TAGS = ("owner", "team", "contact")


def _owner(found: Any) -> str:  # noqa: ANN401 - the answer of DescribeSecret
    if service := found.get("OwningService"):
        return f"AWS's own service {service}"
    tags = {one["Key"].lower(): one["Value"] for one in found.get("Tags", ())}
    return next((f"{tags[name]}, as its tag {name} says" for name in _TAGS if name in tags), "")


def _unseen(error: ClientError | BotoCoreError) -> str:
    code = refusal_code(error.response) if isinstance(error, ClientError) else type(error).__name__
    return "it was deleted since" if code == "ResourceNotFoundException" else f"it could not be looked at: {code}"
