"""Names and paths as camouflage, on the embedded AWS: whatever an intruder calls a role, the right one is contained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import sources
from chalicelib.entries import Result
from chalicelib.follow_up import resume
from chalicelib.respond import respond
from tests import signals
from tests.response import life
from tests.world import ACCOUNT, works

if TYPE_CHECKING:
    from tests.world import World

PATHS = (
    "/x:role/aws-service-role/",
    "/:assumed-role/",
    "/x:role/aws-reserved/sso.amazonaws.com/",
    "/x:user/",
    "/a//b/",
    "/\x7f!:*?/",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["camouflaged", "AWSServiceRoleForX", "AWSReservedSSO_Admin_0a"])
def test_a_role_that_leaks_is_contained_whatever_it_is_called(world: World, path: str, name: str) -> None:
    unique_id = world.role(name, path)
    leaked = world.assumed(world.holder("victim"), "stolen", f"{path[1:]}{name}")
    assert works(leaked)
    before = world.state()["roles"]["worker"]
    signal = life.read(signals.exfiltration(name, unique_id, "stolen"), world)
    assert respond(signal, world.ports()).what == "contained"
    assert not works(leaked)
    assert world.state()["roles"]["worker"] == before


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("AWSServiceRoleForX", "/"),
        ("camouflaged", "/x:role/aws-service-role/"),
        ("camouflaged", "/:assumed-role/"),
    ],
)
def test_what_such_a_role_does_is_told(world: World, name: str, path: str) -> None:
    """The record is as CloudTrail writes it: the ARN of the session without the path, that of its issuer with it."""
    unique_id = world.role(name, path)
    issuer = {
        "type": "Role",
        "arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
        "userName": name,
        "principalId": unique_id,
    }
    who = {
        "type": "AssumedRole",
        "principalId": f"{unique_id}:mine",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/mine",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {"sessionIssuer": issuer},
    }
    asked = {"userName": "bystander", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    event: dict[str, Any] = signals.call("AttachUserPolicy", userIdentity=who, requestParameters=asked)
    parsed = sources.read(event, world.at)
    assert isinstance(parsed, tuple)
    assert [respond(signal, world.ports()).what for signal in parsed] == ["told"]
    assert name in " ".join(world.wire.published[0].split())


def test_an_incident_about_a_role_that_was_never_there_is_not_held(world: World) -> None:
    before = world.state()
    signal = life.read(signals.exfiltration("nobody", "AROANOBODYNOBODYNOBOD", "stolen"), world)
    assert respond(signal, world.ports()).what == "queued"
    lock = f"{ACCOUNT}/role/nobody"
    for _ in range(9):
        world.later(3600)
        resume(lock, world.ports())
    found = world.incident(lock)
    assert found
    assert found.closed
    assert found.closed.result is Result.FAILED
    last = " ".join(world.wire.published[-1].split())
    assert "Nothing was contained: there is no role nobody in IAM" in last
    assert "find out whose credential it is" in last
    assert world.state() == before
