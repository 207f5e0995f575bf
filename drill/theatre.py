"""The deployed stack with its neighbours: where a scenario plays, and what it can see and do there."""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from console.package import build
from drill import embedded, neighbours
from drill.embedded import ACCOUNT, REGION, Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3

STACK = "leak-responder-dev"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
CALLS = 3  # real calls that `allowed` makes
_PATIENCE = 20  # seconds that a scenario waits for what was promised


class BrokenPromiseError(Exception):
    """Something that the drill promises does not hold; the text says what."""


@dataclass
class Theatre:
    """Everything a scenario may use. Verdicts come from signed calls alone."""

    cloud: Cloud
    slack: neighbours.Slack
    guardduty: neighbours.GuardDuty
    toy: neighbours.Toy
    inbox: str = ""
    secret: str = ""
    arrived: list[Any] = field(default_factory=list)
    made: dict[Any, Any] = field(default_factory=dict)

    def physical(self, name: str) -> str:
        """What the stack made of a resource."""
        found = self.admin("cloudformation").describe_stack_resource(StackName=STACK, LogicalResourceId=name)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def admin(self, service: str) -> Any:
        """The administrator's client."""
        if service not in self.made:
            self.made[service] = self.cloud.client(service)
        return self.made[service]

    def user(self, name: str) -> str:
        """A new user who may do everything; the user's id."""
        iam = self.admin("iam")
        made = iam.create_user(UserName=name)["User"]
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps(ALLOW))
        return str(made["UserId"])

    def key(self, name: str) -> tuple[str, boto3.Session]:
        """A new access key of a user: its id, and a session signed with it."""
        made = self.admin("iam").create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], self.cloud.session(made["AccessKeyId"], made["SecretAccessKey"])

    def minted(self, session: boto3.Session, operation: str, **asked: Any) -> boto3.Session:
        """A session minted by another."""
        sts = self.cloud.client("sts", session)
        made = getattr(sts, operation)(**asked)["Credentials"]
        return self.cloud.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def allowed(self, session: boto3.Session) -> int:
        """How many of three real calls the embedded AWS lets this session make."""
        return sum(self._succeeds(call) for call in self._calls(session))

    def _calls(self, session: boto3.Session) -> tuple[Callable[[], Any], ...]:
        if session not in self.made:
            self.made[session] = [self._once(service, session) for service in ("sns", "sqs", "dynamodb")]
        sns, sqs, dynamo = self.made[session]
        return sns.list_topics, sqs.list_queues, dynamo.list_tables

    def _once(self, service: str, session: boto3.Session) -> Any:
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
        return session.client(service, region_name=REGION, endpoint_url=self.cloud.endpoint, config=config)  # type: ignore[call-overload]

    def _succeeds(self, call: Callable[[], Any]) -> bool:
        try:
            call()
        except ClientError:
            return False
        return True

    def send(self, *events: dict[str, Any]) -> None:
        """Let AWS's services say this on the bus."""
        bus = self.admin("events")
        for start in range(0, len(events), 10):
            bus.put_events(Entries=list(events[start : start + 10]))

    def until(self, promise: str, holds: Callable[[], Any]) -> Any:
        """What `holds` gives once it gives something. BrokenPromiseError after a while."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = holds()
            if found:
                return found
            time.sleep(0.1)
        raise BrokenPromiseError(promise)

    def contained(self, *sessions: boto3.Session) -> float:
        """Seconds until none of these sessions can do anything."""
        began = time.monotonic()
        self.until("every call of the intruder is denied", lambda: not any(self.allowed(one) for one in sessions))
        return round(time.monotonic() - began, 2)

    def messages(self, about: str) -> list[dict[str, Any]]:
        """The messages about a principal that SNS and the bus delivered, as received."""
        sqs = self.admin("sqs")
        while found := sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages"):
            for one in found:
                body = json.loads(one["Body"])
                bare = body.get("detail") or json.loads(body["Message"])
                self.arrived.append({**bare, "channel": "event-bus" if "detail" in body else "sns"})
                sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=one["ReceiptHandle"])
        return [one for one in self.arrived if about in one["headline"]]

    def told(self, about: str) -> list[str]:
        """The channels that received something about a principal."""
        channels = {one["channel"] for one in self.messages(about)}
        if any(about in one["text"] for one in self.slack.received):
            channels.add("slack")
        return sorted(channels)

    def incident(self, about: str, kind: str = "contained") -> str:
        """The incident id that people were told."""
        found = self.until(f"a message of kind {kind} about {about}", lambda: self._of_kind(about, kind))
        return str(found[0]["incident"])

    def _of_kind(self, about: str, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.messages(about) if one["kind"] == kind]


def event(source: str, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An entry for PutEvents."""
    return {"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}


def finding(kind: str, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A GuardDuty finding about what happens right now."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": REGION,
        "partition": "aws",
        "id": uuid.uuid4().hex,
        "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/d1/finding/f1",
        "type": kind,
        "resource": {"resourceType": "AccessKey", "accessKeyDetails": details},
        "service": {
            "archived": False,
            "count": 1,
            "eventFirstSeen": at,
            "eventLastSeen": at,
            "serviceName": "guardduty",
        },
        "severity": 8,
        "createdAt": at,
        "updatedAt": at,
        "title": "Credentials are used in a way that nobody would expect.",
        "description": "A rehearsal.",
        **more,
    }


def compromised(name: str, user_id: str, key: str, **more: Any) -> dict[str, Any]:
    """The event that a user's key is in the wrong hands."""
    kind = "CredentialAccess:IAMUser/CompromisedCredentials"
    return event("aws.guardduty", "GuardDuty Finding", finding(kind, user_details(name, user_id, key), **more))


def user_details(name: str, user_id: str, key: str) -> dict[str, Any]:
    """What GuardDuty says about a user's key."""
    return {"accessKeyId": key, "principalId": user_id, "userName": name, "userType": "IAMUser"}


@contextmanager
def opened(say: Callable[[str], None]) -> Iterator[Theatre]:
    """The real package deployed onto a fresh embedded AWS, with everybody in place. Nothing is left running."""
    package = build("dev", report=say)
    with ExitStack() as stack:
        slack, guardduty, toy = neighbours.Slack(), neighbours.GuardDuty(), neighbours.Toy(uuid.uuid4().hex)
        stack.callback(slack.over.set)
        slack_url = stack.enter_context(neighbours.served(slack.answer))
        guardduty_url = stack.enter_context(neighbours.served(guardduty.answer))
        toy_url = stack.enter_context(neighbours.served(toy.answer))
        say("starting the embedded AWS")
        cloud = stack.enter_context(embedded.running(AWS_ENDPOINT_URL_GUARDDUTY=guardduty_url))
        stack.enter_context(_as_administrator(cloud, guardduty_url))
        theatre = Theatre(cloud, slack, guardduty, toy)
        say("deploying the package")
        _deploy(theatre, package, slack_url, toy_url)
        yield theatre


@contextmanager
def _as_administrator(cloud: Cloud, guardduty_url: str) -> Iterator[None]:
    """A person's commands find the cloud and the person's credentials in the environment."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    mine = {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ENDPOINT_URL_GUARDDUTY": guardduty_url,
        "AWS_ACCESS_KEY_ID": cloud.key,
        "AWS_SECRET_ACCESS_KEY": cloud.secret,
        "AWS_DEFAULT_REGION": REGION,
    }
    _environment(before, mine)
    try:
        yield
    finally:
        _environment(mine, before)


def _environment(gone: dict[str, str], there: dict[str, str]) -> None:
    for name in gone:
        os.environ.pop(name, None)
    os.environ.update(there)


def _deploy(theatre: Theatre, package: Any, slack_url: str, toy_url: str) -> None:
    cloud, secrets = theatre.cloud, theatre.admin("secretsmanager")
    webhook = secrets.create_secret(Name="slack", SecretString=json.dumps({"url": slack_url}))["ARN"]
    value = {"username": "toy", "password": theatre.toy.password, "service": toy_url}
    theatre.secret = secrets.create_secret(Name="toy", SecretString=json.dumps(value))["ARN"]
    parameters = {
        "Mode": "contain-confirmed",
        "SlackSecretId": webhook,
        "LinkedSecrets": json.dumps({f"arn:aws:iam::{ACCOUNT}:user/ada": [theatre.secret]}),
        "LinkedSecretArns": theatre.secret,
        "RotationServices": toy_url,
        "WatchSeconds": "3",
        "VerifyEverySeconds": "1",
        "PropagationSeconds": "1",
        "CutOffAheadSeconds": "1",
        "LeaseSeconds": "1",
    }
    embedded.deploy(cloud, package, parameters, STACK)
    rotator = theatre.physical("RotateGeneratedPassword")
    arn = theatre.admin("lambda").get_function_configuration(FunctionName=rotator)["FunctionArn"]
    secrets.rotate_secret(SecretId=theatre.secret, RotationLambdaARN=arn, RotateImmediately=False)
    theatre.inbox = _inbox(theatre)


def _inbox(theatre: Theatre) -> str:
    sqs = theatre.admin("sqs")
    url = str(sqs.create_queue(QueueName="inbox")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    theatre.admin("sns").subscribe(TopicArn=theatre.physical("Topic"), Protocol="sqs", Endpoint=arn)
    events = theatre.admin("events")
    events.put_rule(Name="inbox", EventPattern=json.dumps({"source": ["leak-responder"]}))
    events.put_targets(Rule="inbox", Targets=[{"Id": "inbox", "Arn": arn}])
    return url
