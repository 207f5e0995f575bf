"""Rotate a secret that is linked to the principal or that it has read, through the rotation that its owner gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, Action, Outcome, Permission, Status, Undo, refusal_words

if TYPE_CHECKING:
    from chalicelib.model import Clients, Facts, Image, Step


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The version that is current, for the record: its value is known to the intruder and never put back."""
    del facts
    stages = _stages(clients, step)
    return {"version": next((version for version, held in stages.items() if "AWSCURRENT" in held), "")}


def apply(clients: Clients, step: Step) -> Outcome:
    """RotateSecret only begins a rotation; the token makes a second call the same rotation."""
    secrets, stages = clients.secretsmanager(_region(step)), _stages(clients, step)
    if "AWSCURRENT" in stages.get(step.arguments["token"], []):
        return ALREADY
    try:
        secrets.rotate_secret(SecretId=step.arguments["secret"], ClientRequestToken=step.arguments["token"])
    except secrets.exceptions.ResourceNotFoundException:
        return Outcome(Status.FAILED, "the secret does not exist")
    except secrets.exceptions.InvalidRequestException as error:
        reason = error.response["Error"].get("Message") or refusal_words(error.response)
        again = "previous rotation" in reason
        return Outcome(Status.FAILED, f"cannot be rotated now: {reason}{_stranded(stages)}", retryable=again)
    return Outcome(Status.PENDING, "rotation begun", retryable=True)


def verify(clients: Clients, step: Step) -> Outcome:
    """Done only when AWSCURRENT has really moved to our version."""
    stages = _stages(clients, step)
    if "AWSCURRENT" in stages.get(step.arguments["token"], []):
        return ALREADY
    return Outcome(Status.PENDING, f"the new version is not current yet{_stranded(stages)}", retryable=True)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """Nothing to do: the new value works, the old one is known to the intruder."""
    del clients, step, image
    return Outcome(Status.ALREADY, "a rotation is not undone: the new value is valid and stays")


def _stranded(stages: dict[str, list[str]]) -> str:
    """Which version a rotation has left half-way; no other can begin before it is finished or loses the label (Secrets
    Manager user guide, "Troubleshoot rotation").
    """
    left = next((one for one, held in stages.items() if "AWSPENDING" in held and "AWSCURRENT" not in held), "")
    return f" (version {left} is at AWSPENDING)" if left else ""


def _region(step: Step) -> str:
    return step.arguments["secret"].split(":")[3]


def _stages(clients: Clients, step: Step) -> dict[str, list[str]]:
    described = clients.secretsmanager(_region(step)).describe_secret(SecretId=step.arguments["secret"])
    return {version: list(held) for version, held in described.get("VersionIdsToStages", {}).items()}


_OURS = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}"
OUR_PASSWORDS, OUR_KEYS = f"{_OURS}-RotateGeneratedPassword-*", f"{_OURS}-RotateAccessKey-*"
"""The stack's rotation functions by the names that CloudFormation gives them: ARNs would make the stack a circle."""

ACTION = Action(
    name="rotate-secret",
    summary="rotate a secret that our configuration links to the principal, or names for when it was read",
    undo=Undo.COMPENSABLE,
    leaves="the rotation of secret {}",
    undone_by="not undone: the new value is valid",
    judged_by="the embedded AWS, by a service that refuses the old value",
    still_works="the value of the secret, wherever the intruder kept it",
    by_hand="rotate the secret by hand where it has no rotation function, then in the service that it opens; where a "
    "version is stranded at AWSPENDING, see the logs of its rotation function, and take the label off with `aws "
    "secretsmanager update-secret-version-stage --remove-from-version-id`",
    permissions=(
        Permission(
            ("secretsmanager:RotateSecret", "secretsmanager:DescribeSecret"), ("${LinkedSecretArns}", "${RotateIfRead}")
        ),
        # RotateSecret wants it of its caller (Secrets Manager API reference, RotateSecret)
        Permission(("lambda:InvokeFunction",), (OUR_PASSWORDS, OUR_KEYS, "${RotationFunctionArns}")),
    ),
    restore_permissions=(),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    breaks="Applications that cache a rotated secret, until they fetch it again.",
    service="Secrets Manager",
)
