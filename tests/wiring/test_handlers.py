"""What the handlers do with an event: each outcome counted and logged, no event in a log, nothing lost in silence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from chalicelib import counting, handlers, wiring
from chalicelib.inquiry import kept
from chalicelib.ledger import switch
from chalicelib.orders.replay import ReplayError
from chalicelib.respond import UnfinishedError
from chalicelib.settings import SettingsError
from drill.cloud import levers
from tests import signals
from tests.after.scene import LOCK
from tests.world import ACCOUNT, key_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

PLANTED = "wJalrXUtnFEMI/planted/in-the-event"


@pytest.fixture
def deployed(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[World]:
    """The world as a container finds it in its environment."""
    settings, cloud = world.settings, world.account.cloud
    environment = {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": cloud.key,
        "AWS_SECRET_ACCESS_KEY": cloud.secret,
        "AWS_REGION": cloud.region,
        "ACCOUNT_ID": settings.account,
        "MODE": str(settings.mode),
        "TABLE_NAME": settings.table,
        "FOLLOW_UP_QUEUE_URL": settings.follow_up_queue,
        "TOPIC_ARN": settings.topic,
        "QUARANTINE_POLICY_ARN": settings.quarantine_policy,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(counting, "metrics", Metrics(namespace="LeakResponder", service="leak-responder-dev"))
    wiring.container.cache_clear()
    handlers._ANSWERED.clear()
    yield world
    wiring.container.cache_clear()
    handlers._ANSWERED.clear()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the handlers log."""
    stream = StringIO()
    monkeypatch.setattr(counting, "logger", Logger(service=f"logged-{id(stream)}", stream=stream))
    return stream


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def counted(text: str) -> list[str]:
    """The metrics of every EMF line, in order."""
    documents = [line["_aws"]["CloudWatchMetrics"][0] for line in lines(text) if "_aws" in line]
    assert {one["Namespace"] for one in documents} <= {"LeakResponder"}
    return [metric["Name"] for one in documents for metric in one["Metrics"]]


def test_a_leak_is_contained_counted_and_logged_with_its_rule_and_incident(
    deployed: World, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    event = signals.guardduty(deployed.new_key("victim"), title=PLANTED)
    assert handlers.handle_event(event) == ["contained"]
    (line,) = lines(log.getvalue())
    assert (line["level"], line["message"], line["rule"]) == ("INFO", "contained", "compromised")
    assert deployed.ports().ledger.load(line["incident"])
    assert PLANTED not in log.getvalue()
    assert counted(capsys.readouterr().out) == ["Contained"]


def test_the_same_event_in_the_same_container_costs_no_call(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    event = signals.guardduty(deployed.new_key("victim"))
    event = json.loads(json.dumps(event).replace(signals.SEEN, "2026-11-20T03:00:00.000Z"))
    assert [handlers.handle_event(event)[0] for _ in range(3)] == ["contained", "repeated", "repeated"]
    assert counted(capsys.readouterr().out) == ["Contained", "Repeated", "Repeated"]


def test_what_was_told_during_a_pause_is_answered_anew_after_it(deployed: World) -> None:
    event = signals.guardduty(deployed.new_key("victim"))
    event = json.loads(json.dumps(event).replace(signals.SEEN, "2026-11-20T03:00:00.000Z"))
    switch.turn(deployed.ports().ledger.table, on=True, by="ana", reason="why")
    assert handlers.handle_event(event) == ["told"]
    switch.turn(deployed.ports().ledger.table, on=False, by="ana", reason="why")
    assert handlers.handle_event(event) == ["contained"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {"type": PLANTED}},
        {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": [PLANTED]},
        {"source": 1, "detail-type": [PLANTED], "detail": {}},
    ],
)
def test_a_malformed_event_is_counted_and_raised_for_the_dead_letter_queue(
    deployed: World, log: StringIO, capsys: pytest.CaptureFixture[str], event: dict[str, Any]
) -> None:
    with pytest.raises(handlers.MalformedEventError) as raised:
        handlers.handle_event(event)
    assert counted(capsys.readouterr().out) == ["Malformed"]
    assert [line["message"] for line in lines(log.getvalue())] == ["malformed"]
    assert PLANTED not in log.getvalue() + str(raised.value)


def test_what_is_none_of_our_business_is_counted_and_no_error(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert handlers.handle_event(signals.envelope("aws.s3", "Object Created", {"k": PLANTED})) == ["ignored"]
    shown = capsys.readouterr().out
    assert (counted(shown), PLANTED in shown) == (["Ignored"], False)


def test_a_wide_rule_tells_by_itself_and_hands_on_what_is_to_be_contained(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    created = signals.call("CreateAccessKey", requestParameters={"userName": "bystander"}, responseElements=_CREATED)
    leak = signals.guardduty(deployed.new_key("victim"))
    assert handlers.handle_wide([json.dumps(created), json.dumps(leak)]) == ["told", "queued"]
    assert deployed.state()["users"]["victim"]["attached"] == []
    queue = deployed.settings.follow_up_queue
    (waiting,) = deployed.admin("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert handlers.handle_queue([waiting["Body"]]) == ["contained"]
    assert deployed.state()["users"]["victim"]["attached"] == ["leak-responder-quarantine"]
    with pytest.raises(handlers.MalformedEventError):
        handlers.handle_wide(["[" * 5000])
    assert counted(capsys.readouterr().out) == ["Told", "Queued", "Contained", "Malformed"]


def test_one_signal_that_fails_never_costs_the_next_its_answer(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = deployed.new_key("victim"), deployed.new_key("bystander")
    detail = signals.health(one)
    detail["detail"]["affectedEntities"] = [{"entityValue": one}, {"entityValue": two}]
    boto = wiring.new_run().aws.iam()
    refused: list[str] = []

    def attach(params: dict[str, Any], **_: Any) -> None:
        if params.get("UserName") == "victim" and not refused:
            refused.append("victim")
            message = "the network is gone for one user"
            raise OSError(message)

    boto.meta.events.register("provide-client-params.iam.AttachUserPolicy", attach)
    assert handlers.handle_event(detail) == ["unfinished", "contained"]
    assert deployed.state()["users"]["bystander"]["attached"] == ["leak-responder-quarantine"]
    assert sorted(counted(capsys.readouterr().out)) == ["Contained", "Unfinished"]


def test_a_notice_that_nobody_heard_is_an_error_and_is_told_the_next_time(
    deployed: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    levers.fail(deployed.account.cloud, "access-denied", service="sns", operation="Publish")
    event = signals.call("CreateAccessKey", requestParameters={"userName": "bystander"}, responseElements=_CREATED)
    with pytest.raises(UnfinishedError, match="no channel of people took notice"):
        handlers.handle_event(event)
    assert counted(capsys.readouterr().out) == ["Untold"]
    monkeypatch.setattr(wiring, "now", lambda: datetime.now(UTC) + timedelta(minutes=1))  # noqa: TID251 - a minute later by its clock
    wiring.container.cache_clear()
    assert handlers.handle_event(event) == ["told"]


def test_an_incident_that_programs_alone_heard_of_is_untold(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    levers.fail(deployed.account.cloud, "access-denied", service="sns", operation="Publish")
    assert handlers.handle_event(signals.guardduty(deployed.new_key("victim"))) == ["contained"]
    assert counted(capsys.readouterr().out) == ["Contained", "Untold"]
    found = deployed.incident(LOCK)
    assert found is not None
    assert found.told[1, "event-bus"].good


_CREATED = {"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "userName": "bystander", "status": "Active"}}


def test_the_queue_s_garbage_is_raised_so_that_it_ends_among_the_dead_letters(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        handlers.handle_queue(["garbage"])
    assert counted(capsys.readouterr().out) == ["Unfinished"]
    assert handlers.handle_queue([json.dumps({"lock": f"{ACCOUNT}/user/nobody"})]) == ["settled"]
    assert handlers.handle_queue([json.dumps({"lift": "nope"})]) == ["settled"]


def test_a_replay_by_the_function_acts_only_on_a_true_yes(deployed: World, capsys: pytest.CaptureFixture[str]) -> None:
    event = signals.guardduty(deployed.new_key("victim"))
    for yes in (None, "true", 1, "no"):
        assert handlers.handle_replay({"event": event, "yes": yes})["acted"] is False
    assert deployed.state()["users"]["victim"]["attached"] == []
    assert handlers.handle_replay({"event": event, "yes": True})["answers"] == ["contained"]
    assert counted(capsys.readouterr().out) == ["Replayed"] * 5
    with pytest.raises(ReplayError, match="nothing to replay"):
        handlers.handle_replay({})
    with pytest.raises(ReplayError, match="not raise it"):
        handlers.handle_replay({"event": event, "mode": "contain-suspected"})


def test_patrol_counts_what_it_found(deployed: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert handlers.handle_patrol() == 0
    assert counted(capsys.readouterr().out) == []


def test_settings_that_cannot_be_read_give_way_to_the_last_that_could_be_and_loudly(
    deployed: World, log: StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = {"arn": f"arn:aws:iam::{ACCOUNT}:user/victim", "unique_id": deployed.unique_id("victim")}
    event = signals.guardduty(deployed.new_key("victim"))
    monkeypatch.setenv("PROTECTED", json.dumps([victim])[:-1])
    with pytest.raises(SettingsError, match="PROTECTED"):  # there was none before
        handlers.handle_event(event)
    monkeypatch.setenv("PROTECTED", json.dumps([victim]))
    handlers.handle_patrol()
    wiring.container.cache_clear()
    capsys.readouterr()

    monkeypatch.setenv("PROTECTED", json.dumps([victim])[:-1])
    assert handlers.handle_event(event) == ["told"]  # protected still
    handlers.handle_patrol()
    assert [one for one in counted(capsys.readouterr().out) if one == "Misconfigured"] == ["Misconfigured"] * 2


def test_an_inquiry_asks_every_region_and_is_kept(
    deployed: World, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = deployed.holder("victim")
    holder.client("iam").create_user(UserName="mallory")
    handlers.handle_event(signals.guardduty(key_id(holder)))
    (line,) = lines(log.getvalue())
    assert handlers.handle_inquiries([json.dumps({"inquire": line["incident"]})]) == ["inquired"]
    found = kept.newest(deployed.ports().ledger.table, line["incident"])
    assert found
    assert [one["kind"] for one in found["leaked"]] == ["access key"]
    assert "LookupEvents of" in found["complete"]["seen"]
    assert counted(capsys.readouterr().out)[-1] == "Inquired"
    with pytest.raises(KeyError):
        handlers.handle_inquiries(["{}"])
