"""Where scenarios play: the deployed stack with everybody in place, and what can be seen and done there."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.package import build
from drill import acts, cast, inbox, outside
from drill.cloud import lifecycle
from drill.cloud.lifecycle import ACCOUNT, REGION, Cloud
from drill.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping  # noqa: TC004 - only a checker reads the annotation

    import boto3  # noqa: TC004 - only a checker reads the annotation

    from drill.feeds import Entry

STACK = "leak-responder-dev"
PARAMETER = "/toy/password"
WATCH = 2  # seconds: half an hour unless a rehearsal is in a hurry
_CLOCKS = {
    "WatchSeconds": str(WATCH),
    "VerifyEverySeconds": "1",
    "QuietLooks": "2",
    "PropagationSeconds": "1",
    "CutOffAheadSeconds": "1",
    "LeaseSeconds": "5",
    "Inquiry": "false",  # it asks every Region, for minutes: one scenario switches it on
}


@dataclass(frozen=True)
class Stage:
    """`oncall` is the key of the person at the command line, `secret` the ARN of the one linked to user ada, with its
    value in `PARAMETER` too. The secret `orders` is linked to nobody, and may be rotated once somebody contained has
    read it; it opens the shop.

    What is written into `kept` is there after the drill, if somebody wants it. Where `everything` is played, questions
    are asked that take their time.
    """

    cloud: Cloud
    inbox: Inbox
    slack: outside.Slack
    toy: outside.Toy
    shop: outside.Toy
    bystanders: tuple[boto3.Session, ...]
    oncall: cast.Key
    secret: str
    orders: str
    kept: Path
    package: Path
    parameters: Mapping[str, str]
    everything: bool

    def send(self, *entries: Entry, region: str = REGION) -> None:
        """Let AWS's services say this on the default bus."""
        answer = self.cloud.client("events", region=region).put_events(Entries=list(entries))
        acts.promise("the bus takes every event", holds=answer["FailedEntryCount"] == 0)

    def message(self, kind: str, name: str) -> acts.Until:
        """A wait for a message of that kind about the principal."""
        return acts.Until(f"a message says `{kind}` about {name}", lambda: self.inbox.of_kind(kind, name))

    def told(self, name: str) -> acts.Until:
        """A wait until every channel has delivered something about the principal; the channels."""

        def everywhere() -> list[str] | None:
            channels = self.inbox.told(name)
            return channels if channels == inbox.CHANNELS else None

        return acts.Until(f"every channel tells of {name}", everywhere)

    def changes(self, **parameters: str) -> None:
        """The owner of the stack gives other values to some of its parameters."""
        lifecycle.deploy(self.cloud, self.package, STACK, {**self.parameters, **parameters})

    def types(self, *words: str) -> acts.Until:
        """The person on call types a command of ours; a wait for what it printed. BrokenPromiseError where it fails.

        Where a function is at work on the incident they do what the command says: they try again then.
        """
        running = [self._begun(words)]

        def printed() -> str | None:
            if running[-1].poll() is None:
                return None
            out, err = running[-1].communicate()
            if running[-1].returncode and _BUSY in err:
                running.append(self._begun(words))
                return None
            promise = f"`leak-responder {' '.join(words)}` works: {err.strip()}"
            acts.promise(promise, holds=running[-1].returncode == 0)
            return out or err

        return acts.Until(f"`leak-responder {words[0]}` ends", printed)

    def _begun(self, words: tuple[str, ...]) -> subprocess.Popen[str]:
        credentials = self.oncall.session.get_credentials()
        return subprocess.Popen(
            [sys.executable, "-m", "console", *words],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(lifecycle.ROOT),
                "HOME": self.cloud.folder,
                "AWS_ENDPOINT_URL": self.cloud.endpoint,
                "AWS_ACCESS_KEY_ID": self.oncall.id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_key if credentials else "",
                "AWS_DEFAULT_REGION": REGION,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


_BUSY = "is being worked on until"
"""In the words of `chalicelib.orders.taking`."""


@dataclass(frozen=True)
class Scenery:
    """Everything but the stack: the empty cloud, and what stands outside of it."""

    cloud: Cloud
    package: Path
    slack: outside.Slack
    slack_url: str
    toy: outside.Toy
    toy_url: str
    shop: outside.Toy
    shop_url: str


@contextmanager
def opened(say: Callable[[str], None]) -> Iterator[Scenery]:
    """A fresh embedded AWS, and the real package beside it. Nothing is left running, however the block ends."""
    package = build("dev", report=say)
    with ExitStack() as stack:
        slack = outside.Slack()
        toy, shop = (outside.Toy(secrets.token_hex(16), name) for name in ("toy", "shop"))
        stack.callback(slack.answer_again)
        slack_url = stack.enter_context(outside.served(slack.answer))
        toy_url, shop_url = (stack.enter_context(outside.served(one.answer)) for one in (toy, shop))
        say("An AWS of your own starts on this machine, with IAM enforced")
        yield Scenery(stack.enter_context(lifecycle.running()), package, slack, slack_url, toy, toy_url, shop, shop_url)


def deployed(scenery: Scenery, kept: Path | None = None, *, everything: bool = False) -> Stage:
    """The stage: the stack as its owner would set it up, with clocks that are in a hurry."""
    cloud, package = scenery.cloud, scenery.package
    bystanders, oncall = _bystanders(cloud), _oncall(cloud)
    manager = cloud.client("secretsmanager")
    webhook = manager.create_secret(Name="slack", SecretString=json.dumps({"url": scenery.slack_url}))["ARN"]
    secret = _opens(cloud, "toy", scenery.toy, scenery.toy_url)
    orders = _opens(cloud, "orders", scenery.shop, scenery.shop_url)
    cloud.client("ssm").put_parameter(Name=PARAMETER, Value=scenery.toy.password, Type="SecureString")
    parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{PARAMETER}"
    chosen = {
        **_CLOCKS,
        "Mode": "contain-confirmed",
        "SlackSecretId": webhook,
        "LinkedSecrets": json.dumps({f"arn:aws:iam::{ACCOUNT}:user/ada": [secret]}),
        "LinkedSecretArns": secret,
        "RotateIfRead": orders,
        "SecretParameters": json.dumps({secret: [f"{parameter}#password"]}),
        "SecretParameterArns": parameter,
        "RotationServices": f"{scenery.toy_url},{scenery.shop_url}",
    }
    cloud = lifecycle.deploy(cloud, package, STACK, chosen)
    for arn in (secret, orders):
        _rotated_by_us(cloud, arn)
    return Stage(
        cloud=cloud,
        inbox=inbox.opened(cloud, scenery.slack, cloud.outputs["TopicArn"]),
        slack=scenery.slack,
        toy=scenery.toy,
        shop=scenery.shop,
        bystanders=bystanders,
        oncall=oncall,
        secret=secret,
        orders=orders,
        kept=kept or Path(cloud.folder),
        package=package,
        parameters=chosen,
        everything=everything,
    )


def _opens(cloud: Cloud, name: str, service: outside.Toy, url: str) -> str:
    """A secret with the password of a service; its ARN."""
    value = {"username": service.user, "password": service.password, "service": url}
    made = cloud.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
    return str(made["ARN"])


def _rotated_by_us(cloud: Cloud, secret: str) -> None:
    """What the secret's owner does once: give it our rotation function, and rotate nothing yet."""
    manager, arn = cloud.client("secretsmanager"), cloud.outputs["RotateGeneratedPasswordArn"]
    manager.rotate_secret(SecretId=secret, RotationLambdaARN=arn, RotateImmediately=False)


def _bystanders(cloud: Cloud) -> tuple[boto3.Session, ...]:
    """A user and a role session that nobody suspects of anything."""
    cast.user(cloud, "bob")
    bob = cast.key(cloud, "bob").session
    arn, _ = cast.role(cloud, "nightly")
    return bob, cast.minted(cloud, bob, "assume_role", RoleArn=arn, RoleSessionName="report")


def _oncall(cloud: Cloud) -> cast.Key:
    cast.user(cloud, "oncall")
    return cast.key(cloud, "oncall")
