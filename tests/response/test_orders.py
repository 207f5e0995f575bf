"""A person says that a credential leaked: the plan that they saw is carried out, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.digest import digest_of
from chalicelib.entries import Undone
from chalicelib.follow_up import resume
from chalicelib.ledger import switch
from chalicelib.model import Mode, Outcome, Sign, Status
from chalicelib.orders.containing import Order, carried_out, ordered, refuse_another
from chalicelib.orders.entitled import RefusedError
from chalicelib.orders.reported import Asked
from chalicelib.orders.undo import decline, restore
from chalicelib.respond import respond
from chalicelib.settings import Protected
from tests import signals
from tests.after.scene import ANA, LOCK, closed, later_signal, leak, read, reloaded, role_leak
from tests.response.test_properties import Looks, dressed, looks, others
from tests.world import ACCOUNT, build, key_id, works

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud
    from tests.world import World

ROLE_LOCK = f"{ACCOUNT}/role/worker"


def planned(world: World, *also: str, **asked: str) -> Order:
    return ordered(Asked(**asked, also=also), ANA, "seen in a public repository", world.ports())


def done(world: World, *also: str, **asked: str) -> Order:
    order = planned(world, *also, **asked)
    carried_out(order, world.ports())
    return order


def _device(world: World, user: str) -> str:
    """The serial number of an MFA device that the user has now."""
    iam = world.admin("iam")
    serial = str(iam.create_virtual_mfa_device(VirtualMFADeviceName=f"of-{user}")["VirtualMFADevice"]["SerialNumber"])
    iam.enable_mfa_device(
        UserName=user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    return serial


def _instance(world: World) -> str:
    """A running instance of the role; the name of its session."""
    made = world.admin("ec2").run_instances(ImageId="ami-0abcdef1234567890", MinCount=1, MaxCount=1)
    return str(made["Instances"][0]["InstanceId"])


def actions(order: Order) -> list[str]:
    return [step.action for step in order.plan.steps]


@pytest.mark.parametrize("mode", Mode)
def test_an_order_acts_in_every_mode_and_the_ledger_says_who_and_why(world: World, mode: Mode) -> None:
    world.with_settings(mode=mode)
    holder, bystander = world.holder("victim"), world.holder("bystander")
    session = world.minted(holder)
    order = done(world, access_key=key_id(holder))
    assert actions(order) == ["quarantine-user", "deactivate-key"]
    assert (works(holder), works(session), works(bystander)) == (False, False, True)
    incident = world.incident(LOCK)
    assert incident
    assert incident.contained_at
    assert (incident.signals[0].sign, incident.signals[0].source) == (Sign.REPORTED, "report")
    assert {(one.label, one.value) for one in incident.signals[0].evidence} == {
        ("reported by", ANA),
        ("why", "seen in a public repository"),
    }


def test_planning_changes_nothing(world: World) -> None:
    key = world.new_key("victim")
    before = world.state()
    world.wire.clear()
    first, second = planned(world, access_key=key), planned(world, access_key=key)
    assert (first.hash, world.state(), world.wire.writes) == (second.hash, before, [])
    assert world.incident(LOCK) is None


def test_one_session_of_a_role_or_all_of_them(world: World) -> None:
    holder = world.holder("bystander")
    mine, other = world.assumed(holder, "mine"), world.assumed(holder, "other")
    one = done(world, role="worker", session="mine")
    assert (works(mine), works(other)) == (False, True)
    world.later(120)
    whole = done(world, role=f"arn:aws:iam::{ACCOUNT}:role/worker")
    assert (works(mine), works(other)) == (False, False)
    assert one.hash != whole.hash


def test_again_on_a_contained_principal_there_is_nothing_to_do(world: World) -> None:
    key = world.new_key("victim")
    done(world, access_key=key)
    again = planned(world, access_key=key)
    assert again.idle
    assert not again.barred
    done(world, role="worker")
    assert planned(world, role="worker").idle


def test_a_role_is_ordered_again_for_what_it_was_given_since(world: World) -> None:
    first = role_leak(world)
    world.later(3600)
    order = done(world, role="worker")
    assert actions(order) == ["revoke-role-sessions"]
    after = world.incident(ROLE_LOCK)
    assert after
    assert (after.id, after.cut_off > first.cut_off, after.contained_at is not None) == (first.id, True, True)


def test_an_order_is_the_approval_of_a_plan_that_waits(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    holder = world.holder("victim")
    waits = leak(world, signals.guardduty(key_id(holder)))
    assert works(holder)
    order = done(world, access_key=key_id(holder))
    assert order.incident
    assert order.incident.id == waits.id
    assert not works(holder)


def test_a_user_reported_as_a_whole_stays_denied(world: World) -> None:
    """Narrowed, the sibling key would work again; the person says that it may be what leaked."""
    sibling = world.holder("victim")
    leak(world, signals.guardduty(world.new_key("victim")))
    order = planned(world, user="victim")
    assert (actions(order), order.idle) == ([], False)
    carried_out(order, world.ports())
    assert planned(world, user="victim").idle
    end = closed(world)
    assert any("reported the user as a whole" in one.reason for one in end.withheld)
    assert not works(sibling)


def test_a_user_reported_after_the_deny_was_narrowed_is_denied_anew(world: World) -> None:
    world.with_settings(watch=3600)
    sibling = world.holder("victim")
    first = leak(world, signals.guardduty(world.new_key("victim")))
    world.later(60)
    resume(LOCK, world.ports())
    assert reloaded(world, first).did("narrow-user")
    order = done(world, user="victim")
    assert order.incident is None
    found = world.incident(LOCK)
    assert found
    assert found.id != first.id
    assert not works(sibling)


def test_a_key_younger_than_the_leaked_one_keeps_the_deny_wide(world: World) -> None:
    """Nobody says since when the key leaks, so the younger one may be the intruder's."""
    key = world.new_key("victim")
    younger = world.holder("victim")
    done(world, access_key=key)
    end = closed(world)
    assert not end.did("narrow-user")
    assert not works(younger)


REFUSED: dict[str, tuple[Asked, str]] = {
    "nothing": (Asked(), "one thing only"),
    "two things": (Asked(user="victim", role="worker"), "one thing only"),
    "a session of nobody": (Asked(user="victim", session="s-1"), "give its role too"),
    "a session that is none": (Asked(role="worker", session="a b"), "no name of a session"),
    "an unknown key": (Asked(access_key="AKIAIOSFODNN7EXAMPLE"), "does not say whose"),
    "a session's key": (Asked(access_key="ASIAIOSFODNN7EXAMPLE"), "the key of a session"),
    "no key": (Asked(access_key="--help"), "no access key id"),
    "an unknown user": (Asked(user="nobody"), "has no user nobody"),
    "an unknown role": (Asked(role="nobody"), "has no role nobody"),
    "no name": (Asked(user="a b"), "neither a name"),
    "no user of a pool": (Asked(cognito_user="ana"), "give it as POOL/USERNAME"),
    "an unknown pool": (Asked(cognito_user="us-east-1_Ab1Cd2Ef3/ana"), "has no user ana in a pool us-east-1_Ab1Cd2Ef3"),
    "the wrong kind": (Asked(user=f"arn:aws:iam::{ACCOUNT}:role/worker"), "give it as --role"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_names_nobody_is_refused_clearly(world: World, case: str) -> None:
    asked, why = REFUSED[case]
    with pytest.raises(RefusedError, match=why):
        ordered(asked, ANA, "why", world.ports())


BARRED: dict[str, tuple[Asked, str]] = {
    "root": (Asked(user="root"), "IAM cannot constrain the root user"),
    "root by ARN": (Asked(user=f"arn:aws:iam::{ACCOUNT}:root"), "IAM cannot constrain the root user"),
    "service-linked": (Asked(role="AWSServiceRoleForSupport"), "service-linked role"),
    "Identity Center": (Asked(role="AWSReservedSSO_Admin_0123"), "Identity Center created"),
    "another account": (Asked(user="arn:aws:iam::999988887777:user/x"), "account 999988887777 is not ours"),
    "the responder": (Asked(role="worker"), "the responder itself"),
    "protected": (Asked(user="VICTIM".lower()), "user victim is protected"),
}


@pytest.mark.parametrize("case", BARRED)
def test_who_must_not_or_cannot_be_touched_is_withheld_with_the_reason(world: World, case: str) -> None:
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    world.role("AWSServiceRoleForSupport", "/aws-service-role/support.amazonaws.com/")
    world.role("AWSReservedSSO_Admin_0123", "/aws-reserved/sso.amazonaws.com/eu-west-1/")
    protected = Protected(f"arn:aws:iam::{ACCOUNT}:user/victim", world.unique_id("victim"))
    world.with_settings(own_role_ids=(role_id,), protected=(protected,))
    asked, why = BARRED[case]
    order = ordered(asked, ANA, "why", world.ports())
    assert order.barred
    assert why in order.plan.withheld[0].reason
    assert order.plan.withheld[0].instead


def test_who_is_contained_orders_nothing(world: World) -> None:
    leak(world, signals.guardduty(world.new_key("victim")))
    with pytest.raises(RefusedError, match="has an open incident itself"):
        ordered(Asked(user="bystander"), f"arn:aws:iam::{ACCOUNT}:user/victim", "why", world.ports())


def test_the_paused_responder_and_one_at_work_are_said(world: World) -> None:
    key = world.new_key("victim")
    order = planned(world, access_key=key)
    switch.turn(world.ports().ledger.table, on=True, by=ANA, reason="why")
    with pytest.raises(RefusedError, match="paused, so nothing was done"):
        carried_out(order, world.ports())
    switch.turn(world.ports().ledger.table, on=False, by=ANA, reason="why")
    incident = leak(world, signals.guardduty(key))
    adds = planned(world, access_key=world.new_key("victim"))
    world.ports().ledger.take(incident.principal.lock, world.at)
    with pytest.raises(RefusedError, match="being worked on until"):
        carried_out(adds, world.ports())


def test_a_feed_that_was_faster_is_not_overruled_unseen(world: World) -> None:
    key = world.new_key("victim")
    order = planned(world, access_key=key)
    leak(world, signals.guardduty(key))
    before = world.state()
    with pytest.raises(RefusedError, match="the incident changed while you looked"):
        carried_out(order, world.ports())
    assert world.state() == before
    assert planned(world, access_key=key).idle


def test_an_incident_that_closed_meanwhile_is_not_opened_again_unseen(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    other = world.new_key("victim")
    order = planned(world, access_key=other)
    restore(incident.id, ANA, "our scanner", world.ports())
    before = world.state()
    world.later(1)
    with pytest.raises(RefusedError, match="the incident changed while you looked"):
        carried_out(order, world.ports())
    assert world.state() == before
    done(world, access_key=other)
    assert world.state()["users"]["victim"]["keys"][other] == "Inactive"


def test_a_plan_that_is_another_by_now_is_refused_with_what_differs(world: World) -> None:
    seen = planned(world, user="victim").hash
    world.new_key("victim")
    now = planned(world, user="victim")
    refuse_another(now, now.hash.upper())
    with pytest.raises(RefusedError, match="what is withheld differs"):
        refuse_another(now, seen)
    with pytest.raises(RefusedError, match="what is done and what is withheld differs"):
        refuse_another(planned(world, role="worker"), seen)


def test_a_deny_that_a_person_put_back_is_not_taken_for_one_that_stands(world: World) -> None:
    key = world.new_key("victim")
    incident = leak(world, signals.guardduty(key))
    restore(incident.id, ANA, "why", world.ports(), "quarantine-user")
    with pytest.raises(RefusedError, match="had the deny put back"):
        planned(world, access_key=key)


def test_a_deny_that_was_given_up_is_put_on_again_by_an_order(world: World) -> None:
    leaked = world.holder("victim")
    incident = leak(world, signals.guardduty(key_id(leaked)))
    deny = incident.steps[0]
    world.admin("iam").detach_user_policy(UserName="victim", PolicyArn=deny.arguments["policy_arn"])
    given_up = Undone(deny.key, "it is not attached", reapplied=False, by="user bob")
    world.ports().ledger.append(reloaded(world, incident), world.at, given_up)
    order = planned(world, access_key=key_id(leaked))
    assert (order.idle, actions(order)) == (False, ["quarantine-user"])
    carried_out(order, world.ports())
    found = reloaded(world, incident)
    assert (found.is_denied, found.lost) == (True, ())
    assert world.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    assert planned(world, access_key=key_id(leaked)).idle


def test_iam_that_may_not_be_read_is_no_reason_to_order_blindly(world: World) -> None:
    world.wire.deny("iam:GetUser")
    with pytest.raises(RefusedError, match="need iam:GetUser"):
        planned(world, user="victim")


def test_the_hash_is_of_what_would_be_done_and_not_of_when(world: World) -> None:
    first = planned(world, role="worker", session="mine")
    world.later(3600)
    assert planned(world, role="worker", session="mine").hash == first.hash
    assert len(first.hash) == 13


@settings(max_examples=9)
@given(user=looks(), sibling=st.booleans())
def test_what_was_planned_is_exactly_what_is_done(running_cloud: Cloud, user: Looks, sibling: bool) -> None:
    """A policy of ours that somebody neutralised is seen beside the strike, and adds a step that no plan has."""
    world = build(running_cloud)
    _, people = dressed(world, replace(user, attack=None))
    bystander, before = world.holder("bystander"), world.state()
    leaked = None if user.leaked is None else key_id(people[user.leaked])
    asked = Asked(access_key=leaked) if leaked and sibling else Asked(user="victim")
    seen = ordered(asked, ANA, "why", world.ports())
    assert world.state() == before
    world.later(60)
    now = ordered(asked, ANA, "why", world.ports())
    refuse_another(now, seen.hash)
    incident = carried_out(now, world.ports()).incident
    assert incident
    assert digest_of(incident) == seen.hash
    assert [step.action for step in incident.steps] == actions(seen)
    taken = [incident.outcome(step) for step in incident.steps if not step.later]
    assert all(one in {Outcome(Status.DONE), Outcome(Status.ALREADY)} for one in taken)
    assert not any(map(works, people))
    assert works(bystander)
    assert others(world.state()) == others(before)


def test_a_plan_that_was_declined_is_closed_told_and_asked_anew_by_the_next_sign(world: World) -> None:
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    key = world.new_key("victim")
    before = world.state()
    incident = leak(world, signals.guardduty(key))
    end = decline(incident.id, ANA, "our scanner", world.ports())
    assert end.closed
    assert (end.closed.result, world.state()) == ("declined", before)
    assert any(number == 3 for number, _ in end.told)
    assert decline(incident.id, ANA, "our scanner", world.ports()).last == end.last
    assert respond(read(signals.guardduty(key), world), world.ports()).what == "folded"
    world.later(60)
    assert respond(later_signal(world, key), world.ports()).what == "ask"


def test_what_acts_is_not_declined(world: World) -> None:
    incident = leak(world, signals.guardduty(world.new_key("victim")))
    with pytest.raises(RefusedError, match="does not wait: it acts"):
        decline(incident.id, ANA, "why", world.ports())
    restore(incident.id, ANA, "why", world.ports())
    with pytest.raises(RefusedError, match="closed \\(restored\\)"):
        decline(incident.id, ANA, "why", world.ports())


def test_an_option_is_taken_only_where_it_was_asked_for_and_after_the_deny(world: World) -> None:
    instance = _instance(world)
    plain, asked = (planned(world, *also, role="worker", session=instance) for also in ((), ("snapshot-instance",)))
    assert [actions(order) for order in (plain, asked)] == [
        ["revoke-role-sessions"],
        ["revoke-role-sessions", "snapshot-instance"],
    ]
    carried_out(asked, world.ports())
    assert not [call for call in world.wire.calls if call.startswith("ec2:")]
    world.later(5)
    resume(ROLE_LOCK, world.ports())
    incident = world.incident(ROLE_LOCK)
    assert incident
    assert incident.did("snapshot-instance")
    (made,) = world.admin("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert made["Tags"] == [{"Key": "leak-responder", "Value": f"{incident.id}/{instance}"}]


def test_an_option_can_be_ordered_once_the_incident_is_open(world: World) -> None:
    instance = _instance(world)
    done(world, role="worker", session=instance)
    more = done(world, "snapshot-instance", role="worker", session=instance)
    assert actions(more)[-1] == "snapshot-instance"
    incident = world.incident(ROLE_LOCK)
    assert incident
    assert incident.step("snapshot-instance")


def test_what_the_setting_names_is_done_unasked_where_it_fits(world: World) -> None:
    world.with_settings(also=("snapshot-instance",))
    assert "snapshot-instance" in actions(planned(world, role="worker", session=_instance(world)))
    assert "snapshot-instance" not in actions(planned(world, role="worker", session="deploy"))
    assert "snapshot-instance" not in actions(planned(world, user="victim"))


def test_an_option_that_does_not_fit_is_refused_before_anything_is_done(world: World) -> None:
    with pytest.raises(RefusedError, match="--also snapshot-instance: snapshot-instance needs to know which"):
        planned(world, "snapshot-instance", role="worker")
    assert not world.wire.writes


def test_a_device_that_was_enrolled_since_the_leak_is_named_and_taken_off_by_order(world: World) -> None:
    key = world.new_key("victim")
    event = signals.guardduty(key)
    signals.long_ago(event)
    serial, of_another = _device(world, "victim"), _device(world, "bystander")
    named = [one.instead for one in leak(world, event).withheld if one.action == "deactivate-mfa"]
    assert [f"contain --access-key {key} --also deactivate-mfa={serial} " in said for said in named] == [True]

    done(world, f"deactivate-mfa={serial}", access_key=key)
    assert closed(world).did("narrow-user")
    devices = (world.admin("iam").list_mfa_devices(UserName=user)["MFADevices"] for user in ("victim", "bystander"))
    assert [[one["SerialNumber"] for one in these] for these in devices] == [[], [of_another]]
    incident = world.incident(LOCK)
    assert incident
    image = next(incident.images[step.key] for step in incident.steps if step.action == "deactivate-mfa")
    assert image["enrolled"]
