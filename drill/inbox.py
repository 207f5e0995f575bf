"""What people and machines received: from the topic and the bus through a queue of their own, and Slack's webhook."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drill.cloud.lifecycle import Cloud  # noqa: TC004 - only a checker reads the annotation
    from drill.outside import Slack  # noqa: TC004

Message = dict[str, Any]
_FRESH = 0.05  # seconds
SNS, SLACK, BUS = "sns", "slack", "event-bus"
CHANNELS = [BUS, SLACK, SNS]


@dataclass
class Inbox:
    """A queue subscribed to the topic, one that a rule on the bus feeds, and the webhook."""

    cloud: Cloud
    slack: Slack
    queue: str
    arn: str
    _arrived: list[tuple[str, Message]] = field(default_factory=list)
    _looked: float = 0.0

    def messages(self, channel: str, name: str) -> list[Message]:
        """What a channel delivered about the principal of that name, in order; Slack's are the webhook's bodies."""
        if channel == SLACK:
            return [one for one in self.slack.received if f" {name}, account" in one["text"]]
        self._fetch()
        return [one for through, one in self._arrived if through == channel and _is_about(one, name)]

    def told(self, name: str) -> list[str]:
        """The channels that delivered something about it."""
        return [channel for channel in CHANNELS if self.messages(channel, name)]

    def of_kind(self, kind: str, name: str) -> Message | None:
        """The first message of that kind about it that the bus delivered."""
        return next((one for one in self.messages(BUS, name) if one["kind"] == kind), None)

    def subscribe(self, topic: str) -> None:
        """Have the topic deliver here."""
        self.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn)

    def _fetch(self) -> None:
        """Many ask at once: one look serves them all."""
        if time.monotonic() - self._looked < _FRESH:
            return
        self._looked = time.monotonic()
        sqs = self.cloud.client("sqs")
        while found := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for one in found:
                body = json.loads(one["Body"])
                through, message = (BUS, body["detail"]) if "detail" in body else (SNS, json.loads(body["Message"]))
                self._arrived.append((through, message))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])


def _is_about(message: Message, name: str) -> bool:
    return bool((message["facts"].get("principal") or {}).get("name") == name)


def opened(cloud: Cloud, slack: Slack, topic: str) -> Inbox:
    """The queue, with the topic and the bus delivering into it."""
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="inbox", EventPattern=json.dumps({"source": ["leak-responder"]}))
    events.put_targets(Rule="inbox", Targets=[{"Id": "inbox", "Arn": arn}])
    inbox = Inbox(cloud, slack, url, arn)
    inbox.subscribe(topic)
    return inbox
