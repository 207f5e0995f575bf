"""What follows containment, told in words that every test here uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalicelib import sources
from chalicelib.follow_up import follow_up, patrol, resume
from chalicelib.ledger import roll
from chalicelib.model import Sign, Subject, SubjectKind
from chalicelib.respond import respond
from tests import signals
from tests.world import ACCOUNT

if TYPE_CHECKING:
    from chalicelib.incident import Incident
    from chalicelib.model import Signal
    from tests.world import World

LOCK = f"{ACCOUNT}/user/victim"
ANA = f"arn:aws:sts::{ACCOUNT}:assumed-role/SecurityOnCall/ana"
DAY = 24 * 3600


def read(event: dict[str, Any], world: World) -> Signal:
    """The first signal of an event."""
    parsed = sources.read(event, world.at)
    assert isinstance(parsed, tuple)
    return parsed[0]


def leak(world: World, event: dict[str, Any]) -> Incident:
    """The event answered."""
    found = respond(read(event, world), world.ports()).incident
    assert found is not None
    return found


def quarantined(world: World) -> Incident:
    """AWS attached its quarantine policy: no feed says which key leaked."""
    asked = {"userName": "victim", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}
    own = signals.user_identity("victim") | {"principalId": world.unique_id("victim")}
    return leak(world, signals.call("AttachUserPolicy", by=own, requestParameters=asked))


def role_leak(world: World) -> Incident:
    """Credentials of the worker used from elsewhere."""
    role_id = world.admin("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    return leak(world, signals.exfiltration("worker", role_id, "i-0abc"))


def later_signal(world: World, key: str) -> Signal:
    """The same key, used a second ago."""
    signal = read(signals.guardduty(key), world)
    changes = {"at": world.at, "since": world.at, "native_id": "newer", "sign": Sign.COMPROMISED}
    return type(signal)(**{**vars(signal), **changes, "subject": Subject(SubjectKind.ACCESS_KEY, key)})


def closed(world: World, lock: str = LOCK) -> Incident:
    """The incident followed up until it is closed, a few looks to a watch."""
    for _ in range(20):
        world.later(world.settings.watch / 4)
        found = resume(lock, world.ports()).incident
        if found and found.closed:
            return found
    raise AssertionError(lock)


def reloaded(world: World, incident: Incident) -> Incident:
    """As the ledger has it now."""
    found = world.ports().ledger.load(incident.id)
    assert found is not None
    return found


def on_patrol(world: World) -> list[str]:
    """Patrol goes round, and what it queues is followed up."""
    queued(world)
    patrol(world.ports())
    return [follow_up(body, world.ports()).what for body in queued(world)]


def queued(world: World) -> list[str]:
    """The messages that are to be handled now, and not those that are to wait."""
    sqs, url = world.admin("sqs"), world.settings.follow_up_queue
    bodies = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in found:
            bodies.append(one["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return bodies


def lifts(world: World) -> list[str]:
    """The ids of incidents that patrol has to look at although they are closed."""
    return roll.rested(world.ports().ledger, world.at)


def inbox(world: World) -> str:
    """A queue that gets all that the topic and the bus are told."""
    sqs, sns, events = world.admin("sqs"), world.admin("sns"), world.admin("events")
    url = str(sqs.create_queue(QueueName="inbox")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    sns.subscribe(TopicArn=world.settings.topic, Protocol="sqs", Endpoint=arn)
    events.put_rule(Name="inbox", EventPattern=json.dumps({"source": ["leak-responder"]}))
    events.put_targets(Rule="inbox", Targets=[{"Id": "inbox", "Arn": arn}])
    return url


def received(world: World, url: str) -> list[tuple[str, str]]:
    """Channel and kind of each message that arrived since the last look, sorted. A marker sent last ends the wait."""
    marker = world.ports().new_id()
    world.admin("events").put_events(Entries=[_marked(marker)])
    world.admin("sns").publish(TopicArn=world.settings.topic, Message=json.dumps({"kind": marker}))
    found: list[tuple[str, str]] = []
    while [kind for _, kind in found].count(marker) < 2:
        found += _some(world, url)
    return sorted(one for one in found if one[1] != marker)


def _marked(marker: str) -> dict[str, str]:
    return {"Source": "leak-responder", "DetailType": "marker", "Detail": json.dumps({"kind": marker})}


def _some(world: World, url: str) -> list[tuple[str, str]]:
    sqs, found = world.admin("sqs"), []
    for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
        body = json.loads(one["Body"])
        told = body["detail"] if "detail" in body else json.loads(body["Message"])
        found.append(("event-bus" if "detail" in body else "sns", str(told["kind"])))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found
