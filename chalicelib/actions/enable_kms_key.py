"""Let an encryption key be used again that somebody disabled or scheduled for deletion. Only by a person's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.model import ALREADY, DONE, Action, Outcome, Permission, Status, Undo

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

    from chalicelib.model import Clients, Facts, Image, Step

_ON, _OFF, _DOOMED = "Enabled", "Disabled", "PendingDeletion"


def capture(clients: Clients, step: Step, facts: Facts) -> Image:
    """The state of the key, "" where there is none."""
    del facts
    return {"state": _state(clients, step)}


def apply(clients: Clients, step: Step) -> Outcome:
    """A key whose deletion is cancelled is disabled, whatever it was before (KMS API reference, CancelKeyDeletion)."""
    kms, key, state = _client(clients, step), step.arguments["kms_key"], _state(clients, step)
    if state == _ON:
        return ALREADY
    if state not in {_OFF, _DOOMED}:
        return _beyond_us(step, state)
    if state == _DOOMED:
        kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    return DONE


def verify(clients: Clients, step: Step) -> Outcome:
    """Whether the key can be used."""
    match _state(clients, step):
        case state if state == _ON:
            return ALREADY
        case state if state in {_OFF, _DOOMED}:
            return Outcome(Status.FAILED, f"the key is {state}", retryable=True)
        case state:
            return _beyond_us(step, state)


def restore(clients: Clients, step: Step, image: Image) -> Outcome:
    """As unusable as it was before us. A deletion scheduled anew would be on another day, so nobody schedules it."""
    before = image.get("state")
    if before not in {_OFF, _DOOMED} or _state(clients, step) != _ON:
        return ALREADY
    _client(clients, step).disable_key(KeyId=step.arguments["kms_key"])
    return DONE if before == _OFF else Outcome(Status.DONE, "it is disabled; its deletion was not scheduled again")


def _state(clients: Clients, step: Step) -> str:
    kms = _client(clients, step)
    try:
        return str(kms.describe_key(KeyId=step.arguments["kms_key"])["KeyMetadata"]["KeyState"])
    except kms.exceptions.NotFoundException:
        return ""


def _client(clients: Clients, step: Step) -> KMSClient:
    return clients.kms(step.arguments["kms_key"].split(":")[3])


def _beyond_us(step: Step, state: str) -> Outcome:
    key = step.arguments["kms_key"]
    return Outcome(Status.FAILED, f"the state of key {key} is {state}" if state else f"there is no key {key}")


_KEYS = ("arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*",)

ACTION = Action(
    name="enable-kms-key",
    summary="let the encryption key be used again, and cancel its deletion",
    undo=Undo.COMPENSABLE,
    leaves="the enabling of encryption key {}",
    undone_by="the key is disabled again, if it could not be used before us; its deletion a person schedules again",
    judged_by="the embedded AWS: what the key encrypted can be read again",
    still_works="nothing more than before: it stops nobody, but what the key encrypts cannot be read",
    by_hand=(
        "cancel the key's deletion and enable it (aws kms cancel-key-deletion, then enable-key); where its key policy "
        "shuts everybody out, ask AWS Support"
    ),
    permissions=(Permission(("kms:DescribeKey", "kms:CancelKeyDeletion", "kms:EnableKey"), _KEYS),),
    restore_permissions=(Permission(("kms:DescribeKey", "kms:DisableKey"), _KEYS),),
    capture=capture,
    apply=apply,
    verify=verify,
    restore=restore,
    image_first=True,
    service="KMS",
)
