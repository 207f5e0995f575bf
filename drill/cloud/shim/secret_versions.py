"""What a version of a secret is: written once, with labels that are unique, and not there before it has a value."""

from __future__ import annotations

from typing import Any

from ministack.services import secretsmanager

from drill.cloud.shim.patching import Patch

_VALUE = ("SecretString", "SecretBinary")


def _put(put_value: Any, data: dict[str, Any]) -> Any:
    """A token that already has a value: the same value is fine, another one is refused (PutSecretValue, API)."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    token, labels = data.get("ClientRequestToken"), data.get("VersionStages") or ["AWSCURRENT"]
    if not secret or secret.get("DeletedDate"):
        return put_value(data)
    there = secret["Versions"].get(token)
    if there and _has_value(there):
        if any(there.get(name) != data.get(name) for name in _VALUE):
            message = f"You can't use ClientRequestToken {token} because that value is already in use for a version."
            return secretsmanager.error_response_json("ResourceExistsException", message, 400)
        labels = list(dict.fromkeys([*there["Stages"], *labels]))
    for label in labels:
        if label != "AWSCURRENT":  # which put_value moves, and AWSPREVIOUS with it
            secretsmanager._remove_stage_everywhere(secret, label, token)
    return put_value(data | {"VersionStages": labels})


def _get(get_value: Any, data: dict[str, Any]) -> Any:
    """A version that RotateSecret has labelled but nobody has filled has no value to give."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    wanted, stage = data.get("VersionId"), data.get("VersionStage")
    if secret and not secret.get("DeletedDate"):
        found = wanted or secretsmanager._find_stage_version(secret, stage or "AWSCURRENT")[0]
        version = secret["Versions"].get(found)
        if version and (not _has_value(version) or (wanted and stage and stage not in version["Stages"])):
            message = f"Secrets Manager can't find the specified secret value for VersionId: {found}"
            return secretsmanager.error_response_json("ResourceNotFoundException", message, 400)
    return get_value(data)


def _has_value(version: dict[str, Any]) -> bool:
    return any(version.get(name) is not None for name in _VALUE)


PATCHES = (
    # It overwrites a version that exists, and leaves a label on two versions.
    Patch(secretsmanager, "_put_secret_value", _put),
    # It answers for a version that has no value.
    Patch(secretsmanager, "_get_secret_value", _get),
)
USES: tuple[tuple[Any, str], ...] = (
    (secretsmanager, "_find_stage_version"),
    (secretsmanager, "_remove_stage_everywhere"),
    (secretsmanager, "_resolve"),
    (secretsmanager, "error_response_json"),
)
