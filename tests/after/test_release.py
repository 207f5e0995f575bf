"""Release after a true alarm: the owner works, and whatever may have leaked does not."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.entries import Result
from chalicelib.follow_up import follow_up, resume
from chalicelib.ledger import switch
from chalicelib.model import Mode, Sign, Subject, SubjectKind
from chalicelib.orders.undo import RefusedError, approve, release, restore
from chalicelib.respond import UnfinishedError, respond
from tests import signals
from tests.after.scene import ANA, DAY, LOCK, closed, leak, quarantined, read, reloaded, role_leak
from tests.world import KilledError, key_id, works

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from tests.world import World


def inactive(world: World, key: str) -> None:
    world.admin("iam").update_access_key(UserName="victim", AccessKeyId=key, Status="Inactive")


def test_where_no_feed_names_the_key_every_older_key_must_be_dead_first(world: World) -> None:
    one, two = world.new_key("victim"), world.new_key("victim")
    incident = quarantined(world)
    world.later(60)
    with pytest.raises(RefusedError, match=f"{one}, {two} of user victim may be what leaked"):
        release(incident.id, ANA, "done", world.ports())
    inactive(world, one)
    with pytest.raises(RefusedError, match=f"update-access-key --user-name victim --access-key-id {two}"):
        release(incident.id, ANA, "done", world.ports())
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    world.admin("iam").delete_access_key(UserName="victim", AccessKeyId=two)
    assert release(incident.id, ANA, "done", world.ports()).did("narrow-user")
    assert world.state()["users"]["victim"]["attached"] == []


def test_a_role_that_no_deny_stops_is_not_released(world: World) -> None:
    world.wire.deny("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary")
    incident = role_leak(world)
    with pytest.raises(RefusedError, match=r"no deny stands on .*: revoke-role-sessions \(failed\)"):
        release(incident.id, ANA, "the instance was replaced", world.ports())
    assert reloaded(world, incident).released is None


def test_a_leak_known_by_a_session_alone_is_released_like_that_too(world: World) -> None:
    holder = world.holder("victim")
    session = world.minted(holder)
    signal = read(signals.guardduty(key_id(holder)), world)
    subject = Subject(SubjectKind.USER_SESSION, key_id(session))
    found = respond(type(signal)(**{**vars(signal), "subject": subject}), world.ports()).incident
    assert found is not None
    world.later(60)
    with pytest.raises(RefusedError, match=key_id(holder)):
        release(found.id, ANA, "done", world.ports())
    inactive(world, key_id(holder))
    release(found.id, ANA, "done", world.ports())
    assert not works(session)
    assert not works(holder)


def test_a_key_made_after_the_cut_off_is_the_owner_s_new_one_where_a_person_names_it(world: World) -> None:
    world.at -= timedelta(hours=2)  # an hour before the clock on the wall: whatever is made now is newer
    incident = quarantined(world)
    world.later(60)
    owner = world.holder("victim")
    release(incident.id, ANA, "no old key is left", world.ports(), let_in=(key_id(owner),))
    assert works(owner)


def test_a_sibling_that_narrowing_found_safe_works_and_needs_no_release(world: World) -> None:
    sibling = world.holder("victim")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    assert not works(sibling)
    assert closed(world).did("narrow-user")
    assert works(sibling)
    assert release(incident.id, ANA, "done", world.ports()).released


def undone(world: World, incident: Incident, key: str) -> None:
    """The end of the watch is the end of all looking: nobody does it again."""
    iam = world.admin("iam")
    iam.delete_user_permissions_boundary(UserName="victim")
    iam.update_access_key(UserName="victim", AccessKeyId=key, Status="Active")
    assert reloaded(world, incident).closed


def test_what_somebody_undid_since_is_done_again_by_a_release_which_says_that_it_stands(world: World) -> None:
    holder = world.holder("victim")
    session = world.minted(holder)
    incident = leak(world, signals.guardduty(key_id(holder)))
    assert closed(world).narrowed
    undone(world, incident, key_id(holder))
    assert works(session)
    assert works(holder)
    assert release(incident.id, ANA, "done", world.ports()).released
    assert not works(session)
    assert not works(holder)


def test_where_it_cannot_be_done_again_nothing_is_released(world: World) -> None:
    key = world.new_key("victim")
    incident = leak(world, signals.guardduty(key))
    closed(world)
    undone(world, incident, key)
    world.wire.deny("iam:UpdateAccessKey")
    with pytest.raises(RefusedError, match="deactivate-key on 111122223333/user/victim does not stand"):
        release(incident.id, ANA, "done", world.ports())
    assert not reloaded(world, incident).released


def test_a_role_s_deny_that_somebody_took_off_is_put_on_again_by_a_release(world: World) -> None:
    stolen = world.assumed(world.holder("bystander"), "i-0abc")
    incident = role_leak(world)
    assert not works(stolen)
    (step,) = incident.steps
    closed(world, step.principal.lock)
    world.admin("iam").delete_role_policy(RoleName="worker", PolicyName=step.arguments["policy_name"])
    assert works(stolen)
    release(incident.id, ANA, "done", world.ports())
    assert not works(stolen)


def test_a_sibling_older_than_the_leak_stops_no_release_of_what_a_password_kept_wide(world: World) -> None:
    sibling = world.holder("victim")
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    assert not closed(world).did("narrow-user")
    release(incident.id, ANA, "the password is the owner's", world.ports())
    assert works(sibling)


def test_a_sibling_made_since_the_leak_began_is_dead_too_and_stays_so(world: World) -> None:
    sibling = world.holder("victim")
    signal = read(signals.guardduty(world.new_key("victim")), world)
    long_ago = {"since": world.at - timedelta(days=1)}
    found = respond(type(signal)(**{**vars(signal), **long_ago}), world.ports()).incident
    assert found is not None
    world.later(60)
    done = release(found.id, ANA, "done", world.ports())
    assert key_id(sibling) in done.ended
    assert not works(sibling)


def test_a_key_that_a_person_made_inactive_counts_although_we_were_refused(world: World) -> None:
    key = world.new_key("victim")
    world.wire.deny("iam:UpdateAccessKey")
    incident = leak(world, signals.guardduty(key))
    world.wire.clear()
    world.later(60)
    with pytest.raises(RefusedError, match=key):
        release(incident.id, ANA, "done", world.ports())
    inactive(world, key)
    done = release(incident.id, ANA, "done", world.ports())
    assert done.did("deactivate-key")
    assert closed(world).closed


def test_a_role_s_release_changes_nothing_and_is_written_down(world: World) -> None:
    incident = role_leak(world)
    world.later(60)
    before = world.state()
    done = release(incident.id, ANA, "the instance was replaced", world.ports())
    assert done.released
    assert world.state() == before


def test_nothing_contained_and_nothing_standing_cannot_be_released(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    with pytest.raises(RefusedError, match="leak-responder approve"):
        release(incident.id, ANA, "done", world.ports())
    restore(incident.id, ANA, "a test", world.ports())
    with pytest.raises(RefusedError, match="was restored"):
        release(incident.id, ANA, "done", world.ports())


def test_a_boundary_of_the_user_s_own_is_named_and_kept(world: World) -> None:
    theirs = "arn:aws:iam::aws:policy/AdministratorAccess"
    world.admin("iam").put_user_permissions_boundary(UserName="victim", PermissionsBoundary=theirs)
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    with pytest.raises(RefusedError, match="--action quarantine-user"):
        release(incident.id, ANA, "done", world.ports())
    assert world.state()["users"]["victim"]["boundary"] == theirs


def test_a_refusal_gives_the_lease_back_at_once(world: World) -> None:
    world.new_key("victim")
    incident = quarantined(world)
    for _ in range(2):
        with pytest.raises(RefusedError, match="may be what leaked"):
            release(incident.id, ANA, "done", world.ports())


def test_released_during_the_watch_the_watch_goes_on_and_counts_nothing_as_undone(world: World) -> None:
    key = world.new_key("victim")
    world.admin("iam").create_login_profile(UserName="victim", Password="Long-Enough-1")
    incident = leak(world, signals.guardduty(key))
    world.later(60)
    resume(LOCK, world.ports())
    release(incident.id, ANA, "done", world.ports())
    end = closed(world)
    assert (end.undone, end.closed and end.closed.result) == ((), Result.HELD)
    assert end.released is not None


def test_released_before_the_first_look_it_is_narrow_already(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    release(incident.id, ANA, "done", world.ports())
    end = closed(world)
    assert (end.undone, end.withheld) == ((), ())
    assert end.did("narrow-user")


def test_after_a_restore_what_is_still_queued_does_nothing(world: World) -> None:
    before = world.state()
    key = world.new_key("victim")
    incident = leak(world, signals.guardduty(key))
    restore(incident.id, ANA, "a test", world.ports())
    world.later(600)
    world.wire.calls.clear()
    assert follow_up(f'{{"lock": "{LOCK}"}}', world.ports()).what == "settled"
    assert [call for call in world.wire.calls if call.startswith("iam:")] == []
    before["users"]["victim"]["keys"] = {key: "Active"}
    assert world.state() == before


def test_a_restore_cut_off_anywhere_is_never_taken_for_the_intruder_s_work(world: World) -> None:
    before = world.state()
    key = world.new_key("victim")
    incident = leak(world, signals.guardduty(key))
    world.later(60)
    resume(LOCK, world.ports())
    assert reloaded(world, incident).narrowed
    before["users"]["victim"]["keys"] = {key: "Active"}
    for kill in range(60):
        world.wire.clear()
        world.wire.kill_at = kill
        with suppress(KilledError):
            restore(incident.id, ANA, "a test", world.ports())
            break
        world.later(world.settings.lease + 1)
        world.wire.clear()
        resume(LOCK, world.ports())
    assert kill > 8
    end = reloaded(world, incident)
    assert world.state() == before
    assert (end.undone, end.closed and end.closed.result) == ((), Result.RESTORED)


def test_a_restore_that_finds_the_world_moved_leaves_the_deny_counted_as_standing(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    closed(world)
    theirs = "arn:aws:iam::aws:policy/AdministratorAccess"
    world.admin("iam").put_user_permissions_boundary(UserName="victim", PermissionsBoundary=theirs)
    with pytest.raises(RefusedError, match="somebody changed it since"):
        restore(incident.id, ANA, "a test", world.ports())
    assert reloaded(world, incident).did("narrow-user")


def test_an_action_that_the_incident_does_not_have_is_named(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    with pytest.raises(RefusedError, match="it has quarantine-user, deactivate-key"):
        restore(incident.id, ANA, "a test", world.ports(), "bound-user")


def test_what_an_approval_revokes_was_issued_until_the_approval_and_not_until_the_question(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    asked = role_leak(world)
    world.later(7200)
    approve(asked.id, ANA, world.ports())
    (policy,) = [one for name, one in world.state()["roles"]["worker"].items() if name != "may"]
    cut_off = json.loads(policy)["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    assert cut_off == f"{world.at + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"
    done = reloaded(world, asked)
    assert done.cut_off == world.at + timedelta(seconds=30)
    assert (done.approved_by, done.contained_at) == (ANA, world.at)
    with pytest.raises(RefusedError, match="there is nothing to approve"):
        approve(closed(world, asked.principal.lock).id, ANA, world.ports())


def test_a_release_works_while_the_responder_is_paused(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    assert switch.turn(world.ports().ledger.table, on=True, by=ANA, reason="why")
    release(incident.id, ANA, "done", world.ports())
    assert reloaded(world, incident).released
    assert Sign.COMPROMISED in {signal.sign for signal in incident.signals}


def test_a_session_that_a_denied_key_obtained_after_the_cut_off_stays_dead_too(world: World) -> None:
    """A deny does not stop GetSessionToken, which takes no permission (IAM user guide, "Permissions for
    GetSessionToken"): what it returns works as soon as the deny on everything is gone.
    """
    world.with_settings(cut_off_ahead=-7200)  # all sessions of this world are issued after such a cut-off
    holder = world.holder("victim")
    session = world.minted(holder)
    incident = quarantined(world)
    world.with_settings(cut_off_ahead=30)
    world.later(DAY)
    inactive(world, key_id(holder))
    release(incident.id, ANA, "done", world.ports())
    assert not works(session)


def test_a_key_that_could_not_be_set_inactive_at_once_could_obtain_sessions_until_it_was(world: World) -> None:
    world.with_settings(cut_off_ahead=-7200)
    holder = world.holder("victim")
    session = world.minted(holder)
    world.wire.refuse = {"iam:UpdateAccessKey": "Throttling"}
    with suppress(UnfinishedError):
        leak(world, signals.guardduty(key_id(holder)))
    world.wire.clear()
    world.with_settings(cut_off_ahead=30)
    world.later(600)
    assert closed(world).did("narrow-user")
    assert not works(session)
