"""A role with no room for the deny: it is contained in another way, exactly and reversibly, whatever is in the way."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import Result, Undone
from chalicelib.follow_up import resume
from chalicelib.ledger import Claimed
from chalicelib.orders.restoring import MovedError
from chalicelib.orders.undo import RefusedError, release, restore
from chalicelib.report import commands
from chalicelib.report.message import compose
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA, closed, inbox, lifts, on_patrol, read, received, role_leak
from tests.response.life import FENCE, ROLE, bound_worker, fill, fill_inline
from tests.world import ACCOUNT, ALLOW, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from chalicelib.incident import Incident
    from tests.world import World

HOURS = 3600
WAYS = ("revoke-role-sessions", "attach-role-deny", "bound-role")


def nothing(world: World) -> None:
    """Room for all."""
    del world


def inline(world: World) -> None:
    """No room inline."""
    fill_inline(world)


def ten(world: World) -> None:
    """No room inline, and ten policies."""
    fill_inline(world)
    fill(world, "worker", kind="role")


def ten_and_boundary(world: World) -> None:
    """All that, and a boundary of its own."""
    ten(world)
    bound_worker(world)


ROOMS: dict[str, tuple[Callable[[World], None], str]] = {
    "room": (nothing, "revoke-role-sessions"),
    "inline full": (inline, "attach-role-deny"),
    "ten policies": (ten, "bound-role"),
    "ten and a boundary": (ten_and_boundary, "bound-role"),
}
each_room = pytest.mark.parametrize(("fill_up", "way"), ROOMS.values(), ids=ROOMS)


def sessions(world: World) -> tuple[boto3.Session, boto3.Session]:
    """Whoever has the leaked session, and whoever has another one of the role."""
    opener = world.holder("bystander")
    return world.assumed(opener, "i-0abc"), world.assumed(opener, "i-0def")


def ours(world: World) -> list[str]:
    return [name for name in world.state()["policies"] if name.startswith("leak-responder-inc")]


def boundary(world: World) -> str:
    return str(world.state()["trusts"]["worker"]["boundary"])


def look(world: World) -> Incident:
    """The next look of the watch."""
    world.later(60)
    found = resume(ROLE, world.ports()).incident
    assert found is not None
    return found


@each_room
def test_contained_whatever_is_full_and_restored_to_the_byte(
    world: World, fill_up: Callable[[World], None], way: str
) -> None:
    fill_up(world)
    leaked, other = sessions(world)
    before = world.state()
    incident = role_leak(world)
    assert [step.action for step in incident.steps] == list(WAYS[: WAYS.index(way) + 1])
    assert (incident.contained_at is not None, incident.is_denied, incident.unfinished()) == (True, True, ())
    assert (works(leaked), works(other)) == (False, True)
    assert len(ours(world)) == (0 if way == WAYS[0] else 1)  # what found no room is not left in the account
    restore(incident.id, ANA, "a test", world.ports())
    assert world.state() == before
    assert works(leaked)


@each_room
def test_watched_released_and_at_its_end_taken_off(world: World, fill_up: Callable[[World], None], way: str) -> None:
    del way
    fill_up(world)
    leaked, other = sessions(world)
    before = world.state()
    role_leak(world)
    incident = closed(world, ROLE)
    assert incident.closed is not None
    assert (incident.closed.result, incident.undone) == (Result.HELD, ())
    release(incident.id, ANA, "the instance was replaced", world.ports())
    assert (works(leaked), works(other)) == (False, True)
    world.later(12 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert world.state() == before
    assert on_patrol(world) == []


@each_room
def test_all_sessions_of_a_role_whose_session_nobody_names(
    world: World, fill_up: Callable[[World], None], way: str
) -> None:
    fill_up(world)
    first, second = sessions(world)
    before = world.state()
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    incident = respond(read(signals.exfiltration("worker", role_id, ""), world), world.ports()).incident
    assert incident is not None
    assert incident.did(way)
    assert (works(first), works(second)) == (False, False)
    assert look(world).undone == ()
    restore(incident.id, ANA, "a test", world.ports())
    assert world.state() == before


def undone(world: World, way: str) -> None:
    """Somebody takes the deny off."""
    iam, role = world.admin("iam"), {"RoleName": "worker"}
    match way:
        case "revoke-role-sessions":
            iam.delete_role_policy(
                **role, PolicyName=next(one for one in world.state()["roles"]["worker"] if "inc" in one)
            )
        case "attach-role-deny":
            iam.detach_role_policy(
                **role, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/{ours(world)[0]}"
            )
        case _:
            iam.delete_role_permissions_boundary(**role)


@each_room
def test_what_somebody_takes_off_is_put_on_again_and_told(
    world: World, fill_up: Callable[[World], None], way: str
) -> None:
    fill_up(world)
    leaked, other = sessions(world)
    before = world.state()
    role_leak(world)
    look(world)
    url = inbox(world)
    undone(world, way)
    assert works(leaked)
    incident = look(world)
    assert (works(leaked), works(other)) == (False, True)
    assert [one.reapplied for one in incident.undone] == [True]
    assert ("sns", "undone") in received(world, url)
    restore(incident.id, ANA, "a test", world.ports())
    assert world.state() == before


def test_a_boundary_of_ours_gives_nothing_to_whoever_attaches_it_elsewhere(world: World) -> None:
    ten(world)
    incident = role_leak(world)
    (name,) = ours(world)
    iam = world.admin("iam")
    iam.create_user(UserName="nobody")
    iam.attach_user_policy(UserName="nobody", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/{name}")
    assert not works(world.holder("nobody"))
    assert incident.did("bound-role")


def test_a_deny_of_ours_stops_nobody_else_wherever_it_is_attached(world: World) -> None:
    fill_inline(world)
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    respond(read(signals.exfiltration("worker", role_id, ""), world), world.ports())
    arn = f"arn:aws:iam::{ACCOUNT}:policy/leak-responder/role/{ours(world)[0]}"
    iam = world.admin("iam")
    trust = iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"]
    iam.create_role(RoleName="another", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="another", PolicyName="may", PolicyDocument=ALLOW)
    iam.attach_role_policy(RoleName="another", PolicyArn=arn)
    assert works(world.assumed(world.holder("bystander"), "build", role="another"))


def test_a_boundary_of_their_own_still_caps_each_new_session(world: World) -> None:
    ten_and_boundary(world)
    role_leak(world)
    _, other = sessions(world)
    assert works(other)
    with pytest.raises(world.admin("iam").exceptions.ClientError, match="AccessDenied"):
        other.client("sqs").list_queues()


def test_their_boundary_changed_meanwhile_is_copied_again_and_nobody_is_accused(world: World) -> None:
    ten(world)
    fence = bound_worker(world)
    leaked, other = sessions(world)
    role_leak(world)
    look(world)
    url = inbox(world)
    narrower = FENCE.replace('["dynamodb:*", "s3:*"]', '"s3:*"')
    world.admin("iam").create_policy_version(PolicyArn=fence, PolicyDocument=narrower, SetAsDefault=True)
    assert works(other)
    incident = look(world)
    assert (works(leaked), works(other)) == (False, False)
    assert incident.undone == ()
    assert received(world, url) == []
    restore(incident.id, ANA, "a test", world.ports())
    assert boundary(world) == fence
    assert ours(world) == []


def test_a_boundary_that_a_colleague_sets_meanwhile_is_copied_and_is_what_a_restore_gives_back(world: World) -> None:
    ten_and_boundary(world)
    leaked, other = sessions(world)
    role_leak(world)
    look(world)
    theirs = bound_worker(world, "wider", ALLOW)
    after = world.state()
    assert works(leaked)
    incident = look(world)
    assert (works(leaked), works(other)) == (False, True)
    other.client("sqs").list_queues()  # what they allow now
    assert [one.reapplied for one in incident.undone] == [True]
    assert closed(world, ROLE).is_denied
    restore(incident.id, ANA, "a test", world.ports())
    assert (boundary(world), ours(world)) == (theirs, [])
    after["policies"] = {name: text for name, text in after["policies"].items() if "leak-responder-inc" not in name}
    assert world.state() == after


def test_a_boundary_that_an_intruder_sets_is_replaced_by_ours_and_not_put_back(world: World) -> None:
    """The copy of before goes on again, with the cap of before."""
    ten(world)
    fence = bound_worker(world)
    leaked, other = sessions(world)
    role_leak(world)
    look(world)
    bound_worker(world, "wider", ALLOW)
    ledger = world.ports().ledger
    claim = ledger.take(ROLE, world.at)
    assert isinstance(claim, Claimed)
    key = claim.incident.steps[-1].key
    undone = Undone(key, "another boundary", reapplied=True, by="user eve", hostile=True)
    ledger.give_back(ledger.append(claim.incident, world.at, undone))
    incident = look(world)
    assert not works(leaked)
    with pytest.raises(world.admin("iam").exceptions.ClientError, match="AccessDenied"):
        other.client("sqs").list_queues()
    restore(incident.id, ANA, "a test", world.ports())
    assert (boundary(world), ours(world)) == (fence, [])


def test_one_who_sets_one_boundary_after_the_other_is_asked_about_at_last(world: World) -> None:
    ten_and_boundary(world)
    leaked, _ = sessions(world)
    role_leak(world)
    look(world)
    fence = f"arn:aws:iam::{ACCOUNT}:policy/fence"
    other = world.admin("iam").create_policy(PolicyName="wider", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for turn in range(world.settings.reapply_limit):
        theirs = (other, fence)[turn % 2]
        world.admin("iam").put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=theirs)
        look(world)
        assert not works(leaked)
    world.admin("iam").put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=fence)
    incident = look(world)
    assert works(leaked)
    assert [one.reapplied for one in incident.undone] == [True] * world.settings.reapply_limit + [False]
    assert not incident.is_denied


def test_a_restore_stops_at_a_boundary_that_somebody_set_after_the_watch(world: World) -> None:
    ten_and_boundary(world)
    role_leak(world)
    incident = closed(world, ROLE)
    theirs = bound_worker(world, "wider", ALLOW)
    with pytest.raises(MovedError, match="policy/wider"):
        restore(incident.id, ANA, "a test", world.ports())
    assert boundary(world) == theirs
    restore(incident.id, ANA, "a test", world.ports(), None, {"bound-role": None})
    assert boundary(world).endswith("policy/fence")


def test_the_end_of_its_time_leaves_a_boundary_that_somebody_set_since(world: World) -> None:
    ten_and_boundary(world)
    role_leak(world)
    closed(world, ROLE)
    theirs = bound_worker(world, "wider", ALLOW)
    world.later(13 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert (boundary(world), ours(world)) == (theirs, [])


def test_a_boundary_that_was_deleted_since_keeps_ours_on_and_is_told(world: World) -> None:
    """Without one the role could do more than before."""
    ten_and_boundary(world)
    role_leak(world)
    incident = closed(world, ROLE)
    world.admin("iam").delete_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/fence")
    with pytest.raises(RefusedError, match="does not exist any more"):
        restore(incident.id, ANA, "a test", world.ports())
    world.later(13 * HOURS)
    assert on_patrol(world) == ["unlifted"]
    assert boundary(world).endswith("-boundary")


def test_a_second_session_of_a_role_without_room_is_denied_beside_the_first(world: World) -> None:
    ten_and_boundary(world)
    leaked, other = sessions(world)
    before = world.state()
    first = role_leak(world)
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    second = read(signals.exfiltration("worker", role_id, "i-0def"), world)
    subject = replace(second.subject, id="ASIAIOSFODNN7EXAMPL2")
    found = respond(replace(second, native_id="second", subject=subject), world.ports()).incident
    assert found is not None
    assert (found.id, found.is_denied) == (first.id, True)
    assert (works(leaked), works(other)) == (False, False)
    end = closed(world, ROLE)
    assert end.undone == ()
    assert (works(leaked), works(other)) == (False, False)
    world.later(13 * HOURS)
    assert on_patrol(world) == ["lifted"]
    assert world.state() == before


def test_a_second_session_is_restored_with_the_first(world: World) -> None:
    ten_and_boundary(world)
    before = world.state()
    role_leak(world)
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    second = read(signals.exfiltration("worker", role_id, "i-0def"), world)
    subject = replace(second.subject, id="ASIAIOSFODNN7EXAMPL2")
    incident = respond(replace(second, native_id="second", subject=subject), world.ports()).incident
    assert incident is not None
    restore(incident.id, ANA, "a test", world.ports())
    assert world.state() == before


def test_the_deny_of_a_newer_incident_keeps_the_boundary_that_stood_before_both(world: World) -> None:
    ten_and_boundary(world)
    before = world.state()
    role_leak(world)
    closed(world, ROLE)
    world.later(6 * HOURS)
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    signal = read(signals.exfiltration("worker", role_id, "i-0def"), world)
    subject = replace(signal.subject, id="ASIAIOSFODNN7EXAMPL2")
    newer = replace(signal, at=world.at, since=world.at, native_id="newer", subject=subject)
    assert respond(newer, world.ports()).what == "contained"
    closed(world, ROLE)
    world.later(7 * HOURS)
    assert on_patrol(world) == ["early"]  # the older one waits for the newer one, whose boundary stands in its place
    world.later(24 * HOURS)
    while lifts(world):
        on_patrol(world)
        world.later(24 * HOURS)
    assert world.state() == before


@pytest.fixture
def hopeless(world: World) -> Incident:
    """No room anywhere, and a boundary too long for our deny beside it."""
    ten(world)
    statement = {"Sid": "s" * 5900, "Effect": "Allow", "Action": "*", "Resource": "*"}
    bound_worker(world, document=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return role_leak(world)


def test_where_no_way_is_left_the_command_that_is_named_works(world: World, hopeless: Incident) -> None:
    leaked, other = sessions(world)
    assert (hopeless.contained_at, hopeless.is_denied) == (None, False)
    assert ours(world) == []
    message = compose(hopeless, 1, world.at, world.settings)
    (command,) = [one for one in message.commands if one.words[:2] == ("aws", "iam")]
    text = str(message.sections)
    assert "Cannot exceed quota for PolicySize: 6144" in text
    assert "Revoke sessions" not in text  # writes one more inline policy, and fails for the same reason
    run(world, command.words)
    assert (works(leaked), works(other)) == (False, False)


def run(world: World, words: tuple[str, ...]) -> Any:
    """The command as the AWS command line runs it."""
    _, service, operation, *options = shlex.split(shlex.join(words))
    names = ["".join(part.title() for part in one.removeprefix("--").split("-")) for one in options[::2]]
    call = getattr(world.admin(service), operation.replace("-", "_"))
    return call(**dict(zip(names, options[1::2], strict=True)))


def test_once_there_is_room_again_the_same_incident_is_contained(world: World, hopeless: Incident) -> None:
    leaked, _ = sessions(world)
    world.admin("iam").detach_role_policy(RoleName="worker", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/team-0")
    incident = look(world)
    assert incident.did("attach-role-deny")
    assert (incident.is_denied, works(leaked)) == (True, False)
    assert incident.id == hopeless.id


def test_an_account_without_room_for_one_more_policy_says_so(world: World) -> None:
    fill_inline(world)
    world.wire.refuse = {"iam:CreatePolicy": "LimitExceeded"}
    incident = role_leak(world)
    assert not incident.is_denied
    assert [incident.outcome(step).retryable for step in incident.steps] == [False] * 3
    (command,) = [one for one in compose(incident, 1, world.at, world.settings).commands if one.words[1] == "iam"]
    world.wire.clear()
    leaked, _ = sessions(world)
    run(world, command.words)
    assert not works(leaked)


@pytest.mark.parametrize("fill_up", [one for one, way in ROOMS.values() if way != WAYS[0]], ids=list(ROOMS)[1:])
def test_the_commands_that_take_a_deny_off_by_hand_work(world: World, fill_up: Callable[[World], None]) -> None:
    fill_up(world)
    before = world.state()
    incident = role_leak(world)
    for one in commands.lifting(reversed([step for step in incident.steps if incident.outcome(step).good])):
        run(world, one.words)
    assert world.state() == before


def test_what_was_refused_for_want_of_a_right_is_not_left_in_the_account(world: World) -> None:
    fill_inline(world)
    before = world.state()
    world.wire.deny("iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary")
    incident = role_leak(world)
    assert not incident.is_denied
    assert world.state() == before
