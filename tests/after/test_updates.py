"""A dead credential that somebody goes on calling with stops nobody again; one whose call succeeded does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.delivery import answer_delivered
from chalicelib.entries import Explained
from chalicelib.follow_up import follow_up, patrol
from chalicelib.follow_up.updated import look_into
from chalicelib.ledger import switch
from chalicelib.model import Sign
from chalicelib.orders.undo import release, restore
from chalicelib.report.form import UNDONE
from chalicelib.report.message import is_outdated
from chalicelib.respond import respond
from chalicelib.tell import tell_again
from tests import signals
from tests.after.scene import ANA, LOCK, closed, inbox, queued, read, received, reloaded
from tests.conformance import scene
from tests.world import key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable  # noqa: TC004 - only a checker reads the annotation

    import boto3  # noqa: TC004 - only a checker reads the annotation

    from chalicelib.incident import Incident
    from chalicelib.model import Signal  # noqa: TC004 - only a checker reads the annotation
    from tests.world import World

AN_HOUR = timedelta(hours=1)
FIVE_MINUTES, A_QUARTER = 301, 901


@dataclass
class Leaked:
    """A credential that leaked: who holds it, what names it, and how its owner gets a new one."""

    intruder: boto3.Session
    signal: Signal
    fresh: Callable[[], boto3.Session]


def a_key(world: World) -> Leaked:
    """The access key of a user."""
    intruder = world.holder("victim")
    return Leaked(intruder, read(signals.guardduty(key_id(intruder)), world), lambda: world.holder("victim"))


def a_session(world: World) -> Leaked:
    """Credentials of an instance, used elsewhere; the instance gets others."""
    opener = world.holder("bystander")
    stolen = world.assumed(opener, "i-0abc")
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    event = signals.exfiltration("worker", role_id, "i-0abc")
    event["detail"]["resource"]["accessKeyDetails"]["accessKeyId"] = key_id(stolen)
    return Leaked(stolen, read(event, world), lambda: world.assumed(opener, "i-0abc"))


def behind(world: World, leaked: Leaked) -> Leaked:
    """Put the world an hour behind the clock on the wall, by which AWS stamps calls and sessions: what leaked by now is
    before the cut-off of whatever is contained next, and all that is done then comes after its deny.
    """
    world.at = datetime.now(UTC) - AN_HOUR  # noqa: TID251 - the embedded AWS has a real clock
    world.with_settings(watch=60, cut_off_ahead=AN_HOUR.seconds + 1)
    return replace(leaked, signal=replace(leaked.signal, at=world.at, since=world.at))


LEAKS = pytest.mark.parametrize("of", [a_key, a_session])


def newer(leaked: Leaked, world: World) -> Signal:
    """The same finding with activity of just now."""
    return replace(leaked.signal, at=world.at)


def another(leaked: Leaked, world: World) -> Signal:
    """Another finding about the same credential."""
    return replace(leaked.signal, native_id="f" * 32, what="Recon:IAMUser/TorIPCaller", at=world.at)


def repeated(leaked: Leaked, world: World) -> Signal:
    """The finding as it came first."""
    del world
    return leaked.signal


def contained(world: World, leaked: Leaked) -> Incident:
    """The first finding answered."""
    assert answer_delivered(leaked.signal, world.ports(), respond).what == "contained"
    found = world.incident(leaked.signal.principal.lock if leaked.signal.principal else LOCK)
    assert found
    return found


def held(world: World, leaked: Leaked) -> Incident:
    """Contained, and its watch is over."""
    return closed(world, contained(world, leaked).principal.lock)


def released(world: World, leaked: Leaked) -> Incident:
    """The owner works again."""
    return release(held(world, leaked).id, ANA, "another credential was handed over", world.ports())


def restored(world: World, leaked: Leaked) -> Incident:
    """It was a false alarm."""
    incident = held(world, leaked)
    restore(incident.id, ANA, "a load test", world.ports())
    return reloaded(world, incident)


def looked(world: World, incident: Incident) -> list[str]:
    """Every look that is due from now on, until nothing waits."""
    words = []
    for _ in range(10):
        words.append(look_into(incident.id, world.ports()).what)
        if words[-1] in {"settled", "explained"}:
            return words
        world.later(FIVE_MINUTES)
    raise AssertionError(words)


def iam_writes(world: World) -> list[str]:
    return [call for call in world.wire.writes if call.startswith("iam:")]


@LEAKS
@pytest.mark.parametrize("stands", [contained, held, released, restored])
@pytest.mark.parametrize("finding", [repeated, newer, another])
def test_iam_is_changed_only_where_the_credential_can_do_something(
    world: World, of: Any, stands: Any, finding: Any
) -> None:
    world.with_settings(watch=60)
    leaked = of(world)
    incident = stands(world, leaked)
    alive = stands is restored
    assert works(leaked.intruder) is alive
    world.later(FIVE_MINUTES)
    before, url = world.state(), inbox(world)
    world.wire.clear()
    answer = answer_delivered(finding(leaked, world), world.ports(), respond)
    if alive and finding is not repeated:
        assert (answer.what, works(leaked.intruder)) == ("contained", False)
        return
    if stands is not contained:  # an open incident is watched
        looked(world, incident)
    assert (iam_writes(world), received(world, url)) == ([], [])
    assert world.state() == before
    found = world.incident(incident.principal.lock)
    assert found
    assert found.id == incident.id


@LEAKS
def test_after_a_release_the_owner_works_on_while_the_intruder_goes_on_calling(world: World, of: Any) -> None:
    leaked = behind(world, of(world))
    incident = released(world, leaked)
    (owner,) = scene.eventually(lambda: [one for one in [leaked.fresh()] if works(one)])
    for number in range(12):
        world.later(60)
        signal = newer(leaked, world) if number % 2 else another(leaked, world)
        assert answer_delivered(signal, world.ports(), respond).what == "explained"
    assert (works(leaked.intruder), works(owner)) == (False, True)
    assert world.incident(incident.principal.lock) == reloaded(world, incident)
    assert len(queued(world)) == 1
    assert looked(world, incident) == ["advanced", "advanced", "advanced", "explained"]
    assert reloaded(world, incident).explained == 12
    (line,) = (one.body for one in world.ports().ledger.entries(incident.id) if isinstance(one.body, Explained))
    assert line == Explained(12)


def test_the_owner_s_new_key_is_a_new_leak(world: World) -> None:
    world.with_settings(watch=60)
    leaked = a_key(world)
    released(world, leaked)
    world.later(60)
    owner = leaked.fresh()
    event = signals.guardduty(key_id(owner))
    assert respond(replace(read(event, world), at=world.at, since=world.at), world.ports()).what == "contained"
    assert not works(owner)


@pytest.mark.parametrize("of", [a_key, a_session])
def test_what_names_no_credential_may_be_about_the_owner_s_new_one(world: World, of: Any) -> None:
    world.with_settings(watch=60)
    leaked = of(world)
    incident = released(world, leaked)
    world.later(60)
    unnamed = replace(leaked.signal, at=world.at, subject=replace(leaked.signal.subject, id=None))
    assert respond(unnamed, world.ports()).what != "explained"
    found = world.incident(incident.principal.lock)
    assert found
    assert found.id != incident.id


def test_a_person_who_orders_is_not_told_that_it_is_explained(world: World) -> None:
    incident = released(world, leaked := a_key(world))
    assert not incident.has_stopped(replace(newer(leaked, world), sign=Sign.REPORTED))
    assert incident.has_stopped(newer(leaked, world))


def test_a_record_of_cloudtrail_says_more_than_that_a_key_was_used(world: World) -> None:
    incident = released(world, leaked := a_key(world))
    assert not incident.has_stopped(replace(newer(leaked, world), source="cloudtrail", sign=Sign.REVIVED))


def test_a_key_that_leaked_before_the_one_that_leaked_last_is_dead_still(world: World) -> None:
    world.with_settings(watch=60)
    first = a_key(world)
    first_incident = held(world, first)
    second = a_key(world)
    world.later(60)
    signal = replace(second.signal, at=world.at, since=world.at)
    assert respond(signal, world.ports()).what == "contained"
    closed(world)
    world.later(60)
    answer = respond(newer(first, world), world.ports())
    assert (answer.what, answer.explained_by) == ("explained", first_incident.id)


def test_a_look_comes_at_most_every_five_minutes_and_until_cloudtrail_must_have_delivered(world: World) -> None:
    incident = released(world, leaked := a_key(world))
    world.later(60)
    respond(newer(leaked, world), world.ports())
    world.wire.clear()
    assert look_into(incident.id, world.ports()).what == "advanced"
    asked = world.wire.calls.count("cloudtrail:LookupEvents")
    for _ in range(5):
        world.later(59)
        respond(newer(leaked, world), world.ports())
        assert look_into(incident.id, world.ports()).what == "early"
    assert world.wire.calls.count("cloudtrail:LookupEvents") == asked
    world.later(6)
    assert look_into(incident.id, world.ports()).what == "advanced"
    world.later(A_QUARTER)
    assert look_into(incident.id, world.ports()).what == "explained"
    assert look_into(incident.id, world.ports()).what == "settled"


def test_a_look_that_nobody_took_is_found_on_patrol(world: World) -> None:
    incident = released(world, leaked := a_key(world))
    world.later(60)
    respond(newer(leaked, world), world.ports())
    queued(world)
    patrol(world.ports())
    assert queued(world) == []
    world.later(FIVE_MINUTES)
    assert patrol(world.ports()) == 1
    (message,) = queued(world)
    assert follow_up(message, world.ports()).what == "advanced"
    assert reloaded(world, incident).explained == 0


def test_during_a_pause_nobody_looks_and_patrol_asks_again(world: World) -> None:
    incident = released(world, leaked := a_key(world))
    world.later(60)
    respond(newer(leaked, world), world.ports())
    switch.turn(world.ports().ledger.table, on=True, by=ANA, reason="why")
    assert look_into(incident.id, world.ports()).what == "paused"
    switch.turn(world.ports().ledger.table, on=False, by=ANA, reason="why")
    world.later(FIVE_MINUTES)
    assert patrol(world.ports()) == 1


def test_restored_before_the_look_it_says_of_no_finding_that_it_is_explained(world: World) -> None:
    incident = released(world, leaked := a_key(world))
    world.later(60)
    respond(newer(leaked, world), world.ports())
    restore(incident.id, ANA, "a load test", world.ports())
    assert look_into(incident.id, world.ports()).what == "settled"
    assert (reloaded(world, incident).explained, works(leaked.intruder)) == (0, True)


def alive_again(world: World, leaked: Leaked, incident: Incident) -> None:
    """Somebody undoes it for long enough that a call succeeds, and does it again."""
    iam, helper = leaked.intruder.client("iam"), world.admin("iam")
    if leaked.signal.subject.id == key_id(leaked.intruder) and incident.principal.name == "victim":
        revive = {"UserName": "victim", "AccessKeyId": key_id(leaked.intruder)}
        helper.update_access_key(**revive, Status="Active")
        iam.list_users()
        helper.update_access_key(**revive, Status="Inactive")
    else:
        (name,) = (one.arguments["policy_name"] for one in incident.steps)
        document = world.state()["roles"]["worker"][name]
        helper.delete_role_policy(RoleName="worker", PolicyName=name)
        iam.list_users()
        helper.put_role_policy(RoleName="worker", PolicyName=name, PolicyDocument=document)


@LEAKS
@pytest.mark.parametrize("late", [False, True])
def test_what_succeeded_is_contained_again_and_told_once(world: World, of: Any, *, late: bool) -> None:
    leaked = behind(world, of(world))
    incident = released(world, leaked)
    world.with_settings(cut_off_ahead=0)
    url = inbox(world)
    if late:  # CloudTrail had not delivered it by the first look
        world.later(60)
        respond(newer(leaked, world), world.ports())
        assert look_into(incident.id, world.ports()).what == "advanced"
        assert received(world, url) == []
    alive_again(world, leaked, incident)
    world.at += AN_HOUR  # after that call by the clock on the wall, too
    if not late:
        respond(newer(leaked, world), world.ports())
    look_into(incident.id, world.ports())
    found = reloaded(world, incident)
    assert "and that it worked" in found.undone[-1].detail
    assert received(world, url) == [("event-bus", "undone"), ("sns", "undone")]
    looked(world, incident)
    assert received(world, url) == []
    assert not works(leaked.intruder)
    assert not reloaded(world, incident).widened
    assert (len(reloaded(world, incident).undone), found.id) == (1, incident.id)


def test_what_is_undone_after_the_end_is_told_again_to_a_channel_that_did_not_take_it(world: World) -> None:
    leaked = behind(world, a_key(world))
    incident = released(world, leaked)
    world.with_settings(cut_off_ahead=0)
    alive_again(world, leaked, incident)
    world.at += AN_HOUR
    respond(newer(leaked, world), world.ports())
    world.wire.deny("sns:Publish")
    look_into(incident.id, world.ports())
    found = reloaded(world, incident)
    assert not is_outdated(found, UNDONE + 1)
    assert is_outdated(replace(found, undone_by_end=1), UNDONE + 1)
    world.wire.clear()
    told = tell_again(incident.id, UNDONE + 1, world.ports())
    assert told
    assert told.told[UNDONE + 1, "sns"].good
