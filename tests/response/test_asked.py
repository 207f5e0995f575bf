"""An incident that only asks: nobody is contained, and nothing but a person or a confirmed sign answers it."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.ledger import roll
from chalicelib.model import Context, Mode, Principal, PrincipalKind, Sign
from chalicelib.orders.undo import approve, release
from chalicelib.playbook import strike
from chalicelib.respond import respond
from tests import signals
from tests.after.scene import ANA
from tests.response import life
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.incident import Incident
    from tests.world import World

TOR = "UnauthorizedAccess:IAMUser/TorIPCaller"
KALI = "PenTest:IAMUser/KaliLinux"
TESTED = {"userAgent": "TruffleHog", "eventSource": "sts.amazonaws.com"}
BYSTANDER = Principal(PrincipalKind.USER, ACCOUNT, "bystander")


def suspected(world: World) -> dict[str, Any]:
    """Somebody may be using the victim's key; in this mode a person is asked."""
    event = signals.guardduty(world.new_key("victim"), kind=TOR)
    assert respond(life.read(event, world), world.ports()).what == "ask"
    return event


def another(event: dict[str, Any], kind: str = KALI, **changes: Any) -> dict[str, Any]:
    """Another finding about the same key."""
    return {**event, "detail": {**deepcopy(event["detail"]), "type": kind, **changes}}


def asked(world: World) -> Incident:
    incident = world.incident(life.USER)
    assert incident is not None
    return incident


def seen_now(event: dict[str, Any], world: World) -> dict[str, Any]:
    event["detail"]["service"]["eventLastSeen"] = f"{world.at:%Y-%m-%dT%H:%M:%SZ}"
    return event


def mended(name: str, rule: str) -> dict[str, Any]:
    """The victim changes a rule of the responder, as whoever mends it does."""
    asks = {"name": f"leak-responder-prod-{rule}"}
    detail = signals.record(
        name, by=signals.user_identity("victim"), eventSource="events.amazonaws.com", requestParameters=asks
    )
    return signals.envelope("aws.events", "AWS API Call via CloudTrail", {**detail, "eventID": f"{name}-{rule}"})


def test_a_key_made_by_somebody_who_is_only_suspected_contains_nobody(world: World) -> None:
    suspected(world)
    minted = world.new_key("bystander")
    event = signals.call(
        "CreateAccessKey",
        by=signals.user_identity("victim"),
        requestParameters={"userName": "bystander"},
        responseElements={"accessKey": {"accessKeyId": minted, "userName": "bystander", "status": "Active"}},
    )
    before = world.state()
    assert respond(life.read(event, world), world.ports()).what == "told"
    assert world.state() == before


@pytest.mark.parametrize("sign", Sign)
def test_an_open_question_changes_the_decision_about_nothing(world: World, sign: Sign) -> None:
    suspected(world)
    first, ports = asked(world).signals[0], world.ports()
    own = replace(first, sign=sign, native_id="another", at=world.at, actor=first.principal)
    given = replace(own, principal=BYSTANDER)
    by_another = replace(own, actor=BYSTANDER, source="cloudtrail")
    for second, mode in product((own, given, by_another), Mode):
        settings, context = replace(world.settings, mode=mode), roll.context(ports.ledger, second, ports.now())
        assert context == Context()
        assert strike(second, settings, context) == strike(second, settings)


SECONDS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "another finding of the same time": lambda _, event: another(event),
    "another finding, newer": lambda world, event: seen_now(another(event, id="b" * 32), world),
    "another key of the same owner": lambda world, _: signals.guardduty(world.new_key("victim"), kind=TOR),
    "the owner mends the responder": lambda *_: mended("DisableRule", "guardduty"),
    "our deny is taken off the owner": lambda world, _: signals.call(
        "DetachUserPolicy", requestParameters={"userName": "victim", "policyArn": world.settings.quarantine_policy}
    ),
}


@pytest.mark.parametrize("mode", [Mode.APPROVAL_REQUIRED, Mode.CONTAIN_CONFIRMED, Mode.CONTAIN_SUSPECTED])
@pytest.mark.parametrize("second", SECONDS)
def test_a_second_suspicion_joins_the_question_and_is_told_once(world: World, second: str, mode: Mode) -> None:
    world.with_settings(mode=mode, most_an_hour=0 if mode is Mode.CONTAIN_SUSPECTED else 20)  # there the breaker asks
    signal = life.read(SECONDS[second](world, suspected(world)), world)
    before, seen = world.state(), len(world.wire.published)
    assert [respond(signal, world.ports()).what for _ in range(2)] == ["ask", "repeated"]
    assert world.state() == before
    assert [one.native_id for one in asked(world).signals][1:] == [signal.native_id]
    [told] = world.wire.published[seen:]
    assert signal.what in told
    assert "Nothing has been touched" in " ".join(json.loads(told)["default"].split())


def test_in_a_mode_that_only_observes_no_question_is_opened(world: World) -> None:
    world.with_settings(mode=Mode.OBSERVE)
    event = signals.guardduty(world.new_key("victim"), kind=TOR)
    before = world.state()
    for one in (event, another(event), seen_now(another(event), world), mended("DisableRule", "guardduty")):
        assert respond(life.read(one, world), world.ports()).what == "told"
    assert world.state() == before
    assert world.incident(life.USER) is None


def test_a_colleague_who_mends_the_responder_for_an_hour_is_asked_about_and_works(world: World) -> None:
    before = world.state()
    for number in range(4):
        signal = life.read(mended("PutRule", f"feed-{number}"), world)
        assert respond(signal, world.ports()).what == "ask"
        world.later(1200)
    assert world.state() == before
    assert len(asked(world).signals) == len(world.wire.published) == 4


def test_the_same_suspicion_again_does_not_answer_the_question_and_is_not_told_again(world: World) -> None:
    event = suspected(world)
    before, told = world.state(), list(world.wire.published)
    for _ in range(3):
        world.later(6 * 3600)
        respond(life.read(seen_now(event, world), world), world.ports())
        assert world.state() == before
    assert world.wire.published == told


def test_a_confirmed_sign_answers_the_question(world: World) -> None:
    event = suspected(world)
    respond(life.read(another(event), world), world.ports())
    world.later(3600)
    confirmed = seen_now(another(event, signals.COMPROMISED), world)
    assert respond(life.read(confirmed, world), world.ports()).what == "contained"
    assert not asked(world).unfinished()


def test_what_answers_a_question_counts_for_the_circuit_breaker(world: World) -> None:
    """What nobody but a feed of others confirmed is held back by it, too, though a question about the owner is open."""
    world.with_settings(most_an_hour=1)
    for user, what in (("victim", "contained"), ("bystander", "ask")):
        key = world.new_key(user)
        first = life.read(signals.guardduty(key, kind=TOR, user=user), world)
        assert respond(first, world.ports()).what == "ask"
        found = replace(first, sign=Sign.FOUND_WORKING, source="github", native_id=key)
        assert respond(found, world.ports()).what == what


def test_what_was_told_beside_the_question_is_not_told_again_once_it_is_answered(world: World) -> None:
    event = suspected(world)
    respond(life.read(another(event), world), world.ports())
    seen = len(world.wire.published)
    approve(asked(world).id, ANA, world.ports())
    [contained] = world.wire.published[seen:]
    assert "It can do nothing" in contained


RELEASED = {"before": True, "after": False}


@pytest.mark.parametrize("when", RELEASED)
@pytest.mark.parametrize("source", ["guardduty", "cloudtrail"])
def test_an_owner_who_was_released_is_suspected_like_anybody(world: World, source: str, when: str) -> None:
    event = signals.guardduty(world.new_key("victim"))
    incident = respond(life.read(event, world), world.ports()).incident
    assert incident is not None
    world.later(60)
    before = world.at
    release(incident.id, ANA, "a new key was handed over", world.ports())
    world.later(60)
    fresh = replace(incident.signals[0].subject, id=world.new_key("victim"))
    at = before if RELEASED[when] else world.at
    second = replace(incident.signals[0], sign=Sign.SUSPICIOUS, source=source, subject=fresh, at=at, what=KALI)
    ports = world.ports()
    assert roll.context(ports.ledger, second, ports.now()).owner_is_contained is RELEASED[when]
    leaked = replace(second, subject=incident.signals[0].subject)
    assert roll.context(ports.ledger, leaked, ports.now()).owner_is_contained
