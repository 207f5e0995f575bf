"""Our own policy denies nothing any more, or is gone: AWS's own policy denies in its place, and nothing else does.

The verdicts are signed calls of whoever has the leaked key, judged by the embedded AWS.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.actions import deny_all
from chalicelib.incident import DENIES
from chalicelib.orders.undo import RefusedError, release, restore
from chalicelib.respond import respond
from tests import signals
from tests.response import life
from tests.response.life import Life
from tests.world import ALLOW, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from chalicelib.incident import Incident
    from tests.world import World

AWSS_OWN = "arn:aws:iam::aws:policy/AWSDenyAll"


def plain(world: World) -> None:
    """A user as most are."""
    del world


def fenced(world: World) -> None:
    """A user with a boundary of their own."""
    iam = world.admin("iam")
    arn = iam.create_policy(PolicyName="fence", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="victim", PermissionsBoundary=arn)


def nine(world: World) -> None:
    """A user with room for one more policy, which ours takes where it is there still."""
    life.fill(world, "victim", 9)


def ten(world: World) -> None:
    """A user with room for none."""
    life.fill(world, "victim", 10)


def ten_and_fenced(world: World) -> None:
    """Both."""
    ten(world)
    fenced(world)


ATTACHED, BOUND = "attach-deny-all", "bound-user"
USERS: dict[str, tuple[Callable[[World], None], str]] = {
    "plain": (plain, ATTACHED),
    "own boundary": (fenced, ATTACHED),
    "nine policies": (nine, BOUND),
    "ten policies": (ten, BOUND),
    "ten policies and own boundary": (ten_and_fenced, BOUND),
}
"""Users, with the way on which AWS's own policy denies them everything."""

CASES = {f"{user}, {attack}": (user, attack) for user in USERS for attack in life.ATTACKS}
each_case = pytest.mark.parametrize(("user", "attack"), CASES.values(), ids=CASES)
each_attack = pytest.mark.parametrize("attack", life.ATTACKS)


def way_of(user: str, attack: str) -> str:
    """The way that is left. A policy that was deleted takes no place."""
    return ATTACHED if (user, attack) == ("nine policies", "deleted") else USERS[user][1]


def people(world: World) -> tuple[dict[str, Any], list[boto3.Session]]:
    """The event of the leak, and whoever has the key or a session of it."""
    intruder = world.holder("victim")
    return signals.guardduty(key_id(intruder)), [intruder, world.minted(intruder)]


def contained(world: World, event: dict[str, Any]) -> Incident:
    """The event answered, and containment said."""
    answer = respond(life.read(event, world), world.ports())
    assert answer.incident is not None
    assert answer.what == "contained"
    return answer.incident


def first_message(world: World) -> str:
    """What people were told first, as they read it."""
    return str(json.loads(world.wire.published[0])["default"])


def texts(world: World) -> dict[str, str] | None:
    """What each version of our policy says; None where it is gone."""
    found: dict[str, dict[str, str]] = world.state()["policies"]
    return found.get("leak-responder-quarantine")


@each_case
def test_contained_when_it_is_said_and_restored_to_the_byte(world: World, user: str, attack: str) -> None:
    USERS[user][0](world)
    bystander = world.holder("bystander")
    event, intruders = people(world)
    life.ATTACKS[attack](world)
    before = world.state()
    assert all(map(works, intruders))

    incident = contained(world, event)
    assert [works(one) for one in intruders] == [False, False]
    assert works(bystander)
    deny = [step for step in incident.steps if step.action in DENIES and incident.stands(step)][-1]
    assert (deny.action, deny.arguments["policy_arn"]) == (way_of(user, attack), AWSS_OWN)
    said = " ".join(first_message(world).split())
    assert "It can do nothing any more: contained" in said
    assert "No guard of the organisation holds this deny." in said

    restore(incident.id, life.PERSON, "a load test", world.ports())
    assert world.state() == before
    assert all(map(works, intruders))


@each_attack
def test_it_is_set_back_where_its_version_is_left_and_is_never_given_a_text(world: World, attack: str) -> None:
    event, _ = people(world)
    life.ATTACKS[attack](world)
    before = texts(world)
    leak = Life(world, life.read(event, world))
    leak.responded()
    incident = leak.closed()
    assert texts(world) == before
    said = [one.reason for one in incident.withheld if one.action == ATTACHED]
    if attack != "another default version":
        assert said == [UNMENDED[attack].format(world.settings.quarantine_policy)]
        return
    assert said == []
    assert deny_all.look(world.account.aws, incident.steps[0]).good


UNMENDED = {
    "no deployed version": "no version of our policy {} says what was deployed",
    "deleted": "our policy {} was deleted",
}


@each_case
def test_released_what_is_old_stays_dead_and_a_new_key_works(world: World, user: str, attack: str) -> None:
    USERS[user][0](world)
    event, intruders = people(world)
    life.ATTACKS[attack](world)
    incident = contained(world, event)
    world.later(life.MINUTE)
    if "own boundary" in user:
        with pytest.raises(RefusedError, match="whose place the narrower deny would take"):
            release(incident.id, life.PERSON, "handed over", world.ports())
        assert [works(one) for one in intruders] == [False, False]
        return
    release(incident.id, life.PERSON, "handed over", world.ports())
    assert [works(one) for one in intruders] == [False, False]
    assert works(world.holder("victim"))
    assert AWSS_OWN.rpartition("/")[2] not in world.state()["users"]["victim"]["attached"]


@pytest.mark.parametrize("released", [False, True])
def test_awss_own_policy_that_was_attached_before_us_stays(world: World, released: bool) -> None:
    event, intruders = people(world)
    world.admin("iam").attach_user_policy(UserName="victim", PolicyArn=AWSS_OWN)
    life.neutralise(world)
    before = world.state()
    incident = contained(world, event)
    if released:
        world.later(life.MINUTE)
        release(incident.id, life.PERSON, "handed over", world.ports())
        assert world.state()["users"]["victim"]["attached"] == ["AWSDenyAll"]
        assert not works(world.holder("victim"))  # as it was before us
        return
    restore(incident.id, life.PERSON, "a load test", world.ports())
    assert world.state() == before
    assert [works(one) for one in intruders] == [False, False]


def test_awss_own_boundary_that_was_there_before_us_stays(world: World) -> None:
    ten(world)
    event, _ = people(world)
    world.admin("iam").put_user_permissions_boundary(UserName="victim", PermissionsBoundary=AWSS_OWN)
    life.neutralise(world)
    before = world.state()
    incident = contained(world, event)
    restore(incident.id, life.PERSON, "a load test", world.ports())
    assert world.state() == before


@pytest.mark.parametrize("refused", ["iam:GetPolicy", "iam:GetPolicyVersion"])
def test_a_policy_that_cannot_be_read_is_not_taken_for_ours(world: World, refused: str) -> None:
    event, intruders = people(world)
    life.neutralise(world)
    world.wire.deny(refused)
    contained(world, event)
    assert [works(one) for one in intruders] == [False, False]


def test_a_policy_as_it_was_deployed_needs_no_other(world: World) -> None:
    event, intruders = people(world)
    incident = contained(world, event)
    assert [works(one) for one in intruders] == [False, False]
    assert [step.action for step in incident.steps] == ["quarantine-user", "deactivate-key"]
    assert not [one for one in incident.withheld if one.action == "keep-guarded"]
