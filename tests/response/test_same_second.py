"""CloudTrail has whole seconds, and one caller makes many calls in each: every call is told, and none of them twice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from chalicelib import handlers, sources
from chalicelib.follow_up import follow_up
from chalicelib.joining import is_known
from chalicelib.ledger import operations
from chalicelib.model import Context, Mode, Sign
from chalicelib.playbook import strike
from chalicelib.respond import _notice, respond
from tests import signals
from tests.after.scene import LOCK, closed
from tests.playbook.table import USER, incident, settings as configured, signal
from tests.response import life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.model import Signal
    from tests.world import World

RULES = tuple(f"leak-responder-prod-feed-{number}" for number in range(4))
BY = signals.user_identity("victim")


def switched_off(rule: str, by: dict[str, Any] = BY) -> dict[str, Any]:
    """A part of the responder, which a person is asked about."""
    asked = {"name": rule}
    detail = signals.record("DisableRule", by=by, eventSource="events.amazonaws.com", requestParameters=asked)
    return signals.envelope("aws.events", "AWS API Call via CloudTrail", {**detail, "eventID": f"off-{rule}"})


def made(name: str, **identity: str) -> dict[str, Any]:
    """A user made, which people are told of."""
    asked = {"userName": name}
    return signals.call("CreateUser", by={**BY, **identity}, requestParameters=asked, eventID=f"made-{name}")


def told(world: World) -> list[str]:
    """What people read."""
    return [" ".join(json.loads(text)["default"].split()) for text in world.wire.published]


EIGHT = tuple(f"user-number-{number}" for number in range(8))
AGAIN = (0, 1, 0, 2, 2, 3, 1, 0)
"""Which of the four calls comes, one after the other."""


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.APPROVAL_REQUIRED, Mode.CONTAIN_CONFIRMED])
def test_each_rule_switched_off_in_a_second_is_told_once_whatever_comes_again(world: World, mode: Mode) -> None:
    world.with_settings(mode=mode)
    for number in AGAIN:
        respond(life.read(switched_off(RULES[number]), world), world.ports())
    assert [rule for text in told(world) for rule in RULES if rule in text] == list(RULES)
    assert len(told(world)) == len(RULES)


def test_of_eight_users_made_in_a_second_all_are_told(world: World) -> None:
    words = [respond(life.read(made(name), world), world.ports()).what for name in (*EIGHT, *reversed(EIGHT))]
    assert words == ["told"] * len(EIGHT) + ["repeated"] * len(EIGHT)
    assert [name for text in told(world) for name in EIGHT if name in text] == list(EIGHT)


CALL = replace(signal(Sign.RESPONDER_CHANGED), source="cloudtrail", actor=USER)
CALLS = st.builds(
    lambda number, sign, what, at: replace(CALL, native_id=f"call-{number}", sign=sign, what=what, at=at, since=at),
    st.integers(0, 5),
    st.sampled_from([Sign.RESPONDER_CHANGED, Sign.CONTAINMENT_UNDONE]),
    st.sampled_from(["DisableRule", "DeleteRule"]),
    st.just(CALL.at),
)


@given(st.lists(CALLS, max_size=12))
def test_an_incident_knows_each_call_once_in_whatever_order(calls: list[Signal]) -> None:
    asked = incident(judgement=strike(CALL, configured()), signals=(CALL,))
    joined = []
    for call in calls:
        if not is_known(asked, call):
            joined.append(call)
            asked = replace(asked, signals=(*asked.signals, call))
    assert len(joined) == len(set(joined))
    assert set(joined) == set(calls) - {CALL}


@given(st.lists(CALLS, max_size=12), st.sampled_from([Context(), Context(actor_is_contained=True)]))
def test_a_notice_is_the_same_for_the_same_call_alone(calls: list[Signal], context: Context) -> None:
    notices = {call: _notice(call, strike(call, configured(), context)) for call in calls}
    assert len(set(notices.values())) == len(notices)
    assert all(_notice(call, strike(call, configured())) == known for call, known in notices.items())


def test_a_call_is_told_once_though_we_make_more_of_it_when_it_comes_again(world: World) -> None:
    """Its caller was contained meanwhile, in a mode that only tells."""
    world.with_settings(mode=Mode.OBSERVE)
    event = made("svc")
    first: Signal = life.read(event, world)
    assert respond(first, world.ports()).what == "told"
    world.with_settings(mode=Mode.CONTAIN_CONFIRMED)
    respond(life.read(signals.guardduty(world.new_key("victim")), world), world.ports())
    world.with_settings(mode=Mode.OBSERVE)
    assert respond(first, world.ports()).what in {"repeated", "folded"}


def test_what_an_incident_that_acts_was_told_of_besides_stands_in_its_end(world: World) -> None:
    world.with_settings(mode=Mode.CONTAIN_SUSPECTED)
    by = signals.user_identity("victim", world.new_key("victim")) | {"principalId": world.unique_id("victim")}
    for rule in RULES:
        respond(life.read(switched_off(rule, by), world), world.ports())
    assert closed(world, LOCK).acting
    end = told(world)[-1]
    assert all(f"DisableRule on {rule}" in end for rule in RULES[1:])


def test_a_long_operation_of_a_service_loses_no_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one item of the ledger does not hold is told as a part of its own."""
    monkeypatch.setattr(operations, "MOST_CALLS", 3)
    calls = [made(name, invokedBy="cloudformation.amazonaws.com") for name in EIGHT]
    words = [respond(life.read(event, world), world.ports()).what for event in (*calls, *calls)]
    assert words == ["gathered"] * len(EIGHT) + ["repeated"] * len(EIGHT)
    world.later(120)
    for operation_id in sorted(_operations(world)):
        follow_up(json.dumps({"operation": operation_id}), world.ports())
    counted = [text.partition("and also")[2].split()[0] if "and also" in text else "0" for text in told(world)]
    assert sorted(counted) == ["1", "2", "2"]  # beside the first of each: eight in all


def _operations(world: World) -> Iterator[str]:
    for item in world.admin("dynamodb").scan(TableName=world.settings.table)["Items"]:
        if item["sk"]["S"] == "OPERATION":
            yield item["pk"]["S"].partition("#")[2]


def test_a_container_knows_a_call_again_by_its_id(world: World) -> None:
    first, again, other = (life.read(made(name), world) for name in ("a", "a", "b"))
    assert first == again
    assert first != other
    assert sources.read(made("a"), world.at) == (first,)
    assert first not in handlers._ANSWERED
