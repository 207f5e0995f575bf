"""One open incident per principal, one writer at a time, nothing overwritten and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.entries import Approved, Closed, Did, Joined, Planned, Reached, Released, Result, Stage
from chalicelib.folding import fold
from chalicelib.ledger import Busy, Claimed, Folded, LeaseLostError, Paused, answered, breaker, notices, roll, switch
from chalicelib.ledger.table import Table
from chalicelib.model import DONE, Decision, Evidence, Plan, Step
from tests.ledger.scene import ACT, SIGNAL, VICTIM, items, opened, run
from tests.world import START

if TYPE_CHECKING:
    from chalicelib.entries import Body
    from chalicelib.incident import Incident
    from chalicelib.ledger import Ledger
    from tests.world import World

LOCK = VICTIM.lock


def claimed(ledger: Ledger, incident_id: str = "one", seconds: float = 0) -> Incident:
    at = START + timedelta(seconds=seconds)
    claim = ledger.claim(incident_id, opened(at), at)
    assert isinstance(claim, Claimed)
    return claim.incident


def test_the_second_claim_waits_for_the_lease_of_the_first(world: World) -> None:
    first, second = run(world, "a"), run(world, "b")
    claimed(first)
    busy = second.claim("two", opened(), START + timedelta(seconds=3))
    assert busy == Busy("one", START + timedelta(seconds=10))
    taken = second.claim("two", opened(), START + timedelta(seconds=11))
    assert isinstance(taken, Claimed)
    assert (taken.incident.id, taken.fresh) == ("one", False)


def test_who_lost_the_lease_writes_nothing_more(world: World) -> None:
    first, second = run(world, "a"), run(world, "b")
    incident = claimed(first)
    taken = second.take(LOCK, START + timedelta(seconds=11))
    assert isinstance(taken, Claimed)
    second.append(taken.incident, START, Approved("b"))
    with pytest.raises(LeaseLostError, match="entry 2 was written by another run"):
        first.append(incident, START, Approved("a"))
    first.hand_on(incident, START, None)
    assert second.take(LOCK, START + timedelta(seconds=12)) == Busy("one", START + timedelta(seconds=21))
    found = run(world, "c").load("one")
    assert found is not None
    assert found.approved_by == "b"


def test_entries_are_written_all_or_none(world: World) -> None:
    first, second = run(world, "a"), run(world, "b")
    incident = claimed(first)
    second.append(incident, START, Reached(Stage.VERIFY))
    with pytest.raises(LeaseLostError):
        first.append(incident, START, Approved("a"), Reached(Stage.WATCH))
    assert [entry.number for entry in first.entries("one")] == [1, 2]


def test_an_answer_that_was_lost_is_found_standing(world: World) -> None:
    ledger = run(world, "a")
    incident = claimed(ledger)
    world.wire.clear()
    world.wire.lose_at = 0
    ledger.append(incident, START, Approved("a"))
    assert world.wire.lose_at is None
    assert [entry.number for entry in ledger.entries("one")] == [1, 2]


def test_hundreds_of_signals_and_steps_in_one_append(world: World) -> None:
    ledger = run(world, "a")
    incident = claimed(ledger)
    joined = [Joined(replace(SIGNAL, native_id=str(n)), ACT) for n in range(230)]
    steps = tuple(Step("revoke-role-sessions", VICTIM, "why", {"session": str(n)}) for n in range(400))
    incident = ledger.append(incident, START, *joined, Planned(Plan(steps)), *(Did(one.key, DONE) for one in steps))
    found = run(world, "b").load("one")
    assert found is not None
    assert (found.last, len(found.signals), len(found.outcomes)) == (632, 231, 400)
    assert found == incident


def test_an_entry_stays_far_below_what_an_item_may_hold(world: World) -> None:
    """Sources cut evidence to 300 characters and 4-byte characters are written as twelve: still a fraction."""
    evidence = tuple(Evidence("x" * 32, "\U0001f600" * 300) for _ in range(20))
    ledger = run(world, "a")
    ledger.append(claimed(ledger), START, Joined(replace(SIGNAL, evidence=evidence), ACT))
    largest = max(len(item["body"]["S"]) for item in items(world) if "body" in item)
    assert largest < 100_000


def test_a_closed_incident_explains_what_is_older_and_newer_activity_opens_another(world: World) -> None:
    ledger = run(world, "a")
    incident = ledger.append(claimed(ledger), START + timedelta(seconds=60), Closed(Result.HELD))
    ledger.hand_on(incident, START + timedelta(seconds=60), None)
    late = START + timedelta(hours=1)
    assert ledger.claim("two", opened(START + timedelta(seconds=60)), late) == Folded("one")
    again = ledger.claim("two", opened(START + timedelta(seconds=61)), late)
    assert isinstance(again, Claimed)
    assert (again.incident.id, again.fresh) == ("two", True)
    assert isinstance(run(world, "b").claim("three", opened(late), late), Busy)


def test_whoever_works_on_a_closed_incident_is_waited_for(world: World) -> None:
    ledger, late = run(world, "a"), START + timedelta(hours=1)
    incident = ledger.append(claimed(ledger), START, Closed(Result.HELD))
    ledger.hand_on(incident, START, None)
    assert isinstance(run(world, "ana").take_by_hand(LOCK, late), Claimed)
    assert ledger.claim("two", opened(late), late) == Busy("one", late + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("ends", "withheld"),
    [
        ((Closed(Result.HELD),), True),  # its watch has ended, and nobody said that the intruder is gone
        ((Closed(Result.HELD), Released("ana", "it is mended")), False),
        ((Closed(Result.RESTORED),), False),
    ],
)
def test_who_was_contained_gets_nothing_new_until_a_person_lets_go(
    world: World, ends: tuple[Body, ...], *, withheld: bool
) -> None:
    ledger = run(world, "a")
    assert not roll.withholds(ledger, VICTIM)
    ledger.append(claimed(ledger), START, *ends)
    assert roll.withholds(ledger, VICTIM) is withheld


def asked(ledger: Ledger, incident_id: str, hours: int) -> Incident:
    """A new incident that asks a person, so many hours after the start."""
    late = START + timedelta(hours=hours)
    claim = ledger.claim(incident_id, replace(opened(late), judgement=replace(ACT, decision=Decision.ASK)), late)
    assert isinstance(claim, Claimed)
    assert claim.fresh
    return claim.incident


def declined(ledger: Ledger, incident_id: str, hours: int) -> None:
    """The same, and the person says no."""
    late = START + timedelta(hours=hours)
    incident = asked(ledger, incident_id, hours)
    ledger.hand_on(ledger.append(incident, late, Closed(Result.DECLINED)), late, None)


def test_incidents_that_only_asked_hide_no_containment_before_them(world: World) -> None:
    ledger = run(world, "a")
    ledger.hand_on(ledger.append(claimed(ledger), START, Closed(Result.HELD)), START, None)
    for hours, incident_id in enumerate(("two", "three", "four"), start=1):
        declined(ledger, incident_id, hours)
        assert roll.withholds(ledger, VICTIM), incident_id
    before = ledger.load("one")
    assert before is not None
    ledger.append(before, START, Released("ana", "it is mended"))
    assert not roll.withholds(ledger, VICTIM)


def test_about_whom_a_question_is_open_gets_nothing_new_until_it_is_answered(world: World) -> None:
    ledger = run(world, "a")
    incident = asked(ledger, "one", 0)
    assert roll.withholds(ledger, VICTIM)
    ledger.hand_on(ledger.append(incident, START, Closed(Result.DECLINED)), START, None)
    assert not roll.withholds(ledger, VICTIM)


def test_closed_but_not_handed_on_it_takes_no_new_signal_in(world: World) -> None:
    ledger = run(world, "a")
    ledger.append(claimed(ledger), START + timedelta(seconds=1), Closed(Result.HELD))
    late = START + timedelta(seconds=30)
    again = run(world, "b").claim("two", opened(late), late)
    assert isinstance(again, Claimed)
    assert (again.incident.id, again.fresh) == ("two", True)
    found = ledger.load("one")
    assert found is not None
    assert len(found.signals) == 1


def test_the_switch_is_checked_in_the_very_write_that_claims(world: World) -> None:
    ledger = run(world, "a")
    assert switch.turn(ledger.table, on=True, by="ana", reason="why")
    assert not switch.turn(ledger.table, on=True, by="ana", reason="why")
    world.wire.calls.clear()
    assert ledger.claim("one", opened(), START) == Paused()
    assert world.wire.calls[0] == "dynamodb:TransactWriteItems"
    assert ledger.load("one") is None
    assert switch.turn(ledger.table, on=False, by="ana", reason="why")
    incident = claimed(ledger)
    ledger.hand_on(incident, START, 5)
    switch.turn(ledger.table, on=True, by="ana", reason="why")
    assert ledger.take(LOCK, START) == Paused()
    assert isinstance(ledger.take_by_hand(LOCK, START), Claimed)


def test_only_notices_counters_and_answered_findings_ever_expire(world: World) -> None:
    ledger = run(world, "a")
    incident = ledger.append(claimed(ledger), START, Closed(Result.HELD), rest=START + timedelta(hours=36))
    ledger.hand_on(incident, START, None)
    assert notices.first(ledger, "n1", START)
    assert not notices.first(ledger, "n1", START)
    switch.turn(ledger.table, on=True, by="ana", reason="why")
    breaker.count(ledger.table, START)
    answered.remember(ledger, SIGNAL, START)
    expiring = {item["pk"]["S"].split("#")[0] for item in items(world) if "expires_at" in item}
    assert expiring == {"NOTICE", "COUNTER", "ANSWERED"}
    assert {item["pk"]["S"].split("#")[0] for item in items(world)} >= {"LOCK", "INCIDENT", "REST", "SWITCH"}


def test_patrol_sees_what_is_due_and_nothing_else(world: World) -> None:
    ledger = run(world, "a")
    incident = claimed(ledger)
    assert roll.stalled(ledger, START + timedelta(seconds=60)) == []
    assert roll.stalled(ledger, START + timedelta(seconds=71)) == [LOCK]
    ledger.hand_on(incident, START, 600)
    assert roll.stalled(ledger, START + timedelta(seconds=600)) == []
    assert roll.stalled(ledger, START + timedelta(seconds=661)) == [LOCK]
    assert roll.open_incidents(ledger) == ["one"]
    ledger.hand_on(ledger.append(incident, START, Closed(Result.HELD)), START, None)
    assert roll.open_incidents(ledger) == []


def test_a_rest_outlives_every_later_incident_of_the_principal(world: World) -> None:
    ledger = run(world, "a")
    rest = START + timedelta(hours=36)
    incident = ledger.append(claimed(ledger), START, Closed(Result.HELD), rest=rest)
    ledger.hand_on(incident, START, None)
    claimed(ledger, "two", 600)
    assert roll.rested(ledger, rest) == []
    assert roll.rested(ledger, rest + timedelta(seconds=1)) == ["one"]
    roll.rest(ledger, incident, None)
    assert roll.rested(ledger, rest + timedelta(days=9)) == []


def test_a_lease_given_back_leaves_the_next_look_where_it_was(world: World) -> None:
    ledger = run(world, "a")
    incident = claimed(ledger)
    ledger.hand_on(incident, START, 60)
    assert roll.expected_later(ledger, LOCK, START + timedelta(seconds=30))
    assert not roll.expected_later(ledger, LOCK, START + timedelta(seconds=60))
    assert isinstance(ledger.take(LOCK, START + timedelta(seconds=30)), Claimed)
    assert not roll.expected_later(ledger, LOCK, START + timedelta(seconds=31))
    ledger.give_back(incident)
    assert roll.expected_later(ledger, LOCK, START + timedelta(seconds=31))
    assert not roll.expected_later(ledger, "nobody", START)


def test_an_incident_that_does_not_begin_is_no_incident(world: World) -> None:
    assert run(world, "a").load("nope") is None
    with pytest.raises(ValueError, match="does not begin with Opened"):
        fold("nope", [])


@pytest.mark.parametrize(
    ("codes", "tries", "written"),
    [
        (("TransactionConflict", "None"), 3, True),
        (("TransactionConflict", "ConditionalCheckFailed"), 1, False),
        (("ConditionalCheckFailed",), 1, False),
        (("TransactionConflict",), 8, False),
    ],
)
def test_transactions_that_only_met_are_tried_again_and_read_as_nobody_s_lease(
    codes: tuple[str, ...], tries: int, written: bool
) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(client) as dynamodb:
        for _ in range(tries - written):
            reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
            dynamodb.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=reasons)
        if written:
            dynamodb.add_response("transact_write_items", {})
        assert Table(client, "ledger").write(switch.off(Table(client, "ledger"))) is written
        dynamodb.assert_no_pending_responses()
