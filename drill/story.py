"""What most scenarios have in common: a user's key leaks, is contained and watched, and the intruder stays out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from drill import acts, cast
from drill.stage import WATCH

if TYPE_CHECKING:
    from collections.abc import Generator

    import boto3

    from drill.acts import Act, Until
    from drill.cloud.lifecycle import Cloud
    from drill.feeds import Entry
    from drill.scene import Scene
    from drill.stage import Stage


class Scenario(Protocol):
    """A file in `scenarios/`."""

    NAME: str

    def play(self, cloud: Cloud, scene: Scene, say: Say) -> Act:
        """Tell it from its begin to its end."""


class Say(Protocol):
    """Whoever tells the story to a person."""

    def __call__(self, line: str) -> None:
        """What just happened."""

    def aside(self, line: str) -> None:
        """More about it: a verdict, or what somebody received."""


def leak(cloud: Cloud, scene: Scene, name: str) -> tuple[str, cast.Key]:
    """A user whose key an intruder has; the user's id and the key."""
    user_id, leaked = cast.user(cloud, name), cast.key(cloud, name)
    scene.subject = f"access key {leaked.id} of user {name}"
    scene.intruder_allowed_before = cast.allowed(leaked.session)
    return user_id, leaked


def contain(stage: Stage, scene: Scene, event: Entry, name: str, *intruders: boto3.Session | cast.ApiKey) -> float:
    """The event arrives, and the clock runs until the intruder can do nothing; then the bus tells. When it was sent."""
    sent = time.monotonic()
    stage.send(event)
    clock(scene, sent, *intruders)
    told = stage.message("contained", name)
    acts.at_once(told.promise, told.holds)
    return sent


def clock(scene: Scene, since: float, *intruders: boto3.Session | cast.ApiKey) -> None:
    """Stop the clock when none of these sessions can do anything any more."""
    acts.at_once("every call of the intruder is denied", lambda: cast.powerless(*intruders))
    scene.seconds_to_contained = round(time.monotonic() - since, 2)


def watch(
    stage: Stage, scene: Scene, name: str, since: float, *intruders: boto3.Session | cast.ApiKey
) -> Generator[Until, Any, str]:
    """Wait until the responder calls it held, which it may not before its watch is over; then ask AWS. The incident."""
    ended = yield stage.message("held", name)
    acts.promise("nothing is called held before its watch is over", holds=time.monotonic() - since >= WATCH)
    scene.told = yield stage.told(name)
    judge(stage, scene, *intruders)
    scene.status = "held"
    return str(ended["incident"])


def release(
    stage: Stage, scene: Scene, name: str, incident: str, *intruders: boto3.Session | cast.ApiKey
) -> Generator[Until, Any]:
    """The person on call releases the incident: the owner works with a new key, and the intruder stays out."""
    yield stage.types("release", incident, "--reason", f"{name} gets a new key")
    scene.owner_works_after_release = cast.allowed(cast.key(stage.cloud, name).session) == cast.CALLS
    judge(stage, scene, *intruders)


def judge(stage: Stage, scene: Scene, *intruders: boto3.Session | cast.ApiKey) -> None:
    """Count, by signed calls, what the intruder still can do and what those who have nothing to do with it cannot."""
    scene.intruder_allowed_after = cast.allowed(*intruders)
    scene.bystanders_denied += cast.denied(*stage.bystanders)
