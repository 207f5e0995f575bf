"""What the role of a machine does that people do: asked about where it never did so, and told where it often does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import sources
from chalicelib.ledger import habits
from chalicelib.respond import respond, sift
from tests import signals
from tests.world import ACCOUNT, START

if TYPE_CHECKING:
    from tests.world import World

INSTANCE = "i-0abc1234def567890"
DAY = 24 * 3600


def machine(world: World, session: str = INSTANCE, **members: Any) -> dict[str, Any]:
    """A session that an instance has of the role worker."""
    role = world.admin("iam").get_role(RoleName="worker")["Role"]
    issuer = {"type": "Role", "arn": role["Arn"], "userName": "worker", "principalId": role["RoleId"]}
    context = {"sessionIssuer": issuer, "ec2RoleDelivery": "2.0"}
    return {
        "type": "AssumedRole",
        "principalId": f"{role['RoleId']}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": context,
        **members,
    }


def gives_rights(world: World, number: int = 1, **members: Any) -> dict[str, Any]:
    """The machine gives a user rights that reach everything, now."""
    asked = {"userName": "bystander", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    return _now(world, "AttachUserPolicy", f"event-{number}", requestParameters=asked, **members)


def makes_a_key(world: World) -> dict[str, Any]:
    """The machine makes a key for a user, now."""
    made = {"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "status": "Active", "userName": "bystander"}}
    return _now(world, "CreateAccessKey", "a-key", requestParameters={"userName": "bystander"}, responseElements=made)


def _now(world: World, name: str, event_id: str, **members: Any) -> dict[str, Any]:
    who = members.pop("userIdentity", None) or machine(world)
    at = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    return signals.call(name, **{"userIdentity": who, "eventTime": at, "eventID": event_id, **members})


def answers(world: World, event: dict[str, Any]) -> list[str]:
    parsed = sources.read(event, world.at)
    assert isinstance(parsed, tuple)
    return [respond(signal, world.ports()).what for signal in parsed]


@pytest.fixture
def known(world: World) -> World:
    """A responder that has known the habits of machines for longer than it goes back."""
    habits.begin(world.ports().ledger.table, START - timedelta(days=31))
    return world


def test_the_first_time_a_person_is_asked(known: World) -> None:
    assert answers(known, gives_rights(known)) == ["ask"]


def test_a_key_that_it_makes_is_asked_about_and_told(known: World) -> None:
    before = known.state()["users"]["bystander"]
    assert answers(known, makes_a_key(known)) == ["ask", "told"]
    assert known.state()["users"]["bystander"] == before


def test_the_same_event_again_is_no_habit(known: World) -> None:
    event = gives_rights(known)
    assert answers(known, event) == ["ask"]
    assert answers(known, event) == ["repeated"]


def test_the_second_time_that_day_is_no_habit_either(known: World) -> None:
    [signal] = sources.read(gives_rights(known), known.at)  # type: ignore[misc]
    habits.note(known.ports().ledger.table, signal)
    assert answers(known, gives_rights(known, 2)) == ["ask"]


@pytest.mark.parametrize(("days", "answer"), [(1, "told"), (29, "told"), (30, "told"), (31, "ask"), (60, "ask")])
def test_what_it_did_within_a_month_is_told(known: World, days: int, answer: str) -> None:
    [signal] = sources.read(gives_rights(known), known.at)  # type: ignore[misc]
    habits.note(known.ports().ledger.table, signal)
    known.later(days * DAY)
    assert answers(known, gives_rights(known, 2)) == [answer]


def test_who_gave_rights_has_not_for_that_reason_made_keys(known: World) -> None:
    [signal] = sources.read(gives_rights(known), known.at)  # type: ignore[misc]
    habits.note(known.ports().ledger.table, signal)
    known.later(DAY)
    assert answers(known, makes_a_key(known)) == ["ask", "told"]


@pytest.mark.parametrize(("days", "answer"), [(None, "told"), (0, "told"), (29, "told"), (30, "ask")])
def test_who_has_not_watched_for_a_month_only_tells(world: World, days: int | None, answer: str) -> None:
    if days is not None:
        habits.begin(world.ports().ledger.table, world.at - timedelta(days=days))
    assert answers(world, gives_rights(world)) == [answer]


def test_what_was_known_before_stays_known(world: World) -> None:
    table = world.ports().ledger.table
    habits.begin(table, world.at - timedelta(days=40))
    habits.begin(table, world.at)
    assert answers(world, gives_rights(world)) == ["ask"]


def test_configured_automation_is_at_its_work(known: World) -> None:
    known.with_settings(automation={f"arn:aws:iam::{ACCOUNT}:role/worker": ("AttachUserPolicy",)})
    assert answers(known, gives_rights(known)) == ["ignored"]


def test_a_person_with_a_role_is_told(known: World) -> None:
    who = machine(known, session="ana")
    who["sessionContext"].pop("ec2RoleDelivery")
    assert answers(known, gives_rights(known, userIdentity=who)) == ["told"]


def test_a_function_is_a_machine(known: World) -> None:
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    scope = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": function}
    who = machine(known, session="f", inScopeOf=scope)
    who["sessionContext"].pop("ec2RoleDelivery")
    assert answers(known, gives_rights(known, userIdentity=who)) == ["ask"]


def test_a_machine_that_signs_in_to_the_console_is_asked_about_at_once(world: World) -> None:
    page = {"eventSource": "signin.amazonaws.com", "responseElements": {"ConsoleLogin": "Success"}}
    event = _now(world, "ConsoleLogin", "in", additionalEventData={"MFAUsed": "No"}, **page)
    event |= {"source": "aws.signin", "detail-type": "AWS Console Sign In via CloudTrail"}
    [signal] = sources.read(event, world.at)  # type: ignore[misc]
    assert sift(signal, world.ports()).what == "queued"
    assert answers(world, event) == ["ask"]


def test_what_it_tried_in_vain_is_no_habit(known: World) -> None:
    assert answers(known, gives_rights(known, errorCode="AccessDenied")) == ["ignored"]
    known.later(DAY)
    assert answers(known, gives_rights(known, 2)) == ["ask"]
