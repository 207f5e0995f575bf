"""A version of a secret is written once, and a label is on one version."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tests.conformance import scene

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud


def test_a_version_keeps_its_value(cloud: Cloud) -> None:
    manager, token = cloud.client("secretsmanager"), str(uuid.uuid4())
    secret = manager.create_secret(Name="toy", SecretString="old")["ARN"]
    manager.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString="new")

    manager.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString="new")
    refused = scene.refusal(manager.put_secret_value, SecretId=secret, ClientRequestToken=token, SecretString="other")

    assert refused == "ResourceExistsException"
    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "new"


def test_a_label_moves(cloud: Cloud) -> None:
    manager, first, second = cloud.client("secretsmanager"), str(uuid.uuid4()), str(uuid.uuid4())
    secret = manager.create_secret(Name="toy", SecretString="old")["ARN"]
    for token in (first, second):
        manager.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=token, VersionStages=["AWSPENDING"]
        )

    labelled = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert [version for version, labels in labelled.items() if "AWSPENDING" in labels] == [second]
    wrong = scene.refusal(manager.get_secret_value, SecretId=secret, VersionId=first, VersionStage="AWSPENDING")
    assert wrong == "ResourceNotFoundException"
