"""A token that both sides read in the secret: drawn anew, nobody is told, and nobody brings in one of theirs."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from chalicelib.rotation import RotationError, either, generated_password, generated_token, rotate
from tests.rotation import scene
from tests.rotation.scene import LEAKED, STEPS, VERSION, Line

VALUE = {"token": LEAKED, "issuer": "shop"}
KIND = either(generated_password.kind((), "p".__mul__), generated_token.kind("t".__mul__))


def begun(text: str) -> str:
    return scene.build("", Line(), text).secret


def take(secret: str, *steps: str) -> None:
    for step in steps:
        rotate({"Step": step, "SecretId": secret, "ClientRequestToken": VERSION}, boto3.client("secretsmanager"), KIND)


def current(secret: str) -> Any:
    found = boto3.client("secretsmanager").get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
    return json.loads(found["SecretString"])


def test_it_is_another_and_the_rest_is_kept() -> None:
    with scene.account():
        secret = begun(json.dumps(VALUE))
        take(secret, *STEPS)
        take(secret, "finishSecret")
        assert current(secret) == {**VALUE, "token": "t" * 40}


@pytest.mark.parametrize("theirs", [{"token": "short"}, {"token": "t" * 40, "issuer": "theirs"}, {"token": LEAKED}])
def test_a_pending_version_of_somebody_else_does_not_come_to_count(theirs: dict[str, str]) -> None:
    with scene.account():
        secret = begun(json.dumps(VALUE))
        text = json.dumps({**VALUE, **theirs})
        boto3.client("secretsmanager").put_secret_value(
            SecretId=secret, SecretString=text, ClientRequestToken=VERSION, VersionStages=["AWSPENDING"]
        )
        with pytest.raises(
            RotationError, match=r"is not one that this function made|holds the current value once more"
        ) as refused:
            take(secret, *STEPS)
        assert current(secret) == VALUE
        assert LEAKED not in str(refused.value)


def test_what_is_of_neither_kind_is_refused() -> None:
    with scene.account():
        secret = begun(json.dumps({"key": LEAKED}))
        with pytest.raises(RotationError, match="generated-password or generated-token"):
            take(secret, *STEPS)
