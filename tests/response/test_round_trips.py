"""Two serial round trips until the credential is powerless, three until its key is inactive, one more for a bare id.

The calls of a round trip are held until all of them are on their way: what is not side by side never gets there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Condition
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import sources
from chalicelib.aws import Aws
from chalicelib.delivery import answer_delivered
from chalicelib.respond import respond
from tests import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.ports import Ports
    from tests.world import World

PATIENCE = 20.0  # seconds, for a round trip that never becomes complete

CLAIM = ("TransactWriteItems", "GetUser", "ListAccessKeys", "GetLoginProfile", "ListAttachedUserPolicies")
STRIKE = ("AttachUserPolicy", "GetPolicy", "TransactWriteItems")
KEY = (CLAIM, STRIKE, ("GetPolicyVersion", "UpdateAccessKey"))
ROLE = (("TransactWriteItems", "GetRole"), ("PutRolePolicy", "TransactWriteItems"))


@dataclass
class Gate:
    """Holds every call back until a whole round trip has come."""

    waiting: list[str] = field(default_factory=list)
    trips: int = 0
    is_open: bool = False
    moved: Condition = field(default_factory=Condition)

    def before_send(self, event_name: str, **_: object) -> None:
        """A request is signed and about to leave."""
        with self.moved:
            mine = self.trips
            self.waiting.append(event_name.rpartition(".")[2])
            self.moved.notify_all()
            self.moved.wait_for(lambda: self.is_open or self.trips > mine)

    def let_pass(self, trip: tuple[str, ...]) -> None:
        """These calls, once they all wait side by side and no other does."""
        with self.moved:
            came = self.moved.wait_for(lambda: sorted(self.waiting) == sorted(trip), PATIENCE)
            assert came, f"round trip {self.trips + 1} should be {sorted(trip)} and is {sorted(self.waiting)}"
            self._release()

    def open(self) -> None:
        """Everything passes from now on."""
        with self.moved:
            self.is_open = True
            self._release()

    def _release(self) -> None:
        self.trips += 1
        self.waiting.clear()
        self.moved.notify_all()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def ports(world: World, gate: Gate) -> Iterator[Ports]:
    """A responder with real threads, whose calls wait at the gate."""
    session = world.account.cloud.session()
    session.events.register("before-send", gate.before_send)
    aws = Aws(session, "us-east-1")
    with ThreadPoolExecutor(16) as pool:
        usual = world.ports(pool)
        yield replace(
            usual, aws=aws, ledger=replace(usual.ledger, table=replace(usual.ledger.table, client=aws.dynamodb()))
        )


def a_user_key(world: World) -> dict[str, Any]:
    return signals.guardduty(world.new_key("victim"))


def a_role_session(world: World) -> dict[str, Any]:
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    return signals.exfiltration("worker", role_id, "i-0abc")


def a_bare_key_id(world: World) -> dict[str, Any]:
    return signals.health(world.new_key("victim"))


def a_child(world: World) -> dict[str, Any]:
    """A key that a contained principal made for somebody else."""
    (signal,) = sources.read(signals.guardduty(world.new_key("victim")), world.at)  # type: ignore[misc]
    respond(signal, world.ports())
    created = {"accessKey": {"accessKeyId": world.new_key("bystander"), "userName": "bystander", "status": "Active"}}
    by, asked = signals.user_identity("victim"), {"userName": "bystander"}
    return signals.call("CreateAccessKey", by=by, requestParameters=asked, responseElements=created)


@pytest.mark.parametrize(
    ("leak", "trips"),
    [
        (a_user_key, KEY),
        (a_role_session, ROLE),
        (a_bare_key_id, (("GetAccessKeyLastUsed",), *KEY)),
        (a_child, (("BatchGetItem",), *KEY)),
    ],
)
def test_no_more_round_trips_than_promised(
    world: World, gate: Gate, ports: Ports, leak: Callable[[World], dict[str, Any]], trips: tuple[tuple[str, ...], ...]
) -> None:
    (signal,) = sources.read(leak(world), world.at)  # type: ignore[misc]
    with ThreadPoolExecutor(1) as lambda_:
        answer = lambda_.submit(respond, signal, ports)
        try:
            for trip in trips:
                gate.let_pass(trip)
        finally:
            gate.open()
        assert answer.result().what == "contained"


@pytest.mark.parametrize(("age", "before"), [(0, ()), (120, (("UpdateItem",),))])
def test_no_fresh_strike_waits_to_learn_whether_its_finding_comes_again(
    world: World, gate: Gate, ports: Ports, age: int, before: tuple[tuple[str, ...], ...]
) -> None:
    (signal,) = sources.read(a_user_key(world), world.at)  # type: ignore[misc]
    signal = replace(signal, at=world.at - timedelta(seconds=age))
    with ThreadPoolExecutor(1) as lambda_:
        answer = lambda_.submit(answer_delivered, signal, ports, respond)
        try:
            for trip in (*before, *KEY):
                gate.let_pass(trip)
        finally:
            gate.open()
        assert answer.result().what == "contained"


def test_one_thread_is_enough_so_that_no_task_waits_for_another(world: World) -> None:
    (signal,) = sources.read(a_user_key(world), world.at)  # type: ignore[misc]
    with ThreadPoolExecutor(1) as pool:
        assert respond(signal, world.ports(pool)).what == "contained"
