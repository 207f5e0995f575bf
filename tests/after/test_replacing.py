"""A key in the place of the leaked one: made once, because a person asks, and read by one role alone."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.ledger import roll
from chalicelib.model import Sign
from chalicelib.orders.replacing import Asked, planned, replaced
from chalicelib.orders.undo import RefusedError, release, restore
from tests import signals
from tests.after.scene import ANA, closed, leak, reloaded, role_leak
from tests.world import ACCOUNT, KilledError, build, changes, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from chalicelib.incident import Incident
    from drill.cloud.lifecycle import Cloud
    from tests.world import World

WHY = "the old host has no role"
SECRET = "prod/orders"


def released(world: World, *, siblings: int = 0) -> Asked:
    """A user whose key leaked, and whom a person let go."""
    for _ in range(siblings):
        world.new_key("victim")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    release(incident.id, ANA, "done", world.ports())
    world.later(60)
    return Asked(incident.id, "worker", SECRET, "us-east-1")


def read(world: World, holder: boto3.Session) -> Any:
    client = holder.client("secretsmanager", endpoint_url=world.account.cloud.endpoint, region_name="us-east-1")
    return json.loads(client.get_secret_value(SecretId=SECRET)["SecretString"])


def keys(world: World) -> list[str]:
    return [one["AccessKeyId"] for one in world.admin("iam").list_access_keys(UserName="victim")["AccessKeyMetadata"]]


def test_the_reader_gets_a_key_that_works_and_nobody_else_gets_it(world: World) -> None:
    asked = released(world)
    made = replaced(asked, ANA, WHY, world.ports())
    bystander = world.holder("bystander")
    value = read(world, world.assumed(bystander, "orders"))
    assert value["userName"] == "victim"
    assert value["accessKeyId"] == made.key
    assert works(world.account.cloud.session(value["accessKeyId"], value["secretAccessKey"]))
    with pytest.raises(ClientError, match="AccessDenied"):
        read(world, bystander)  # who may do everything, by their own policy
    assert value["secretAccessKey"] not in str(made)
    ledger = world.admin("dynamodb").scan(TableName=world.settings.table)["Items"]
    assert value["secretAccessKey"] not in str(ledger)
    assert made.key in str(ledger)


def test_a_second_order_makes_no_second_key(world: World) -> None:
    asked = released(world)
    first = replaced(asked, ANA, WHY, world.ports())
    again = replaced(asked, ANA, WHY, world.ports())
    assert again == first
    assert len(keys(world)) == len(("the leaked one", "the new one"))


def test_looking_at_it_changes_nothing(world: World) -> None:
    asked = released(world)
    world.wire.clear()
    plan = planned(asked, world.ports())
    assert plan.reader == f"arn:aws:iam::{ACCOUNT}:role/worker"
    assert plan.lets_in
    assert world.wire.writes == []


def test_killed_after_any_write_a_later_order_makes_one_key_or_names_the_lost_one(running_cloud: Cloud) -> None:
    calm = build(running_cloud)
    asked = released(calm)
    calm.wire.clear()
    replaced(asked, ANA, WHY, calm.ports())
    writes = [number for number, name in enumerate(calm.wire.calls, start=1) if changes(name)]
    assert len(writes) > len(("secret", "policy", "key", "value"))
    for call in (0, *writes[:-1]):
        _killed_at(build(running_cloud), call)


def _killed_at(world: World, call: int) -> None:
    asked = released(world)
    world.wire.clear()
    world.wire.kill_at = call
    with suppress(KilledError):
        replaced(asked, ANA, WHY, world.ports())
    kept = "secretsmanager:PutSecretValue" in world.wire.calls
    world.wire.clear()
    world.later(60)
    before = keys(world)
    found = reloaded(world, _incident(world, asked)).replacement
    if len(before) > 1 and not (found and found.key) and not kept:
        (lost,) = set(before) - _incident(world, asked).ended
        with pytest.raises(RefusedError, match=f"delete-access-key --user-name victim --access-key-id {lost}"):
            replaced(asked, ANA, WHY, world.ports())
        world.admin("iam").delete_access_key(UserName="victim", AccessKeyId=lost)
    made = replaced(asked, ANA, WHY, world.ports())
    assert made.key in (before if kept else keys(world))
    assert len(keys(world)) == len(("the leaked one", "the new one"))
    assert read(world, world.assumed(world.holder("bystander"), "orders"))["accessKeyId"] == made.key


def test_a_key_that_could_not_be_kept_is_dead_and_named(world: World) -> None:
    asked = released(world)
    world.wire.deny("secretsmanager:PutSecretValue")
    with pytest.raises(RefusedError, match="could not be kept") as refused:
        replaced(asked, ANA, WHY, world.ports())
    metadata = world.admin("iam").list_access_keys(UserName="victim")["AccessKeyMetadata"]
    assert {one["Status"] for one in metadata} == {"Inactive"}
    assert any(one["AccessKeyId"] in str(refused.value) for one in metadata)


def test_a_key_that_could_neither_be_kept_nor_ended_is_called_active(world: World) -> None:
    asked = released(world)
    world.wire.deny("secretsmanager:PutSecretValue", "iam:UpdateAccessKey")
    with pytest.raises(RefusedError, match="it is ACTIVE still"):
        replaced(asked, ANA, WHY, world.ports())


def test_no_key_that_is_made_after_the_release_is_a_sign_beside_the_open_incident(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    release(incident.id, ANA, "done", world.ports())
    world.later(60)
    ports = world.ports()
    made = replaced(Asked(incident.id, "worker", SECRET, "us-east-1"), ANA, WHY, ports)
    [leaked] = incident.ended
    for key, since, counts in (
        (made.key, 0, False),
        ("AKIAIOSFODNN7EXAMPLE", 0, False),
        ("AKIAIOSFODNN7EXAMPLE", 600, True),
        (leaked, 0, True),
    ):
        subject, at = replace(incident.signals[0].subject, id=key), world.at - timedelta(seconds=since)
        signal = replace(incident.signals[0], source="cloudtrail", sign=Sign.CREATED, subject=subject, at=at)
        assert roll.context(ports.ledger, signal, ports.now()).owner_is_contained is counts


def _unreleased(world: World) -> Asked:
    return Asked(leak(world, signals.guardduty(world.new_key("victim"))).id, "worker", SECRET, "us-east-1")


def _restored(world: World) -> Asked:
    asked = _unreleased(world)
    restore(asked.incident, ANA, "a test", world.ports())
    return asked


def _of_a_role(world: World) -> Asked:
    return Asked(role_leak(world).id, "worker", SECRET, "us-east-1")


def _revived(world: World) -> Asked:
    asked = released(world)
    incident = _incident(world, asked)
    (leaked,) = incident.ended
    world.admin("iam").update_access_key(UserName="victim", AccessKeyId=leaked, Status="Active")
    return asked


def _incident(world: World, asked: Asked) -> Incident:
    found = world.ports().ledger.load(asked.incident)
    assert found
    return reloaded(world, found)


def _taken(world: World) -> Asked:
    world.admin("secretsmanager").create_secret(Name=SECRET, SecretString="somebody's")
    return released(world)


def _reader_contained(world: World) -> Asked:
    asked = released(world)
    role_leak(world)
    return asked


REFUSED: dict[str, tuple[Callable[[World], Asked], str]] = {
    "not released": (_unreleased, "is not released"),
    "a false alarm": (_restored, "false alarm"),
    "a role": (_of_a_role, "only a user has access keys"),
    "the leaked key works again": (_revived, "leaked and is active"),
    "two keys": (lambda world: released(world, siblings=1), r"has two keys already.*inactive, leaked"),
    "the secret is somebody's": (_taken, "is not one of this order"),
    "no such role": (lambda world: replace(released(world), reader="nobody"), "there is no role nobody"),
    "a role of another account": (
        lambda world: replace(released(world), reader="arn:aws:iam::999988887777:role/worker"), "is no role of account"
    ),
    "a reader with an incident": (_reader_contained, "has an incident that nobody released"),
    "no such incident": (lambda world: replace(released(world), incident="20261124-00000000"), "there is no incident"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_and_no_key_is_made(world: World, case: str) -> None:
    make, said = REFUSED[case]
    asked = make(world)
    before = keys(world)
    with pytest.raises(RefusedError, match=said):
        replaced(asked, ANA, WHY, world.ports())
    assert keys(world) == before


def test_the_contained_order_nothing(world: World) -> None:
    asked = released(world)
    leak(world, signals.guardduty(key_id(world.holder("bystander")), user="bystander"))
    with pytest.raises(RefusedError, match="may be the intruder who asks"):
        replaced(asked, f"arn:aws:iam::{ACCOUNT}:user/bystander", WHY, world.ports())
