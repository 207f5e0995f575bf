"""A linked secret on moto, the service that it opens, and a rotation begun as AWS begins it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import boto3
import urllib3
from moto import mock_aws

from chalicelib.rotation import generated_password, parameters, rotate
from drill.outside import Answer, Toy, basic
from tests.world import TRUST, KilledError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from botocore.model import OperationModel
    from mypy_boto3_secretsmanager import SecretsManagerClient

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
VERSION = "8e5c6b2a-0f3d-4d57-9c1e-2b7a6f4d3c21"
LEAKED = "leaked-PASSWORD-0f3d4d579c1e"


@dataclass
class Line:
    """The wire to the service: what was asked, and at which request the answer is lost."""

    toy: Toy = field(default_factory=lambda: Toy(LEAKED))
    asked: list[str] = field(default_factory=list)
    deaf_at: int | None = None
    mute_at: int | None = None
    status: int | None = None

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> Answer:
        """What the service answers; nothing if it never hears the request, or answers into a broken line."""
        self.asked.append(f"{method} {path}")
        if self.deaf_at == len(self.asked) - 1:
            raise ConnectionAbortedError
        if self.status is not None:
            return self.status, b"{}"
        answer = self.toy.answer(method, path, authorization, body)
        if self.mute_at == len(self.asked) - 1:
            raise ConnectionAbortedError
        return answer


@dataclass
class Calls:
    """Every AWS call of the rotation function, and the one before or after which it is killed."""

    made: list[str] = field(default_factory=list)
    kill_before: int | None = None
    kill_after: int | None = None

    def before(self, model: OperationModel, **_: object) -> None:
        """Count the call, or end the process before it."""
        if self.kill_before == len(self.made):
            raise KilledError
        self.made.append(model.name)

    def after(self, **_: object) -> None:
        """End the process when AWS has done it and nobody has heard."""
        if self.kill_after == len(self.made) - 1:
            raise KilledError


@dataclass
class Scene:
    """The secret's ARN, the service's URL and both wires."""

    secret: str
    url: str
    line: Line
    calls: Calls = field(default_factory=Calls)
    version: str = VERSION
    parameters: tuple[str, ...] = ()

    def take(self, *steps: str, services: tuple[str, ...] | None = None) -> None:
        """Steps of the rotation function, in a process of their own."""
        client, store = (self._counted(service) for service in ("secretsmanager", "ssm"))
        allowed = (self.url,) if services is None else services
        for step in steps:
            event = {"Step": step, "SecretId": self.secret, "ClientRequestToken": self.version}
            kind = generated_password.kind(allowed, lambda length: _drawn(client, length))
            carry = partial(parameters.carry, lambda _: store, self.parameters) if self.parameters else None
            rotate(event, client, kind, carry)

    def _counted(self, service: Literal["secretsmanager", "ssm"]) -> Any:
        client: Any = boto3.client(service)
        client.meta.events.register("before-call", self.calls.before)
        client.meta.events.register("after-call", self.calls.after)
        return client

    def put_pending(self, **members: str) -> None:
        """Somebody else writes the pending version."""
        text = json.dumps({**self.value("AWSCURRENT"), "password": "theirs", **members})
        boto3.client("secretsmanager").put_secret_value(
            SecretId=self.secret, SecretString=text, ClientRequestToken=self.version, VersionStages=["AWSPENDING"]
        )

    def value(self, stage: str) -> dict[str, str]:
        """The value of one version, as anybody who may read it sees it."""
        found = boto3.client("secretsmanager").get_secret_value(SecretId=self.secret, VersionStage=stage)
        return dict(json.loads(found["SecretString"]))

    def stages(self) -> dict[str, list[str]]:
        """The labels of each version."""
        return boto3.client("secretsmanager").describe_secret(SecretId=self.secret)["VersionIdsToStages"]

    def lets_in(self, password: str) -> bool:
        """Whether the service accepts a password: asked over HTTP."""
        headers = {"Authorization": basic("toy", password)}
        with urllib3.PoolManager(retries=False) as pool:
            return pool.request("GET", self.url + "/session", headers=headers).status == 200


def _drawn(client: SecretsManagerClient, length: int) -> str:
    return client.get_random_password(PasswordLength=length, ExcludePunctuation=True)["RandomPassword"]


def build(url: str, line: Line, text: str | None = None) -> Scene:
    """A secret with a rotation function, and a rotation begun: RotateSecret labels a version that has no value yet."""
    value = json.dumps({"username": "toy", "password": LEAKED, "service": url, "note": "kept"})
    secrets = boto3.client("secretsmanager")
    arn = secrets.create_secret(Name="linked", SecretString=value if text is None else text)["ARN"]
    secrets.rotate_secret(
        SecretId=arn,
        ClientRequestToken=VERSION,
        RotationLambdaARN=_function(),
        RotationRules={"AutomaticallyAfterDays": 30},  # without a rule moto does not say RotationEnabled
    )
    return Scene(arn, url, line)


def account() -> AbstractContextManager[object]:
    """An account whose Lambda runs nothing: the steps are taken by hand."""
    return mock_aws(config={"lambda": {"use_docker": False}})


def _function() -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    role = boto3.client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    return boto3.client("lambda").create_function(
        FunctionName="rotation", Runtime="python3.11", Role=role, Handler="app.f", Code={"ZipFile": code.getvalue()}
    )["FunctionArn"]
