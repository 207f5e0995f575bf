"""A SecureString that holds what a secret keeps gets the new value with it: that one, in its form, never twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from chalicelib.rotation import RotationError
from tests.rotation import scene
from tests.rotation.scene import LEAKED, STEPS
from tests.world import KilledError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rotation.conftest import Service
    from tests.rotation.scene import Scene

NAME, OTHER = "/prod/orders", "/prod/other"
KEPT = {"Description": "of the shop", "AllowedPattern": "[A-Za-z0-9-]+", "Tier": "Advanced", "KeyId": "alias/orders"}


def ssm() -> Any:
    return boto3.client("ssm")


def arn(name: str = NAME) -> str:
    return f"arn:aws:ssm:us-east-1:123456789012:parameter{name}"


def value(name: str = NAME) -> str:
    return str(ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def versions(name: str = NAME) -> list[Any]:
    return list(ssm().get_parameter_history(Name=name)["Parameters"])


@pytest.fixture
def begun(service: Service) -> Iterator[Scene]:
    """A rotation whose secret's password stands in one parameter, and by chance in another."""
    with scene.account():
        for name in (NAME, OTHER):
            ssm().put_parameter(Name=name, Value=LEAKED, Type="SecureString", **KEPT)
        found = service.begin()
        found.parameters = (f"{arn()}#password",)
        yield found


def test_the_parameter_has_the_new_value_in_the_form_that_it_had(begun: Scene) -> None:
    begun.take(*STEPS)
    assert value() == begun.value("AWSCURRENT")["password"] != LEAKED
    newest = versions()[-1]
    assert newest["Type"] == "SecureString"
    assert {member: newest[member] for member in KEPT if member in newest} == KEPT
    assert value(OTHER) == LEAKED


def test_until_it_is_tested_nobody_reads_it_there(begun: Scene) -> None:
    begun.take("createSecret", "setSecret", "testSecret")
    assert value() == LEAKED


def test_a_step_that_comes_again_writes_nothing(begun: Scene) -> None:
    begun.take(*STEPS)
    begun.take("finishSecret")
    assert len(versions()) == len((LEAKED, "the new one"))


@pytest.mark.parametrize("call", range(20))
@pytest.mark.parametrize("when", ["kill_before", "kill_after"])
def test_killed_at_any_call_it_ends_all_the_same(begun: Scene, when: str, call: int) -> None:
    setattr(begun.calls, when, call)
    try:
        begun.take(*STEPS)
    except KilledError:
        begun.calls.kill_before = begun.calls.kill_after = None
        begun.take(*STEPS)
    assert value() == begun.value("AWSCURRENT")["password"] != LEAKED
    assert len(versions()) == len((LEAKED, "the new one"))


def test_what_somebody_else_wrote_is_not_overwritten_and_nothing_counts_yet(begun: Scene) -> None:
    ssm().put_parameter(Name=NAME, Value="theirs", Type="SecureString", Overwrite=True)
    with pytest.raises(RotationError, match="holds neither the current nor the pending value") as refused:
        begun.take(*STEPS)
    assert value() == "theirs"
    assert begun.value("AWSCURRENT")["password"] == LEAKED
    assert LEAKED not in str(refused.value)
    assert begun.value("AWSPENDING")["password"] not in str(refused.value)


def test_where_one_is_somebody_elses_none_is_written(begun: Scene) -> None:
    ssm().put_parameter(Name=OTHER, Value="theirs", Type="SecureString", Overwrite=True)
    begun.parameters = (f"{arn()}#password", f"{arn(OTHER)}#password")
    with pytest.raises(RotationError, match=f"{OTHER} holds neither"):
        begun.take(*STEPS)
    assert (value(), value(OTHER)) == (LEAKED, "theirs")


def test_what_shows_its_value_gets_none_of_ours(begun: Scene) -> None:
    ssm().put_parameter(Name="/prod/plain", Value=LEAKED, Type="String")
    begun.parameters = (f"{arn('/prod/plain')}#password",)
    with pytest.raises(RotationError, match="is no SecureString"):
        begun.take(*STEPS)


def test_a_member_that_is_not_there_is_named_without_the_value(begun: Scene) -> None:
    begun.parameters = (f"{arn()}#token",)
    with pytest.raises(RotationError, match="has no text under token") as refused:
        begun.take(*STEPS)
    assert LEAKED not in str(refused.value)


def test_the_whole_value_where_no_member_is_named(begun: Scene) -> None:
    asked = {"SecretId": begun.secret, "VersionStage": "AWSCURRENT"}
    stands = boto3.client("secretsmanager").get_secret_value(**asked)["SecretString"]
    ssm().put_parameter(Name="/prod/whole", Value=stands, Type="SecureString")
    begun.parameters = (arn("/prod/whole"),)
    begun.take(*STEPS)
    assert json.loads(value("/prod/whole")) == begun.value("AWSCURRENT")
