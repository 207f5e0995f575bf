"""A linked secret is rotated once, and done is only what really became current."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from chalicelib.follow_up import follow_up, resume
from chalicelib.model import Mode, Status
from chalicelib.orders.undo import restore
from tests import signals
from tests.after.scene import ANA, LOCK, closed, inbox, leak, queued, received, reloaded
from tests.conformance import scene
from tests.conformance.test_rotation import rotator
from tests.world import ACCOUNT, KilledError

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Outcome
    from tests.world import World

_PATIENCE = 20.0  # seconds on the wall: the rotation's own function is a real process


def linked(world: World, secret: str) -> None:
    world.with_settings(linked_secrets={f"arn:aws:iam::{ACCOUNT}:user/victim": (secret,)})


@pytest.fixture
def secret(world: World) -> str:
    """A secret that our configuration links to the victim; it has no rotation function yet."""
    arn = str(world.admin("secretsmanager").create_secret(Name="toy", SecretString="old")["ARN"])
    linked(world, arn)
    return arn


def rotatable(world: World, secret: str, fail_at: str = "") -> None:
    function = rotator(world.account.cloud, scene.queue(world.account.cloud, "steps"), fail_at)
    scene.configure_rotation(world.account.cloud, secret, function)


def rotated(world: World) -> Outcome:
    """The outcome of the rotation, once there is nothing left to wait for."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        world.later(5)
        found = resume(LOCK, world.ports()).incident
        assert found is not None
        outcome = _outcome(found)
        if outcome.good or not outcome.retryable:
            return outcome
    pytest.fail("the rotation never ended")


def _outcome(incident: Incident) -> Outcome:
    step = incident.step("rotate-secret")
    assert step is not None
    found = incident.outcome(step)
    return found if step.key in incident.outcomes else type(found)(Status.PENDING, "not begun", retryable=True)


def value(world: World, secret: str) -> str:
    return str(world.admin("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])


def begun(world: World) -> int:
    return world.wire.calls.count("secretsmanager:RotateSecret")


def test_cut_off_before_every_call_it_is_one_rotation(world: World, secret: str) -> None:
    rotatable(world, secret)
    leak(world, signals.guardduty(world.new_key("victim")))
    for kill in range(4, 40):
        world.wire.clear()
        world.wire.kill_at = kill
        with suppress(KilledError):
            resume(LOCK, world.ports())
        world.later(world.settings.lease + 1)
        if value(world, secret) == "new":
            break
    world.wire.clear()
    assert rotated(world).good
    versions = world.admin("secretsmanager").list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)
    assert len(versions["Versions"]) == 2


@pytest.mark.parametrize("step", ["createSecret", "testSecret"])  # before there is a value, and after
def test_one_that_fails_half_way_is_given_a_quarter_of_an_hour_and_then_to_a_person(
    world: World, secret: str, step: str
) -> None:
    rotatable(world, secret, fail_at=step)
    leak(world, signals.guardduty(world.new_key("victim")))
    looks = 0
    while (found := resume(LOCK, world.ports()).incident) and _outcome(found).retryable:
        world.later(30)
        looks += 1
    assert found is not None
    assert _outcome(found).detail.startswith("the rotation did not finish within 15 minutes")
    assert 30 <= looks <= 35
    assert begun(world) == 1
    assert found.last < 40  # a look that learns nothing new writes nothing
    assert value(world, secret) == "old"


def test_one_that_stranded_before_us_is_waited_for_and_then_ours_is_begun(world: World, secret: str) -> None:
    rotatable(world, secret)
    manager = world.admin("secretsmanager")
    stranded = manager.put_secret_value(SecretId=secret, SecretString="half-way", VersionStages=["AWSPENDING"])
    leak(world, signals.guardduty(world.new_key("victim")))
    assert rotated(world).good
    versions = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert "AWSCURRENT" not in versions.get(stranded["VersionId"], [])
    assert begun(world) >= 2


def test_a_secret_without_a_rotation_function_is_a_person_s_at_once(world: World, secret: str) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    outcome = rotated(world)
    assert outcome.detail.startswith("cannot be rotated now: No Lambda rotation function")
    assert begun(world) == 1


def test_a_secret_that_is_gone_or_going_is_a_person_s_at_once(world: World, secret: str) -> None:
    world.admin("secretsmanager").delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    leak(world, signals.guardduty(world.new_key("victim")))
    assert "marked for deletion" in rotated(world).detail


def test_a_secret_that_does_not_exist_is_a_person_s_at_once(world: World) -> None:
    linked(world, f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:gone-AbCdEf")
    leak(world, signals.guardduty(world.new_key("victim")))
    assert "can't find the specified secret" in rotated(world).detail


def test_what_was_read_is_rotated_after_the_end_too_and_twice_where_two_users_take_turns(world: World) -> None:
    secret = str(world.admin("secretsmanager").create_secret(Name="read", SecretString="old")["ARN"])
    rotatable(world, secret)
    leak(world, signals.guardduty(world.new_key("victim")))
    incident = closed(world)
    queued(world)
    body = json.dumps({"rotate": incident.id, "secrets": [[secret, 2]]})
    assert follow_up(body, world.ports()).what == "advanced"
    assert follow_up(body, world.ports()).what == "advanced"  # delivered twice
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and follow_up(body, world.ports()).what != "settled":
        world.later(5)
    steps = [step for step in reloaded(world, incident).steps if step.action == "rotate-secret"]
    assert [step.arguments.get("ordinal", "1") for step in steps] == ["1", "2"]
    assert all(reloaded(world, incident).outcome(step).good for step in steps)
    versions = world.admin("secretsmanager").list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)
    assert (len(versions["Versions"]), begun(world)) == (3, 2)


def test_of_a_linked_secret_in_which_two_users_take_turns_the_second_rotation_is_planned_with_the_first_and_once(
    world: World, secret: str
) -> None:
    rotatable(world, secret)
    functions, of = world.admin("lambda"), world.admin("secretsmanager").describe_secret(SecretId=secret)
    tags = {"serverlessrepo:applicationId": "…/SecretsManagerRDSMySQLRotationMultiUser"}
    functions.tag_resource(Resource=of["RotationLambdaARN"], Tags=tags)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    while begun(world) == 0:
        resume(LOCK, world.ports())
        world.later(5)
    follow_up(json.dumps({"rotate": incident.id, "secrets": [[secret, 2]]}), world.ports())
    steps = [step for step in reloaded(world, incident).steps if step.action == "rotate-secret"]
    assert [step.arguments.get("ordinal", "1") for step in steps] == ["1", "2"]


def test_what_was_read_and_cannot_be_rotated_is_told_after_the_end(world: World) -> None:
    url = inbox(world)
    secret = str(world.admin("secretsmanager").create_secret(Name="read", SecretString="old")["ARN"])
    leak(world, signals.guardduty(world.new_key("victim")))
    incident = closed(world)
    received(world, url)
    body = json.dumps({"rotate": incident.id, "secrets": [[secret, 1]]})
    for _ in range(2):  # delivered twice
        assert follow_up(body, world.ports()).what == "settled"
    assert received(world, url) == [("event-bus", "not-rotated"), ("sns", "not-rotated")]


def test_nothing_that_was_read_is_rotated_while_no_deny_stands(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    restore(incident.id, ANA, "it was our scanner", world.ports())
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:read-AbCdEf"
    assert follow_up(json.dumps({"rotate": incident.id, "secrets": [[arn, 1]]}), world.ports()).what == "settled"
    assert begun(world) == 0
    assert follow_up(json.dumps({"rotate": "20260101-00000000", "secrets": []}), world.ports()).what == "settled"


def test_a_secret_that_keeps_the_key_of_somebody_contained_is_not_left_half_way(world: World, secret: str) -> None:
    rotatable(world, secret)
    world.with_settings(key_secrets={secret: f"arn:aws:iam::{ACCOUNT}:user/victim"})
    leak(world, signals.guardduty(world.new_key("victim")))
    assert "it keeps a key of user victim" in rotated(world).detail
    assert begun(world) == 0


def test_what_was_read_waits_for_a_deny_that_may_yet_stand(world: World, secret: str) -> None:
    rotatable(world, secret)
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    message = json.dumps({"rotate": incident.id, "secrets": [[secret, 1]]})
    assert follow_up(message, world.ports()).what == "advanced"
    assert begun(world) == 0
