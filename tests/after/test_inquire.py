"""The inquiry of a deployed stack: held once an incident is contained, kept, and its children contained by the mode."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.follow_up import follow_up
from chalicelib.follow_up.inquire import Sight, inquire_into
from chalicelib.inquiry import kept, tree
from chalicelib.inquiry.limit import Limit, Limited
from chalicelib.inquiry.places.place import Hit
from chalicelib.inquiry.readers.logs import File, Logs
from chalicelib.inquiry.where_used import Found
from chalicelib.model import Mode, Sign
from chalicelib.orders.undo import release, restore
from tests import signals
from tests.after.scene import ANA, DAY, LOCK, closed, leak, queued
from tests.backtest import logs
from tests.inquiry import story
from tests.sources.events import AKIA
from tests.world import ACCOUNT, START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from chalicelib.inquiry.trail import Trail
    from tests.world import World


@pytest.fixture
def trail(world: World, tmp_path: Path) -> tuple[str, Callable[[datetime], AbstractContextManager[Trail]]]:
    """The victim's key, and what CloudTrail has of it: a key for a new user, a role session, and a function."""
    stolen, minted = world.new_key("victim"), world.user("mallory") and world.new_key("mallory")
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    who, other = story.user("victim", stolen), story.user("mallory", minted)
    session = story.minted(story.FIRST_HOP, "worker", "x")
    session["assumedRoleUser"]["assumedRoleId"] = f"{role_id}:x"
    made = {"accessKey": {"userName": "mallory", "accessKeyId": minted}}
    function = {"functionName": "cleanup", "functionArn": story.FUNCTION, "role": story.arn("worker")}
    logs.log(
        tmp_path / "a.json",
        *(
            _ours(one)
            for one in (
                story.call("iam", "CreateUser", "24T03:00:00", who, {"userName": "mallory"}),
                story.call("iam", "CreateAccessKey", "24T03:01:00", who, {"userName": "mallory"}, made),
                story.call("sts", "AssumeRole", "24T03:02:00", other, {"roleArn": story.arn("worker")}, session),
                story.call("lambda", "CreateFunction20150331", "24T03:03:00", other, function, function),
                story.call("secretsmanager", "GetSecretValue", "24T03:04:00", who, {"secretId": "db"}),
            )
        ),
    )

    @contextmanager
    def read(_: datetime) -> Iterator[Trail]:
        yield Logs(lambda: map(File, (tmp_path / "a.json",)), "here")

    return stolen, read


def nowhere(_: Iterable[str]) -> Found:
    """A search that finds nothing."""
    return Found((), ())


def in_a_variable(keys: Iterable[str]) -> Found:
    """A search that finds each."""
    return Found(tuple(Hit(key, "Lambda function", "job", "eu-west-1", "variable KEY", "a role") for key in keys), ())


def _ours(record: Any) -> Any:
    """The same in the account of the embedded AWS, and in its time."""
    ours = json.loads(json.dumps(record).replace("111122223333", ACCOUNT))
    return {**ours, "eventTime": f"{START:%Y-%m-%dT%H:%M:%SZ}"}


def contained(world: World, key: str) -> str:
    """The id of the victim's incident, closed, with all that was queued meanwhile done."""
    url = world.admin("sqs").create_queue(QueueName="inquiries")["QueueUrl"]
    world.with_settings(inquire=True, inquiry_queue=url)
    leak(world, signals.guardduty(key))
    return closed(world).id


def test_what_a_contained_credential_made_is_contained_once_and_the_rest_is_named(
    world: World, trail: tuple[str, Any]
) -> None:
    stolen, read = trail
    incident = contained(world, stolen)
    queued(world)
    asked = world.admin("sqs").receive_message(QueueUrl=world.settings.inquiry_queue, MaxNumberOfMessages=10)
    assert [json.loads(one["Body"]) for one in asked["Messages"]] == [
        {"inquire": incident, "hop": 1}
    ]  # one more in 15 minutes

    world.admin("secretsmanager").create_secret(Name="db", SecretString="x", Tags=[{"Key": "Owner", "Value": "orders"}])
    assert inquire_into(incident, world.ports(), Sight(read, in_a_variable)).what == "inquired"
    first = [follow_up(body, world.ports()).what for body in queued(world)]
    assert sorted(first) == ["contained", "contained", "contained"]  # the user, with its key, and the role's session

    mallory, worker = world.incident(f"{ACCOUNT}/user/mallory"), world.incident(f"{ACCOUNT}/role/worker")
    assert mallory
    assert worker
    assert {one.sign for one in mallory.signals} == {Sign.MINTED}
    assert (mallory.did("quarantine-user"), mallory.did("deactivate-key")) == (True, True)
    assert worker.steps[0].arguments["session"].endswith(":x")

    inquire_into(incident, world.ports(), Sight(read, in_a_variable))
    again = [follow_up(body, world.ports()).what for body in queued(world)]
    assert set(again) <= {"repeated", "folded"}

    found = kept.newest(world.ports().ledger.table, incident)
    assert found
    states = {one["kind"]: one for one in tree.with_states(found, world.ports().ledger)["children"]}
    assert states["access key"]["state"] == f"contained: incident {mallory.id}"
    assert (states["role session"]["contained"], states["Lambda function"]["contained"]) == (True, False)
    assert "delete it" in states["Lambda function"]["state"]
    remedies = [(one["name"], one["remedy"]["owner"], one["remedy"]["reason"]) for one in found["rotate"]]
    assert remedies == [("db", "orders, as its tag owner says", "it has no rotation")]
    assert [one["key"] for one in found["written"]] == [stolen, states["access key"]["name"]]

    closed(world, f"{ACCOUNT}/user/mallory")  # whose own incident asks for no inquiry: the parent's has followed it
    left = world.admin("sqs").receive_message(QueueUrl=world.settings.inquiry_queue, MaxNumberOfMessages=10)
    assert left.get("Messages", []) == []


def test_the_messages_that_follow_say_what_was_found(world: World, trail: tuple[str, Any]) -> None:
    stolen, read = trail
    incident = contained(world, stolen)
    queued(world)
    assert "We have not looked for it yet." in told(world)
    inquire_into(incident, world.ports(), Sight(read, in_a_variable))
    for body in queued(world):
        follow_up(body, world.ports())
    mallory = world.incident(f"{ACCOUNT}/user/mallory")
    assert mallory
    release(incident, ANA, "a new key was handed over", world.ports())
    said = told(world)
    assert f"contained user mallory: contained: incident {mallory.id}" in said
    assert "Still to be done: 1 of what it made is not contained, 1 secret that it read is not rotated." in said
    assert "We have not looked for it yet." not in said


def told(world: World) -> str:
    """The text of the newest message, on one line."""
    return " ".join(json.loads(world.wire.published[-1])["default"].split())


def test_after_a_false_alarm_nobody_else_is_contained(world: World, trail: tuple[str, Any]) -> None:
    stolen, read = trail
    incident = leak(world, signals.guardduty(stolen))
    restore(incident.id, ANA, "it was our scanner", world.ports())
    queued(world)
    assert inquire_into(incident.id, world.ports(), Sight(read, nowhere)).what == "inquired"
    assert queued(world) == []


def test_what_bears_the_name_after_the_cut_off_is_the_owner_s_and_is_left_alone(world: World, tmp_path: Path) -> None:
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    incident = leak(world, signals.exfiltration("worker", role_id, "i-0abc"))
    queued(world)
    by = story.session("worker", "i-0abc", story.FIRST_HOP)
    made = {"accessKey": {"userName": "bystander", "accessKeyId": world.new_key("bystander")}}
    for passed, found in ((-2 * DAY, []), (0, ["contained"]), (3600, [])):  # what is much older is only named
        record = story.call("iam", "CreateAccessKey", "24T03:01:00", by, {"userName": "bystander"}, made)
        at = START + timedelta(seconds=passed)
        logs.log(tmp_path / f"{passed}.json", {**_ours(record), "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"})

        @contextmanager
        def read(_: datetime, file: Path = tmp_path / f"{passed}.json") -> Iterator[Trail]:
            yield Logs(lambda: map(File, (file,)), "here")

        assert inquire_into(incident.id, world.ports(), Sight(read, nowhere)).what == "inquired"
        assert [follow_up(body, world.ports()).what for body in queued(world)] == found


def test_while_the_incident_waits_for_an_answer_its_children_are_only_named(
    world: World, trail: tuple[str, Any]
) -> None:
    stolen, read = trail
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(world, signals.guardduty(stolen))
    queued(world)
    inquire_into(incident.id, world.ports(), Sight(read, nowhere))
    assert queued(world) == []
    found = kept.newest(world.ports().ledger.table, incident.id)
    assert found
    states = {one["name"]: one["state"] for one in tree.with_states(found, world.ports().ledger)["children"]}
    assert states["mallory"] == "no incident is about it"
    assert world.incident(LOCK)
    assert inquire_into("20260101-00000000", world.ports(), Sight(read, nowhere)).what == "settled"


def test_a_document_that_is_too_large_is_kept_with_what_was_left_out() -> None:
    lines = [{"call": f"{number:x}" * 60} for number in range(60_000)]
    empty: dict[str, Any] = {name: [] for name in ("refused", "before", "children", "breaks", "rotate")}
    packed = kept.packed({**empty, "timeline": lines, "complete": {"gaps": []}})
    assert len(packed) < 400_000
    found = kept.unpacked(packed)
    assert found["timeline"] == lines[: len(found["timeline"])]
    (gap,) = found["complete"]["gaps"]
    assert gap["what"] == f"{60_000 - len(found['timeline']):,} lines"


def test_a_trail_that_takes_too_long_ends_and_says_so(tmp_path: Path) -> None:
    logs.log(tmp_path / "a.json", *story.habits())
    times = iter(range(100))
    trail = Limited(Logs(lambda: map(File, (tmp_path / "a.json",)), "here"), Limit(lambda: next(times), 5))
    assert len(list(trail.calls([f"key:{AKIA}"]))) == 5
    assert trail.gaps()[-1].why == "there was no time left for it"
