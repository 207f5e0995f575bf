"""Who is never touched, and what cannot be contained: each has a clear end, is told, and leaves all as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.entries import Told
from chalicelib.follow_up import follow_up
from chalicelib.ledger import Ledger
from chalicelib.ledger.table import Table
from chalicelib.model import DONE, Mode
from chalicelib.respond import Answer, respond
from chalicelib.settings import Protected
from tests import signals
from tests.response import life
from tests.world import ACCOUNT, START, KilledError, key_id, works

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import World

VICTIM = f"arn:aws:iam::{ACCOUNT}:user/victim"


def answer(event: dict[str, Any], world: World) -> Answer:
    return respond(life.read(event, world), world.ports())


def reads(world: World) -> list[str]:
    return [call for call in world.wire.calls if call.startswith("iam:")]


def test_a_protected_user_whom_the_feed_gives_no_unique_id_is_looked_up_and_left_alone(world: World) -> None:
    world.with_settings(protected=(Protected(VICTIM, world.unique_id("victim")),))
    key = world.new_key("victim")
    before = world.state()
    assert answer(signals.health(key), world).what == "told"
    assert reads(world) == ["iam:GetAccessKeyLastUsed", "iam:GetUser"]
    assert world.state() == before
    assert "is protected" in told(world)


def test_a_user_made_anew_under_a_protected_name_is_nobody_protected(world: World) -> None:
    world.with_settings(protected=(Protected(VICTIM, "AIDAGONEGONEGONEGONE"),))
    assert answer(signals.health(world.new_key("victim")), world).what == "contained"


def test_a_name_that_may_be_protected_is_left_alone_where_its_unique_id_cannot_be_read(world: World) -> None:
    world.with_settings(protected=(Protected(VICTIM, "AIDAGONEGONEGONEGONE"),))
    event = signals.health(world.new_key("victim"))
    before = world.state()
    world.wire.deny("iam:GetUser")
    assert answer(event, world).what == "told"
    assert world.state() == before


def test_nobody_is_looked_up_whom_no_protected_name_could_mean(world: World) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/victim"
    other = "arn:aws:iam::444455556666:user/victim"
    world.with_settings(protected=(Protected(role, "AROA1"), Protected(other, "AIDA1")))
    assert answer(signals.guardduty(world.new_key("victim")), world).what == "contained"
    assert reads(world).count("iam:GetUser") == 1  # of the facts, beside the claim


def test_the_responder_is_known_by_its_unique_id_where_the_feed_gives_its_name_alone(world: World) -> None:
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    event = signals.exfiltration("worker", role_id, "i-0abc")
    event["detail"]["resource"]["accessKeyDetails"].pop("principalId")
    world.with_settings(own_role_ids=(role_id,))
    before = world.state()
    assert answer(event, world).what == "told"
    assert world.state() == before
    assert "the responder itself" in told(world)


def told(world: World) -> str:
    return " ".join(json.loads(world.wire.published[0])["default"].split())


def nobody(world: World) -> dict[str, Any]:
    return signals.guardduty("AKIAGONEGONEGONEGONE", user="nobody", details={"userName": "nobody"})


def unknown_key(world: World) -> dict[str, Any]:
    return signals.health("AKIAGONEGONEGONEGONE")


def other_account(world: World) -> dict[str, Any]:
    return signals.guardduty(world.new_key("victim"), accountId="444455556666")


def root(world: World) -> dict[str, Any]:
    return signals.guardduty("AKIAROOTROOTROOTROOT", details={"userName": "Root", "userType": "Root"})


def service_linked_role(world: World) -> dict[str, Any]:
    unique_id = world.role("AWSServiceRoleForSupport", "/aws-service-role/support.amazonaws.com/")
    return signals.exfiltration("AWSServiceRoleForSupport", unique_id, "session")


@pytest.mark.parametrize(
    ("leak", "what", "said"),
    [
        (unknown_key, "told", "IAM does not say whose AKIAGONEGONEGONEGONE is"),
        (other_account, "told", "account 444455556666 is not ours"),
        (root, "told", "IAM cannot constrain the root user"),
        (service_linked_role, "told", "sessions of a service-linked role cannot be revoked"),
    ],
)
def test_what_cannot_be_contained_is_told_with_the_reason_and_changes_nothing(
    world: World, leak: Callable[[World], dict[str, Any]], what: str, said: str
) -> None:
    event = leak(world)
    before = world.state()
    assert answer(event, world).what == what
    assert world.state() == before
    assert said.casefold() in told(world).casefold()


@pytest.mark.parametrize("gone", [True, False])
def test_a_key_that_is_gone_or_inactive_already_still_has_its_sessions_stopped(world: World, gone: bool) -> None:
    holder = world.holder("victim")
    session, key, iam = world.minted(holder), key_id(holder), world.admin("iam")
    iam.update_access_key(UserName="victim", AccessKeyId=key, Status="Inactive")
    if gone:
        iam.delete_access_key(UserName="victim", AccessKeyId=key)
    assert works(session)
    assert answer(signals.guardduty(key), world).what == "contained"
    assert not works(session)


def test_a_key_of_somebody_else_is_left_alone_and_said_to_be(world: World) -> None:
    """Where IAM does not say whose it is, the name of the feed is all that there is."""
    holder = world.holder("bystander")
    world.wire.deny("iam:GetAccessKeyLastUsed")
    found = answer(signals.guardduty(key_id(holder)), world)
    assert found.incident is not None
    step = found.incident.step("deactivate-key")
    assert step is not None
    assert "somebody else's" in found.incident.outcome(step).detail
    assert works(holder)


def test_a_key_is_its_holders_whatever_name_the_feed_gives(world: World) -> None:
    """A key never changes hands, and a user may be renamed and the name given to another one."""
    holder, before = world.holder("bystander"), world.state()["users"]["victim"]
    answer(signals.guardduty(key_id(holder)), world)
    assert not works(holder)
    assert world.state()["users"]["victim"] == before


def test_a_feed_that_ends_the_waiting_for_approval_cuts_off_what_was_issued_meanwhile(world: World) -> None:
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    event = signals.exfiltration("worker", role_id, "i-0abc")
    world.with_settings(mode=Mode.APPROVAL_REQUIRED)
    assert answer(event, world).what == "ask"
    world.later(3600)
    world.with_settings(mode=Mode.CONTAIN_CONFIRMED)
    event["detail"]["type"] = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS"
    event["detail"]["service"]["eventLastSeen"] = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    found = answer(event, world)
    assert found.what == "contained"
    assert found.incident is not None
    cut_off = START + timedelta(seconds=3630)
    assert found.incident.cut_off == cut_off
    assert [step.arguments["cut_off"] for step in found.incident.steps] == [f"{cut_off:%Y-%m-%dT%H:%M:%SZ}"]
    (document,) = (text for name, text in world.state()["roles"]["worker"].items() if name != "may")
    assert f"{cut_off:%Y-%m-%dT%H:%M:%SZ}" in json.dumps(document)


@pytest.mark.parametrize("number", range(4))
def test_a_notice_that_was_cut_off_is_told_when_the_event_comes_again(world: World, number: int) -> None:
    world.with_settings(mode=Mode.OBSERVE)
    event = signals.guardduty(world.new_key("victim"))
    world.wire.kill_at = number
    with pytest.raises(KilledError):
        answer(event, world)
    world.wire.clear()
    world.later(life.MINUTE)
    assert answer(event, world).what == "told"
    assert len(world.wire.published) == 1
    assert answer(event, world).what == "repeated"


def test_an_incident_whose_run_was_overtaken_is_looked_at_again(world: World) -> None:
    """Not raised: the queue would give the message again only after minutes, and the watch would stand still."""
    world.with_settings(lease=0)
    answer(signals.guardduty(world.new_key("victim")), world)
    world.later(life.MINUTE)
    ports, held = world.ports(), world.admin("dynamodb")
    other = Ledger(Table(held, "ledger"), "another run")

    def now() -> datetime:
        incident = world.incident(life.USER)
        assert incident is not None
        other.append(incident, world.at, Told(9, "sns", DONE))
        return world.at

    assert follow_up(json.dumps({"lock": life.USER}), replace(ports, now=now)).what == "overtaken"
    assert follow_up(world.queued(), world.ports()).what == "advanced"


def test_a_signal_whose_run_was_overtaken_is_not_lost(world: World) -> None:
    world.with_settings(lease=0)
    first, second = world.new_key("victim"), world.new_key("victim")
    answer(signals.guardduty(first), world)
    world.later(life.MINUTE)
    ports, held = world.ports(), world.admin("dynamodb")
    key = {"pk": {"S": f"LOCK#{life.USER}"}, "sk": {"S": "LOCK"}}

    def now() -> datetime:
        incident = world.incident(life.USER)
        assert incident is not None
        ours = held.get_item(TableName="ledger", Key=key)["Item"]["owner"]["S"] == ports.ledger.owner
        if ours and (9, "sns") not in incident.told:
            Ledger(Table(held, "ledger"), "another run").append(incident, world.at, Told(9, "sns", DONE))
        return world.at

    assert respond(life.read(signals.guardduty(second), world), replace(ports, now=now)).what == "overtaken"
    assert follow_up(world.queued(), world.ports()).what == "contained"
    assert world.state()["users"]["victim"]["keys"] == {first: "Inactive", second: "Inactive"}
