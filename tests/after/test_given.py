"""What the owner is given beside an open incident: after a release it stays, and whoever is contained gives nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib import sources
from chalicelib.entries import Replaced
from chalicelib.follow_up import resume
from chalicelib.model import Mode
from chalicelib.orders.undo import approve, release
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, LOCK, leak, reloaded
from tests.world import build, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from chalicelib.incident import Incident
    from drill.cloud.lifecycle import Cloud
    from tests.world import World

Given = tuple[str, dict[str, Any], dict[str, Any]]
"""The call, what it asked and what it answered."""


def key(world: World) -> Given:
    made = world.admin("iam").create_access_key(UserName="victim")["AccessKey"]
    answer = {"accessKeyId": made["AccessKeyId"], "status": "Active", "userName": "victim"}
    return "CreateAccessKey", {"userName": "victim"}, {"accessKey": answer}


def service_credential(world: World) -> Given:
    service = {"UserName": "victim", "ServiceName": "codecommit.amazonaws.com"}
    made = world.admin("iam").create_service_specific_credential(**service)["ServiceSpecificCredential"]
    answer = {"serviceSpecificCredentialId": made["ServiceSpecificCredentialId"], "userName": "victim"}
    return "CreateServiceSpecificCredential", {"userName": "victim"}, {"serviceSpecificCredential": answer}


def password(world: World) -> Given:
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    return "CreateLoginProfile", {"userName": "victim"}, {"loginProfile": {"userName": "victim"}}


GIVEN = pytest.mark.parametrize("give", [key, service_credential, password], ids=lambda give: give.__name__)


def by(world: World, name: str, used: str = "AKIAI44QH8DHBEXAMPLE") -> dict[str, Any]:
    return {**signals.user_identity(name, used), "principalId": world.unique_id(name)}


def told_of(world: World, given: Given, who: dict[str, Any]) -> list[str]:
    """CloudTrail says who gave it just now."""
    name, asked, answer = given
    at = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    event = signals.call(name, by=who, requestParameters=asked, responseElements=answer, eventTime=at, eventID=str(at))
    parsed = sources.read(event, world.at)
    assert isinstance(parsed, tuple)
    return [respond(signal, world.ports()).what for signal in parsed]


def followed(world: World, times: int = 5) -> None:
    for _ in range(times):
        world.later(61)
        resume(LOCK, world.ports())


def held(world: World) -> tuple[Any, ...]:
    """What of the owner's works: keys by their states, what else there is, the password, and what denies them."""
    user = world.state()["users"]["victim"]
    return user["keys"], user["held"], user["password"], user["attached"], user["boundary"]


def released(world: World) -> Incident:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    release(incident.id, ANA, "the owner gets a new key", world.ports())
    world.later(60)
    return reloaded(world, incident)


def narrowed(world: World) -> Incident:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    followed(world, 2)
    assert reloaded(world, incident).narrowed
    return incident


@GIVEN
@pytest.mark.parametrize("let_go", [released, narrowed], ids=lambda way: way.__name__)
@pytest.mark.parametrize("giver", ["bystander", "victim"])
def test_what_is_given_by_who_is_not_contained_stays_and_is_told(
    world: World, give: Callable[[World], Given], let_go: Callable[[World], Incident], giver: str
) -> None:
    incident = let_go(world)
    given = give(world)
    before, seen = held(world), len(world.wire.published)
    assert told_of(world, given, by(world, giver)) == ["told"]
    assert "If that is expected" in " ".join(json.loads(world.wire.published[seen])["default"].split())
    followed(world)
    assert held(world) == before
    assert reloaded(world, incident).joined == ()


def test_a_new_key_that_is_set_inactive_and_active_again_stays_active(world: World) -> None:
    released(world)
    name, asked, answer = key(world)
    told_of(world, (name, asked, answer), by(world, "bystander"))
    new, iam = answer["accessKey"]["accessKeyId"], world.admin("iam")
    for status in ("Inactive", "Active"):
        iam.update_access_key(UserName="victim", AccessKeyId=new, Status=status)
    revived: Given = ("UpdateAccessKey", {"userName": "victim", "accessKeyId": new, "status": "Active"}, {})
    before = held(world)
    assert told_of(world, revived, by(world, "bystander")) == ["told"]
    followed(world)
    assert held(world) == before


@pytest.mark.parametrize("let_go", [released, narrowed], ids=lambda way: way.__name__)
def test_the_leaked_key_that_is_set_active_again_dies_again(world: World, let_go: Callable[[World], Incident]) -> None:
    incident = let_go(world)
    [leaked] = incident.ended
    world.admin("iam").update_access_key(UserName="victim", AccessKeyId=leaked, Status="Active")
    told_of(
        world,
        ("UpdateAccessKey", {"userName": "victim", "accessKeyId": leaked, "status": "Active"}, {}),
        by(world, "bystander"),
    )
    followed(world)
    assert world.state()["users"]["victim"]["keys"][leaked] == "Inactive"


def accomplice(world: World) -> dict[str, Any]:
    """Another user, who is contained."""
    stolen = world.new_key("bystander")
    details = {"principalId": world.unique_id("bystander")}
    leak(world, signals.guardduty(stolen, user="bystander", details=details))
    return by(world, "bystander", stolen)


@pytest.mark.parametrize("let_go", [released, narrowed], ids=lambda way: way.__name__)
def test_a_key_that_a_contained_principal_gives_dies_and_is_told(
    world: World, let_go: Callable[[World], Incident]
) -> None:
    let_go(world)
    who = accomplice(world)
    holder: boto3.Session = world.holder("victim")
    credentials = holder.get_credentials()
    assert credentials
    answer = {"accessKey": {"accessKeyId": credentials.access_key, "status": "Active", "userName": "victim"}}
    seen = len(world.wire.published)
    assert told_of(world, ("CreateAccessKey", {"userName": "victim"}, answer), who) == ["contained"]
    assert not works(holder)
    assert any(credentials.access_key in text for text in world.wire.published[seen:])
    followed(world)
    assert world.state()["users"]["victim"]["keys"][credentials.access_key] == "Inactive"


def test_a_key_that_the_leaked_key_made_dies_and_is_told(world: World) -> None:
    stolen = world.new_key("victim")
    leak(world, signals.guardduty(stolen))
    world.later(10)
    given = key(world)
    made = given[2]["accessKey"]["accessKeyId"]
    assert told_of(world, given, by(world, "victim", stolen)) == ["contained"]
    [_, text] = world.wire.published
    assert "We ended that, too" in " ".join(json.loads(text)["default"].split())
    assert world.state()["users"]["victim"]["keys"][made] == "Inactive"
    told_of(world, given, by(world, "victim", stolen))
    assert len(world.wire.published) == 2  # once


@GIVEN
def test_what_a_bystander_gives_while_everything_is_denied_is_a_question(
    world: World, give: Callable[[World], Given]
) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(2)
    given = give(world)
    before = held(world)
    told_of(world, given, by(world, "bystander"))
    assert held(world) == before
    assert len(reloaded(world, incident).joined) == 1
    [_, text] = world.wire.published
    assert "left as it is" in " ".join(json.loads(text)["default"].split())
    assert "leak-responder contain" in json.loads(text)["default"]


def test_a_mode_that_acts_on_suspicion_ends_it_and_says_so(world: World) -> None:
    world.with_settings(mode=Mode.CONTAIN_SUSPECTED)
    leak(world, signals.guardduty(world.new_key("victim")))
    world.later(2)
    given = key(world)
    assert told_of(world, given, by(world, "bystander")) == ["contained"]
    assert world.state()["users"]["victim"]["keys"][given[2]["accessKey"]["accessKeyId"]] == "Inactive"
    assert "We ended that, too" in " ".join(json.loads(world.wire.published[1])["default"].split())


def test_a_second_key_that_only_a_person_may_end_is_a_question(world: World) -> None:
    """A mode that asks about everything: the plan about the first key was approved, and the second leaks later."""
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    first, second = world.new_key("victim"), world.new_key("victim")
    incident = leak(world, signals.guardduty(first))
    approve(incident.id, ANA, world.ports())
    followed(world, 2)
    seen = len(world.wire.published)
    leak(world, signals.guardduty(second, id="another-finding-about-the-second-key"))
    assert world.state()["users"]["victim"]["keys"][second] == "Active"
    told = [text for text in world.wire.published[seen:] if second in text]
    assert len(told) == 1
    assert "left as it is" in " ".join(json.loads(told[0])["default"].split())


def test_a_step_that_is_refused_is_told_as_left(world: World) -> None:
    stolen = world.new_key("victim")
    leak(world, signals.guardduty(stolen))
    world.later(10)
    given = key(world)
    world.wire.deny("iam:UpdateAccessKey")
    told_of(world, given, by(world, "victim", stolen))
    assert "We could NOT end it" in " ".join(json.loads(world.wire.published[1])["default"].split())


@pytest.mark.parametrize("kept", [False, True])
def test_a_replacement_in_the_making_is_never_raced(world: World, kept: bool) -> None:
    """The event of the new key comes before the ledger knows its id, or after, or the order was cut off in between."""
    incident = released(world)
    order = Replaced("arn:aws:secretsmanager:us-east-1:111122223333:secret:x", "role", ANA, "a new key", ())
    ports = world.ports()
    incident = ports.ledger.append(incident, ports.now(), order)
    given = key(world)
    made = given[2]["accessKey"]["accessKeyId"]
    if kept:
        done = Replaced(order.secret, order.reader, order.by, order.reason, (), made)
        ports.ledger.append(incident, ports.now(), done)
    assert told_of(world, given, by(world, "bystander")) == ["told"]
    followed(world)
    assert world.state()["users"]["victim"]["keys"][made] == "Active"


MOVES = (
    "a bystander gives a key",
    "it is set inactive",
    "it is set active",
    "a look",
    "time",
    "the leaked key is revived",
)


@settings(max_examples=15)
@given(moves=st.lists(st.sampled_from(MOVES), min_size=1, max_size=7), let_go=st.sampled_from([released, narrowed]))
def test_in_any_order_the_owner_s_keys_are_as_people_left_them_and_the_leaked_one_is_dead(
    running_cloud: Cloud, moves: list[str], let_go: Callable[[World], Incident]
) -> None:
    world = build(running_cloud)
    [leaked] = let_go(world).ended
    iam, wanted = world.admin("iam"), {leaked: "Inactive"}
    for number, move in enumerate((*moves, "a look")):
        world.later(3)
        new = [known for known in wanted if known != leaked]
        match move:
            case "a bystander gives a key" if not new:
                given_key = key(world)
                wanted[given_key[2]["accessKey"]["accessKeyId"]] = "Active"
                told_of(world, given_key, by(world, "bystander"))
            case "it is set inactive" | "it is set active" if new:
                status = "Active" if move.endswith(" active") else "Inactive"
                iam.update_access_key(UserName="victim", AccessKeyId=new[0], Status=status)
                wanted[new[0]] = status
                asked = {"userName": "victim", "accessKeyId": new[0], "status": status}
                if status == "Active":
                    told_of(world, ("UpdateAccessKey", asked, {}), by(world, "bystander"))
            case "the leaked key is revived" if moves.index(move) == number:
                iam.update_access_key(UserName="victim", AccessKeyId=leaked, Status="Active")
                asked = {"userName": "victim", "accessKeyId": leaked, "status": "Active"}
                told_of(world, ("UpdateAccessKey", asked, {}), by(world, "bystander"))
            case "time":
                world.later(300)
            case "a look":
                followed(world, 3)
            case _:
                pass
    assert world.state()["users"]["victim"]["keys"] == wanted
