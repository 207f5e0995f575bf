"""A feed names a session, and neither user nor role: CloudTrail shows the owner, or people hear that it does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.follow_up import follow_up
from chalicelib.model import Mode
from chalicelib.respond import Answer, respond
from tests import signals
from tests.after import scene
from tests.world import key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from tests.world import World

EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
GUEST = {"Name": "guest", "Policy": EVERYTHING}


def federated(world: World, user: str = "victim") -> boto3.Session:
    """The session of a federated user, which a key of the user obtained."""
    return world.minted(world.holder(user), "get_federation_token", **GUEST)


def of_user(world: World) -> boto3.Session:
    """A session that a key of the victim obtained."""
    return world.minted(world.holder("victim"))


def of_role(world: World) -> boto3.Session:
    """A session of the worker."""
    return world.assumed(world.holder("bystander"), "shift")


def finding(session: boto3.Session | None) -> dict[str, Any]:
    """GuardDuty about a federated user: it names the session, and nobody's key but the session's."""
    details = {"userType": "FederatedUser", "userName": "guest", "principalId": "111122223333:guest"}
    return signals.guardduty(key_id(session) if session else None, details=details)


def health(session: boto3.Session | None) -> dict[str, Any]:
    """AWS Health about the key id of a session."""
    assert session is not None
    return signals.health(key_id(session))


def answer(event: dict[str, Any], world: World) -> Answer:
    """What comes of it after the search that follows at once."""
    first = respond(scene.read(event, world), world.ports())
    assert (first.what, first.reason) == ("queued", "the owner of the session is searched for in CloudTrail")
    return search(world)


def search(world: World) -> Answer:
    """What comes of the search that is queued."""
    return follow_up(json.dumps(newest(world)), world.ports())


def newest(world: World) -> dict[str, Any]:
    """The search that was queued last, whenever it may be taken: each asks for one more."""
    sqs, queue = world.admin("sqs"), world.settings.follow_up_queue
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "0"})
    found = [json.loads(one["Body"]) for one in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]]
    message: dict[str, Any] = [one for one in found if "search" in one][-1]
    return message


def told(world: World) -> list[str]:
    """The texts that were published, each on one line."""
    return [" ".join(json.loads(text)["default"].split()) for text in world.wire.published]


@pytest.mark.parametrize("has_called", [False, True], ids=["issued only", "has called"])
@pytest.mark.parametrize(
    ("made", "told_by", "owner"),
    [
        (federated, finding, "victim"),
        (federated, health, "victim"),
        (of_user, health, "victim"),
        (of_role, health, "worker"),
    ],
)
def test_the_owner_that_cloudtrail_shows_is_contained(
    world: World,
    made: Callable[[World], boto3.Session],
    told_by: Callable[[boto3.Session | None], dict[str, Any]],
    owner: str,
    has_called: bool,
) -> None:
    session = made(world)
    if has_called:
        session.client("iam").list_users()
    found = answer(told_by(session), world)
    assert found.incident is not None
    assert (found.what, found.incident.principal.name) == ("contained", owner)
    assert not works(session)
    (message,) = told(world)
    assert "owner shown by" in message.casefold()
    assert "CloudTrail, " in message


def test_a_federated_name_alone_is_enough_where_one_user_issued_it(world: World) -> None:
    session = federated(world)
    found = answer(finding(None), world)
    assert (found.what, works(session)) == ("contained", False)


def test_nobody_is_chosen_where_two_users_issued_sessions_of_one_name(world: World) -> None:
    both = [federated(world, user) for user in ("victim", "bystander")]
    before = world.state()
    assert answer(finding(None), world).what == "queued"
    assert (world.state(), [works(session) for session in both]) == (before, [True, True])
    (message,) = told(world)
    assert "CloudTrail shows more than one owner of such a session" in message


def test_the_key_id_decides_where_two_users_issued_sessions_of_one_name(world: World) -> None:
    leaked, other = federated(world), federated(world, "bystander")
    assert answer(finding(leaked), world).what == "contained"
    assert (works(leaked), works(other)) == (False, True)


def test_what_cloudtrail_does_not_show_yet_is_told_once_and_searched_for_again(world: World) -> None:
    event = signals.health("ASIAGONEGONEGONEGONE")
    before = world.state()
    assert answer(event, world).what == "queued"
    (message,) = told(world)
    assert "does not show the owner of the session; it is searched for every minute until" in message
    world.later(60)
    asked = json.dumps(newest(world))
    assert (follow_up(asked, world.ports()).what, len(told(world))) == ("queued", 1)
    world.later(15 * 60)
    assert follow_up(asked, world.ports()).what == "told"
    assert world.state() == before
    assert "the search ended after 15 minutes" in told(world)[-1]
    assert len(told(world)) == 2


def test_a_record_that_arrives_late_is_found(world: World) -> None:
    world.wire.refuse = {"cloudtrail:LookupEvents": "AccessDenied"}
    session = of_user(world)
    assert answer(health(session), world).what == "queued"
    assert "CloudTrail could not be read" in told(world)[0]
    world.wire.refuse = {}
    asked = json.dumps(newest(world))
    world.later(60)
    assert (follow_up(asked, world.ports()).what, works(session)) == ("contained", False)


def test_a_session_of_another_account_is_told_at_once(world: World) -> None:
    event = signals.health("ASIAQAZXSWEDCVFRTGB2")
    assert respond(scene.read(event, world), world.ports()).what == "told"


def test_a_person_is_asked_where_the_mode_wants_that(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    session = of_user(world)
    found = answer(health(session), world)
    assert (found.what, works(session)) == ("ask", True)
