"""testSecret alone, as RotateSecret with RotateImmediately=false calls it: whether a rotation could begin.

Nothing documents whether AWSPENDING then holds a copy of the current value or nothing, so both are tried.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from chalicelib.rotation import (
    RotationError,
    access_key,
    either,
    generated_password,
    generated_token,
    parameters,
    rotate,
)
from tests.rotation import scene
from tests.rotation.scene import LEAKED, VERSION, Calls, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator  # noqa: TC004 - only a checker reads the annotation

    from chalicelib.rotation import Kind  # noqa: TC004 - only a checker reads the annotation
    from tests.rotation.conftest import Service

OWNER = "arn:aws:iam::123456789012:user/ci"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/ci/value"


@dataclass
class Given:
    """A secret of one kind with its rotation configured, and what the world says of the key in it."""

    secret: str
    kind: Kind
    value: str
    calls: Calls
    carry: Callable[[str, str], None] | None = None

    def take(self, *steps: str) -> None:
        """Take steps as Secrets Manager calls them."""
        client = boto3.client("secretsmanager")
        client.meta.events.register("before-call", self.calls.before)
        for step in steps:
            event = {"Step": step, "SecretId": self.secret, "ClientRequestToken": VERSION}
            rotate(event, client, self.kind, self.carry)

    def put_pending(self, text: str) -> None:
        """Give the version that is labelled AWSPENDING a value."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=self.secret, SecretString=text, ClientRequestToken=VERSION, VersionStages=["AWSPENDING"]
        )

    def current(self) -> str:
        """Return the value that counts."""
        client = boto3.client("secretsmanager")
        return client.get_secret_value(SecretId=self.secret, VersionStage="AWSCURRENT")["SecretString"]


@pytest.fixture
def account() -> Iterator[None]:
    with scene.account():
        yield


def _given(kind: Kind, value: dict[str, str]) -> Given:
    text = json.dumps(value)
    return Given(scene.build("", Line(), text).secret, kind, text, Calls())


def _key(*, caller: str | None = OWNER, contained: bool = False, owner: str = OWNER, status: Any = "Active") -> Given:
    iam = boto3.client("iam")
    iam.create_user(UserName="ci")
    key = iam.create_access_key(UserName="ci")["AccessKey"]
    iam.update_access_key(UserName="ci", AccessKeyId=key["AccessKeyId"], Status=status)
    world = access_key.World(iam, owner, lambda _id, _secret: caller, lambda _: contained, lambda _: None)
    value = {"userName": "ci", "accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}
    return _given(access_key.kind(world), value)


def _token(value: dict[str, str] | None = None) -> Given:
    return _given(generated_token.kind("t".__mul__), {"token": LEAKED} if value is None else value)


def _password(service: Service, *, services: tuple[str, ...] | None = None, password: str = LEAKED) -> Given:
    service.line = Line()
    allowed = (service.url,) if services is None else services
    kind = either(generated_password.kind(allowed, "p".__mul__), generated_token.kind("t".__mul__))
    return _given(kind, {"username": "toy", "password": password, "service": service.url})


def _of_kind(kind: str, service: Service) -> Given:
    made: dict[str, Callable[[], Given]] = {"access key": _key, "token": _token, "password": lambda: _password(service)}
    return made[kind]()


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("pending", ["copy", "nothing"])
@pytest.mark.parametrize("kind", ["access key", "token", "password"])
def test_a_configuration_that_works_is_found_to_and_nothing_changes(service: Service, kind: str, pending: str) -> None:
    given = _of_kind(kind, service)
    if pending == "copy":
        given.put_pending(given.value)
    given.take("testSecret")
    assert given.current() == given.value
    assert set(given.calls.made) == {"DescribeSecret", "GetSecretValue"}
    assert kind != "password" or service.line.asked == ["GET /session"]


WRONG: tuple[tuple[str, Callable[[Service], Given], str], ...] = (
    ("a user who is not configured", lambda _: _key(owner=""), "AccessKeySecrets does not say"),
    ("a key of somebody else", lambda _: _key(caller=f"{OWNER}-two"), "belongs to"),
    ("a key that AWS does not know", lambda _: _key(caller=None), "does not hold a key of user ci that works"),
    ("an inactive key", lambda _: _key(status="Inactive"), "does not hold a key of user ci that works"),
    ("a user who is contained", lambda _: _key(contained=True), "nobody released or restored"),
    ("no token", lambda _: _token({"other": "x"}), "no kind that this function can rotate"),
    ("another service", lambda service: _password(service, services=()), "RotationServices"),
    ("a password that opens nothing", lambda service: _password(service, password="old"), "status 401"),
)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("pending", ["copy", "nothing"])
@pytest.mark.parametrize(("make", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_configuration_that_does_not_work_is_said(
    service: Service, make: Callable[[Service], Given], reason: str, pending: str
) -> None:
    given = make(service)
    if pending == "copy":
        given.put_pending(given.value)
    with pytest.raises(RotationError, match=reason) as refused:
        given.take("testSecret")
    assert LEAKED not in str(refused.value)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("held", [True, False])
def test_the_parameters_are_read_too_and_not_written(held: bool) -> None:
    given, store = _token(), boto3.client("ssm")
    store.put_parameter(Name="/ci/value", Value=given.value if held else "theirs", Type="SecureString")
    given.carry = partial(parameters.carry, lambda _: store, (PARAMETER,))
    if held:
        given.take("testSecret")
    else:
        with pytest.raises(RotationError, match="holds neither the current nor the pending value"):
            given.take("testSecret")
    assert store.get_parameter(Name="/ci/value")["Parameter"]["Version"] == 1


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("kind", ["access key", "token", "password"])
@pytest.mark.parametrize("copied", ["to the letter", "written otherwise"])
def test_in_a_rotation_a_copy_of_what_leaked_never_counts_as_new(service: Service, kind: str, copied: str) -> None:
    given = _of_kind(kind, service)
    given.put_pending(given.value if copied == "to the letter" else json.dumps(json.loads(given.value), indent=1))
    with pytest.raises(RotationError, match=r"rotate again|but the current one"):
        given.take("createSecret", "setSecret")
    assert given.current() == given.value
    assert kind != "password" or not service.line.asked
