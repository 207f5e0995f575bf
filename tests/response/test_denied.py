"""Every AWS call that a response makes is denied in turn: what becomes of it, who can still do what, and what is told.

The verdicts are signed calls of the people themselves, judged by the embedded AWS. After a change that is meant:
LEAK_RESPONDER_GOLDEN=write make test ARGS=tests/response/test_denied.py
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from chalicelib.follow_up import resume
from chalicelib.model import Mode
from chalicelib.orders.undo import RefusedError, release, restore
from chalicelib.respond import UnfinishedError, respond
from drill import cast
from tests import signals
from tests.response import life
from tests.world import World, build, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.ports import Ports
    from drill.cloud.lifecycle import Cloud

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("LEAK_RESPONDER_GOLDEN") == "write"


@dataclass
class Scene:
    """A leak, and everybody whose calls are tried."""

    world: World
    event: dict[str, Any]
    lock: str
    people: dict[str, boto3.Session | cast.ApiKey]
    stuck: list[str] = field(default_factory=list)


def user_key(world: World) -> Scene:
    world.with_settings(watch=60)
    intruder, sibling = world.holder("victim"), world.holder("victim")
    people: dict[str, boto3.Session | cast.ApiKey] = {
        "the leaked key": intruder,
        "a session of it": world.minted(intruder),
        "the sibling key": sibling,
        "the bystander": world.holder("bystander"),
    }
    return Scene(world, signals.guardduty(key_id(intruder)), life.USER, people)


def bare_key_id(world: World) -> Scene:
    scene = user_key(world)
    scene.event = signals.health(key_id(scene.people["the leaked key"]))
    return scene


def told_only(world: World) -> Scene:
    """A signal that opens no incident."""
    scene = user_key(world)
    world.with_settings(mode=Mode.OBSERVE)
    return scene


def full_user(world: World) -> Scene:
    life.fill(world, "victim")
    return user_key(world)


def neutralised(world: World) -> Scene:
    """A user whom our own policy would deny nothing."""
    life.neutralise(world)
    return user_key(world)


def spares(world: World) -> Scene:
    """A user whose intruder has made one of everything, an API key of Bedrock among it."""
    scene = user_key(world)
    life.hold(world, "victim")
    signals.long_ago(scene.event)
    scene.people["an API key made since"] = world.api_key("victim")
    return scene


def linked_secret(world: World) -> Scene:
    life.link_secret(world)
    return user_key(world)


def role_session(world: World) -> Scene:
    world.with_settings(watch=60)
    bystander = world.holder("bystander")
    people: dict[str, boto3.Session | cast.ApiKey] = {
        "the leaked session": world.assumed(bystander, "i-0abc"),
        "another session of the role": world.assumed(bystander, "i-0def"),
        "the bystander": bystander,
    }
    return Scene(world, life.role_session(world), life.ROLE, people)


def managed_role(world: World) -> Scene:
    """A role with no room for one more inline policy."""
    life.fill_inline(world)
    return role_session(world)


def bounded_role(world: World) -> Scene:
    """A role with no room for one more policy of any kind."""
    life.fill(world, "worker", kind="role")
    return managed_role(world)


def suspected(world: World) -> Scene:
    """A signal whose confidence depends on what the ledger knows."""
    scene = user_key(world)
    key = key_id(scene.people["the leaked key"])
    created = {"accessKey": {"accessKeyId": key, "userName": "victim", "status": "Active"}}
    by, asked = signals.user_identity("admin"), {"userName": "victim"}
    scene.event = signals.call("CreateAccessKey", by=by, requestParameters=asked, responseElements=created)
    return scene


SCENES: tuple[Callable[[World], Scene], ...] = (
    user_key,
    bare_key_id,
    full_user,
    neutralised,
    linked_secret,
    spares,
    role_session,
    managed_role,
    bounded_role,
    suspected,
    told_only,
)

DENIALS: dict[str, Callable[[World], Scene]] = {
    "cloudtrail:LookupEvents": user_key,
    "dynamodb:BatchGetItem": suspected,
    "dynamodb:GetItem": user_key,
    "dynamodb:PutItem": told_only,
    "dynamodb:Query": user_key,
    "dynamodb:TransactWriteItems": user_key,
    "dynamodb:UpdateItem": user_key,
    "events:PutEvents": user_key,
    "iam:AttachRolePolicy": managed_role,
    "iam:AttachUserPolicy": user_key,
    "iam:CreatePolicy": user_key,
    "iam:DeletePolicy": user_key,
    "iam:DeleteRolePermissionsBoundary": bounded_role,
    "iam:DeleteRolePolicy": role_session,
    "iam:DeleteUserPermissionsBoundary": user_key,
    "iam:DetachRolePolicy": managed_role,
    "iam:DetachUserPolicy": user_key,
    "iam:GetAccessKeyLastUsed": bare_key_id,
    "iam:GetLoginProfile": user_key,
    "iam:GetPolicy": user_key,
    "iam:GetPolicyVersion": user_key,
    "iam:GetRole": role_session,
    "iam:GetRolePolicy": role_session,
    "iam:GetUser": full_user,
    "iam:ListAccessKeys": user_key,
    "iam:ListAttachedRolePolicies": managed_role,
    "iam:ListAttachedUserPolicies": full_user,
    "iam:ListGroupsForUser": user_key,
    "iam:ListMFADevices": user_key,
    "iam:ListPolicyVersions": user_key,
    "iam:ListSSHPublicKeys": spares,
    "iam:ListServiceSpecificCredentials": spares,
    "iam:ListSigningCertificates": spares,
    "iam:PutRolePermissionsBoundary": bounded_role,
    "iam:PutRolePolicy": role_session,
    "iam:PutUserPermissionsBoundary": full_user,
    "iam:SetDefaultPolicyVersion": neutralised,
    "iam:SimulatePrincipalPolicy": user_key,
    "iam:UpdateAccessKey": user_key,
    "iam:UpdateSSHPublicKey": spares,
    "iam:UpdateServiceSpecificCredential": spares,
    "iam:UpdateSigningCertificate": spares,
    "lambda:ListTags": linked_secret,
    "secretsmanager:DescribeSecret": linked_secret,
    "secretsmanager:RotateSecret": linked_secret,
    "sns:Publish": user_key,
    "sqs:SendMessage": user_key,
}
"""Each call with the scene in which its denial hurts most."""


def acts(scene: Scene) -> Iterator[tuple[str, Callable[[Ports], object]]]:
    """The whole life: each act is asked for again twice where it is left unfinished."""
    signal = life.read(scene.event, scene.world)
    yield "respond", lambda ports: respond(signal, ports)
    incident = scene.world.incident(scene.lock)
    if incident is None:
        return
    for number in range(1, 6):
        yield f"follow up {number}", lambda ports: resume(scene.lock, ports)
    yield "release", lambda ports: release(incident.id, life.PERSON, "a new key was handed over", ports)
    yield "restore", lambda ports: restore(incident.id, life.PERSON, "a load test", ports)


def played(scene: Scene) -> list[str]:
    """What became of each act, and who could do what after it, where that changed."""
    said, verdicts = [], ""
    for name, run in acts(scene):
        said.append(f"{name}: {_run(run, scene)}")
        now = ", ".join(f"{who} {'works' if works(one) else 'is denied'}" for who, one in scene.people.items())
        if now != verdicts:
            said.append(f"  {now}")
            verdicts = now
        scene.world.later(life.MINUTE)
        life.finish_rotations(scene.world)
    return said


def _run(run: Callable[[Ports], object], scene: Scene) -> str:
    try:
        found = run(scene.world.ports())
    except (UnfinishedError, RefusedError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - an act that ends otherwise is a finding of this test, and reads as one
        scene.stuck.append(f"{type(error).__name__}: {error}")
        return scene.stuck[-1]
    return str(getattr(found, "what", "done"))


def paragraphs(scene: Scene) -> list[str]:
    """Everything that people were told, by paragraph."""
    texts = [json.loads(text)["default"] for text in scene.world.wire.published]
    return [part for text in texts for part in text.split("\n\n")]


def plain(text: str) -> str:
    """But for what is different in every run."""
    text = re.sub(r"\d{4}-\d\d-\d\d(\s+)\d\d:\d\d:\d\d", r"0000-00-00\g<1>00:00:00", text)
    text = re.sub(r"\b(AKIA|ASIA|AIDA|AROA|ACCA|APKA|TA7SMP4)[A-Z0-9]{16,17}\b", r"\1…", text)
    text = re.sub(r"notice-[0-9a-f]{12}", "notice-…", text)
    return re.sub(r"prod/db-\w+", "prod/db-…", text)


@pytest.fixture(scope="module")
def calm(running_cloud: Cloud) -> dict[str, tuple[set[str], set[str]]]:
    """What each scene calls and says when nothing is denied."""
    found = {}
    for make in SCENES:
        scene = make(build(running_cloud))
        played(scene)
        found[make.__name__] = set(scene.world.wire.calls), {plain(part) for part in paragraphs(scene)}
    return found


def test_every_call_of_every_response_is_denied_below(calm: dict[str, tuple[set[str], set[str]]]) -> None:
    made = {call for calls, _ in calm.values() for call in calls}
    assert made == set(DENIALS)


def test_every_golden_file_is_of_a_call() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {f"{_file(call)}.txt" for call in DENIALS}


@pytest.mark.parametrize("call", DENIALS)
def test_one_denied_call_stops_nothing_else_and_says_who_must_do_what(
    running_cloud: Cloud, calm: dict[str, tuple[set[str], set[str]]], call: str
) -> None:
    make = DENIALS[call]
    scene = make(build(running_cloud))
    bystander = scene.world.state()["users"]["bystander"]
    scene.world.wire.deny(call)
    lines = played(scene)
    told = list(dict.fromkeys(plain(part) for part in paragraphs(scene)))
    new = [part for part in told if part not in calm[make.__name__][1]]
    shown = f"{make.__name__} with {call} denied\n\n" + "\n".join(map(plain, lines)) + "\n\n" + "\n\n".join(new) + "\n"
    golden = GOLDEN / f"{_file(call)}.txt"
    if WRITE:
        assert not os.environ.get("CI"), "golden files are written and read by a person, never in CI"
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(shown)
    assert scene.world.state()["users"]["bystander"] == bystander
    assert shown == golden.read_text()
    assert scene.stuck == [] or call.startswith(_OURS)


_OURS = ("dynamodb:", "sqs:")
"""Without its ledger or queue a follow-up goes back to the queue, which keeps it, and then to the dead letters."""


def _file(call: str) -> str:
    return call.replace(":", "-")
