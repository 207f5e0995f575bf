"""Four steps rotate a password for real: the service refuses the old one and accepts the new one, and nobody else's."""

from __future__ import annotations

import json
import logging
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING

import boto3
import pytest

from chalicelib.rotation import RotationError
from tests.rotation import scene
from tests.rotation.scene import LEAKED, STEPS, VERSION

if TYPE_CHECKING:
    from tests.rotation.conftest import Service
    from tests.rotation.scene import Scene


def test_four_steps_make_the_service_refuse_the_old_password_and_accept_the_new_one(begun: Scene) -> None:
    assert begun.lets_in(LEAKED)
    begun.take(*STEPS)
    new = begun.value("AWSCURRENT")
    assert begun.lets_in(new["password"])
    assert not begun.lets_in(LEAKED)
    assert "AWSCURRENT" in begun.stages()[VERSION]
    assert begun.value("AWSPREVIOUS")["password"] == LEAKED
    assert {**new, "password": ""} == {"username": "toy", "service": begun.url, "note": "kept", "password": ""}
    assert len(new["password"]) == 40


def test_the_last_step_is_one_call(begun: Scene) -> None:
    begun.take(*STEPS[:3])
    begun.calls.made.clear()
    begun.take("finishSecret")
    assert begun.calls.made == ["DescribeSecret", "UpdateSecretVersionStage"]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_comes_twice_is_taken_once(begun: Scene, step: str) -> None:
    upto = STEPS[: STEPS.index(step) + 1]
    begun.take(*upto)
    stages, password = begun.stages(), begun.line.toy.password
    pending = begun.value("AWSPENDING")
    begun.take(step)
    assert (begun.stages(), begun.line.toy.password, begun.value("AWSPENDING")) == (stages, password, pending)
    begun.take(*STEPS)
    assert begun.lets_in(begun.value("AWSCURRENT")["password"])
    assert len(begun.stages()) == 2


def test_after_the_last_step_no_step_does_anything(begun: Scene) -> None:
    begun.take(*STEPS)
    begun.calls.made.clear()
    begun.line.asked.clear()
    begun.take(*STEPS)
    assert begun.calls.made == ["DescribeSecret"] * 4
    assert not begun.line.asked


def test_the_previous_password_is_never_offered(begun: Scene) -> None:
    begun.take(*STEPS)
    begun.version = "11111111-2222-4333-8444-555555555555"
    boto3.client("secretsmanager").update_secret_version_stage(
        SecretId=begun.secret, VersionStage="AWSPENDING", RemoveFromVersionId=VERSION
    )
    begun.put_pending()
    begun.line.toy.password = LEAKED  # the service went back to a backup
    with pytest.raises(RotationError, match="neither the current nor the pending password"):
        begun.take("setSecret")
    assert begun.line.toy.password == LEAKED


REFUSED = (
    ("username", {"username": "root"}, "another user or service"),
    ("service", {"service": "https://elsewhere.example"}, "another user or service"),
    ("empty password", {"password": ""}, "must be JSON with username, password and service"),
)


@pytest.mark.parametrize(("members", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
@pytest.mark.parametrize("step", ["setSecret", "testSecret"])
def test_a_pending_version_that_differs_in_more_than_the_password_is_refused(
    begun: Scene, step: str, members: dict[str, str], reason: str
) -> None:
    begun.put_pending(**members)
    with pytest.raises(RotationError, match=reason):
        begun.take(step)
    assert not begun.line.asked
    assert begun.lets_in(LEAKED)


@pytest.mark.parametrize("services", [(), ("https://other.example",), ("http://127.0.0.1",), ("*",)], ids=str)
def test_a_service_that_is_not_configured_is_not_spoken_to(begun: Scene, services: tuple[str, ...]) -> None:
    begun.take("createSecret")
    with pytest.raises(RotationError, match="RotationServices"):
        begun.take("setSecret", services=services)
    assert not begun.line.asked


UNSAFE = (
    "http://service.example",
    "http://127.0.0.1.example",
    "http://localhost.example",
    "http://10.0.0.1",
    "ftp://127.0.0.1",
    "127.0.0.1",
    "http://[::ffff:10.0.0.1]",
)


@pytest.mark.parametrize("url", UNSAFE)
def test_no_password_is_sent_in_the_clear_beyond_this_machine(service: Service, url: str) -> None:
    with scene.account():
        begun = service.begin(json.dumps({"username": "toy", "password": LEAKED, "service": url}))
        begun.take("createSecret")
        with pytest.raises(RotationError, match="neither https nor on loopback"):
            begun.take("setSecret", services=(url,))


@pytest.mark.parametrize("status", [301, 307, 400, 403, 404, 500, 503])
@pytest.mark.parametrize("step", ["setSecret", "testSecret"])
def test_whatever_the_service_answers_but_200_stops_the_rotation(begun: Scene, step: str, status: int) -> None:
    begun.take("createSecret")
    begun.line.status = status
    with pytest.raises(RotationError, match=f"status {status}"):
        begun.take(step)
    assert len(begun.line.asked) == 1


def test_the_test_fails_while_the_service_does_not_know_the_new_password(begun: Scene) -> None:
    begun.take("createSecret")
    with pytest.raises(RotationError, match="status 401"):
        begun.take("testSecret")


def test_a_service_that_is_gone_is_named(begun: Scene) -> None:
    begun.take("createSecret")
    begun.line.deaf_at = 0
    with pytest.raises(RotationError, match=f"{begun.url} did not answer: ProtocolError"):
        begun.take("setSecret")


VALUES = ("not json", "[]", "{}", '"text"', '{"username": "u", "password": "p"}', '{"username": 1}')


@pytest.mark.parametrize("text", VALUES)
def test_a_secret_of_another_kind_is_left_alone(service: Service, text: str) -> None:
    with scene.account():
        begun = service.begin(text)
        with pytest.raises(RotationError, match="of no kind that this function can rotate"):
            begun.take("createSecret")
        assert begun.calls.made == ["DescribeSecret", "GetSecretValue", "GetSecretValue"]


def test_a_username_with_a_colon_is_refused(service: Service) -> None:
    with scene.account():
        begun = service.begin(json.dumps({"username": "a:b", "password": LEAKED, "service": service.url}))
        begun.take("createSecret")
        with pytest.raises(RotationError, match="colon"):
            begun.take("setSecret")


def test_any_password_a_person_chose_can_be_rotated(service: Service) -> None:
    with scene.account():
        begun = service.begin(json.dumps({"username": "toy", "password": "pä:ss €\n", "service": service.url}))
        begun.line.toy.password = "pä:ss €\n"
        begun.take(*STEPS)
        assert begun.lets_in(begun.value("AWSCURRENT")["password"])


def test_steps_keep_their_order(begun: Scene) -> None:
    with pytest.raises(RotationError, match="createSecret comes first"):
        begun.take("setSecret")


def test_rotation_that_is_not_enabled_is_refused(begun: Scene) -> None:
    boto3.client("secretsmanager").cancel_rotate_secret(SecretId=begun.secret)
    with pytest.raises(RotationError, match="not enabled"):
        begun.take("createSecret")


def test_a_version_that_is_no_longer_pending_is_refused(begun: Scene) -> None:
    begun.take(*STEPS[:3])
    boto3.client("secretsmanager").update_secret_version_stage(
        SecretId=begun.secret, VersionStage="AWSPENDING", RemoveFromVersionId=VERSION
    )
    with pytest.raises(RotationError, match="not the pending one"):
        begun.take("finishSecret")


@pytest.mark.parametrize("step", STEPS)
def test_only_rotate_secret_begins_a_rotation(begun: Scene, step: str) -> None:
    begun.version = "11111111-2222-4333-8444-555555555555"
    with pytest.raises(RotationError, match="begin the rotation with RotateSecret"):
        begun.take(step)


@pytest.mark.parametrize("step", ["", "createsecret", "deleteSecret"])
def test_another_step_is_refused(begun: Scene, step: str) -> None:
    with pytest.raises(RotationError, match="is not a step"):
        begun.take(step)
    assert not begun.calls.made


def test_no_value_appears_in_any_error_or_log(begun: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore").setLevel(logging.INFO)  # its DEBUG writes whole requests; nothing turns that on
    said = [_error(begun, step, status) for status in (500, 401, None) for step in _WITHOUT_LAST]
    begun.take("finishSecret")
    new = begun.value("AWSCURRENT")["password"]
    assert any(said)
    for text in (*said, caplog.text):
        assert LEAKED not in text
        assert new not in text


_WITHOUT_LAST = STEPS[:3]


def _error(begun: Scene, step: str, status: int | None) -> str:
    """Everything that an error carries, the errors behind it included."""
    begun.line.status = status
    try:
        begun.take(step)
    except RotationError as error:
        return "".join(traceback.format_exception(error)) + repr(_chain(error))
    return ""


def _chain(error: BaseException | None) -> list[dict[str, object]]:
    chain = []
    while error:
        chain.append({"args": error.args, **vars(error)})
        error = error.__context__
    return chain


def test_versions_never_share_a_password(service: Service) -> None:
    passwords = []
    for _ in range(3):
        with scene.account():
            begun = service.begin()
            begun.take(*STEPS)
            passwords.append(begun.value("AWSCURRENT")["password"])
    assert all(one != other for one, other in pairwise(sorted(passwords)))
