"""One session of a role: its name is anybody's to choose, so the issue time is a part of which one it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import Approved
from chalicelib.model import Mode, Principal, PrincipalKind, Sign, Signal, Subject, SubjectKind
from chalicelib.orders.undo import approve
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA
from tests.report.runs import ASKING, ROLE_SIGNAL, opened
from tests.response import life
from tests.sources import events
from tests.sources.reads import signal as read
from tests.world import ACCOUNT, key_id, works

if TYPE_CHECKING:
    import boto3

    from tests.world import World

NAME = "ana"


def stolen_session(world: World, subject: Subject) -> Signal:
    """A feed says that a session of the role is in the wrong hands."""
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    found = life.read(signals.exfiltration("worker", role_id, NAME), world)
    return replace(found, subject=subject, principal=Principal(PrincipalKind.ROLE, ACCOUNT, "worker", role_id))


def subject(holder: boto3.Session, issued: datetime | None) -> Subject:
    return Subject(SubjectKind.ROLE_SESSION, key_id(holder), NAME, issued)


def just_now() -> datetime:
    """As CloudTrail writes it."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the embedded AWS has a real clock


ISSUED: dict[str, tuple[timedelta | None, bool]] = {
    # how long before the session at hand the stolen one was issued; whether the one at hand works afterwards
    "it is the stolen one": (timedelta(0), False),
    "it bears the name, and was issued before": (timedelta(minutes=-10), False),
    "it bears the name, and was issued later": (timedelta(minutes=10), True),
    "nobody knows when the stolen one was issued": (None, False),
}


@pytest.mark.parametrize("mode", [Mode.CONTAIN_CONFIRMED, Mode.APPROVAL_REQUIRED])
@pytest.mark.parametrize("case", ISSUED)
def test_a_later_session_of_the_same_name_works(world: World, case: str, mode: Mode) -> None:
    before, spared = ISSUED[case]
    world.with_settings(mode=mode)
    owner = world.holder("victim")
    at_hand, other = world.assumed(owner, NAME), world.assumed(owner, "bob")
    issued = None if before is None else just_now() - before
    incident = respond(stolen_session(world, subject(at_hand, issued)), world.ports()).incident
    assert incident is not None
    if mode is Mode.APPROVAL_REQUIRED:
        assert works(at_hand)
        approve(incident.id, ANA, world.ports())
    assert (works(at_hand), works(other), works(owner)) == (spared, True, True)


def test_the_first_message_says_that_others_may_bear_the_name_where_the_time_is_unknown(world: World) -> None:
    at_hand = world.assumed(world.holder("victim"), NAME)
    respond(stolen_session(world, subject(at_hand, None)), world.ports())
    [unknown] = world.wire.published
    assert f"Anybody else who bears the name {NAME} is stopped" in " ".join(json.loads(unknown)["default"].split())


def test_and_says_nothing_of_them_where_it_is_known(world: World) -> None:
    issued = just_now()
    at_hand = world.assumed(world.holder("victim"), NAME)
    respond(stolen_session(world, subject(at_hand, issued)), world.ports())
    [known] = world.wire.published
    said = " ".join(json.loads(known)["default"].split())
    assert "bears the name" not in said
    assert f"credentials from before {issued + timedelta(seconds=2):%Y-%m-%d %H:%M:%S}" in said


def test_two_stolen_sessions_of_one_name_are_both_dead(world: World) -> None:
    """The later one is known by another feed, which does not say when it was issued."""
    owner = world.holder("victim")
    first, second = world.assumed(owner, NAME), world.assumed(owner, NAME)
    earlier = stolen_session(world, subject(first, just_now() - timedelta(minutes=10)))
    respond(earlier, world.ports())
    assert works(second)
    again = respond(replace(earlier, native_id="another", subject=subject(second, None)), world.ports())
    assert again.incident is not None
    assert not again.incident.unfinished()
    assert not works(second)


EXPLAINED: dict[str, tuple[timedelta | None, timedelta | None, bool]] = {
    # when the stolen session was issued, and the one of another key that a feed tells of later, as far as is known
    "an earlier one": (timedelta(0), timedelta(minutes=-5), True),
    "a later one": (timedelta(0), timedelta(minutes=5), False),
    "one of an unknown time": (timedelta(0), None, False),
    "a later one, and all were revoked": (None, timedelta(minutes=5), True),
    "one of an unknown time, and all were revoked": (None, None, True),
}


@pytest.mark.parametrize("case", EXPLAINED)
def test_an_incident_explains_the_sessions_of_the_name_that_it_revoked(case: str) -> None:
    stolen, other, explained = EXPLAINED[case]
    began = ROLE_SIGNAL.at - timedelta(hours=1)
    first, second = (None if time is None else began + time for time in (stolen, other))
    run = opened(replace(ROLE_SIGNAL, subject=replace(ROLE_SIGNAL.subject, issued=first))).ended()
    subject_of_another = replace(ROLE_SIGNAL.subject, id="ASIAI44QH8DHBEXAMPLE", issued=second)
    assert run.incident.explains(replace(ROLE_SIGNAL, subject=subject_of_another)) is explained


def test_an_approval_moves_no_cut_off_beyond_the_one_session() -> None:
    issued = ROLE_SIGNAL.at - timedelta(hours=1)
    known = replace(ROLE_SIGNAL, subject=replace(ROLE_SIGNAL.subject, issued=issued))
    run = opened(known, ASKING).then(Approved("ana", ROLE_SIGNAL.at + timedelta(hours=2)))
    step = run.incident.step("revoke-role-sessions")
    assert step is not None
    assert datetime.fromisoformat(step.arguments["cut_off"]) == issued + timedelta(seconds=2)


CREATED = "2026-11-24T02:30:00Z"
ROLE = events.role_identity(session=NAME)
CONTEXT = {**ROLE["sessionContext"], "attributes": {"creationDate": CREATED}}
OF_ANA = {**ROLE, "sessionContext": CONTEXT}
MACHINE = {**OF_ANA, "sessionContext": {**CONTEXT, "ec2RoleDelivery": "2.0"}}
NAMED_SO = events.role_identity(session="i-0abc1234def567890", sessionContext=CONTEXT)

WHEN: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "a session of a person": (OF_ANA, {}, True),
    "one that is only named like an instance's": (NAMED_SO, {}, True),
    "an instance's, which gets others under its name": (MACHINE, {}, False),
    "a function's": ({**OF_ANA, "inScopeOf": {"issuerType": "AWS::Lambda::Function"}}, {}, False),
    "a console's, which gets keys of its own": (OF_ANA, {"sessionCredentialFromConsole": "true"}, False),
    "no time": ({**ROLE, "sessionContext": {**CONTEXT, "attributes": {}}}, {}, False),
    "a time that is none": ({**ROLE, "sessionContext": {**CONTEXT, "attributes": {"creationDate": "now"}}}, {}, False),
}


@pytest.mark.parametrize("case", WHEN)
def test_the_record_says_when_a_session_was_issued(case: str) -> None:
    identity, members, known = WHEN[case]
    asked = {"name": "leak-responder-prod-feed"}
    record = events.record("DisableRule", asked, userIdentity=identity, eventSource="events.amazonaws.com", **members)
    found = read(record)
    assert found.sign is Sign.RESPONDER_CHANGED
    assert found.subject.issued == (datetime.fromisoformat(CREATED) if known else None)
    assert found.subject == replace(found.subject, issued=None)
